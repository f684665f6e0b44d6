import TidemillCore
import TidemillOperations
public import TidemillStore

/// Recomputes balances, and what each grant has consumed and holds, from the ledger, and compares (promise 5 of
/// architecture.md).
public struct CreditVerifier: Sendable {
    public struct Report: Sendable {
        public var wallets = 0
        public var grants = 0
        public var entries: Int64 = 0
        /// One sentence a difference; `Verifier.differencesMax` at most.
        public var differences: [String] = []
        public var differenceCount = 0
    }

    public init() {}

    /// Goes from wallet to wallet, each in a read of its own.
    public func verify(_ store: any Store) throws -> Report {
        var report = Report()
        var after: [SQLValue]?
        while let wallet = try store.read({ try next(after: after, on: $0) }) {
            try store.read { connection in try verify(wallet, &report, on: connection) }
            after = wallet.key
        }
        let strays: Int64 = try store.read { connection in
            try connection.value(
                """
                SELECT COUNT(*) FROM credit_grants g WHERE NOT EXISTS (
                  SELECT 1 FROM credit_wallets w
                   WHERE w.bucket = g.bucket AND w.customer_id = g.customer_id AND w.currency_id = g.currency_id
                     AND w.resource_id = g.resource_id)
                """) ?? 0
        }
        if strays > 0 { report.add("\(strays) credit grants belong to no wallet") }
        return report
    }

    private func next(after: [SQLValue]?, on connection: any SQLConnection) throws -> Wallet? {
        try connection.first(
            """
            SELECT customer_id, currency_id, resource_id FROM credit_wallets
            \(after == nil ? "" : "WHERE (bucket, customer_id, currency_id, resource_id) > ($1, $2, $3, $4)")
             ORDER BY bucket, customer_id, currency_id, resource_id LIMIT 1
            """, after ?? []
        ) { row in
            Wallet(customerID: CustomerID(row.text(0)), currencyID: row.text(1), resourceID: row.text(2))
        }
    }

    /// What the ledger says about one grant.
    private struct Grant {
        var consumed = Amount.zero
        var held = Amount.zero
        /// The sum of all its rows.
        var left = Amount.zero
    }

    private func verify(_ wallet: Wallet, _ report: inout Report, on connection: any SQLConnection) throws {
        guard let state = try WalletState.load(wallet, on: connection) else { return }
        let name = "credits \(wallet.currencyID) of \(wallet.customerID)\(wallet.resourceID.map { " for \($0)" } ?? "")"
        func compare(_ what: String, _ recomputed: Amount, _ kept: Amount) {
            guard recomputed != kept else { return }
            report.add("\(name): \(what) comes to \(recomputed), the store says \(kept)")
        }
        var grants: [Int64: Grant] = [:]
        var sum = Amount.zero
        var entries: Int64 = 0
        try connection.query(
            "SELECT amount_units, amount_nanos, parts FROM credit_ledger WHERE \(Wallet.isWallet)", wallet.key
        ) { row in
            let parts = try LedgerParts(row, 2)
            entries += 1
            sum += row.amount(0)
            compare("a ledger row", parts.total, row.amount(0))
            for group in parts.groups {
                for part in group.parts { Self.add(part, group.type, to: &grants[part.grant, default: Grant()]) }
            }
        }
        report.wallets += 1
        report.entries += entries
        if entries != state.entries {
            report.add("\(name): the ledger has \(entries) rows, the store counts \(state.entries)")
        }
        compare("the sum of the ledger", sum, state.balance.available)
        try compareGrants(of: wallet, name, state, grants, &report, on: connection)
    }

    private static func add(_ part: LedgerPart, _ type: LedgerType, to grant: inout Grant) {
        grant.left += part.amount
        switch type {
        case .consumed, .transferSource, .transferTarget: grant.consumed -= part.amount
        case .reserved, .reservationReleased, .reservationExpired: grant.held -= part.amount
        case .granted, .expired, .voided, .updated: break
        }
    }

    private func compareGrants(
        of wallet: Wallet, _ name: String, _ state: WalletState, _ ledger: [Int64: Grant], _ report: inout Report,
        on connection: any SQLConnection
    ) throws {
        let positions = Dictionary(
            uniqueKeysWithValues: try GrantPages(wallet: wallet, connection: connection).all().map {
                ($0.key.sequence, $0)
            })
        var total = CreditBalance()
        var known: Set<Int64> = []
        for grant in try GrantTable(connection: connection).rows("\(Wallet.isWallet) ORDER BY sequence", wallet.key) {
            report.grants += 1
            known.insert(grant.sequence)
            let said = ledger[grant.sequence] ?? Grant()
            var (consumed, held) = (grant.consumed, grant.held)
            if grant.status == .active {
                if grant.type == .overdraft {
                    (consumed, held) = (state.balance.overdraft, .zero)
                    total.overdraft += said.consumed
                } else {
                    consumed = positions[grant.sequence]?.consumed ?? grant.amount
                    held = positions[grant.sequence]?.held ?? .zero
                }
                total.granted += grant.amount
                total.consumed += said.consumed
                total.held += said.held
            } else {
                total.heldOnEndedGrants += said.held
            }
            if said.consumed != consumed {
                report.add(
                    "\(name): grant \(grant.id) consumed \(said.consumed) by the ledger, the store says \(consumed)")
            }
            if said.held != held {
                report.add("\(name): grant \(grant.id) holds \(said.held) by the ledger, the store says \(held)")
            }
            let isWithin = grant.type == .overdraft || consumed + held <= grant.amount
            if consumed < .zero || held < .zero || !isWithin {
                report.add("\(name): grant \(grant.id) of \(grant.amount) consumed \(consumed) and holds \(held)")
            }
        }
        for stranger in ledger.keys.filter({ !known.contains($0) }).sorted() {
            report.add("\(name): the ledger names grant \(stranger), which is not there")
        }
        total.changedAt = state.balance.changedAt
        if total != state.balance {
            report.add(
                "\(name): the grants come to \(total.granted) granted, \(total.consumed) consumed, \(total.held) held; the store says \(state.balance.granted), \(state.balance.consumed), \(state.balance.held)"
            )
        }
    }
}

extension CreditVerifier.Report {
    fileprivate mutating func add(_ difference: String) {
        differenceCount += 1
        if differences.count < Verifier.differencesMax { differences.append(difference) }
    }
}
