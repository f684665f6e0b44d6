import TidemillCore
public import TidemillOperations

/// What one credit costs where a plan or add-on sells credits one by one: its charge with `topUpCustomCurrencyId`.
public enum TopUpPrice {
    /// Of the nearest country, in the subscription's currency where it is sold in it, and of the subscription's period
    /// where there are several. Nil where the package sells no such credits.
    public static func perCredit(
        of currencyID: String, in package: PackageVersion, period: BillingPeriod?, country: String?, currency: String?
    ) -> Money? {
        let sold = package.charges.filter { $0.topUpCustomCurrencyID == currencyID }
        let own = sold.filter { currency == nil || $0.moneyCurrency == currency }
        let charges = own.isEmpty ? sold : own
        for code in Country.keys(of: country) {
            let here = charges.filter { $0.billingCountryCode?.lowercased() == code }
            let charge = here.first { $0.billingPeriod == period } ?? here.first
            if let price = charge.flatMap(perCredit) { return price }
        }
        return nil
    }

    /// The price of one unit, or a share of a block; tiers begin with their first.
    static func perCredit(_ charge: Charge) -> Money? {
        guard let price = charge.price else { return charge.tiers?.first?.unitPrice }
        guard let block = charge.blockSize, block > .zero else { return price }
        return price.amount.divided(by: block).map { Money($0, price.currency) }
    }
}
