import Synchronization
public import TidemillCore
import TidemillOperations
import TidemillStore

/// What is asked about the worker's state, and how often at most it is worked out anew.
public final class DoorHealth: Sendable {
    private struct Known {
        var reasons: (at: ContinuousClock.Instant, words: [String])?
        var gaugesAt: ContinuousClock.Instant?
    }

    private static let reasonsFresh = Duration.seconds(1)
    private static let gaugesFresh = Duration.seconds(15)

    private let unready: @Sendable () -> [String]
    private let gauges: @Sendable (MetricRegistry) throws -> Void
    private let known = Mutex(Known())

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

    func reasons(_ work: RequestWork) async -> [String] {
        if let known = known.withLock({ $0.reasons }), .now - known.at < Self.reasonsFresh { return known.words }
        let unready = unready
        // A server that has no thread left to look with is not ready either.
        let words = (try? await work.look { unready() }) ?? ["busy"]
        known.withLock { $0.reasons = (.now, words) }
        return words
    }

    func metrics(_ work: RequestWork?, _ registry: MetricRegistry) async -> WireAnswer {
        let isDue = known.withLock { known in
            guard work != nil, known.gaugesAt.map({ .now - $0 > Self.gaugesFresh }) ?? true else { return false }
            known.gaugesAt = .now
            return true
        }
        if isDue, let work {
            let gauges = gauges
            // The numbers of before are told where the store cannot be asked.
            try? await work.look { try gauges(registry) }
        }
        return WireAnswer(200, type: "text/plain; version=0.0.4; charset=utf-8", body: Array(registry.text().utf8))
    }
}
