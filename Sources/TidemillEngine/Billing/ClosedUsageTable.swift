import TidemillCore
import TidemillOperations
import TidemillPricing
import TidemillStore

/// Metered time of a subscription that was closed by one cause, with the terms by which it is priced, now and whenever
/// usage of it comes late.
struct ClosedUsage: Sendable {
    /// The id of the invoice of its cause, or the one that it would have.
    let id: String
    let subscriptionID: String
    let customerID: CustomerID
    let resourceID: String?
    let account: MoneyAccount
    let terms: UsageTerms
    /// What was billed of it so far; nil while its invoice is a draft.
    var billed: BilledLines?

    /// From the first to the last instant that is billed.
    var range: BillingRange {
        let ranges = terms.windows.compactMap(\.range)
        let end = ranges.map(\.end).max() ?? terms.at
        return BillingRange(start: ranges.map(\.start).min() ?? end, end: end)
    }
}

/// What was billed: the lines of usage, what discounts took off, and what all came to with taxes.
struct BilledLines: Sendable, Hashable {
    var lines: [QuoteLine] = []
    var discount = Amount.zero
    var gross = Amount.zero
    /// By feature and kind, as it was used.
    var values: [Amount] = []
    /// What of it was waived.
    var waived: [WaivedUsage] = []

    var stored: Payload {
        var members: TextMap<Payload> = [
            "lines": .array(lines.map { ["line": $0.stored, "amount": Payload($0.amount)] }),
            "discount": Payload(discount), "gross": Payload(gross), "values": .array(values.map { Payload($0) }),
        ]
        if !waived.isEmpty { members["waived"] = .array(waived.map(\.stored)) }
        return .object(members)
    }

    init(
        lines: [QuoteLine] = [], discount: Amount = .zero, gross: Amount = .zero, values: [Amount] = [],
        waived: [WaivedUsage] = []
    ) {
        self.lines = lines
        self.discount = discount
        self.gross = gross
        self.values = values
        self.waived = waived
    }

    init(stored: Payload) throws {
        let fields = StoredFields(stored)
        lines = try (fields["lines"]?.items ?? []).map { item in
            let fields = StoredFields(item)
            return try QuoteLine(stored: fields["line"] ?? .null, amount: try fields.amount("amount"))
        }
        discount = try fields.amount("discount")
        gross = try fields.amount("gross")
        values = try (fields["values"]?.items ?? []).map { item in
            guard let amount = Amount(item.json) else { throw fields.damaged("values") }
            return amount
        }
        waived = try (fields["waived"]?.items ?? []).map { try WaivedUsage(stored: $0) }
    }
}

/// What was closed, of all customers; the one writer of the table.
struct ClosedUsageTable {
    let connection: any SQLConnection

    private func owner(_ customer: CustomerID) -> [SQLValue] {
        [.integer(Bucket(customer).number), .text(customer.text)]
    }

    func insert(_ closed: ClosedUsage) throws {
        let range = closed.range
        try connection.execute(
            """
            INSERT INTO closed_usage(bucket, customer_id, id, resource_id, subscription_id, payer_id, currency, start_at,
              end_at, terms, billed)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """,
            owner(closed.customerID) + [
                .text(closed.id), .text(closed.resourceID ?? ""), .text(closed.subscriptionID),
                .text(closed.account.payer.text), .text(closed.account.currency),
                .integer(range.start.microseconds), .integer(range.end.microseconds), .text(closed.terms.stored.json),
                .text(closed.billed?.stored.json),
            ])
        let windows = windows(of: closed)
        try windows.insert(closed.terms.windows, of: closed.id, closed.subscriptionID)
        if closed.billed != nil { try windows.settle(closed.valued, of: closed.id) }
    }

    /// Keeps what was billed by now.
    func update(_ closed: ClosedUsage) throws {
        try connection.execute(
            "UPDATE closed_usage SET billed = $4 WHERE bucket = $1 AND customer_id = $2 AND id = $3",
            owner(closed.customerID) + [.text(closed.id), .text(closed.billed?.stored.json)])
        if closed.billed != nil { try windows(of: closed).settle(closed.valued, of: closed.id) }
    }

    func windows(of closed: ClosedUsage) -> MeteredWindowTable {
        MeteredWindowTable(connection: connection, customer: closed.customerID, resource: closed.resourceID)
    }

    func find(_ id: String, of customer: CustomerID) throws -> ClosedUsage? {
        try connection.first(
            "SELECT \(Self.columns) FROM closed_usage WHERE bucket = $1 AND customer_id = $2 AND id = $3",
            owner(customer) + [.text(id)], Self.read)
    }

    /// All that was closed of a customer.
    func all(of customer: CustomerID) throws -> [ClosedUsage] {
        try connection.rows(
            "SELECT \(Self.columns) FROM closed_usage WHERE bucket = $1 AND customer_id = $2", owner(customer),
            Self.read)
    }

    /// The next one in the order of the keys, for whoever goes through all of them.
    func next(after key: [SQLValue]?) throws -> (closed: ClosedUsage, key: [SQLValue])? {
        try connection.first(
            """
            SELECT \(Self.columns) FROM closed_usage
            \(key == nil ? "" : "WHERE (bucket, customer_id, id) > ($1, $2, $3)")
             ORDER BY bucket, customer_id, id LIMIT 1
            """, key ?? [], Self.read
        ).map { ($0, owner($0.customerID) + [.text($0.id)]) }
    }

    /// The oldest instant that a draft still needs the events of.
    func oldestUnbilled() throws -> Timestamp? {
        try connection.first("SELECT MIN(start_at) FROM closed_usage WHERE billed IS NULL") {
            $0.optionalInteger(0).map { Timestamp(microseconds: $0) }
        } ?? nil
    }

    private static let columns =
        "customer_id, id, resource_id, subscription_id, payer_id, currency, terms, billed"

    private static func read(_ row: any SQLRow) throws -> ClosedUsage {
        let resource = row.text(2)
        return ClosedUsage(
            id: row.text(1), subscriptionID: row.text(3), customerID: CustomerID(row.text(0)),
            resourceID: resource.isEmpty ? nil : resource,
            account: MoneyAccount(payer: CustomerID(row.text(4)), currency: row.text(5)),
            terms: try UsageTerms(stored: StoredBody.parse(row.text(6))),
            billed: try row.optionalText(7).map { try BilledLines(stored: StoredBody.parse($0)) })
    }
}

extension ClosedUsage {
    /// The windows with what was billed of them.
    var valued: [MeteredWindow] {
        zip(terms.windows, billed?.values ?? []).map { window, value in
            var window = window
            window.value = value
            return window
        }
    }
}

extension CallScope {
    var closed: ClosedUsageTable { ClosedUsageTable(connection: connection) }
}
