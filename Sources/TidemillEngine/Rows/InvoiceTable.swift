import TidemillCore
import TidemillOperations
import TidemillPricing
import TidemillStore

/// The invoices of the store with their lines; the one writer of both tables and of the payers' series.
struct InvoiceTable {
    let connection: any SQLConnection

    private static let columns = """
        payer_id, subscription_id, cause, created_at, ordinal, id, customer_id, made_at, currency, state, final_after,
        look_at, problem, waits_since, number, finalized_at, ended_at, end_reason, hash, body, is_rebilled,
        takes_credit, remake, tried_with
        """

    // MARK: - Asking

    func find(_ id: String) throws -> InvoiceRecord? {
        let parts = id.split(separator: "-")
        guard parts.count == 3, let bucket = Int64(parts[1]) else { return nil }
        return try first("bucket = $1 AND id = $2", [.integer(bucket), .text(id)])
    }

    func find(number: String, of payer: CustomerID) throws -> InvoiceRecord? {
        guard let number = Int64(number) else { return nil }
        return try first("bucket = $1 AND payer_id = $2 AND number = $3", owner(payer) + [.integer(number)])
    }

    /// The one that was made for this cause.
    func find(_ key: InvoiceRecord.Key) throws -> InvoiceRecord? {
        try first(
            """
            bucket = $1 AND payer_id = $2 AND subscription_id = $3 AND cause = $4 AND created_at = $5 AND ordinal = $6
            """, self.key(key))
    }

    /// How many were made for a cause at its instant.
    func count(_ key: InvoiceRecord.Key) throws -> Int64 {
        try connection.first(
            """
            SELECT COUNT(*) FROM invoices
             WHERE bucket = $1 AND payer_id = $2 AND subscription_id = $3 AND cause = $4 AND created_at = $5
            """, Array(self.key(key).dropLast())
        ) { $0.integer(0) } ?? 0
    }

    /// The newest final one of a subscription that this payer pays.
    func latest(of subscription: String, payer: CustomerID) throws -> InvoiceRecord? {
        try first(
            "bucket = $1 AND payer_id = $2 AND subscription_id = $3 AND number IS NOT NULL ORDER BY number DESC",
            owner(payer) + [.text(subscription)])
    }

    /// Drafts that a worker has to look at, oldest first: those whose time has come, and those that could not be priced by
    /// an earlier catalog.
    func drafts(until now: Timestamp, limit: Int) throws -> [String] {
        let due = try connection.rows(
            "SELECT id FROM invoices WHERE state = 'DRAFT' AND look_at <= $1 ORDER BY look_at, created_at, id LIMIT $2",
            [.integer(now.microseconds), .integer(limit)]
        ) { $0.text(0) }
        guard due.count < limit else { return due }
        let unpriced = try connection.rows(
            """
            SELECT id FROM invoices WHERE state = 'DRAFT' AND problem IS NOT NULL AND tried_with <> $1
             ORDER BY created_at, id LIMIT $2
            """, [.text(try CatalogState.generation(on: connection) ?? ""), .integer(limit - due.count)]
        ) { $0.text(0) }
        return due + unpriced.filter { !due.contains($0) }
    }

    /// Those of an account, in the order in which they become final.
    func drafts(of account: MoneyAccount) throws -> [InvoiceRecord] {
        try connection.rows(
            """
            SELECT \(Self.columns) FROM invoices
             WHERE bucket = $1 AND payer_id = $2 AND currency = $3 AND state = 'DRAFT' ORDER BY created_at, id
            """, account.key, record
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
        try connection.execute(
            """
            INSERT INTO invoices(bucket, payer_id, subscription_id, cause, created_at, ordinal, id, customer_id, made_at,
              currency, state, final_after, look_at, problem, waits_since, body, takes_credit, remake,
              tried_with)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
            """,
            key(invoice.key) + [
                .text(invoice.id), .text(invoice.customerID.text), .integer(invoice.madeAt.microseconds),
                .text(invoice.currency), .text(invoice.state.rawValue), .integer(invoice.finalAfter?.microseconds),
                .integer(invoice.lookAt?.microseconds), .text(invoice.problem),
                .integer(invoice.waitsSince?.microseconds), .text(invoice.body.stored.json),
                .integer(invoice.takesCredit ? 1 : 0), .text(invoice.remake?.stored.json),
                .text(invoice.triedWith),
            ])
        try write(invoice.lines, of: invoice)
    }

    /// Keeps what became of a draft.
    func update(_ draft: InvoiceRecord) throws {
        try connection.execute(
            """
            UPDATE invoices SET state = $4, final_after = $5, look_at = $6, problem = $7, waits_since = $8, number = $9,
              finalized_at = $10, ended_at = $11, hash = $12, body = $13, remake = $14,
              tried_with = $15
             WHERE bucket = $1 AND payer_id = $2 AND id = $3 AND state = 'DRAFT'
            """,
            owner(draft.key.payer) + [
                .text(draft.id), .text(draft.state.rawValue), .integer(draft.finalAfter?.microseconds),
                .integer(draft.lookAt?.microseconds), .text(draft.problem), .integer(draft.waitsSince?.microseconds),
                .integer(draft.number), .integer(draft.finalizedAt?.microseconds),
                .integer(draft.endedAt?.microseconds), .text(draft.hash), .text(draft.body.stored.json),
                .text(draft.remake?.stored.json), .text(draft.triedWith),
            ])
    }

    /// Takes back a draft that could not be priced: it is made anew.
    func takeBack(_ draft: InvoiceRecord) throws {
        for table in ["invoice_lines WHERE invoice_id", "invoices WHERE id"] {
            try connection.execute(
                "DELETE FROM \(table) = $3 AND bucket = $1 AND payer_id = $2",
                owner(draft.key.payer) + [.text(draft.id)])
        }
    }

    /// Writes the lines of a draft anew.
    func rewriteLines(of draft: InvoiceRecord) throws {
        try connection.execute(
            "DELETE FROM invoice_lines WHERE bucket = $1 AND payer_id = $2 AND invoice_id = $3",
            owner(draft.key.payer) + [.text(draft.id)])
        try write(draft.lines, of: draft)
    }

    /// Ends a final one: all that ever changes of it.
    func end(_ invoice: InvoiceRecord) throws {
        try connection.execute(
            """
            UPDATE invoices SET state = $4, ended_at = $5, end_reason = $6, is_rebilled = $7
             WHERE bucket = $1 AND payer_id = $2 AND id = $3 AND state = 'OPEN'
            """,
            owner(invoice.key.payer) + [
                .text(invoice.id), .text(invoice.state.rawValue), .integer(invoice.endedAt?.microseconds),
                .text(invoice.endReason), .integer(invoice.isRebilled ? 1 : 0),
            ])
    }

    /// Gives the next number of the payer's series, and the hash of the one before.
    func series(of payer: CustomerID) throws -> (next: Int64, previous: String) {
        let last = try connection.first(
            "SELECT number, hash FROM invoice_series WHERE bucket = $1 AND payer_id = $2", owner(payer)
        ) { (number: $0.integer(0), hash: $0.text(1)) }
        return ((last?.number ?? 0) + 1, last?.hash ?? "")
    }

    func advanceSeries(of payer: CustomerID, to number: Int64, _ hash: String) throws {
        try connection.execute(
            """
            INSERT INTO invoice_series(bucket, payer_id, number, hash) VALUES ($1, $2, $3, $4)
            ON CONFLICT (bucket, payer_id) DO UPDATE SET number = excluded.number, hash = excluded.hash
            """, owner(payer) + [.integer(number), .text(hash)])
    }

    // MARK: - Rows

    private func owner(_ payer: CustomerID) -> [SQLValue] { [.integer(Bucket(payer).number), .text(payer.text)] }

    private func key(_ key: InvoiceRecord.Key) -> [SQLValue] {
        owner(key.payer) + [
            .text(key.subscriptionID), .text(key.cause.rawValue), .integer(key.at.microseconds), .integer(key.ordinal),
        ]
    }

    private func write(_ lines: [InvoicedLine], of invoice: InvoiceRecord) throws {
        for (position, line) in lines.enumerated() {
            try connection.execute(
                """
                INSERT INTO invoice_lines(bucket, payer_id, invoice_id, position, amount_units, amount_nanos, body)
                VALUES ($1, $2, $3, $4, $5, $6, $7)
                """,
                owner(invoice.key.payer) + [
                    .text(invoice.id), .integer(position), .integer(line.line.amount.units),
                    .integer(line.line.amount.fraction), .text(line.stored.json),
                ])
        }
    }

    private func first(_ condition: String, _ arguments: [SQLValue]) throws -> InvoiceRecord? {
        let sql = "SELECT \(Self.columns) FROM invoices WHERE \(condition) LIMIT 1"
        guard var found = try connection.first(sql, arguments, record) else { return nil }
        found.lines = try lines(of: found.id, found.key.payer)
        return found
    }

    private func record(_ row: any SQLRow) throws -> InvoiceRecord {
        func time(_ column: Int) -> Timestamp? { row.optionalInteger(column).map { Timestamp(microseconds: $0) } }
        guard let cause = InvoiceCause(rawValue: row.text(2)), let state = InvoiceState(rawValue: row.text(9)) else {
            throw StoreError(
                .corrupt, "an invoice has the state \(row.text(9)) and the cause \(row.text(2)); restore a backup")
        }
        let key = InvoiceRecord.Key(
            payer: CustomerID(row.text(0)), subscriptionID: row.text(1), cause: cause,
            at: Timestamp(microseconds: row.integer(3)), ordinal: row.integer(4))
        let body = try InvoiceBody(stored: try StoredBody.parse(row.text(19)))
        let takesCredit = row.integer(21) != 0
        return InvoiceRecord(
            key: key, id: row.text(5), customerID: CustomerID(row.text(6)),
            madeAt: Timestamp(microseconds: row.integer(7)),
            currency: row.text(8), state: state, finalAfter: time(10), lookAt: time(11),
            problem: row.optionalText(12), waitsSince: time(13), number: row.optionalInteger(14),
            finalizedAt: time(15), endedAt: time(16), endReason: row.optionalText(17),
            isRebilled: row.integer(20) != 0, hash: row.optionalText(18), takesCredit: takesCredit,
            held: takesCredit || state != .draft ? .zero : body.creditUsed - body.surplus,
            remake: try row.optionalText(22).map { try InvoiceRemake(stored: StoredBody.parse($0)) },
            triedWith: row.optionalText(23), body: body, lines: [])
    }

    private func lines(of id: String, _ payer: CustomerID) throws -> [InvoicedLine] {
        try connection.rows(
            """
            SELECT amount_units, amount_nanos, body FROM invoice_lines
             WHERE bucket = $1 AND payer_id = $2 AND invoice_id = $3 ORDER BY position
            """, owner(payer) + [.text(id)]
        ) { row in
            try InvoicedLine(
                stored: try StoredBody.parse(row.text(2)), amount: Amount(units: row.integer(0), nanos: row.integer(1)))
        }
    }
}
