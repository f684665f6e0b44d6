import TidemillCore
import TidemillOperations

/// Which of the catalog's prices a subscription pays: those of its billing period, its country and its currency (notes
/// B.8, "Localization").
struct PriceSelection {
    let period: BillingPeriod?
    let country: String?
    let currency: String?

    init(period: BillingPeriod?, country: String?, currency: String?) {
        self.period = period
        self.country = country
        self.currency = currency
    }

    init(_ record: SubscriptionRecord) {
        self.init(period: record.billingPeriod, country: record.billingCountryCode, currency: record.currency)
    }

    /// One price for each thing that is charged for: the country's own where there is one, else the general one.
    func charges(of package: PackageVersion) -> [Charge] {
        var chosen: [Subject: Charge] = [:]
        var order: [Subject] = []
        for charge in package.charges where isSold(charge) && isInCurrency(charge) {
            let subject = Subject(charge)
            guard let other = chosen[subject] else {
                order.append(subject)
                chosen[subject] = charge
                continue
            }
            if rank(charge) > rank(other) { chosen[subject] = charge }
        }
        return order.compactMap { chosen[$0] }
    }

    /// The currencies in which the package is sold here, the country's own first.
    func currencies(of package: PackageVersion) -> [String] {
        let sold = package.charges.filter(isSold)
        let ordered = sold.filter { rank($0) > 0 } + sold.filter { rank($0) == 0 }
        var seen: Set<String> = []
        return ordered.compactMap(\.moneyCurrency).filter { seen.insert($0).inserted }
    }

    /// What two prices must have in common to stand in for each other.
    private struct Subject: Hashable {
        let model: BillingModel
        let cadence: BillingCadence
        let feature: FeatureID?
        let credits: String?
        let topUp: String?

        init(_ charge: Charge) {
            model = charge.billingModel
            cadence = charge.billingCadence
            feature = charge.featureID
            credits = charge.currencyID ?? charge.creditRate?.currencyID
            topUp = charge.topUpCustomCurrencyID
        }
    }

    /// Usage is billed by the month also where the rest is paid by the year.
    private func isSold(_ charge: Charge) -> Bool {
        let isCountry = charge.billingCountryCode == nil || rank(charge) > 0
        let isPeriod = period == nil || charge.billingPeriod == period || charge.billingModel == .usageBased
        return isCountry && isPeriod
    }

    private func isInCurrency(_ charge: Charge) -> Bool {
        guard let currency, let own = charge.moneyCurrency else { return true }
        return currency == own
    }

    private func rank(_ charge: Charge) -> Int {
        guard let own = charge.billingCountryCode, let country else { return 0 }
        if own == country { return 2 }
        return own == "EU" && Self.union.contains(country) ? 1 : 0
    }

    /// The member states, by ISO 3166.
    private static let union: Set<String> = [
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU",
        "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    ]
}

extension PackageSelection {
    /// The currency in which a subscription is sold: the customer's own, or the first in which the plan has a price
    /// there. Nil for what has no price in money. A plan that is not sold in the customer's currency is refused.
    func currency(
        of packages: [PackageVersion], period: BillingPeriod?, country: String?, customer: Customer, held: String?
    ) throws -> String? {
        let selection = PriceSelection(period: period, country: country, currency: nil)
        var currency = held ?? customer.billingCurrency
        var isBound = currency != nil
        for package in packages {
            let sold = selection.currencies(of: package)
            guard let first = sold.first else { continue }
            if !isBound {
                currency = first
                isBound = true
            }
            guard let currency, sold.contains(currency) else {
                let whose = held == nil ? "the customer's 'billingCurrency'" : "the currency of the subscription"
                throw failure(
                    .priceNotFound,
                    "the \(package.kind.name) \"\(package.id)\" is sold in \(sold.joined(separator: ", ")), and \(whose) is \(currency ?? "none"); add a price in that currency, or change the customer's"
                )
            }
        }
        return isBound ? currency : nil
    }
}
