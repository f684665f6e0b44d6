import CEvents
import CLuaSupport
import Foundation
import TidemillCore
public import TidemillOperations
public import TidemillStore

/// Takes events that a call reports through the same rules, checks and metering as those of a delivery.
public final class EventReporter: EventReporting {
    private let sink: any EventSink
    private let options: IngestOptions
    private let rules: @Sendable () -> any EventRules
    private let decoding = DedicatedThread(name: "tidemill-report")

    public init(
        sink: any EventSink, options: IngestOptions = IngestOptions(), rules: @escaping @Sendable () -> any EventRules
    ) {
        self.sink = sink
        self.options = options
        self.rules = rules
    }

    /// Reports `events`, all or none: one that is rejected, by a check or by a rule, rejects the call. `connection` is
    /// the transaction of the delivery that the call comes from, where it comes from one.
    ///
    /// Throws `Rejection`, naming the event; `StoreError` when the store cannot go on.
    public func report(
        _ events: [Payload], call: String, in context: CallContext, on connection: (any SQLConnection)?
    ) throws -> DeliveryCounts {
        let now = context.receivedAt
        for _ in 0..<100 {
            let batch = try decode(events, call: call, in: context, on: connection)
            do {
                let counts =
                    if let connection {
                        try sink.apply(batch, now: now, on: connection)
                    } else {
                        try sink.commit(batch, now: now)
                    }
                return counts.first ?? DeliveryCounts()
            } catch EventSinkError.metersChanged {
                continue
            }
        }
        throw StoreError(.busy, "the meters kept changing while events were reported; try again")
    }

    public func exclusively(_ body: () throws -> Void) rethrows { try sink.exclusively(body) }

    private func decode(
        _ events: [Payload], call: String, in context: CallContext, on connection: (any SQLConnection)?
    ) throws -> RecordBatch {
        let fields = try sink.meteredFields(on: connection)
        let rules = rules()
        let sink = sink
        let options = options
        // The transaction that the call is a part of.
        let isAudited = connection != nil
        return try decoding.wait {
            let decoder = try RecordDecoder(identityKey: sink.identityKey, fields: fields, rules: rules)
            let batch = try decoder.batch()
            let delivery = ClaimedDelivery(
                id: DeliveryID(call), inbox: "", name: call, path: "", size: 0, receivedAt: context.receivedAt,
                owner: "",
                accepts: [.event])
            for (index, event) in events.enumerated() {
                let number = Int64(index + 1)
                try decoder.decode(
                    Array(event.json.utf8), of: delivery, into: batch, number: number, line: number, options: options)
            }
            for record in batch.records where record.verdict == CEV_REJECTED.rawValue {
                throw Rejection(
                    code: record.code.map { String(cString: $0) } ?? "invalid",
                    message: events.count == 1
                        ? record.message.string : "events[\(record.number - 1)]: \(record.message.string)")
            }
            var segment = RecordBatch.Segment(
                delivery: delivery, positionBefore: 0, positionAfter: 0, byteOffsetAfter: 0)
            segment.kind = .call
            segment.call = isAudited ? nil : context
            batch.segments = [segment]
            return batch
        }
    }
}
