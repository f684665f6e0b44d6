import TidemillCore
import TidemillIngest
import TidemillWorker

/// What becomes of deliveries while this process works, for `/metrics`. Their records are counted where they are committed.
struct DeliveryMetrics: Sendable {
    let registry: MetricRegistry

    func note(_ event: IngestEvent) {
        switch event {
        case .finished(let outcome, _):
            switch outcome.state {
            case .done: registry.add(.deliveries, ["done"])
            case .failed: registry.add(.deliveries, ["failed"])
            case .held, .retryLater, .unreachable, .incomplete, .lost: return
            }
        case .held: registry.add(.deliveries, ["held"])
        case .claimed, .acknowledged, .refused, .paused, .resumed, .waiting, .idle: break
        }
    }
}
