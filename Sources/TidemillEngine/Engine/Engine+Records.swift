import CEvents
import CLuaSupport
import Foundation
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore

extension RecordKind {
    init?(_ kind: UInt8) {
        switch UInt32(kind) {
        case CEV_EVENT.rawValue: self = .event
        case CEV_USAGE.rawValue: self = .usage
        case CEV_WEBHOOK.rawValue: self = .webhook
        case CEV_OPERATION.rawValue: self = .operation
        default: return nil
        }
    }
}

extension Engine {
    /// Keeps a record that the decoder or a rule rejected; `reprocess`: which had been taken before.
    func reject(
        _ record: cev_record, in batch: RecordBatch, by reprocess: String? = nil, now: Timestamp,
        on connection: any SQLConnection
    ) throws {
        let rule =
            record.rule != UInt32.max && batch.ruleNames.indices.contains(Int(record.rule))
            ? batch.ruleNames[Int(record.rule)] : nil
        try reject(
            record,
            Rejection(
                code: record.code.map { String(cString: $0) } ?? "invalid", message: message(of: record, in: batch),
                customer: record.customer_id.length > 0 ? CustomerID(record.customer_id.string) : nil),
            rule: rule, in: batch, by: reprocess, now: now, on: connection)
    }

    /// What a rule's own error says has its place; what is wrong with the answer of a mapping gets it here.
    private func message(of record: cev_record, in batch: RecordBatch) -> String {
        let index = Int(record.rule)
        let code = record.code.map { String(cString: $0) } ?? ""
        guard record.rule != UInt32.max, !code.hasPrefix("rule_"), batch.rulePlaces.indices.contains(index) else {
            return record.message.string
        }
        return "\(batch.rulePlaces[index]): mapping \"\(batch.ruleNames[index])\" answered: \(record.message.string)"
    }

    private func reject(
        _ record: cev_record, _ rejection: Rejection, rule: String?, in batch: RecordBatch, by reprocess: String? = nil,
        now: Timestamp, on connection: any SQLConnection
    ) throws {
        let delivery = batch.segments[Int(record.segment)].delivery
        try RejectedRecords.insert(
            RejectedRecords.Rejected(
                delivery: delivery.id, record: Int64(record.number), line: Int64(record.line),
                kind: RecordKind(record.kind)?.rawValue ?? "unknown", code: rejection.code, message: rejection.message,
                rule: rule, customer: rejection.customer, receivedAt: delivery.receivedAt, reprocessedBy: reprocess),
            text: record.textBuffer, at: now, on: connection)
    }

    /// Performs a usage report, a webhook or an operation; what it wrote is undone when it fails.
    func perform(
        _ record: cev_record, _ segment: RecordBatch.Segment, _ counts: inout DeliveryCounts,
        _ remarks: inout BatchRemarks, in batch: RecordBatch, now: Timestamp, _ transaction: EngineTransaction
    ) throws {
        let connection = transaction.connection
        guard let kind = RecordKind(record.kind) else { return }
        let origin = RecordOrigin(
            delivery: segment.delivery.id, record: Int64(record.number), receivedAt: segment.delivery.receivedAt)
        let answer: Payload?
        do {
            let payload: Payload
            do {
                payload = try Payload(json: record.textBuffer, uniqueNames: true)
            } catch {
                throw Rejection(code: "invalid_json", message: "not valid JSON: \(error)")
            }
            switch try transaction.perform(kind, payload, origin) {
            case .applied(let value):
                counts.applied += 1
                connection.count(.records, [kind.rawValue, "applied"])
                answer = value
            case .duplicate(let value):
                counts.duplicate += 1
                connection.count(.records, [kind.rawValue, "duplicate"])
                answer = value
            case .webhook(let hasEffect):
                counts.applied += 1
                connection.count(.records, [kind.rawValue, "applied"])
                if !hasEffect {
                    try remarkWebhook(payload, record, of: segment, &counts, &remarks, in: batch, on: connection)
                }
                answer = nil
            }
        } catch let rejection as Rejection {
            counts.rejected += 1
            try reject(record, rejection, rule: nil, in: batch, now: now, on: connection)
            answer = ["error": ["code": .string(rejection.code), "message": .string(rejection.message)]]
        }
        guard let answer else { return }
        try DeliveryAnswers.keep(answer.json, to: Int64(record.number), of: segment.delivery.id, on: connection)
    }
}
