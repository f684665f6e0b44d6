import Foundation
import Logging
import Synchronization
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillServer
import TidemillStore

/// What `tidemill serve --memory` serves: a world as that of a script's test, whose clock and state its clients move.
final class MemoryWorld: Laboratory {
    private static let snapshotsMax = 100

    private struct Kept {
        let id: String
        let file: URL
        let at: Timestamp
    }

    private struct State {
        var mill: TestMill
        var kept: [Kept] = []
        /// Ends when the last experiment has.
        var last: Task<Void, Never>?
    }

    private let config: AppConfig
    private let logger: Logger
    private let folder: ScratchFolder
    private let state: Mutex<State>
    private let desk = Mutex<DoorDesk?>(nil)

    init(_ config: AppConfig, at start: Timestamp, logger: Logger) throws {
        self.config = config
        self.logger = logger
        folder = try .forTest()
        state = Mutex(State(mill: try TestMill(config, at: start, logger: logger)))
    }

    deinit { folder.remove() }

    private var mill: TestMill { state.withLock { $0.mill } }

    /// The desk that this world, and whatever takes its place, is served at.
    func begin(at desk: DoorDesk) {
        self.desk.withLock { $0 = desk }
        serve(mill)
    }

    private func serve(_ mill: TestMill) {
        let host = OperatorBackend(mill.app, beside: mill.ingest, scripts: LateScripts(mill.scripts))
        desk.withLock { $0 }?.serve(
            ServedBackend(
                store: mill.app.store, writes: mill.ingest.engine, now: { mill.clock.now },
                // What a write starts has happened when it is answered: tests wait for nothing.
                written: { [weak self] _ in try await self?.alone { try await mill.settle() } },
                answerAtOnce: { (id, input, context) throws(OperationError) in
                    try mill.ingest.engine.answerAtOnce(id, input, in: context)
                },
                perform: { (id, input, context) throws(OperationError) in
                    try host.performKeyed(id, input, in: context)
                }))
    }

    /// One experiment at a time, in the order in which they came.
    private func alone<T: Sendable>(_ body: @escaping @Sendable () async throws -> T) async throws -> T {
        let task = state.withLock { state in
            let before = state.last
            let task = Task {
                await before?.value
                return try await body()
            }
            // Whether it failed is its caller's to know.
            state.last = Task { _ = try? await task.value }
            return task
        }
        return try await task.value
    }

    // MARK: - Experiments

    private func answer(_ mill: TestMill) -> Payload { ["now": Payload(mill.clock.now)] }

    func clock() async throws -> Payload { answer(mill) }

    func move(_ body: Payload) async throws -> Payload {
        try await alone { [self] in
            let mill = mill
            let end = try Self.end(body, from: mill.clock.now)
            guard end >= mill.clock.now else {
                throw OperationError(
                    .badUserInput,
                    "the clock stands at \(mill.clock.now) and goes forward only; restore a snapshot to go back")
            }
            try await mill.advance(to: end)
            return answer(mill)
        }
    }

    private static func end(_ body: Payload, from now: Timestamp) throws -> Timestamp {
        if case .object(let members) = body, members.count == 1 {
            var end: Timestamp?
            if let text = members["now"]?.text {
                end = Timestamp(rfc3339: text)
            } else if let text = members["by"]?.text, let by = DurationText.parse(text, in: .configuration) {
                end = Timestamp(microseconds: now.microseconds + by.microseconds)
            }
            if let end {
                // Everything that is due until then happens while others wait.
                let farthest = min(now.advanced(bySeconds: stepSecondsMax), last)
                guard end <= farthest else {
                    throw OperationError(
                        .badUserInput,
                        "the clock stands at \(now) and goes ten years at a time, to \(farthest) at most; move it in smaller steps"
                    )
                }
                return end
            }
        }
        throw OperationError(
            .badUserInput,
            "expected {\"now\": \"2026-02-01T00:00:00Z\"} or {\"by\": \"30d\"}, got \(body.json.prefix(100))")
    }

    private static let stepSecondsMax: Int64 = 3660 * 86_400
    /// What comes later has no RFC 3339 text.
    private static let last = Timestamp(microseconds: 253_402_300_799_999_999)

    func snapshot() async throws -> Payload {
        try await alone { [self] in
            let mill = mill
            let id = RandomID.make()
            let file = folder.url.appending(path: "\(id).db")
            try mill.app.store.backup(to: file.path)
            // The one that was not asked for the longest gives way.
            let gone: Kept? = state.withLock { state in
                state.kept.append(Kept(id: id, file: file, at: mill.clock.now))
                return state.kept.count > Self.snapshotsMax ? state.kept.removeFirst() : nil
            }
            if let gone { try FileManager.default.removeItem(at: gone.file) }
            return ["id": .string(id), "now": Payload(mill.clock.now)]
        }
    }

    func restore(_ id: String) async throws -> Payload {
        try await alone { [self] in
            let found: Kept? = state.withLock { state in
                guard let index = state.kept.firstIndex(where: { $0.id == id }) else { return nil }
                let kept = state.kept.remove(at: index)
                state.kept.append(kept)
                return kept
            }
            guard let kept = found else {
                throw OperationError(
                    .notFound, "there is no snapshot \"\(id.prefix(60).description.escapingControls)\"")
            }
            let mill = try TestMill(config, at: kept.at, kept: kept.file, logger: logger)
            state.withLock { $0.mill = mill }
            serve(mill)
            return answer(mill)
        }
    }
}
