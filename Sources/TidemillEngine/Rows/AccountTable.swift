import TidemillCore
import TidemillOperations
import TidemillPricing
import TidemillStore

/// Money between invoices: of whoever pays, in one currency.
struct MoneyAccount: Sendable, Hashable {
    var payer: CustomerID
    var currency: String

    var key: [SQLValue] { payer.key + [.text(currency)] }
}

/// Why an entry was made.
enum AccountCause: String, Sendable {
    /// A plan, quantity or price was changed within a period.
    case change = "CHANGE"
    /// A subscription ended.
    case end = "END"
    /// The first invoice of a subscription.
    case start = "START"
    /// The invoice of a period or of a month's usage.
    case renewal = "RENEWAL"
    /// An invoice that had used credit was voided.
    case void = "VOID"
    /// A subscription went to another customer or resource.
    case move = "MOVE"
    /// Usage came after its invoice was final.
    case late = "LATE"
    /// What waited, and no other invoice would bill.
    case supplement = "SUPPLEMENT"

    /// What an invoice takes from the account, or leaves in it.
    init(_ cause: InvoiceCause) {
        self =
            switch cause {
            case .start: .start
            case .renewal, .usageMonth: .renewal
            case .change: .change
            case .end: .end
            case .supplement: .supplement
            }
    }
}

/// The entries of accounts: only ever added to, so that every balance can be followed (stigg.md B.10, "surplus stays as
/// credit").
struct AccountTable {
    let connection: any SQLConnection

    /// A line that waits for the next invoice.
    struct Line: Sendable {
        let sequence: Int64
        let subscriptionID: String
        let at: Timestamp
        let line: QuoteLine
    }

    private enum Kind: String {
        case credit
        case line
    }

    private static let isAccount = "bucket = $1 AND customer_id = $2 AND currency = $3"

    /// Money that no invoice has used yet.
    func credit(of account: MoneyAccount) throws -> Amount {
        try connection.value(
            """
            SELECT CAST(COALESCE(SUM(amount_units), 0) AS BIGINT), CAST(COALESCE(SUM(amount_nanos), 0) AS BIGINT)
              FROM account_entries WHERE \(Self.isAccount) AND kind = $4
            """, account.key + [.text(Kind.credit.rawValue)]) ?? .zero
    }

    /// Lines that no invoice has billed yet, in the order in which they came about; those behind one, up to another.
    func lines(of account: MoneyAccount, after first: Int64 = 0, upTo last: Int64 = .max) throws -> [Line] {
        try connection.rows(
            """
            SELECT sequence, subscription_id, amount_units, amount_nanos, body, at FROM account_entries AS entry
             WHERE \(Self.isAccount) AND kind = $4 AND settles IS NULL AND sequence > $5 AND sequence <= $6
               AND NOT EXISTS (SELECT 1 FROM account_entries AS later
                                WHERE later.bucket = $1 AND later.customer_id = $2 AND later.currency = $3
                                  AND later.settles = entry.sequence)
             ORDER BY sequence
            """, account.key + [.text(Kind.line.rawValue), .integer(first), .integer(last)]
        ) { row in
            Line(
                sequence: row.integer(0), subscriptionID: row.text(1), at: Timestamp(microseconds: row.integer(5)),
                line: try QuoteLine(stored: try StoredBody.parse(row.text(4)), amount: row.amount(2)))
        }
    }

    /// `invoice`: by which it came about.
    func add(
        credit: Amount, to account: MoneyAccount, _ cause: AccountCause, of subscription: String,
        invoice: String? = nil, at now: Timestamp
    ) throws {
        try append(.credit, credit, to: account, cause, of: subscription, at: now, invoice: invoice)
    }

    func add(
        line: QuoteLine, to account: MoneyAccount, _ cause: AccountCause, of subscription: String, at now: Timestamp
    )
        throws
    {
        try append(.line, line.amount, to: account, cause, of: subscription, at: now, body: line.stored)
        try connection.execute(
            """
            INSERT INTO waiting_accounts(bucket, customer_id, currency, look_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (bucket, customer_id, currency) DO NOTHING
            """, account.key + [.integer(now.advanced(bySeconds: Self.supplementSeconds).microseconds)])
    }

    // MARK: - Lines that no invoice may bill

    /// So long after the first line that no other invoice will bill a supplement does.
    static let supplementSeconds: Int64 = 86_400

    /// Accounts with lines that wait, whose time to be looked at has come.
    func waiting(until now: Timestamp, limit: Int) throws -> [MoneyAccount] {
        try connection.rows(
            "SELECT customer_id, currency FROM waiting_accounts WHERE look_at <= $1 ORDER BY look_at LIMIT $2",
            [.integer(now.microseconds), .integer(limit)]
        ) { MoneyAccount(payer: CustomerID($0.text(0)), currency: $0.text(1)) }
    }

    /// When one is to be looked at next.
    func nextWaiting() throws -> Timestamp? {
        try connection.value("SELECT MIN(look_at) FROM waiting_accounts")
    }

    /// Nil: nothing waits any more.
    func look(at account: MoneyAccount, next instant: Timestamp?) throws {
        guard let instant else {
            try connection.execute("DELETE FROM waiting_accounts WHERE \(Self.isAccount)", account.key)
            return
        }
        try connection.execute(
            "UPDATE waiting_accounts SET look_at = $4 WHERE \(Self.isAccount)",
            account.key + [.integer(instant.microseconds)])
    }

    /// Whether an open subscription will make an invoice that bills what waits.
    func isAwaitingInvoice(_ account: MoneyAccount) throws -> Bool {
        let subscriptions = SubscriptionTable(connection: connection)
        for customer in try paid(by: account.payer) {
            let open = try subscriptions.open(of: customer)
            if open.contains(where: { $0.payer == account.payer && $0.currency == account.currency }) { return true }
        }
        return false
    }

    /// What the entries that name the invoice come to: of credit, and of lines that it bills.
    func entries(of invoice: InvoiceRecord) throws -> (credit: Amount, lines: Amount) {
        var sums: (credit: Amount, lines: Amount) = (.zero, .zero)
        try connection.query(
            """
            SELECT kind, amount_units, amount_nanos FROM account_entries
             WHERE bucket = $1 AND customer_id = $2 AND invoice_id = $3
            """, Array(invoice.account.key.prefix(2)) + [.text(invoice.id)]
        ) { row in
            if row.text(0) == Kind.credit.rawValue { sums.credit += row.amount(1) } else { sums.lines += row.amount(1) }
        }
        return sums
    }

    /// The invoice bills the line.
    func bill(_ line: Line, by invoice: InvoiceRecord, at now: Timestamp) throws {
        try append(
            .line, -line.line.amount, to: invoice.account, AccountCause(invoice.key.cause),
            of: invoice.key.subscriptionID, at: now, settles: line.sequence, invoice: invoice.id)
    }

    private func append(
        _ kind: Kind, _ amount: Amount, to account: MoneyAccount, _ cause: AccountCause, of subscription: String,
        at now: Timestamp, settles: Int64? = nil, invoice: String? = nil, body: Payload = [:]
    ) throws {
        let last: Int64? = try connection.value(
            "SELECT MAX(sequence) FROM account_entries WHERE \(Self.isAccount)", account.key)
        try connection.execute(
            """
            INSERT INTO account_entries(bucket, customer_id, currency, sequence, kind, cause, subscription_id, at,
              amount_units, amount_nanos, settles, body, invoice_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            """,
            account.key + [
                .integer((last ?? 0) + 1), .text(kind.rawValue), .text(cause.rawValue), .text(subscription),
                .integer(now.microseconds), .integer(amount.units), .integer(amount.fraction), .integer(settles),
                .text(body.json), .text(invoice),
            ])
    }

    // MARK: - Whose subscriptions are paid

    /// Notes that `payer` pays for something of the customer's.
    func notePayer(_ payer: CustomerID, of customer: CustomerID) throws {
        try connection.execute(
            """
            INSERT INTO paid_customers(bucket, customer_id, paid_customer_id, paid_bucket) VALUES ($1, $2, $3, $4)
            ON CONFLICT (bucket, customer_id, paid_customer_id) DO NOTHING
            """,
            payer.key + [
                .text(customer.text),
                .integer(Bucket(customer).number),
            ])
    }

    /// Everybody whose subscriptions may touch the payer's account.
    func paid(by payer: CustomerID) throws -> [CustomerID] {
        let others: [CustomerID] = try connection.values(
            "SELECT paid_customer_id FROM paid_customers WHERE bucket = $1 AND customer_id = $2",
            payer.key)
        return [payer] + others.filter { $0 != payer }
    }

    /// Those of them for whom something is due, by id.
    func waiting(paidBy payer: CustomerID, until now: Timestamp) throws -> [CustomerID] {
        try connection.values(
            """
            SELECT paid.paid_customer_id FROM paid_customers AS paid
              JOIN due ON due.bucket = paid.paid_bucket AND due.customer_id = paid.paid_customer_id
             WHERE paid.bucket = $1 AND paid.customer_id = $2 AND due.at <= $3
            UNION
            SELECT customer_id FROM due WHERE bucket = $1 AND customer_id = $2 AND at <= $3
             ORDER BY 1
            """, payer.key + [.integer(now.microseconds)])
    }
}

extension CallScope {
    var accounts: AccountTable { AccountTable(connection: connection) }

    /// Makes up for what others did to an account before this instant, so that it is the same whoever is looked at
    /// first. At one instant it is the order of their ids.
    func advance(accountOf payer: CustomerID, besides customer: CustomerID) throws {
        for other in try accounts.waiting(paidBy: payer, until: context.now) where other != customer {
            let until = other.text < customer.text ? context.now : Timestamp(microseconds: context.now.microseconds - 1)
            guard try due.next(of: other, until: until) != nil else { continue }
            guard mayWrite else { throw WriteNeeded.customer(other) }
            guard try mayRenew(other) else { continue }
            try Lifecycle.advance(other, in: scope(at: until, engine: "lifecycle"))
        }
    }
}

extension SubscriptionRecord {
    /// Who pays.
    var payer: CustomerID { payingCustomerID ?? customerID }

    func account(in currency: String) -> MoneyAccount { MoneyAccount(payer: payer, currency: currency) }
}

extension QuoteLine {
    var stored: Payload {
        var members: TextMap<Payload> = [
            "kind": .string(kind.rawValue), "description": .string(description),
            "quantity": .string(quantity.description), "unitPrice": .string(unitPrice.description),
        ]
        if let packageID { members["packageId"] = .string(packageID) }
        if let featureID { members["featureId"] = .string(featureID) }
        if isMinimumSpend { members["isMinimumSpend"] = true }
        // Time that was charged with another tax than that of its change.
        if let terms { members["paidWith"] = terms.stored }
        if let window {
            members["windowStart"] = .integer(window.start.microseconds)
            members["windowEnd"] = .integer(window.end.microseconds)
        }
        if let origin { members["origin"] = .string(origin) }
        if let through { members["through"] = Payload(through) }
        if let turn { members["turn"] = .integer(turn) }
        return .object(members)
    }

    init(stored: Payload, amount: Amount) throws {
        guard let kind = stored["kind"]?.text.flatMap({ Kind(rawValue: $0) }),
            let description = stored["description"]?.text,
            let quantity = stored["quantity"]?.text.flatMap({ Amount($0) }),
            let unitPrice = stored["unitPrice"]?.text.flatMap({ Amount($0) })
        else { throw StoreError(.corrupt, "a line of an account cannot be read: \(stored.json); restore a backup") }
        self.init(
            kind: kind, description: description, packageID: stored["packageId"]?.text,
            featureID: stored["featureId"]?.text, quantity: quantity, unitPrice: unitPrice, amount: amount,
            isMinimumSpend: stored["isMinimumSpend"] == true,
            terms: try stored["paidWith"].map { try PaidTerms(stored: $0) })
        let fields = StoredFields(stored)
        if let start = try fields.optionalTime("windowStart"), let end = try fields.optionalTime("windowEnd") {
            window = BillingRange(start: start, end: end)
        }
        origin = stored["origin"]?.text
        through = fields["through"] == nil ? nil : try fields.amount("through")
        turn = fields["turn"] == nil ? nil : try fields.integer("turn")
    }
}
