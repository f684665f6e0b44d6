import Foundation
import Testing
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillStore
import TidemillTestSupport

/// A backend over a store in a folder of its own, which goes when the fixture goes.
final class EngineFixture {
    static let start = Timestamp(rfc3339: "2026-10-01T12:00:00Z") ?? Timestamp(microseconds: 0)

    let folder: URL
    let store: SQLiteStore
    let backend: Engine
    var now = EngineFixture.start

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("tidemill-\(UUID().uuidString)")
        store = try NewStore.make(at: folder.appendingPathComponent("t.db").path)
        backend = try Engine(store: store, events: AcceptingDecoder())
    }

    deinit {
        // What is left of a test's folder harms nobody.
        try? store.close()
        try? FileManager.default.removeItem(at: folder)
    }

    @discardableResult
    func call(_ id: OperationID, _ input: Payload, key: String? = nil, dryRun: Bool = false) throws -> Payload {
        try backend.performNow(
            id, input, in: CallContext(.person, now: now, idempotencyKey: key, dryRun: dryRun))
    }

    /// The error of a call that must fail.
    func failure(_ id: OperationID, _ input: Payload, key: String? = nil) -> OperationError {
        do throws(OperationError) {
            let answer = try backend.performNow(id, input, in: CallContext(.person, now: now, idempotencyKey: key))
            Issue.record("\(id.rawValue) answered \(answer.json)")
            return OperationError(.storeFailed, "no error")
        } catch {
            return error
        }
    }

    /// A customer `c` and a feature `seats` whose usage is reported.
    func provision() throws {
        try call(.provisionCustomer, ["id": "c"])
        try call(
            .createFeature,
            ["id": "seats", "displayName": "Seats", "featureType": "NUMBER", "meterType": "FLUCTUATING"])
    }

    func count(_ table: String) throws -> Int64 {
        try store.read { try $0.first("SELECT COUNT(*) FROM \(table)") { $0.integer(0) } } ?? -1
    }
}

/// Takes every event, and makes nothing of it.
struct AcceptingDecoder: EventDecoding {
    func decode(
        _ events: [Payload], call: String, in context: CallContext, identityKey: [UInt8], fields: any MeteredFields
    ) throws -> RecordBatch {
        guard let batch = RecordBatch() else { throw StoreError(.unavailable, "out of memory") }
        batch.meterGeneration = fields.generation
        return batch
    }

    func decode(
        json: [UInt8], call: String, in context: CallContext, identityKey: [UInt8], fields: any MeteredFields
    ) throws -> RecordBatch? { nil }
}
