import TidemillCore
import TidemillOperations
import TidemillStore

/// What the usage of a feature costs a customer, and which wallet pays.
struct CreditRating {
    let wallet: Wallet
    let featureID: FeatureID
    let rate: CreditRate
    let formula: CostFormula?
    /// The subscription's running period.
    var period: BurnPeriod

    /// What a piece of usage costs: never below zero. A formula stands in for the flat rate.
    func cost(
        of value: Amount, _ dimension: (String) -> CostFormula.Dimension
    ) throws(CostFormula.EvaluationError) -> Amount {
        guard value > .zero else { return .zero }
        guard let formula else {
            guard let cost = value.times(rate.amount), cost.isWithinBound else { throw .tooLarge }
            return cost
        }
        return max(.zero, try formula.value(dimension))
    }
}

/// Finds the rate of a feature in the customer's live subscriptions. Without a subscription nothing costs credits.
///
/// Usage of a resource is priced by the resource's own subscriptions, else by those without a resource; usage without a
/// resource by those without one. The wallet is that of the subscription.
struct CreditRates {
    let scope: CallScope

    init(_ scope: CallScope) {
        self.scope = scope
    }

    func rating(of feature: FeatureID, for customer: CustomerID, resource: String?) throws -> CreditRating? {
        let catalog = try scope.catalog()
        guard catalog.creditRatedFeatures.contains(feature) else { return nil }
        let live = try scope.subscriptions.live(of: customer)
        let own = resource == nil ? [] : live.filter { $0.resourceID.isSame(as: resource) }
        for record in own + live.filter({ $0.resourceID == nil }) {
            guard let rate = Self.rate(of: feature, in: record, catalog) else { continue }
            let wallet = Wallet(customerID: customer, currencyID: rate.currencyID, resourceID: record.resourceID)
            return CreditRating(
                wallet: wallet, featureID: feature, rate: rate,
                formula: try rate.costFormula.map { try Self.formula($0, feature) },
                period: BurnPeriod(
                    wallet: wallet, featureID: feature, start: record.currentBillingPeriodStart ?? record.startDate,
                    end: record.currentBillingPeriodEnd))
        }
        return nil
    }

    /// Whether a subscription of some resource prices the feature.
    func isPricedForResources(_ feature: FeatureID, of customer: CustomerID) throws -> Bool {
        let catalog = try scope.catalog()
        return try scope.subscriptions.live(of: customer).contains {
            $0.resourceID != nil && Self.rate(of: feature, in: $0, catalog) != nil
        }
    }

    /// The subscription's own rate, else the plan's, else that of an add-on.
    private static func rate(
        of feature: FeatureID, in record: SubscriptionRecord, _ catalog: CatalogSnapshot
    ) -> CreditRate? {
        if let own = record.priceOverrides.first(where: { $0.featureID == feature && $0.creditRate != nil }) {
            return own.creditRate
        }
        for package in CreditCharges.packages(of: record, catalog) {
            let rated = package.charges.filter { $0.featureID == feature && $0.creditRate != nil }
            if let charge = CreditCharges.best(rated, for: record) { return charge.creditRate }
        }
        return nil
    }

    /// A formula was checked when it was defined.
    private static func formula(_ text: String, _ feature: FeatureID) throws -> CostFormula {
        do throws(CostFormula.ParseError) {
            return try CostFormula(parsing: text)
        } catch {
            throw StoreError(
                .corrupt, "the cost formula of \"\(feature)\" cannot be read: \(error); publish the plan again")
        }
    }
}

extension Payload {
    /// The value as a cost formula reads it: numbers, and texts that are plain decimals, as meters do.
    var costDimension: CostFormula.Dimension {
        switch self {
        case .null: .absent
        case .integer(let value): .amount(Amount(value))
        case .number(let digits), .string(let digits): Amount(digits).map { .amount($0) } ?? .other
        case .boolean, .array, .object: .other
        }
    }
}
