import TidemillCore
import TidemillOperations
import TidemillStore

/// Credits that usage burns.
enum CreditConsumption {
    /// Burns what a change of reported usage costs. Usage that goes down gives back at most what the feature burned in the
    /// running period. Where a formula has no value for the report, the report counts, costs nothing, and an audit row says
    /// why. Answers how much was burned, below zero what was given back.
    static func usageChanged(
        _ rating: CreditRating, by delta: Amount, isLevel: Bool, _ dimensions: TextMap<Payload>?, eventID: String?,
        at: Timestamp, in scope: CallScope
    ) throws -> Amount {
        let cost: Amount
        do throws(CostFormula.EvaluationError) {
            // As in the event that the API makes of a report: `value` is the change, unless a dimension is called so.
            let size = delta < .zero ? -delta : delta
            cost = try rating.cost(of: size) { name in
                if let given = dimensions?[name] { return given.costDimension }
                return name == "value" ? .amount(size) : .absent
            }
        } catch {
            try noteFree(rating, error, eventID, count: 1, in: scope)
            return .zero
        }
        guard cost > .zero else { return .zero }
        let taken = UsageTaken(period: rating.period, scope: scope)
        guard delta >= .zero else {
            return try -taken.giveBack(
                cost, by: scope.delivery, isKept: !isLevel,
                reason: eventID.map { "usage was taken back by \"\($0)\"" } ?? "usage was taken back")
        }
        let due = isLevel || !rating.period.contains(at) ? cost : try taken.due(cost, by: scope.delivery)
        if due > .zero {
            try Wallets(scope).consume(
                due, from: rating.wallet,
                CreditOrigin(
                    featureID: rating.featureID, eventID: eventID, delivery: scope.delivery, details: dimensions, at: at
                )
            )
        }
        return due
    }

    /// Leaves a row that says why usage cost nothing, and counts it for `status`. `customers`: how many had such usage.
    static func noteFree(
        _ rating: CreditRating, _ error: CostFormula.EvaluationError, _ eventID: String?, count: Int64,
        customers: Int = 1, in scope: CallScope
    ) throws {
        try UnratedUsage.note(rating.featureID, error.description, events: count, at: scope.now, on: scope.connection)
        try scope.audit(
            "creditCost", customers == 1 ? rating.wallet.customerID : nil,
            [
                "featureId": .string(rating.featureID.text), "costFormula": .string(rating.formula?.text ?? ""),
                "problem": .string(error.description), "eventId": eventID.map { .string($0) } ?? .null,
                "events": .integer(count), "customers": .integer(Int64(customers)),
            ], reason: "the cost formula has no value: no credits were consumed")
    }

    /// What `reverse` did.
    struct Reversal {
        var rows = 0
        var credits: TextMap<Amount> = [:]
    }

    /// Gives back, by compensating rows, all that the records of a delivery consumed and was not given back before.
    /// Customers are advanced first: what goes back to a grant that has ended by now is gone with it. `limit` bounds the
    /// rows of one call; the next one goes on, until one finds none.
    @discardableResult
    static func reverse(delivery: DeliveryID, limit: Int = 10_000, in scope: CallScope) throws -> Reversal {
        let connection = scope.connection
        let rows = try connection.rows(
            """
            SELECT \(CreditLedger.columns) FROM credit_ledger c
             WHERE delivery = $1 AND type = $2 AND reverses IS NULL AND \(CreditLedger.isMoved) AND NOT EXISTS (
               SELECT 1 FROM credit_ledger r
                WHERE r.bucket = c.bucket AND r.customer_id = c.customer_id AND r.currency_id = c.currency_id
                  AND r.resource_id = c.resource_id AND r.reverses = c.sequence)
             ORDER BY customer_id, currency_id, resource_id, sequence LIMIT $3
            """, [.text(delivery.text), .text(LedgerType.consumed.rawValue), .integer(limit)], CreditLedger.row)
        var reversal = Reversal()
        var rest = rows[...]
        while let first = rest.first {
            try scope.advance(first.wallet.customerID)
            let same = rest.prefix { $0.wallet == first.wallet }
            let book = try WalletBook(first.wallet, scope)
            for row in same {
                try book.reverse(row, reason: "delivery \(delivery) was voided")
                reversal.rows += 1
                reversal.credits[first.wallet.currencyID, default: .zero] -= row.amount
            }
            try book.close()
            rest = rest.dropFirst(same.count)
        }
        return reversal
    }
}
