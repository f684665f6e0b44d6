import Foundation
import TidemillCore
public import TidemillIngest
public import TidemillOperations
import TidemillStore

/// What a performed record came to.
public enum PerformedRecord: Sendable {
    case applied(answer: Payload?)
    case duplicate(answer: Payload?)
    /// A webhook that came for the first time: it starts the jobs whose `on` matches. `hasEffect`: it changed money too.
    case webhook(hasEffect: Bool)
}

extension EngineTransaction {
    /// Performs a record of a delivery that is no event. Returns the answer for the result file; throws `Rejection` when
    /// the record cannot be applied, and the store's own error when the transaction must be given up. What a rejected
    /// record wrote is undone in here; a webhook whose payment is refused stays, for its jobs.
    public func perform(
        _ kind: RecordKind, _ payload: Payload, _ origin: RecordOrigin
    ) throws -> PerformedRecord {
        let context = CallContext(
            .record(delivery: origin.delivery, number: origin.record, receivedAt: origin.receivedAt),
            now: origin.receivedAt)
        do {
            switch kind {
            case .event:
                throw OperationError(.operationNotAvailable, "an event is metered, not performed")
            case .usage:
                return try performed(.reportUsage, UsageReport.known(payload), context)
            case .operation:
                let record = try OperationRecord.shape.decode(payload, as: "operation record")
                let id = try OperationID(named: record.operation)
                let row = OperationTable.row(id)
                guard row.audience == .client else { throw row.refused("to deliveries") }
                var keyed = context
                keyed.idempotencyKey = record.idempotencyKey
                return try performed(id, record.input, keyed)
            case .webhook:
                // Every webhook starts its jobs, also one whose payment cannot be taken: that waits as a rejected record,
                // and is tried again under the same record's number.
                guard
                    try savepoint({ try WebhookInbox.store(payload, origin, on: connection) })
                        || WebhookInbox.holds(payload, origin, on: connection)
                else { return .duplicate(answer: nil) }
                // A sender by HTTP whose payments nobody asked for says nothing about money.
                guard payload["receivedFrom"]?["payments"] != false else { return .webhook(hasEffect: false) }
                let effect = try savepoint {
                    try RechargePayments.webhook(payload, in: engine.settings.scope(context, on: connection))
                }
                return .webhook(hasEffect: effect != .notOurs)
            }
        } catch let error as OperationError {
            if error.isStoreFailure { throw error.cause ?? error }
            throw Rejection(code: error.code.rawValue, message: error.message, customer: Self.customer(of: payload))
        }
    }

    private func performed(
        _ id: OperationID, _ input: Payload, _ context: CallContext
    ) throws -> PerformedRecord {
        do {
            let outcome = try savepoint { try engine.outcome(of: id, input, in: context, self) }
            connection.count(.operations, [id.rawValue, "ok"])
            return outcome.isRepeat ? .duplicate(answer: outcome.answer) : .applied(answer: outcome.answer)
        } catch let error as OperationError where !error.isStoreFailure {
            connection.count(.operations, [id.rawValue, "refused"])
            throw error
        }
    }

    private static func customer(of payload: Payload) -> CustomerID? {
        (payload["customerId"] ?? payload["input"]?["customerId"])?.idText.map { CustomerID($0) }
    }
}

extension UsageReport {
    /// A report as delivered, without the fields that reports do not have: its delivery has counted them.
    static func known(_ payload: Payload) -> Payload {
        guard case .object(let members) = payload else { return payload }
        return .object(members.filter { knownFields.contains($0.key) })
    }

    private static let knownFields = Set(shape.fields.map(\.name))
}

/// A record that performs any operation: `{"operation": "provisionCustomer", "input": {…}}`.
struct OperationRecord: Shaped {
    var operation: String
    var input: Payload
    var idempotencyKey: String?

    static let shape = Shape(
        required("operation", \.operation, .text(1...255), "The operation's name."),
        required("input", \.input, .anything, "Its input."),
        optional("idempotencyKey", \.idempotencyKey, .idempotencyKey, "A repeat of the same key changes nothing."),
        make: Self.init)
}
