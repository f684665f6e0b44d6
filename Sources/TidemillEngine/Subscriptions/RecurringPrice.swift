import TidemillCore
import TidemillOperations

/// What a subscription costs in a year by itself, before discounts, tax and usage: what tells an upgrade from a
/// downgrade.
enum RecurringPrice {
    static func ofYear(
        _ record: SubscriptionRecord, _ selection: PackageSelection
    ) throws -> (amount: Amount, currency: String?) {
        let prices = PriceSelection(record)
        var total = Amount.zero
        for charge in prices.charges(of: try selection.plan(of: record)) {
            total += ofYear(charge, record, addon: nil)
        }
        for addon in record.addons {
            for charge in prices.charges(of: try selection.addon(addon)) {
                let one = ofYear(charge, record, addon: addon.id)
                // A quantity of units is bought as such; what is flat comes once for each add-on.
                total += charge.billingModel == .perUnit ? one : one.times(addon.quantity) ?? one
            }
        }
        return (total, record.currency)
    }

    private static func ofYear(_ charge: Charge, _ record: SubscriptionRecord, addon: String?) -> Amount {
        guard charge.billingCadence == .recurring, charge.topUpCustomCurrencyID == nil else { return .zero }
        let price = SubscriptionPrice(charge, record, addon: addon)
        let ofPeriod: Amount
        switch charge.billingModel {
        case .flatFee, .minimumSpend: ofPeriod = price.amount ?? .zero
        case .perUnit:
            ofPeriod = ofUnits(charge.featureID.flatMap { record.quantities[$0] } ?? .zero, price, charge.tiersMode)
        case .creditBased:
            let quantity = (charge.currencyID ?? charge.creditRate?.currencyID).flatMap { record.creditQuantities[$0] }
            ofPeriod = ofUnits(quantity ?? Amount(1), price, charge.tiersMode)
        case .usageBased: return .zero
        }
        return charge.billingPeriod == .monthly ? ofPeriod.times(12) ?? ofPeriod : ofPeriod
    }

    private static func ofUnits(_ quantity: Amount, _ price: SubscriptionPrice, _ mode: TiersMode?) -> Amount {
        if let tiers = price.tiers { return tiered(quantity, tiers, mode ?? .graduated) }
        var units = quantity
        if let size = price.blockSize, let blocks = quantity.divided(by: size, rounding: .up) {
            units = blocks.rounded(toDigits: 0, rounding: .up)
        }
        return (price.amount ?? .zero).times(units) ?? .zero
    }

    /// Graduated prices each unit in its tier, volume all in the tier of the total; a boundary belongs to the lower
    /// tier, and a flat price is due once its tier is entered (SEMANTICS, "Amounts and money").
    private static func tiered(_ quantity: Amount, _ tiers: [Tier], _ mode: TiersMode) -> Amount {
        var total = Amount.zero
        var below = Amount.zero
        for tier in tiers where quantity > .zero {
            let top = tier.upTo ?? .bound
            let isLast = quantity <= top
            let units = mode == .volume ? quantity : min(quantity, top) - below
            if isLast || mode == .graduated {
                total += ((tier.unitPrice?.amount ?? .zero).times(units) ?? .zero) + (tier.flatPrice?.amount ?? .zero)
            }
            if isLast { break }
            below = top
        }
        return total
    }
}

extension SubscriptionPrice {
    /// A charge as the subscription pays it: with the override that is meant for it.
    init(_ charge: Charge, _ record: SubscriptionRecord, addon: String?) {
        self.init(
            addonID: addon, featureID: charge.featureID,
            baseCharge: charge.billingModel == .flatFee && charge.featureID == nil,
            amount: charge.price?.amount, currency: charge.moneyCurrency, blockSize: charge.blockSize,
            tiers: charge.tiers, billingCountryCode: charge.billingCountryCode)
        let found = record.priceOverrides.last { $0.isMeant(for: charge, addon: addon) }
        guard let found else { return }
        currency = found.currency ?? currency
        blockSize = found.blockSize ?? blockSize
        if let tiers = found.tiers {
            self.tiers = tiers
            amount = nil
        } else if let amount = found.amount {
            self.amount = amount
            tiers = nil
        }
    }
}

extension PriceOverride {
    /// Whether it replaces the price of this charge: the same add-on or none, and the same subject.
    func isMeant(for charge: Charge, addon: String?) -> Bool {
        guard addonID == addon else { return false }
        if let country = billingCountryCode, country != charge.billingCountryCode { return false }
        if let featureID { return charge.featureID == featureID }
        if let creditCurrencyID {
            return (charge.currencyID ?? charge.creditRate?.currencyID ?? charge.topUpCustomCurrencyID)
                == creditCurrencyID
        }
        // Without a subject it is the flat price.
        return charge.billingModel == .flatFee && charge.featureID == nil
    }
}
