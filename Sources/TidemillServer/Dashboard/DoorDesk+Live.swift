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

/// Looks at the store for pages that wait: one look serves all of them.
final class LiveLooks: Sendable {
    static let interval = Duration.seconds(1)

    struct Look: Sendable {
        let at: ContinuousClock.Instant
        let stamp: Int64
    }

    private let last = Mutex<Look?>(nil)

    /// The newest look, where it is of this second; else a new one.
    func look(at now: ContinuousClock.Instant = .now, _ read: () throws -> Int64?) rethrows -> Look {
        try last.withLock { last in
            if let last, now < last.at + Self.interval { return last }
            let look = Look(at: now, stamp: try read() ?? 0)
            last = look
            return look
        }
    }

    /// When a change that is known by this stamp was seen; nil where another one was seen since.
    func seen(_ stamp: Int64) -> ContinuousClock.Instant? {
        last.withLock { last in last.flatMap { $0.stamp == stamp ? $0.at : nil } }
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
                .json(200, ["stamp": .integer(try looks.look(work.backend.store.commitStamp).stamp), "waitSeconds": 5])
            }
        }
        defer { watchers.leave(holder.name) }
        let known = request.target.value(of: "stamp").flatMap { Int64($0) }
        let answer: WireAnswer = try await settled {
            for second in 0...Self.waitSeconds {
                let look = try looks.look(work.backend.store.commitStamp)
                if look.stamp != known || second == Self.waitSeconds || isStopping {
                    return .json(200, ["stamp": .integer(look.stamp)])
                }
                // All who wait look at the same moments.
                try await Task.sleep(until: look.at + LiveLooks.interval)
            }
            return .json(200, [:])
        }
        if watchers.count == 1 { await drawn.removeAll() }
        return answer
    }

    /// A page that is asked for again because of a change that `GET /live` told: whoever was told the same gets the same.
    func drawnAgain(
        _ request: WireRequest, _ holder: KeyRing.Holder, _ draw: @escaping @Sendable () async throws -> WireAnswer
    ) async throws -> WireAnswer {
        guard let stamp = request.headers["x-tidemill-live"].flatMap({ Int64($0) }), let instant = looks.seen(stamp)
        else { return try await draw() }
        let target = request.target
        let key = DrawnPages.Key(
            path: PagePath.text(target.segments, target.query.map { ($0.name, $0.value) }), scope: holder.scope,
            zone: Self.cookies(of: request)["tidemill_zone"])
        return try await drawn.page(key, notBefore: instant, draw)
    }
}
