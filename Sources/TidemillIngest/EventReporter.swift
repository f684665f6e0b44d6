import CEvents
import CLuaSupport
import Foundation
public import TidemillCore
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
    public func report(_ events: [Payload], call: String, now: Timestamp, on connection: (any SQLConnection)?) throws
        -> DeliveryCounts
    {
        for _ in 0..<100 {
            let batch = try decode(events, call: call, now: now)
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

    private func decode(_ events: [Payload], call: String, now: Timestamp) throws -> RecordBatch {
        let fields = try sink.meteredFields()
        let rules = rules()
        let sink = sink
        let options = options
        return try decoding.runBlocking {
            guard let decoder = cev_decoder_open(sink.identityKey) else {
                throw StoreError(.unavailable, "out of memory while reporting events")
            }
            defer { cev_decoder_close(decoder) }
            guard fields.configure(decoder), let batch = RecordBatch() else {
                throw StoreError(.unavailable, "out of memory while reporting events")
            }
            cev_decoder_set_rules(decoder, rules.state)
            batch.meterGeneration = fields.generation
            batch.scriptVersion = rules.version
            batch.ruleNames = rules.ruleNames
            let lines = Array(events.map(\.json).joined(separator: "\n").utf8)
            let text = RecordText(capacity: lines.count)
            lines.withUnsafeBytes { text.bytes.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(text.bytes), byteCount: $0.count) }
            text.pad(from: lines.count)
            batch.keep(text)
            let delivery = ClaimedDelivery(
                id: DeliveryID(call), inbox: "", name: call, path: "", size: Int64(lines.count), receivedAt: now,
                owner: "", accepts: [.event])
            var record: UInt64 = 0
            var line: UInt64 = 0
            var id = call
            let used = id.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) { name in
                    var source = cev_source(
                        delivery: cls_text(bytes: name.baseAddress, length: UInt32(name.count)),
                        received_at: now.microseconds,
                        latest: now.advanced(bySeconds: options.maxFuture).microseconds, accepts: RecordKind.event.bit)
                    return rules.exclusively {
                        cev_decode_lines(
                            decoder, batch.handle, &source, 0, text.bytes.assumingMemoryBound(to: CChar.self),
                            lines.count, true, UInt32(options.recordLengthMax), UInt32.max, &record, &line)
                    }
                }
            }
            guard used == lines.count else { throw StoreError(.unavailable, "out of memory while reporting events") }
            for record in batch.records where record.verdict == CEV_REJECTED.rawValue {
                throw Rejection(
                    code: record.code.map { String(cString: $0) } ?? "invalid",
                    message: events.count == 1
                        ? record.message.string : "events[\(record.number - 1)]: \(record.message.string)")
            }
            batch.segments = [
                RecordBatch.Segment(
                    delivery: delivery, positionBefore: 0, positionAfter: Int64(record), byteOffsetAfter: 0, isCall: true)
            ]
            return batch
        }
    }
}
