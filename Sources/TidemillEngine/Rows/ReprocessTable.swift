public import TidemillCore
import TidemillOperations
public import TidemillStore

/// Orders to put events through the rules again, and what the open one leaves behind it: the one writer of the tables.
struct ReprocessTable {
    let connection: any SQLConnection

    private static let columns = Columns<Reprocess>(
        "reprocesses", .key("id", \.id), .once("asked_at", \.askedAt), .once("asked_by", \.askedBy),
        .once("reason", \.reason), .once("delivery", \.selection.delivery), .once("customer_id", \.selection.customer),
        .once("event_name", \.selection.event), .once("from_at", \.selection.from), .once("to_at", \.selection.to),
        .once("script_version", \.version), Column("step", \.step), .once("last_block", \.lastBlock),
        Column("position", \.position), Column("at_delivery", \.atDelivery), Column("at_record", \.atRecord),
        .own("counts", storedCounts, read: readCounts), .own("report", storedReport, read: readReport),
        Column("finished_at", \.finishedAt), make: Reprocess.init(row:_:_:_:_:_:_:_:_:_:_:_:_:_:_:_:_:_:))

    private static func storedCounts(_ row: Reprocess) -> SQLValue { .text(row.counts.payload.json) }
    private static func storedReport(_ row: Reprocess) -> SQLValue { .text(row.report?.json) }

    private static func readCounts(_ row: any SQLRow, _ column: Int) throws -> Reprocess.Counts {
        Reprocess.Counts(try StoredBody.parse(row.text(column)))
    }

    private static func readReport(_ row: any SQLRow, _ column: Int) throws -> Payload? {
        try row.optionalText(column).map { try StoredBody.parse($0) }
    }

    func find(_ id: String) throws -> Reprocess? { try connection.find(Self.columns, key: [.text(id)]) }

    /// The one that is at work, or was interrupted.
    func open() throws -> Reprocess? { try connection.first(Self.columns, "WHERE finished_at IS NULL") }

    /// The newest first, behind one.
    func list(before last: (askedAt: Timestamp, id: String)?, limit: Int) throws -> [Reprocess] {
        try connection.rows(
            Self.columns,
            "WHERE ($1 IS NULL OR (asked_at, id) < ($1, $2)) ORDER BY asked_at DESC, id DESC LIMIT $3",
            [.integer(last?.askedAt.microseconds), .text(last?.id), .integer(limit)])
    }

    func insert(_ reprocess: Reprocess) throws { try connection.insert(reprocess, into: Self.columns) }

    /// Moves it in the transaction of what it did. False where it does not stand there any more: somebody else is at it.
    func move(_ reprocess: Reprocess, from old: Reprocess) throws -> Bool {
        guard let now = try find(old.id), now.finishedAt == nil, now.step == old.step, now.position == old.position,
            now.atDelivery == old.atDelivery, now.atRecord == old.atRecord
        else { return false }
        return try connection.update(reprocess, in: Self.columns) == 1
    }

    // MARK: - Whose

    /// Whose usage changes.
    struct Subject {
        let whose: LateSubject
        let events: Int64
        let before: Amount?
    }

    /// Notes so many events more of a subject. `before` is asked for the first `limit` of them.
    func note(_ subject: LateSubject, events: Int64, limit: Int, before: () throws -> Amount) throws {
        let known = try connection.execute(
            """
            UPDATE reprocess_subjects SET events = events + $5
             WHERE bucket = $1 AND customer_id = $2 AND resource_id = $3 AND feature_id = $4
            """, subject.key + [.integer(events)])
        guard known == 0 else { return }
        let isShown = try !connection.hasRows(
            "SELECT 1 FROM reprocess_subjects WHERE before_units IS NOT NULL LIMIT 1 OFFSET $1", [.integer(limit - 1)])
        let value = isShown ? try before() : nil
        try connection.execute(
            """
            INSERT INTO reprocess_subjects(bucket, customer_id, resource_id, feature_id, events, before_units, before_nanos)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """, subject.key + [.integer(events), .integer(value?.units), .integer(value?.fraction)])
    }

    /// Those whose usage before is known, by customer.
    func subjects(limit: Int) throws -> [Subject] {
        try connection.rows(
            """
            SELECT customer_id, resource_id, feature_id, events, before_units, before_nanos FROM reprocess_subjects
             WHERE before_units IS NOT NULL ORDER BY customer_id, feature_id, resource_id LIMIT $1
            """, [.integer(limit)]
        ) { row in
            Subject(
                whose: LateSubject(row.text(0), row.text(1), FeatureID(row.text(2))), events: row.integer(3),
                before: row.amount(4))
        }
    }

    func subjectCount() throws -> Int64 { try count("reprocess_subjects") }

    private func count(_ table: String) throws -> Int64 {
        try connection.first("SELECT COUNT(*) FROM \(table)") { $0.integer(0) } ?? 0
    }

    // MARK: - Drafts

    /// Notes a draft that bills what changes, and what it comes to, the first time.
    func note(draft: InvoiceRecord, before: Amount) throws {
        try connection.execute(
            """
            INSERT INTO reprocess_drafts(invoice_id, before_units, before_nanos) VALUES ($1, $2, $3)
            ON CONFLICT DO NOTHING
            """, [.text(draft.id), .integer(before.units), .integer(before.fraction)])
    }

    func drafts(limit: Int) throws -> [(id: String, before: Amount)] {
        try connection.rows(
            "SELECT invoice_id, before_units, before_nanos FROM reprocess_drafts ORDER BY invoice_id LIMIT $1",
            [.integer(limit)]
        ) { ($0.text(0), $0.amount(1)) }
    }

    // MARK: - Wallets

    /// Notes a wallet whose balance is about to change, the first time.
    func note(wallet key: [SQLValue], before: Amount) throws {
        try connection.execute(
            """
            INSERT INTO reprocess_wallets(bucket, customer_id, currency_id, resource_id, before_units, before_nanos)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
            """, key + [.integer(before.units), .integer(before.fraction)])
    }

    func wallets<T>(limit: Int, _ read: (any SQLRow, Amount) throws -> T) throws -> [T] {
        try connection.rows(
            """
            SELECT customer_id, currency_id, resource_id, before_units, before_nanos FROM reprocess_wallets
             ORDER BY customer_id, currency_id, resource_id LIMIT $1
            """, [.integer(limit)]
        ) { try read($0, $0.amount(3)) }
    }

    func walletCount() throws -> Int64 { try count("reprocess_wallets") }

    func forget(wallet key: [SQLValue]) throws {
        try connection.execute(
            """
            DELETE FROM reprocess_wallets
             WHERE bucket = $1 AND customer_id = $2 AND currency_id = $3 AND resource_id = $4
            """, key)
    }

    /// Lets go of some of what only the open one needed; returns how much that was.
    func clearSubjects(limit: Int) throws -> Int {
        try connection.execute("DELETE FROM reprocess_drafts")
        return try connection.execute(
            """
            DELETE FROM reprocess_subjects WHERE (bucket, customer_id, resource_id, feature_id) IN (
              SELECT bucket, customer_id, resource_id, feature_id FROM reprocess_subjects LIMIT $1)
            """, [.integer(limit)])
    }

    // MARK: - Earlier forms

    /// Keeps the forms that events had before.
    func keep(_ block: UnsafeRawBufferPointer, events: Int64, lastReceivedAt: Int64, of reprocess: String) throws {
        let id = try Sequences.next("reprocess_block", on: connection)
        try connection.execute(
            "INSERT INTO reprocess_blocks(data, id, reprocess, events, last_received_at) VALUES ($1, $2, $3, $4, $5)",
            blob: block, [.integer(id), .text(reprocess), .integer(events), .integer(lastReceivedAt)])
    }

    /// Drops them when raw events of that age are dropped; returns how many there were.
    func dropBlocks(before oldest: Timestamp, limit: Int) throws -> Int {
        try connection.execute(
            """
            DELETE FROM reprocess_blocks WHERE id IN (
              SELECT id FROM reprocess_blocks WHERE last_received_at < $1 LIMIT $2)
            """, [.integer(oldest.microseconds), .integer(limit)])
    }
}

extension Reprocess {
    /// In the order of the columns.
    fileprivate init(
        row id: String, _ askedAt: Timestamp, _ askedBy: String, _ reason: String, _ delivery: DeliveryID?,
        _ customer: CustomerID?, _ event: String?, _ from: Timestamp?, _ to: Timestamp?, _ version: ScriptVersionID,
        _ step: Step, _ lastBlock: Int64, _ position: Int64, _ atDelivery: String, _ atRecord: Int64,
        _ counts: Counts, _ report: Payload?, _ finishedAt: Timestamp?
    ) {
        self.init(
            id: id, askedAt: askedAt, askedBy: askedBy, reason: reason,
            selection: Selection(delivery: delivery, customer: customer, event: event, from: from, to: to),
            version: version, step: step, lastBlock: lastBlock, position: position, atDelivery: atDelivery,
            atRecord: atRecord, counts: counts, report: report, finishedAt: finishedAt)
    }
}

extension Reprocess {
    /// The one that was begun before, and is not done.
    public static func open(since instant: Timestamp, on connection: any SQLConnection) throws -> Reprocess? {
        try ReprocessTable(connection: connection).open().flatMap { $0.askedAt < instant ? $0 : nil }
    }
}
