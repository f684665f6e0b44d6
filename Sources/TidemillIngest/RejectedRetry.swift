import Foundation
public import TidemillCore
import TidemillOperations
public import TidemillStore

/// Performs rejected records again, by the same path as when they came: the same delivery, record number and arrival, so
/// that nothing can count twice. What is rejected again stays open, with the new reason.
public final class RejectedRetry: Sendable {
    /// What became of the records of one call.
    public struct Outcome: Sendable {
        public var retried = 0
        public var counts = DeliveryCounts()
    }

    private let store: any Store
    private let sink: any EventSink
    private let options: IngestOptions
    private let clock: any Wallclock
    private let rules: @Sendable () -> any EventRules
    private let decoding = DedicatedThread(name: "tidemill-retry")

    public init(
        store: any Store, sink: any EventSink, options: IngestOptions = IngestOptions(),
        clock: any Wallclock = SystemWallclock(), rules: @escaping @Sendable () -> any EventRules
    ) {
        self.store = store
        self.sink = sink
        self.options = options
        self.clock = clock
        self.rules = rules
    }

    /// Retries the selected open records. `accepts` says what an inbox takes, by the delivery's inbox.
    public func retry(_ selection: RejectedSelection, accepts: (String) -> Set<RecordKind>) throws -> Outcome {
        var open = selection
        open.states = [.open]
        // The ids first, the payloads a thousand at a time: there may be many.
        let ids = try store.read { try RejectedRecords.ids(open, on: $0) }
        var outcome = Outcome()
        for (delivery, numbers) in Dictionary(grouping: ids, by: \.delivery).sorted(by: { $0.key < $1.key }) {
            let inbox = try store.read { connection in
                try connection.first("SELECT inbox FROM deliveries WHERE id = $1", [.text(delivery.text)]) {
                    $0.text(0)
                }
            }
            let kinds = inbox.map(accepts) ?? Set(RecordKind.allCases)
            let sorted = numbers.map(\.record).sorted()
            for start in stride(from: 0, to: sorted.count, by: 1000) {
                let some = sorted[start..<min(start + 1000, sorted.count)]
                let chosen = RejectedSelection(ids: some.map { "\(delivery.text)#\($0)" })
                let records = try store.read { try RejectedRecords.list(chosen, on: $0) }.sorted {
                    $0.record < $1.record
                }
                try retry(records, of: delivery, inbox: inbox ?? "", kinds, &outcome)
            }
        }
        return outcome
    }

    private func retry(
        _ records: [RejectedRecord], of delivery: DeliveryID, inbox: String, _ kinds: Set<RecordKind>,
        _ outcome: inout Outcome
    ) throws {
        do {
            outcome.counts += try commit(records, of: delivery, inbox: inbox, kinds)
            outcome.retried += records.count
        } catch EventSinkError.deliveryLost where records.count > 1 {
            // Somebody else decided about one of them meanwhile: one by one, without those.
            for record in records { try retry([record], of: delivery, inbox: inbox, kinds, &outcome) }
        } catch EventSinkError.deliveryLost {
            return
        }
    }

    private func commit(
        _ records: [RejectedRecord], of delivery: DeliveryID, inbox: String, _ accepts: Set<RecordKind>
    ) throws -> DeliveryCounts {
        for _ in 0..<100 {
            let batch = try decode(records, of: delivery, inbox: inbox, accepts)
            do {
                return try sink.commit(batch, now: clock.now).reduce(into: DeliveryCounts()) { $0 += $1 }
            } catch EventSinkError.metersChanged {
                continue
            }
        }
        throw StoreError(.busy, "the meters kept changing while records were retried; try again")
    }

    private func decode(
        _ records: [RejectedRecord], of delivery: DeliveryID, inbox: String, _ accepts: Set<RecordKind>
    ) throws -> RecordBatch {
        let fields = try sink.meteredFields()
        let rules = rules()
        let sink = sink
        let options = options
        return try decoding.wait {
            try StoredEventDecoder(identityKey: sink.identityKey, fields: fields, rules: rules, options: options)
                .batch(of: records, of: delivery, inbox: inbox, accepts)
        }
    }
}
