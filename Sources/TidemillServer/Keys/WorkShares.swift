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
        let (mayGo, isFull) = shares.withLock { Self.enter(&$0[name, default: Share()]) }
        if mayGo { return }
        guard !isFull else { throw RequestThreads.full }
        await withCheckedContinuation { continuation in
            let mayGo = shares.withLock { shares in
                // A place may have become free meanwhile.
                if Self.enter(&shares[name, default: Share()]).mayGo { return true }
                shares[name, default: Share()].waiting.append(continuation)
                return false
            }
            if mayGo { continuation.resume() }
        }
    }

    private static func enter(_ share: inout Share) -> (mayGo: Bool, isFull: Bool) {
        guard share.atWork < atWorkMax else { return (false, share.waiting.count >= waitingMax) }
        share.atWork += 1
        return (true, false)
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
