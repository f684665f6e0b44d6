import TidemillCore
import TidemillStore

/// What the metrics are told of one pass over a group of deliveries: once a batch and once a delivery.
struct DeliveryMeter {
    private let metrics: MetricRegistry
    private let begun = ContinuousClock.now
    private let receivedAt: [DeliveryID: Timestamp]
    private var offsets: [DeliveryID: Int64]

    init(_ metrics: MetricRegistry, _ deliveries: [ClaimedDelivery], from offsets: [DeliveryID: Int64]) {
        self.metrics = metrics
        self.offsets = offsets
        receivedAt =
            metrics.isRead ? Dictionary(deliveries.map { ($0.id, $0.receivedAt) }) { first, _ in first } : [:]
    }

    mutating func committed(_ batch: RecordBatch, after duration: Duration) {
        guard metrics.isRead else { return }
        metrics.observe(.batchDuration, [], duration)
        var bytes: Int64 = 0
        for segment in batch.segments {
            bytes += segment.byteOffsetAfter - offsets[segment.delivery.id, default: 0]
            offsets[segment.delivery.id] = segment.byteOffsetAfter
        }
        metrics.add(.ingestBytes, by: Double(bytes))
    }

    func finished(_ id: DeliveryID, at now: Timestamp) {
        guard let receivedAt = receivedAt[id] else { return }
        metrics.observe(.deliveryDuration, [], begun.duration(to: .now))
        metrics.observe(.deliveryLag, [], .microseconds(max(0, now.microseconds - receivedAt.microseconds)))
    }
}
