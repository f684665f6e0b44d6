import TidemillCore
import TidemillStore

/// A wallet's row: what its ledger comes to, and its counters.
struct WalletState: Equatable {
    var balance = CreditBalance()
    /// Numbers given to grants and ledger rows so far.
    var grants: Int64 = 0
    var entries: Int64 = 0
    /// The number of the overdraft grant in effect; 0 for none.
    var overdraftGrant: Int64 = 0

    /// What grants in effect have free: the overdraft is consumption that none of them bears.
    var free: Amount { balance.available + balance.overdraft }

    /// The most that the figures of a wallet may come to: an amount's bound.
    var isWithinBound: Bool {
        balance.granted.isWithinBound && balance.consumed.isWithinBound && balance.held.isWithinBound
            && balance.heldOnEndedGrants.isWithinBound && balance.overdraft.isWithinBound
    }

    static func load(_ wallet: Wallet, on connection: any SQLConnection) throws -> WalletState? {
        try connection.first(
            """
            SELECT grants, entries, granted_units, granted_nanos, consumed_units, consumed_nanos, held_units, held_nanos,
              held_closed_units, held_closed_nanos, overdraft_units, overdraft_nanos, overdraft_grant, changed_at
              FROM credit_wallets WHERE \(Wallet.isWallet)
            """, wallet.key
        ) { row in
            var state = WalletState()
            state.grants = row.integer(0)
            state.entries = row.integer(1)
            state.balance.granted = row.amount(2)
            state.balance.consumed = row.amount(4)
            state.balance.held = row.amount(6)
            state.balance.heldOnEndedGrants = row.amount(8)
            state.balance.overdraft = row.amount(10)
            state.overdraftGrant = row.integer(12)
            state.balance.changedAt = Timestamp(microseconds: row.integer(13))
            return state
        }
    }

    func save(_ wallet: Wallet, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO credit_wallets(bucket, customer_id, currency_id, resource_id, grants, entries, granted_units,
              granted_nanos, consumed_units, consumed_nanos, held_units, held_nanos, held_closed_units, held_closed_nanos,
              overdraft_units, overdraft_nanos, overdraft_grant, changed_at, percent_left)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
            ON CONFLICT (bucket, customer_id, currency_id, resource_id) DO UPDATE SET
              grants = excluded.grants, entries = excluded.entries,
              granted_units = excluded.granted_units, granted_nanos = excluded.granted_nanos,
              consumed_units = excluded.consumed_units, consumed_nanos = excluded.consumed_nanos,
              held_units = excluded.held_units, held_nanos = excluded.held_nanos,
              held_closed_units = excluded.held_closed_units, held_closed_nanos = excluded.held_closed_nanos,
              overdraft_units = excluded.overdraft_units, overdraft_nanos = excluded.overdraft_nanos,
              overdraft_grant = excluded.overdraft_grant, changed_at = excluded.changed_at,
              percent_left = excluded.percent_left
            """,
            wallet.key + [
                .integer(grants), .integer(entries), .integer(balance.granted.units),
                .integer(balance.granted.fraction), .integer(balance.consumed.units),
                .integer(balance.consumed.fraction), .integer(balance.held.units), .integer(balance.held.fraction),
                .integer(balance.heldOnEndedGrants.units), .integer(balance.heldOnEndedGrants.fraction),
                .integer(balance.overdraft.units), .integer(balance.overdraft.fraction), .integer(overdraftGrant),
                .integer(balance.changedAt.microseconds), .integer(balance.percentLeft),
            ])
    }
}

extension CreditBalance {
    /// As the column has it: what is left, of a hundred of the grants in effect; 101 where none is.
    var percentLeft: Int64 {
        guard granted > .zero else { return consumed > .zero ? 0 : 101 }
        guard balance > .zero else { return 0 }
        return balance.times(100)?.divided(by: granted, rounding: .down)?.units ?? 100
    }
}
