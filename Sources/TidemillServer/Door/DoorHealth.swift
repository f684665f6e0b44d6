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
    }

    private static let reasonsFresh = Duration.seconds(1)
    private static let gaugesFresh = Duration.seconds(15)

    private let unready: @Sendable () -> [String]
    private let gauges: @Sendable (MetricRegistry) throws -> Void
    private let known = Mutex(Known())
    private let looking = DedicatedThread(name: "tidemill-http-health")

    /// - Parameters:
    ///   - unready: why the worker does not do its work, as codes; none where it does. It may block.
    ///   - gauges: writes what takes a query into the registry. It may block.
    public init(
        unready: @escaping @Sendable () -> [String] = { [] },
        gauges: @escaping @Sendable (MetricRegistry) throws -> Void = { _ in }
    ) {
        self.unready = unready
        self.gauges = gauges
    }

    func reasons() async -> [String] {
        let before: [String]? = known.withLock { known in
            if let reasons = known.reasons, .now - reasons.at < Self.reasonsFresh { return reasons.words }
            // A look that takes so long that another one is asked for waits for the store.
            guard !known.isLooking else { return ["busy"] }
            known.isLooking = true
            return nil
        }
        if let before { return before }
        let unready = unready
        // On a thread of its own: it may wait for long, and who reads does not wait behind it.
        let words = (try? await looking.run { unready() }) ?? ["busy"]
        known.withLock { known in
            known.reasons = (.now, words)
            known.isLooking = false
        }
        return words
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
            try? await looking.run { try gauges(registry) }
        }
        return WireAnswer(200, type: "text/plain; version=0.0.4; charset=utf-8", body: Array(registry.text().utf8))
    }
}
