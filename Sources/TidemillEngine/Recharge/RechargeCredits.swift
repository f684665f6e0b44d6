import TidemillCore
import TidemillOperations

/// What recharging does to credits.
struct RechargeCredits {
    let scope: CallScope

    init(_ scope: CallScope) { self.scope = scope }

    func balance(of wallet: RechargedWallet) throws -> CreditBalance { try Wallets(scope).balance(wallet.pool) }

    /// Grants what the episode bought, once, and returns the grant's id. Credits whose end passed while the payment was
    /// under way live as long as the settings say: they are paid for.
    func grant(_ episode: RechargeEpisode) throws -> String {
        let consent = try RechargeSettingsTable(connection: scope.connection).find(episode.wallet)
        let end = episode.expiration.end(from: scope.now) ?? (consent?.expiration ?? .oneYear).end(from: scope.now)
        let grant = try Wallets(scope).grant(
            Wallets.Draft(
                type: .paid, amount: episode.credits, displayName: "Automatic recharge",
                cost: episode.cost ?? Money(.zero, "usd"), effectiveAt: scope.now,
                expireAt: end, comment: episode.reason,
                invoiceID: episode.paymentID, source: "recharge/\(episode.id)"),
            to: episode.wallet.pool)
        return grant.id
    }

    /// Voids what is left of a grant; one that has ended is left as it is.
    func void(_ grant: String) throws { try Wallets(scope).void(grant) }
}

extension RechargedWallet {
    var pool: Wallet { Wallet(customerID: customer, currencyID: currency, resourceID: nil) }
}
