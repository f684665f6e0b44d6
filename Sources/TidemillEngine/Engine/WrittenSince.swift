public import TidemillCore
public import TidemillOperations
public import TidemillStore

/// How far a store was written at a moment.
///
/// For the copy in which a dry run tries things: nobody else writes it, and it is a SQLite file whatever the original is,
/// so that the rows of a table are numbered in the order in which they were written.
public struct StoreMark: Sendable {
    fileprivate let ledger: Int64
    fileprivate let creditGrants: Int64
    fileprivate let promotionalEntitlements: Int64
    fileprivate let audit: Int64
    fileprivate let decisions: Int64

    public init(_ connection: any SQLConnection) throws {
        func last(_ column: String, of table: String) throws -> Int64 {
            try connection.value("SELECT COALESCE(MAX(\(column)), 0) FROM \(table)") ?? 0
        }
        ledger = try last("rowid", of: "credit_ledger")
        creditGrants = try last("rowid", of: "credit_grants")
        promotionalEntitlements = try last("rowid", of: "promotional_entitlements")
        audit = try last("sequence", of: "audit")
        decisions = try last("sequence", of: "recharge_decisions")
    }
}

/// What was written since a mark, in the order in which it was.
public struct WrittenSince: Sendable {
    /// Entries as getCreditLedger has them.
    public private(set) var ledger: [Payload] = []
    /// As listCreditGrants has them.
    public private(set) var creditGrants: [Payload] = []
    /// As listPromotionalEntitlements has them, with `customerId`.
    public private(set) var promotionalEntitlements: [Payload] = []
    /// Decisions about recharges.
    public private(set) var decisions: [RechargeRecord] = []
    /// Every other change, by the operation that made it.
    public private(set) var audit: [AuditRow] = []
    /// Names of the lists above that have more than `limit`, which is what is here of them.
    public private(set) var cut: [String] = []
    private let limit: Int

    public init(_ mark: StoreMark, limit: Int, now: Timestamp, on connection: any SQLConnection) throws {
        self.limit = limit
        // One more than is kept tells that there are more.
        let wanted = Int64(limit) + 1
        let rows = try connection.rows(
            "SELECT \(CreditLedger.columns) FROM credit_ledger WHERE rowid > $1 ORDER BY rowid LIMIT $2",
            [.integer(mark.ledger), .integer(wanted)], CreditLedger.row)
        for row in rows where ledger.count <= limit {
            ledger += GetCreditLedger.entries(row).map { CreditLedgerEntry.shape.encode($0, nulls: .omitted) }
        }
        creditGrants = try Self.creditGrants(since: mark.creditGrants, wanted, now, on: connection)
        promotionalEntitlements = try connection.rows(
            """
            SELECT customer_id, body FROM promotional_entitlements WHERE rowid > $1 AND is_listed = 1
             ORDER BY rowid LIMIT $2
            """, [.integer(mark.promotionalEntitlements), .integer(wanted)]
        ) { row in
            guard case .object(var members) = try StoredBody.parse(row.text(1)) else { return .null }
            members["customerId"] = .string(row.text(0))
            return .object(members)
        }
        // The log has the newest first.
        decisions = try RechargeDecisionLog.list(.init(), limit: limit + 1, on: connection)
            .filter { $0.sequence > mark.decisions }.reversed()
        audit = try AuditLog.list(after: mark.audit, limit: limit + 1, on: connection)
        cut(\.ledger, "ledger")
        cut(\.creditGrants, "creditGrants")
        cut(\.promotionalEntitlements, "promotionalEntitlements")
        cut(\.decisions, "decisions")
        cut(\.audit, "audit")
    }

    private static func creditGrants(
        since mark: Int64, _ wanted: Int64, _ now: Timestamp, on connection: any SQLConnection
    ) throws -> [Payload] {
        let scope = EngineSettings().scope(
            CallContext(.engine("dry-run"), now: now), on: connection, mayWrite: false)
        let ids: [String] = try connection.values(
            "SELECT id FROM credit_grants WHERE rowid > $1 ORDER BY rowid LIMIT $2", [.integer(mark), .integer(wanted)])
        let table = GrantTable(connection: connection)
        return try ids.compactMap { id in
            try table.find(id).map { CreditGrant.shape.encode(try Wallets(scope).shown($0), nulls: .omitted) }
        }
    }

    private mutating func cut<Row>(_ list: WritableKeyPath<WrittenSince, [Row]>, _ name: String) {
        guard self[keyPath: list].count > limit else { return }
        self[keyPath: list].removeLast(self[keyPath: list].count - limit)
        cut.append(name)
    }
}
