import CEvents
import CLuaSupport
import Foundation
import TidemillCore
public import TidemillOperations
import TidemillStore

/// Takes events that a call reports through the same checks and rules as those of a delivery.
public final class ReportedEventDecoder: EventDecoding {
    private let options: IngestOptions
    private let rules: @Sendable () -> any EventRules
    private let called: CalledEvents?
    private let decoding = DedicatedThread(name: "tidemill-report")

    /// `rules` is asked before each call, so that new scripts take over between two. `called` counts what rules fail on
    /// in calls that go on nevertheless.
    public init(
        options: IngestOptions = IngestOptions(), called: CalledEvents? = nil,
        rules: @escaping @Sendable () -> any EventRules
    ) {
        self.called = called
        self.options = options
        self.rules = rules
    }

    /// One event that is rejected, by a check or by a rule, rejects the call; where the call keeps what rules fail on,
    /// only a check does.
    public func decode(
        _ events: [Payload], call: String, in context: CallContext, identityKey: [UInt8], fields: any MeteredFields
    ) throws -> RecordBatch {
        let rules = rules()
        let options = options
        let called = called
        return try decoding.wait {
            let decoder = try RecordDecoder(identityKey: identityKey, fields: fields, rules: rules)
            let batch = try decoder.batch()
            let delivery = ClaimedDelivery(
                id: DeliveryID(call), inbox: "", name: call, path: "", size: 0, receivedAt: context.receivedAt,
                owner: "", accepts: [.event])
            for (index, event) in events.enumerated() {
                let number = Int64(index + 1)
                try decoder.decode(
                    Array(event.json.utf8), of: delivery, into: batch, number: number, line: number, options: options)
            }
            let keepsFailures = context.keepsRejected
            for record in batch.records
            where record.verdict == CEV_REJECTED.rawValue && !(keepsFailures && record.rule != UInt32.max) {
                throw Rejection(
                    code: record.code.map { String(cString: $0) } ?? "invalid",
                    message: events.count == 1
                        ? record.message.string : "events[\(record.number - 1)]: \(record.message.string)")
            }
            var segment = RecordBatch.Segment(
                delivery: delivery, positionBefore: 0, positionAfter: 0, byteOffsetAfter: 0)
            segment.kind = .call
            batch.segments = [segment]
            if keepsFailures { called?.note(batch, under: rules.version) }
            return batch
        }
    }
}
