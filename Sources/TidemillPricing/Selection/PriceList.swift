import TidemillCore
import TidemillOperations

/// The charges of one plan or add-on, and which of them apply for a period, country and currency.
struct PriceList {
    let package: PackageVersion
    let charges: [Charge]

    /// What distinguishes charges that stand beside each other from prices of the same charge.
    struct Key: Hashable {
        let model: BillingModel
        let cadence: BillingCadence
        let featureID: FeatureID?
        let topUpCurrencyID: String?
        let currencyID: String?

        init(_ charge: Charge) {
            model = charge.billingModel
            cadence = charge.billingCadence
            featureID = charge.featureID
            topUpCurrencyID = charge.topUpCustomCurrencyID
            currencyID = charge.currencyID
        }
    }

    var name: String { "the \(package.kind == .plan ? "plan" : "add-on") \"\(package.id)\"" }

    /// The periods that the package is sold for; empty where it has no prices in advance.
    var periods: Set<BillingPeriod> {
        let inAdvance = charges.filter { $0.billingCadence == .recurring && $0.billingModel != .usageBased }
        let priced = inAdvance.filter { $0.moneyCurrency != nil && $0.topUpCustomCurrencyID == nil }
        return Set((priced.isEmpty ? charges : priced).map(\.billingPeriod))
    }

    /// The currency of the nearest country that has prices; of several the first that was defined.
    func currency(for period: BillingPeriod, country: String?) -> String? {
        for key in Country.keys(of: country) {
            let found = charges.first {
                $0.billingCountryCode?.lowercased() == key && applies($0, for: period) && $0.moneyCurrency != nil
            }
            if let currency = found?.moneyCurrency { return currency }
        }
        return nil
    }

    /// The currencies of the prices that a country has of its own; none where the default prices hold there.
    func currencies(of country: String, for period: BillingPeriod) -> Set<String> {
        let keys = Country.keys(of: country).compactMap { $0 }
        let own = charges.filter { charge in
            applies(charge, for: period) && keys.contains { $0 == charge.billingCountryCode?.lowercased() }
        }
        return Set(own.compactMap(\.moneyCurrency))
    }

    /// A charge, with what the list says of it in the same currency, by country; nothing where all pay the same.
    typealias Selected = (charge: Charge, countries: [String: PriceScheme])

    /// One charge of each kind: in the subscription's currency, of the nearest country.
    func selected(for period: BillingPeriod, country: String?, currency: String) throws(PricingError) -> [Selected] {
        var keys: [Key] = []
        var groups: [Key: [Charge]] = [:]
        for charge in charges {
            let key = Key(charge)
            if groups[key] == nil { keys.append(key) }
            groups[key, default: []].append(charge)
        }
        var selected: [Selected] = []
        for key in keys {
            let group = groups[key] ?? []
            let own = group.filter { $0.billingPeriod == period }
            // Usage is billed by the month on annual plans too, and what is due once is not of a period.
            let candidates = own.isEmpty ? group.filter { applies($0, for: period) } : own
            guard !candidates.isEmpty else { continue }
            let found = Country.keys(of: country).lazy.compactMap { code in
                candidates.first {
                    $0.billingCountryCode?.lowercased() == code && ($0.moneyCurrency ?? currency) == currency
                }
            }.first
            if let found {
                selected.append((found, Self.countries(candidates, currency)))
                continue
            }
            let what = key.featureID.map { "\"\($0)\"" } ?? "its base charge"
            let elsewhere = Set(
                candidates.filter { $0.moneyCurrency == currency }.compactMap { $0.billingCountryCode?.uppercased() }
            ).sorted()
            if let first = elsewhere.first {
                throw PricingError(
                    .priceNotFound,
                    "the price of \(name) in \(currency) for \(what) is for \(elsewhere.joined(separator: ", ")) only; "
                        + "give 'billingCountryCode', such as \"\(first)\", or add a price in \(currency) for every country"
                )
            }
            let others = Set(candidates.compactMap(\.moneyCurrency)).sorted().joined(separator: ", ")
            throw PricingError(
                .priceNotFound,
                "\(name) has no price in \(currency)\(country.map { " for \($0.uppercased())" } ?? "") for "
                    + "\(what), only in \(others)")
        }
        return selected
    }

    private static func countries(_ charges: [Charge], _ currency: String) -> [String: PriceScheme] {
        guard charges.contains(where: { $0.billingCountryCode != nil }) else { return [:] }
        var countries: [String: PriceScheme] = [:]
        for charge in charges where (charge.moneyCurrency ?? currency) == currency {
            let code = charge.billingCountryCode?.lowercased() ?? ""
            if countries[code] == nil { countries[code] = PriceScheme(charge) }
        }
        return countries
    }

    private func applies(_ charge: Charge, for period: BillingPeriod) -> Bool {
        charge.billingPeriod == period || charge.billingCadence == .oneOff || charge.billingModel == .usageBased
            || charge.moneyCurrency == nil
    }

    /// Usage prices alone go with every period: they are billed by the month.
    private var hasOnlyUsage: Bool { charges.allSatisfy { $0.billingModel == .usageBased } }

    /// Refuses a period that the package is not sold for.
    func check(_ period: BillingPeriod) throws(PricingError) {
        let sold = periods
        guard sold.isEmpty || sold.contains(period) || sold == [.monthly] && hasOnlyUsage else {
            let names = sold.map(\.rawValue).sorted().joined(separator: ", ")
            throw PricingError(
                .priceNotFound, "\(name) has no price for the billing period \(period.rawValue), only for \(names)")
        }
    }
}
