import TidemillOperations
import TidemillPricing

/// What one credit costs the customer (semantics.md, "Auto-recharge"): by the price of its plan that sells the
/// currency, else by the currency's own.
enum CreditPrice {
    static func find(of wallet: RechargedWallet, in scope: CallScope) throws -> Money? {
        if let price = try planPrice(of: wallet, in: scope) { return price }
        return try scope.currencies.find(wallet.currency)?.creditPrice
    }

    /// That of the first live subscription whose plan, or one of whose add-ons, has one.
    private static func planPrice(of wallet: RechargedWallet, in scope: CallScope) throws -> Money? {
        let records = try SubscriptionTable(connection: scope.connection).live(of: wallet.customer)
        guard !records.isEmpty else { return nil }
        let catalog = try scope.catalog()
        for record in records {
            let packages =
                [catalog.plan(record.planID, version: record.planVersion)]
                + record.addons.map { catalog.addon($0.id, version: $0.version) }
            for package in packages.compactMap({ $0 }) {
                let price = TopUpPrice.perCredit(
                    of: wallet.currency, in: package, period: record.billingPeriod,
                    country: record.billingCountryCode, currency: record.currency)
                if let price { return price }
            }
        }
        return nil
    }
}
