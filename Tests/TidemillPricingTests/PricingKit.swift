import Testing
import TidemillCore
import TidemillOperations
import TidemillPricing

/// Packages and instants for tests of prices.
enum PricingKit {
    static let epoch = Timestamp(microseconds: 0)

    static func at(_ text: String) throws -> Timestamp { try #require(Timestamp(rfc3339: text + "Z")) }
    static func amount(_ text: String) throws -> Amount { try #require(Amount(text)) }

    static func money(_ text: String, _ currency: String = "usd") throws -> Money {
        Money(try amount(text), currency)
    }

    static func flat(
        _ price: String, _ period: BillingPeriod = .monthly, currency: String = "usd", country: String? = nil,
        cadence: BillingCadence = .recurring
    ) throws -> Charge {
        Charge(
            id: "flat", billingCadence: cadence, billingModel: .flatFee, billingPeriod: period, createdAt: epoch,
            billingCountryCode: country, price: try money(price, currency))
    }

    static func units(
        _ feature: String, _ price: String, _ model: BillingModel = .perUnit, _ period: BillingPeriod = .monthly,
        least: Int64? = nil, most: Int64? = nil, currency: String = "usd"
    ) throws -> Charge {
        Charge(
            id: feature, billingModel: model, billingPeriod: period, createdAt: epoch, featureID: FeatureID(feature),
            maxUnitQuantity: most.map { Amount($0) }, minUnitQuantity: least.map { Amount($0) },
            price: try money(price, currency))
    }

    static func plan(
        _ id: String, _ charges: [Charge], overages: [Charge] = [], minimum: [MinimumSpend] = [],
        kind: PackageKind = .plan, type: PricingType? = .paid
    ) -> PackageVersion {
        PackageVersion(
            kind: kind, id: id, version: 1, productID: "product", displayName: id, status: .published,
            pricingType: type, charges: charges, overageCharges: overages, minimumSpend: minimum, createdAt: epoch,
            updatedAt: epoch)
    }

    static func prices(
        _ plan: PackageVersion, _ period: BillingPeriod? = .monthly, addons: [(PackageVersion, Int64)] = [],
        units: [String: Int64] = [:], country: String? = nil, currency: String? = nil
    ) throws -> SelectedPrices {
        try SelectedPrices(
            Configuration(
                plan: plan, addons: addons.map { Configuration.AddonItem($0.0, quantity: $0.1) },
                billingPeriod: period, countryCode: country, currency: currency,
                units: Dictionary(uniqueKeysWithValues: units.map { (FeatureID($0.key), Amount($0.value)) })))
    }

    /// The error of a selection that must fail.
    static func failure(_ body: () throws -> SelectedPrices) -> PricingError? {
        do {
            _ = try body()
            return nil
        } catch {
            return error as? PricingError
        }
    }
}
