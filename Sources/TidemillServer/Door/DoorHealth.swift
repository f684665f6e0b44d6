import Synchronization
public import TidemillCore
import TidemillOperations
import TidemillStore

/// What is asked about the worker's state, and how often at most it is worked out anew.
public final class DoorHealth: Sendable {
    private struct Known {
        var reasons: (at: ContinuousClock.Instant, words: [String])?
        var gaugesAt: ContinuousClock.Instant?
        var isLooking = false
        /// Those who wait for the look in progress, by the order in which they came.
        var waiting: [Int: CheckedContinuation<[String], Never>] = [:]
        var last = 0
    }

    private static let reasonsFresh = Duration.seconds(1)
    private static let gaugesFresh = Duration.seconds(15)
    /// What is told where a look takes longer than whoever asks has patience for.
    private static let stuck = ["busy"]

    private let unready: @Sendable () -> [String]
    private let gauges: @Sendable (MetricRegistry) throws -> Void
    private let patience: Duration
    private let known = Mutex(Known())
    private let looking = DedicatedThread(name: "tidemill-http-health")
    private let counting = DedicatedThread(name: "tidemill-http-gauges")

    /// - Parameters:
    ///   - unready: why the worker does not do its work, as codes; none where it does. It may block.
    ///   - patience: how long who asks waits at most for a look.
    ///   - gauges: writes what takes a query into the registry. It may block.
    public init(
        patience: Duration = .seconds(2), unready: @escaping @Sendable () -> [String] = { [] },
        gauges: @escaping @Sendable (MetricRegistry) throws -> Void = { _ in }
    ) {
        self.patience = patience
        self.unready = unready
        self.gauges = gauges
    }

    func reasons() async -> [String] {
        await withCheckedContinuation { continuation in
            let (fresh, number, begins) = known.withLock { known -> ([String]?, Int, Bool) in
                if let reasons = known.reasons, .now - reasons.at < Self.reasonsFresh {
                    return (reasons.words, 0, false)
                }
                known.last += 1
                known.waiting[known.last] = continuation
                defer { known.isLooking = true }
                return (nil, known.last, !known.isLooking)
            }
            if let fresh { return continuation.resume(returning: fresh) }
            // Neither is waited for here: the look ends when it can, and who asks is answered by what comes first.
            if begins { Task { await look() } }
            Task {
                // Nobody cancels it.
                try? await Task.sleep(for: patience)
                known.withLock { $0.waiting.removeValue(forKey: number) }?.resume(returning: Self.stuck)
            }
        }
    }

    private func look() async {
        let unready = unready
        // On a thread of its own: it may wait for long, and who reads does not wait behind it.
        let words = (try? await looking.run { unready() }) ?? Self.stuck
        let waiting = known.withLock { known in
            defer { known.waiting = [:] }
            known.reasons = (.now, words)
            known.isLooking = false
            return known.waiting.values
        }
        for continuation in waiting { continuation.resume(returning: words) }
    }

    func metrics(_ work: RequestWork?, _ registry: MetricRegistry) async -> WireAnswer {
        let isDue = known.withLock { known in
            guard work != nil, known.gaugesAt.map({ .now - $0 > Self.gaugesFresh }) ?? true else { return false }
            known.gaugesAt = .now
            return true
        }
        if isDue {
            let gauges = gauges
            // The numbers of before are told where the store cannot be asked.
            try? await counting.run { try gauges(registry) }
        }
        return WireAnswer(200, type: "text/plain; version=0.0.4; charset=utf-8", body: Array(registry.text().utf8))
    }
}
