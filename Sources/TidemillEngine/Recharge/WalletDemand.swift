import TidemillCore
import TidemillOperations
import TidemillStore

/// Whether anybody wants credits of a wallet that is recharged. Credits that only expire are not bought again and again:
/// without demand since its last recharge a wallet is idle.
enum WalletDemand {
    /// Whether a wallet is not to be recharged, as nobody has used anything since it was.
    static func isIdle(_ memory: RechargeMemory, balance: Amount, on connection: any SQLConnection) throws -> Bool {
        guard balance >= .zero, !memory.hasDemand, let entry = memory.rechargedEntry else { return false }
        var consumed = Amount.zero
        try connection.query(
            """
            SELECT type, amount_units, amount_nanos, parts FROM credit_ledger
             WHERE \(Wallet.isWallet) AND sequence > $5
               AND type IN ('CREDITS_CONSUMED', 'CREDITS_RESERVATION_RELEASED')
            """, memory.wallet.pool.key + [.integer(entry)]
        ) { row in
            guard row.text(0) == LedgerType.reservationReleased.rawValue else { return consumed -= row.amount(1) }
            for part in try LedgerParts(row, 3).groups where part.type == .consumed {
                for taken in part.parts { consumed -= taken.amount }
            }
        }
        return consumed <= .zero
    }
}
