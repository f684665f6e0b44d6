import Synchronization
import TidemillCore
import TidemillOperations
import TidemillStore

/// How many pages of each key wait for a change; a browser allows six connections to a host.
final class LiveWatchers: Sendable {
    static let perKeyMax = 8

    private let counts = Mutex([String: Int]())

    var count: Int { counts.withLock { $0.values.reduce(0, +) } }

    func enter(_ name: String) -> Bool {
        counts.withLock { counts in
            guard counts[name, default: 0] < Self.perKeyMax else { return false }
            counts[name, default: 0] += 1
            return true
        }
    }

    func leave(_ name: String) {
        counts.withLock { counts in
            let left = (counts[name] ?? 1) - 1
            counts[name] = left > 0 ? left : nil
        }
    }
}

extension DoorDesk {
    /// So long one waits before it is told that nothing changed: shorter than proxies allow a request.
    private static let waitSeconds = 20

    /// `GET /live?stamp=N`: answers when the store is not as it was at that stamp, looked at once a second and only while
    /// somebody waits. The page then asks for itself again.
    func live(_ request: WireRequest) async throws(WireError) -> WireAnswer {
        let holder = try await holder(request)
        try spend(holder.name)
        guard holder.scope.seesStatus else { throw Self.forbidden("the pages") }
        let work = try opened()
        guard watchers.enter(holder.name) else {
            // Pages that were left count until their wait is over: this one comes again by itself meanwhile.
            return try await settled {
                .json(200, ["stamp": .integer(try work.backend.store.commitStamp() ?? 0), "waitSeconds": 5])
            }
        }
        defer { watchers.leave(holder.name) }
        let known = request.target.value(of: "stamp").flatMap { Int64($0) }
        return try await settled {
            for second in 0...Self.waitSeconds {
                let stamp = try work.backend.store.commitStamp() ?? 0
                if stamp != known || second == Self.waitSeconds || isStopping {
                    return .json(200, ["stamp": .integer(stamp)])
                }
                try await Task.sleep(for: .seconds(1))
            }
            return .json(200, [:])
        }
    }
}
