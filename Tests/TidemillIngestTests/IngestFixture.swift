import Foundation
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillStore
import TidemillTestSupport

/// No scripts: every event passes unchanged.
final class NoRules: EventRules {
    var state: OpaquePointer? { nil }
    let version = ScriptVersionID("none")
    let ruleNames: [String] = []
    func exclusively<T>(_ body: () throws -> T) rethrows -> T { try body() }
}

/// A store, an engine and a processor in a folder of their own.
final class IngestFixture {
    let folder: URL
    let store: SQLiteStore
    let engine: Engine
    let processor: DeliveryProcessor
    let owner = "worker-1"
    private let clock: any Wallclock
    private var deliveries = 0

    init(
        options: IngestOptions = IngestOptions(), settings: EngineSettings = EngineSettings(), folder: URL? = nil,
        clock: any Wallclock = SystemWallclock()
    ) throws {
        self.clock = clock
        self.folder = folder ?? FileManager.default.temporaryDirectory.appending(path: "tidemill-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        let path = self.folder.appending(path: "store.db").path
        store =
            try FileManager.default.fileExists(atPath: path)
            ? SQLiteStore(path: path, environment: "test", durability: .unsynced) : NewStore.make(at: path)
        engine = try Engine(
            store: store, settings: settings, events: ReportedEventDecoder(options: options) { NoRules() })
        processor = DeliveryProcessor(store: store, sink: engine, options: options, clock: clock) { NoRules() }
    }

    deinit {
        // A temporary folder that stays behind harms nobody.
        try? FileManager.default.removeItem(at: folder)
    }

    /// Registers a meter for `feature`, as creating the feature would.
    func meter(_ feature: String, _ definition: MeterDefinition) throws {
        try store.write { connection in
            let id =
                (try connection.first("SELECT COALESCE(MAX(id), 0) + 1 FROM meter_versions") { $0.integer(0) }) ?? 1
            try connection.execute(
                """
                INSERT INTO meter_versions(id, feature_id, version, definition, state, created_at)
                VALUES ($1, $2, (SELECT COUNT(*) + 1 FROM meter_versions WHERE feature_id = $2), $3, 'filling', 0)
                """, [.integer(id), .text(feature), .text(definition.payload.json)])
        }
    }

    /// Writes `text` as a claimed delivery and registers it.
    func deliver(_ text: some DataProtocol, name: String = "events.ndjson", isAgain: Bool = false) throws
        -> ClaimedDelivery
    {
        deliveries += 1
        let id = DeliveryID("claim-\(deliveries)-\(UUID().uuidString.prefix(8))")
        let path = folder.appending(path: "\(id.text)__\(name)")
        try Data(text).write(to: path)
        return try register(id, path: path.path, name: name, isAgain: isAgain)
    }

    func register(_ id: DeliveryID, path: String, name: String, isAgain: Bool = false) throws -> ClaimedDelivery {
        let receivedAt = clock.now
        _ = try store.write { connection in
            try connection.execute(
                """
                INSERT INTO deliveries(id, inbox, name, size, modified_at, received_at, owner, state)
                VALUES ($1, 'inbox', $2, 0, 0, $3, $4, 'claimed')
                """, [.text(id.text), .text(name), .integer(receivedAt.microseconds), .text(owner)])
        }
        return ClaimedDelivery(
            id: id, inbox: "inbox", name: name, path: path, size: 0, receivedAt: receivedAt, owner: owner,
            accepts: Set(RecordKind.allCases), isAgain: isAgain)
    }

    func usage(_ query: UsageQuery) throws -> [UsageRow] {
        try store.read { try UsageReader(identityKey: engine.identityKey).usage(query, on: $0)?.rows ?? [] }
    }
}
