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
        // Rows for usage of before: what stays of it is burned anew when some is given back.
        var earlier: Set<Int64> = []
        func isEarlier(_ sequence: Int64) -> Bool { sequence <= entry || earlier.contains(sequence) }
        try connection.query(
            """
            SELECT \(CreditLedger.columns) FROM credit_ledger
             WHERE \(Wallet.isWallet) AND sequence > $5
               AND type IN ('CREDITS_CONSUMED', 'CREDITS_RESERVATION_RELEASED') ORDER BY sequence
            """, memory.wallet.pool.key + [.integer(entry)]
        ) {
            let row = try CreditLedger.row($0)
            if let reversed = row.reverses {
                if !isEarlier(reversed) { consumed -= row.amount }
            } else if let origin = row.origin.stays, isEarlier(origin) {
                earlier.insert(row.sequence)
            } else {
                for part in row.parts.groups where part.type == .consumed {
                    for taken in part.parts { consumed -= taken.amount }
                }
            }
        }
        return consumed <= .zero
    }
}
