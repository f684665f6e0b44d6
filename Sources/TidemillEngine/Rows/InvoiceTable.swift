import TidemillCore
public import TidemillOperations
import TidemillPricing
public import TidemillStore

/// The invoices of the store with their lines; the one writer of both tables and of the payers' series.
struct InvoiceTable {
    let connection: any SQLConnection

    private static let columns = Columns<InvoiceRecord>(
        "invoices", .key("key", \.key), .once("id", \.id), .once("customer_id", \.customerID),
        .once("made_at", \.madeAt), .once("currency", \.currency), Column("state", \.state),
        Column("final_after", \.finalAfter), Column("look_at", \.lookAt), Column("problem", \.problem),
        Column("waits_since", \.waitsSince), Column("number", \.number), Column("finalized_at", \.finalizedAt),
        Column("ended_at", \.endedAt), Column("end_reason", \.endReason), Column("is_rebilled", \.isRebilled),
        Column("hash", \.hash), .once("takes_credit", \.takesCredit), Column("remake", \.remake),
        Column("tried_with", \.triedWith), Column("body", \.body)
    ) {
        key, id, customer, madeAt, currency, state, finalAfter, lookAt, problem, waitsSince, number, finalizedAt,
        endedAt, endReason, isRebilled, hash, takesCredit, remake, triedWith, body in
        InvoiceRecord(
            key: key, id: id, customerID: customer, madeAt: madeAt, currency: currency, state: state,
            finalAfter: finalAfter, lookAt: lookAt, problem: problem, waitsSince: waitsSince, number: number,
            finalizedAt: finalizedAt, endedAt: endedAt, endReason: endReason, isRebilled: isRebilled, hash: hash,
            takesCredit: takesCredit, held: takesCredit || state != .draft ? .zero : body.creditUsed - body.surplus,
            remake: remake, triedWith: triedWith, body: body, lines: [])
    }

    // MARK: - Asking

    func find(_ id: String) throws -> InvoiceRecord? {
        let parts = id.split(separator: "-")
        guard parts.count == 3, let bucket = Int64(parts[1]) else { return nil }
        return try first("bucket = $1 AND id = $2", [.integer(bucket), .text(id)])
    }

    func find(number: String, of payer: CustomerID) throws -> InvoiceRecord? {
        guard let number = Int64(number) else { return nil }
        return try first("bucket = $1 AND payer_id = $2 AND number = $3", payer.key + [.integer(number)])
    }

    /// The one that was made for this cause.
    func find(_ key: InvoiceRecord.Key) throws -> InvoiceRecord? {
        try first(
            """
            bucket = $1 AND payer_id = $2 AND subscription_id = $3 AND cause = $4 AND created_at = $5 AND ordinal = $6
            """, key.bindings)
    }

    /// How many were made for a cause at its instant.
    func count(_ key: InvoiceRecord.Key) throws -> Int64 {
        try connection.value(
            """
            SELECT COUNT(*) FROM invoices
             WHERE bucket = $1 AND payer_id = $2 AND subscription_id = $3 AND cause = $4 AND created_at = $5
            """, Array(key.bindings.dropLast())) ?? 0
    }

    /// The newest final one of a subscription that this payer pays.
    func latest(of subscription: String, payer: CustomerID) throws -> InvoiceRecord? {
        try first(
            "bucket = $1 AND payer_id = $2 AND subscription_id = $3 AND number IS NOT NULL ORDER BY number DESC",
            payer.key + [.text(subscription)])
    }

    /// Drafts that a worker has to look at, oldest first: those whose time has come, and those that could not be priced by
    /// an earlier catalog.
    func drafts(until now: Timestamp, limit: Int) throws -> [String] {
        let due: [String] = try connection.values(
            "SELECT id FROM invoices WHERE state = 'DRAFT' AND look_at <= $1 ORDER BY look_at, created_at, id LIMIT $2",
            [.integer(now.microseconds), .integer(limit)])
        guard due.count < limit else { return due }
        let unpriced: [String] = try connection.values(
            """
            SELECT id FROM invoices WHERE state = 'DRAFT' AND problem IS NOT NULL AND tried_with <> $1
             ORDER BY created_at, id LIMIT $2
            """, [.text(try CatalogState.generation(on: connection) ?? ""), .integer(limit - due.count)])
        return due + unpriced.filter { !due.contains($0) }
    }

    /// Those of an account, in the order in which they become final.
    func drafts(of account: MoneyAccount) throws -> [InvoiceRecord] {
        try connection.rows(
            Self.columns,
            "WHERE bucket = $1 AND payer_id = $2 AND currency = $3 AND state = 'DRAFT' ORDER BY created_at, id",
            account.key
        ).map { draft in
            var draft = draft
            draft.lines = try lines(of: draft.id, draft.key.payer)
            return draft
        }
    }

    /// One page of a payer's.
    func page<Element>(
        of input: ListInvoices.Input, _ make: (InvoiceRecord) throws -> Element
    ) throws -> Page<Element> {
        var query = PageQuery(table: "invoices", column: "customer_id")
        query.require("bucket", .integer(Bucket(input.id).number))
        query.require("payer_id", .text(input.id.text))
        query.require("subscription_id", input.subscriptionID.map { .text($0) })
        query.require("finalized_at", is: ">", input.issuedAfter.map { .integer($0.microseconds) })
        query.require("finalized_at", is: "<", input.issuedBefore.map { .integer($0.microseconds) })
        query.require("state", oneOf: input.stateIn?.map(\.rawValue))
        // A draft that is asked for by its state is asked for.
        let isAsked = input.includeDrafts || input.stateIn?.contains(.draft) == true
        if !isAsked { query.require("state", is: "<>", .text(InvoiceState.draft.rawValue)) }
        return try query.page(input.paging, on: connection) { row in
            guard let found = try find(row.text(1)) else {
                throw StoreError(.corrupt, "the invoice \(row.text(1)) cannot be found by its id; restore a backup")
            }
            return try make(found)
        }
    }

    // MARK: - Writing

    func insert(_ invoice: InvoiceRecord) throws {
        try connection.insert(invoice, into: Self.columns)
        try write(invoice.lines, of: invoice)
    }

    /// Keeps what became of a draft.
    func update(_ draft: InvoiceRecord) throws {
        try connection.update(draft, in: Self.columns, "AND state = 'DRAFT'")
    }

    /// Takes back a draft that could not be priced: it is made anew.
    func takeBack(_ draft: InvoiceRecord) throws {
        for table in ["invoice_lines WHERE invoice_id", "invoices WHERE id"] {
            try connection.execute(
                "DELETE FROM \(table) = $3 AND bucket = $1 AND payer_id = $2",
                draft.key.payer.key + [.text(draft.id)])
        }
    }

    /// Writes the lines of a draft anew.
    func rewriteLines(of draft: InvoiceRecord) throws {
        try connection.execute(
            "DELETE FROM invoice_lines WHERE bucket = $1 AND payer_id = $2 AND invoice_id = $3",
            draft.key.payer.key + [.text(draft.id)])
        try write(draft.lines, of: draft)
    }

    /// Ends a final one: all that ever changes of it.
    func end(_ invoice: InvoiceRecord) throws {
        try connection.execute(
            """
            UPDATE invoices SET state = $4, ended_at = $5, end_reason = $6, is_rebilled = $7
             WHERE bucket = $1 AND payer_id = $2 AND id = $3 AND state = 'OPEN'
            """,
            invoice.key.payer.key + [
                .text(invoice.id), .text(invoice.state.rawValue), .integer(invoice.endedAt?.microseconds),
                .text(invoice.endReason), .integer(invoice.isRebilled ? 1 : 0),
            ])
    }

    /// Gives the next number of the payer's series, and the hash of the one before.
    func series(of payer: CustomerID) throws -> (next: Int64, previous: String) {
        let last = try connection.first(
            "SELECT number, hash FROM invoice_series WHERE bucket = $1 AND payer_id = $2", payer.key
        ) { (number: $0.integer(0), hash: $0.text(1)) }
        return ((last?.number ?? 0) + 1, last?.hash ?? "")
    }

    func advanceSeries(of payer: CustomerID, to number: Int64, _ hash: String) throws {
        try connection.execute(
            """
            INSERT INTO invoice_series(bucket, payer_id, number, hash) VALUES ($1, $2, $3, $4)
            ON CONFLICT (bucket, payer_id) DO UPDATE SET number = excluded.number, hash = excluded.hash
            """, payer.key + [.integer(number), .text(hash)])
    }

    // MARK: - Rows

    private struct Line: Sendable {
        let payer: CustomerID
        let invoice: String
        let position: Int64
        let line: InvoicedLine
    }

    private static let lineColumns = Columns<Line>(
        "invoice_lines", .customer(\.payer, named: "payer_id"), .key("invoice_id", \.invoice),
        .key("position", \.position), Column("line", \.line), make: Line.init)

    private func write(_ lines: [InvoicedLine], of invoice: InvoiceRecord) throws {
        for (position, line) in lines.enumerated() {
            try connection.insert(
                Line(payer: invoice.key.payer, invoice: invoice.id, position: Int64(position), line: line),
                into: Self.lineColumns)
        }
    }

    private func first(_ condition: String, _ arguments: [SQLValue]) throws -> InvoiceRecord? {
        guard var found = try connection.first(Self.columns, "WHERE \(condition) LIMIT 1", arguments) else {
            return nil
        }
        found.lines = try lines(of: found.id, found.key.payer)
        return found
    }

    private func lines(of id: String, _ payer: CustomerID) throws -> [InvoicedLine] {
        try connection.rows(
            Self.lineColumns, "WHERE bucket = $1 AND payer_id = $2 AND invoice_id = $3 ORDER BY position",
            payer.key + [.text(id)]
        ).map(\.line)
    }
}

extension InvoicedLine: ColumnValue {
    static func columns(_ name: String) -> [String] { ["amount_units", "amount_nanos", "body"] }
    init(_ row: any SQLRow, at column: Int) throws {
        try self.init(stored: StoredBody.parse(row.text(column + 2)), amount: Amount(row, at: column))
    }
    func bind(to values: inout [SQLValue]) {
        line.amount.bind(to: &values)
        values.append(.text(stored.json))
    }
}

extension InvoiceState: ColumnValue {}
extension InvoiceCause: ColumnValue {}
extension InvoiceBody: StoredDocument {}
extension InvoiceRemake: StoredDocument {}

extension InvoiceRecord.Key: ColumnValue {
    static func columns(_ name: String) -> [String] {
        ["bucket", "payer_id", "subscription_id", "cause", "created_at", "ordinal"]
    }
    init(_ row: any SQLRow, at column: Int) throws {
        self.init(
            payer: CustomerID(row.text(column + 1)), subscriptionID: row.text(column + 2),
            cause: try InvoiceCause(row, at: column + 3), at: Timestamp(row, at: column + 4),
            ordinal: row.integer(column + 5))
    }
    func bind(to values: inout [SQLValue]) { values += bindings }

    fileprivate var bindings: [SQLValue] {
        payer.key + [.text(subscriptionID), .text(cause.rawValue), .integer(at.microseconds), .integer(ordinal)]
    }
}
