import DequeModule
import Synchronization

/// How many requests of one key are worked on at a time: however many connections its owner opens, others get their turn.
/// What is beyond waits in its order.
final class WorkShares: Sendable {
    static let atWorkMax = 64
    static let waitingMax = 1024

    private struct Share {
        var atWork = 0
        var waiting: Deque<CheckedContinuation<Void, Never>> = []
    }

    private let shares = Mutex([String: Share]())

    /// Returns when it is its turn; `leave` must follow. Throws where as many wait as may.
    func enter(_ name: String) async throws(WireError) {
        let isFull = shares.withLock { ($0[name]?.waiting.count ?? 0) >= Self.waitingMax }
        guard !isFull else { throw RequestThreads.full }
        await withCheckedContinuation { continuation in
            let mayGo = shares.withLock { shares in
                if shares[name, default: Share()].atWork < Self.atWorkMax {
                    shares[name, default: Share()].atWork += 1
                    return true
                }
                shares[name, default: Share()].waiting.append(continuation)
                return false
            }
            if mayGo { continuation.resume() }
        }
    }

    /// How many requests of a key wait for their turn.
    func waiting(_ name: String) -> Int { shares.withLock { $0[name]?.waiting.count ?? 0 } }

    func leave(_ name: String) {
        let next: CheckedContinuation<Void, Never>? = shares.withLock { shares in
            guard var share = shares[name] else { return nil }
            defer { shares[name] = share.atWork == 0 ? nil : share }
            // Who waits takes the place over.
            if let next = share.waiting.popFirst() { return next }
            share.atWork -= 1
            return nil
        }
        next?.resume()
    }
}
