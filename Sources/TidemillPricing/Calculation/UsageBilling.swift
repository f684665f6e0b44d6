public import TidemillCore
import TidemillOperations

/// What usage of a period comes to when it is billed.
public struct UsageBilling: Sendable {
    public let prices: SelectedPrices
    /// Usage of the period, in the small units that are reported.
    public var usage: @Sendable (FeatureID) -> Amount
    /// Usage whose overage is billed, by reset period.
    public var overageUsage: @Sendable (FeatureID) -> [LimitedUsage]
    /// What is included in a reset period before overage begins, in large units; nil for no limit.
    public var included: @Sendable (FeatureID) -> Amount?
    /// Credits used beyond what there was, by credit currency.
    public var overdraft: @Sendable (String) -> Amount

    public init(
        _ prices: SelectedPrices, usage: @escaping @Sendable (FeatureID) -> Amount,
        overageUsage: (@Sendable (FeatureID) -> [LimitedUsage])? = nil,
        included: @escaping @Sendable (FeatureID) -> Amount? = { _ in nil },
        overdraft: @escaping @Sendable (String) -> Amount = { _ in .zero }
    ) {
        self.prices = prices
        self.usage = usage
        self.overageUsage = overageUsage ?? { [LimitedUsage(through: usage($0))] }
        self.included = included
        self.overdraft = overdraft
    }

    /// Usage, what of it the minimum spend has paid for, then overage (stigg.md B.8, the order of charges). `prepaid`
    /// is what is left of the minimum spend that was charged in advance.
    public func lines(prepaid: Amount = .zero, withOverage: Bool = true) throws(PricingError) -> [QuoteLine] {
        var lines = try usageLines()
        let used = lines.reduce(.zero) { $0 + $1.amount }
        let covered = min(used, prepaid)
        if covered > .zero {
            lines.append(
                QuoteLine(
                    kind: .covered, description: "Covered by the minimum spend", packageID: prices.planID,
                    quantity: Amount(1), unitPrice: -covered, amount: -covered))
        }
        guard withOverage else { return lines }
        for item in prices.overages {
            if let feature = item.charge.featureID {
                guard let limit = included(feature) else { continue }
                let units = overageUsage(feature).units(beyond: limit, item.transformation)
                lines.append(try line(item, kind: .overage, units: units))
            } else if let credit = item.charge.currencyID {
                lines.append(try line(item, kind: .overage, units: overdraft(credit)))
            }
        }
        return lines
    }

    /// What usage comes to by itself.
    public func usageLines() throws(PricingError) -> [QuoteLine] {
        var lines: [QuoteLine] = []
        for item in prices.items where item.isUsage {
            guard let feature = item.charge.featureID else { continue }
            lines.append(try line(item, kind: .usage, units: billed(usage(feature), item)))
        }
        return lines
    }

    private func billed(_ usage: Amount, _ item: PricedItem) -> Amount {
        ChargePricer.billedUnits(of: usage, item.transformation)
    }

    private func line(_ item: PricedItem, kind: QuoteLine.Kind, units: Amount) throws(PricingError) -> QuoteLine {
        let cost = try item.pricer.cost(of: units)
        return QuoteLine(
            kind: kind, description: kind == .overage ? "\(item.title), overage" : item.title,
            packageID: item.packageID, featureID: item.charge.featureID?.text, quantity: cost.quantity,
            unitPrice: cost.unitPrice, amount: cost.exact.rounded(toDigits: prices.digits))
    }
}
