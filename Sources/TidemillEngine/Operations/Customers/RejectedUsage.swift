import Foundation
import TidemillCore
import TidemillOperations
import TidemillStore

/// Usage reports that came before their customer: rejected then, tried again in the transaction that provisions it
/// (semantics.md, "Events").
enum RejectedUsage {
    static func retry(of customer: CustomerID, in scope: CallScope) throws {
        let records = try scope.connection.rows(
            """
            SELECT delivery, record, received_at, payload FROM rejected_records
             WHERE customer_id = $1 AND state = 'open' AND kind = 'usage' AND code = $2
             ORDER BY received_at, delivery, record
            """, [.text(customer.text), .text(OperationError.Code.customerNotFound.rawValue)]
        ) { row in
            (
                delivery: DeliveryID(row.text(0)), record: row.integer(1), receivedAt: row.integer(2),
                payload: row.blob(3)
            )
        }
        for record in records {
            let context = CallContext(
                .record(
                    delivery: record.delivery, number: record.record,
                    receivedAt: Timestamp(microseconds: record.receivedAt)),
                now: scope.now)
            do {
                try scope.connection.savepoint {
                    let payload = UsageReport.known(try Payload(json: Array(record.payload)))
                    let report = try UsageReport.shape.decode(payload, as: OperationID.reportUsage.rawValue)
                    let inner = scope.scope(for: context)
                    let measurement = try ReportUsage.perform(report, in: inner)
                    if !inner.isRepeat {
                        try inner.audit(
                            OperationID.reportUsage.rawValue, customer, payload,
                            reason: "its customer has been provisioned")
                    }
                    try settle(
                        record.delivery, record.record, UsageMeasurement.shape.encode(measurement),
                        isRepeat: inner.isRepeat, scope.connection)
                }
            } catch let error as OperationError {
                // It stays open, now with what stands in its way.
                try RejectedRecords.explain(
                    record.record, of: record.delivery, code: error.code.rawValue, message: error.message,
                    on: scope.connection)
            }
        }
    }

    /// The record is accounted for as applied, or as a duplicate, from now on.
    private static func settle(
        _ delivery: DeliveryID, _ record: Int64, _ answer: Payload, isRepeat: Bool, _ connection: any SQLConnection
    ) throws {
        _ = try RejectedRecords.close(record, of: delivery, as: .retried, on: connection)
        try DeliveryLedger.recount(
            delivery, as: isRepeat ? DeliveryCounts(duplicate: 1) : DeliveryCounts(applied: 1), on: connection)
        try DeliveryAnswers.replace(answer.json, to: record, of: delivery, on: connection)
    }
}
