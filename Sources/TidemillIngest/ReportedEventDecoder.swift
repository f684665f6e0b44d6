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
            let delivery = Self.delivery(call, context)
            for (index, event) in events.enumerated() {
                let number = Int64(index + 1)
                try decoder.decode(
                    Array(event.json.utf8), of: delivery, into: batch, number: number, line: number, options: options)
            }
            for record in batch.records where record.isRefused(context) {
                throw Rejection(
                    code: record.code.map { String(cString: $0) } ?? "invalid",
                    message: events.count == 1
                        ? record.message.string : "events[\(record.number - 1)]: \(record.message.string)")
            }
            Self.close(batch, of: delivery)
            if context.keepsRejected { called?.note(batch, under: rules.version) }
            return batch
        }
    }

    public func decode(
        json: [UInt8], call: String, in context: CallContext, identityKey: [UInt8], fields: any MeteredFields
    ) throws -> RecordBatch? {
        guard let list = EventList(json) else { return nil }
        let rules = rules()
        let options = options
        let called = called
        return try decoding.wait {
            let decoder = try RecordDecoder(identityKey: identityKey, fields: fields, rules: rules)
            let batch = try decoder.batch()
            let delivery = Self.delivery(call, context)
            guard
                try decoder.decode(
                    list: json[list.range], of: delivery, into: batch, recordsMax: Self.eventsMax, options: options),
                !batch.records.isEmpty,
                batch.records.allSatisfy({ $0.isReportable && !$0.isRefused(context) })
            else { return nil }
            Self.close(batch, of: delivery)
            if context.keepsRejected { called?.note(batch, under: rules.version) }
            return batch
        }
    }

    /// As many as the operation takes.
    private static let eventsMax = 1000

    private static func delivery(_ call: String, _ context: CallContext) -> ClaimedDelivery {
        ClaimedDelivery(
            id: DeliveryID(call), inbox: "", name: call, path: "", size: 0, receivedAt: context.receivedAt, owner: "",
            accepts: [.event])
    }

    private static func close(_ batch: RecordBatch, of delivery: ClaimedDelivery) {
        var segment = RecordBatch.Segment(
            delivery: delivery, positionBefore: 0, positionAfter: 0, byteOffsetAfter: 0)
        segment.kind = .call
        batch.segments = [segment]
    }
}

extension cev_record {
    /// Whether it refuses its call: rejected by a check, or by a rule where the call does not keep those.
    fileprivate func isRefused(_ context: CallContext) -> Bool {
        verdict == CEV_REJECTED.rawValue && !(context.keepsRejected && rule != UInt32.max)
    }

    /// An event with all that a call must give, and nothing that a caller has to be told of.
    fileprivate var isReportable: Bool {
        kind == CEV_EVENT.rawValue && has_key && unknown_count == 0
    }
}

/// Where the list is in `{"events": […]}`. What stands between the brackets is not looked at.
struct EventList {
    let range: Range<Int>

    /// Nil for an object that begins or ends otherwise.
    init?(_ json: [UInt8]) {
        var start = 0
        func skipBlanks() { while start < json.count, Self.isBlank(json[start]) { start += 1 } }
        for word in ["{", "\"events\"", ":"] {
            skipBlanks()
            guard json[start...].starts(with: word.utf8) else { return nil }
            start += word.utf8.count
        }
        skipBlanks()
        guard start < json.count, json[start] == UInt8(ascii: "["),
            let end = json.lastIndex(where: { !Self.isBlank($0) }), json[end] == UInt8(ascii: "}"), start < end
        else { return nil }
        // A file may have it in the text of a dimension, a call may not: the input says where it is.
        guard !Self.writesNUL(json) else { return nil }
        range = start..<end
    }

    /// Whether `\u0000` stands anywhere.
    private static func writesNUL(_ json: [UInt8]) -> Bool {
        json.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while let at = rest.firstIndex(of: UInt8(ascii: "\\")) {
                rest = rest[at...].dropFirst()
                if rest.starts(with: "u0000".utf8) { return true }
            }
            return false
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0a, 0x0d].contains(byte) }
}
