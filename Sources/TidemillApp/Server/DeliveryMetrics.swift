import TidemillIngest
import TidemillServer
import TidemillStore
import TidemillWorker

/// What becomes of deliveries while this process works, for `/metrics`.
struct DeliveryMetrics: Sendable {
    let registry: MetricRegistry

    private static let deliveries = Metric(
        "tidemill_deliveries_total", .counter, "Deliveries that ended, or were held.", labels: ["outcome"])
    private static let records = Metric(
        "tidemill_delivered_records_total", .counter, "Records of deliveries that ended.", labels: ["outcome"])
    private static let filtered = Metric(
        "tidemill_records_filtered_total", .counter, "Events of deliveries that a rule filtered.", labels: ["rule"])
    func note(_ event: IngestEvent) {
        switch event {
        case .finished(let outcome, _):
            switch outcome.state {
            case .done: registry.add(Self.deliveries, ["done"])
            case .failed: registry.add(Self.deliveries, ["failed"])
            case .held, .retryLater, .unreachable, .incomplete, .lost: return
            }
            let counts = outcome.counts
            for (name, value) in [
                ("applied", counts.applied), ("filtered", counts.filtered), ("duplicate", counts.duplicate),
                ("rejected", counts.rejected),
            ] where value > 0 { registry.add(Self.records, [name], by: Double(value)) }
            for (rule, value) in counts.filteredBy where value > 0 {
                registry.add(Self.filtered, [rule], by: Double(value))
            }
        case .held: registry.add(Self.deliveries, ["held"])
        case .claimed, .acknowledged, .refused, .paused, .resumed, .waiting, .idle: break
        }
    }
}
