import Synchronization
public import TidemillCore
import TidemillOperations
import TidemillStore

/// What a policy may ask about a wallet's past. Answers come from the ledger, exact, and are remembered for the decision's
/// record.
public final class WalletHistory: Sendable {
    private let store: any Store
    private let wallet: RechargedWallet
    private let now: Timestamp
    private let answers = Mutex<[Int64: Amount]>([:])

    /// More are answered and not remembered.
    private static let answersMax = 20

    init(store: any Store, wallet: RechargedWallet, now: Timestamp) {
        self.store = store
        self.wallet = wallet
        self.now = now
    }

    /// The credits consumed in the window that ends now, by the instant of the usage, as in `getCreditUsage`: after its
    /// beginning, up to now.
    public func consumed(within window: Duration) throws -> Amount {
        let seconds = window.components.seconds
        if let known = answers.withLock({ $0[seconds] }) { return known }
        let start = now.advanced(bySeconds: -seconds)
        let amount = try store.read { try Self.consumed(by: wallet.pool, after: start, until: now, on: $0) }
        answers.withLock { if $0.count < Self.answersMax { $0[seconds] = amount } }
        return amount
    }

    /// What was answered, for the record.
    var answered: Payload {
        .object(
            Dictionary(
                uniqueKeysWithValues: answers.withLock { $0 }.map { ("\($0.key)s", Payload($0.value)) }))
    }

    /// Directly, and by reservations that were settled.
    static func consumed(
        by wallet: Wallet, after start: Timestamp, until end: Timestamp, on connection: any SQLConnection
    ) throws -> Amount {
        var total = Amount.zero
        // The list of types is that of the index.
        try connection.query(
            """
            SELECT amount_units, amount_nanos FROM credit_ledger
             WHERE \(Wallet.isWallet) AND at > $5 AND at <= $6
               AND type IN ('CREDITS_CONSUMED', 'CREDITS_RESERVATION_RELEASED') AND type = 'CREDITS_CONSUMED'
            """, wallet.key + [.integer(start.microseconds), .integer(end.microseconds)]
        ) { total -= $0.amount(0) }
        try connection.query(
            """
            SELECT parts FROM credit_ledger
             WHERE \(Wallet.isWallet) AND at > $5 AND at <= $6
               AND type IN ('CREDITS_CONSUMED', 'CREDITS_RESERVATION_RELEASED')
               AND type = 'CREDITS_RESERVATION_RELEASED'
            """, wallet.key + [.integer(start.microseconds), .integer(end.microseconds)]
        ) { row in
            for part in try LedgerParts(row, 0).groups where part.type == .consumed {
                for taken in part.parts { total -= taken.amount }
            }
        }
        return total
    }
}
