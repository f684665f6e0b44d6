import DequeModule
import Synchronization

/// How many requests of one key are worked on at a time: however many connections its owner opens, others get their turn.
/// What is beyond waits in its order.
final class WorkShares: Sendable {
    static let atWorkMax = 64
    static let waitingMax = 1024

    private struct Share {
        var atWork = 0
        var waiting: Deque<Waiting> = []
    }

    /// Somebody who is told whether it is its turn; not where it has gone.
    private struct Waiting {
        let ticket: Ticket
        let continuation: CheckedContinuation<Bool, Never>
    }

    private final class Ticket: Sendable {}

    private let shares = Mutex([String: Share]())

    /// Returns when it is its turn; `leave` must follow. Throws where as many wait as may, and where its task is cancelled
    /// before.
    func enter(_ name: String) async throws(WireError) {
        let (mayGo, isFull) = shares.withLock { Self.enter(&$0[name, default: Share()]) }
        if mayGo { return }
        guard !isFull else { throw RequestThreads.full }
        let ticket = Ticket()
        let isTurn = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mayGo: Bool? = shares.withLock { shares in
                    // Who has gone by now is in nobody's queue.
                    if Task.isCancelled { return false }
                    // A place may have become free meanwhile.
                    if Self.enter(&shares[name, default: Share()]).mayGo { return true }
                    shares[name, default: Share()].waiting.append(Waiting(ticket: ticket, continuation: continuation))
                    return nil
                }
                if let mayGo { continuation.resume(returning: mayGo) }
            }
        } onCancel: {
            drop(ticket, name)
        }
        guard isTurn else { throw .gone }
    }

    private func drop(_ ticket: Ticket, _ name: String) {
        let dropped: Waiting? = shares.withLock { shares in
            guard let place = shares[name]?.waiting.firstIndex(where: { $0.ticket === ticket }) else { return nil }
            return shares[name]?.waiting.remove(at: place)
        }
        dropped?.continuation.resume(returning: false)
    }

    private static func enter(_ share: inout Share) -> (mayGo: Bool, isFull: Bool) {
        guard share.atWork < atWorkMax else { return (false, share.waiting.count >= waitingMax) }
        share.atWork += 1
        return (true, false)
    }

    /// How many requests of a key wait for their turn.
    func waiting(_ name: String) -> Int { shares.withLock { $0[name]?.waiting.count ?? 0 } }

    func leave(_ name: String) {
        let next: Waiting? = shares.withLock { shares in
            guard var share = shares[name] else { return nil }
            defer { shares[name] = share.atWork == 0 ? nil : share }
            // Who waits takes the place over.
            if let next = share.waiting.popFirst() { return next }
            share.atWork -= 1
            return nil
        }
        next?.continuation.resume(returning: true)
    }
}
