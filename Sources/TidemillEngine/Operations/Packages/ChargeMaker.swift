import Crypto
import Foundation
import TidemillCore
import TidemillOperations
import TidemillStore

/// Makes charges of a pricing: one for each pricing model, billing period, country and currency. Checks all of it first.
struct ChargeMaker {
    let scope: CallScope
    let operation: OperationID
    let kind: PackageKind
    let packageID: String
    /// Charges of before: what stays the same keeps when it was defined.
    let before: [Charge]

    func make(_ pricing: PackagePricing, at path: FieldPath) throws -> (charges: [Charge], overage: [Charge]) {
        try checkType(pricing, path)
        try checkMinimumSpends(pricing.allMinimumSpends, path)
        var seen: Set<[String]> = []
        var charges: [Charge] = []
        for (index, model) in pricing.pricingModels.enumerated() {
            let place = path.member("pricingModels").item(index)
            if model.billingModel == .minimumSpend {
                try checkMinimumSpend(model, place)
            } else {
                charges += try make(model, place, &seen, billingID: pricing.billingID)
            }
        }
        var overage: [Charge] = []
        for (index, model) in pricing.overagePricingModels.enumerated() {
            let place = path.member("overagePricingModels").item(index)
            overage += try make(model, place, &seen, billingID: pricing.billingID)
        }
        return (charges, overage)
    }

    // MARK: - The pricing as a whole

    private func checkType(_ pricing: PackagePricing, _ path: FieldPath) throws {
        guard let type = pricing.pricingType, type != .paid else { return }
        let hasPrices =
            !pricing.allMinimumSpends.isEmpty || !pricing.overagePricingModels.isEmpty
            || pricing.pricingModels.contains { $0.pricePeriods.contains { $0.price != nil || $0.tiers != nil } }
        guard !hasPrices else {
            throw problem(
                path.member("pricingType"),
                "must be PAID where there are prices, got \(type.rawValue); rates in credits go with every type")
        }
    }

    private func checkMinimumSpends(_ spends: [MinimumSpend], _ path: FieldPath) throws {
        var seen: Set<[String]> = []
        for spend in spends {
            guard seen.insert([spend.billingPeriod.rawValue, spend.minimum.currency]).inserted else {
                throw problem(
                    path.member("minimumSpend"),
                    "must name each billing period and currency once, got \(spend.billingPeriod.rawValue) in \(spend.minimum.currency) twice"
                )
            }
        }
    }

    private func checkMinimumSpend(_ model: PricingModel, _ path: FieldPath) throws {
        for (index, period) in model.pricePeriods.enumerated() where period.price == nil {
            throw problem(path.member("pricePeriods").item(index).member("price"), "is required for MINIMUM_SPEND")
        }
        guard model.featureID == nil else {
            throw problem(path.member("featureId"), "must be left out for MINIMUM_SPEND")
        }
    }

    // MARK: - Charges

    private func make(
        _ model: PricingModel, _ path: FieldPath, _ seen: inout Set<[String]>, billingID: String?
    ) throws -> [Charge] {
        try PricingModelCheck(scope: scope, operation: operation).check(model, path)
        return try model.pricePeriods.enumerated().map { index, period in
            let charge = Charge(
                id: "", billingCadence: model.billingCadence, billingModel: model.billingModel,
                billingPeriod: period.billingPeriod, createdAt: scope.now,
                billingCountryCode: period.billingCountryCode, billingID: billingID, blockSize: period.blockSize,
                creditGrantCadence: period.creditGrantCadence, creditRate: period.creditRate,
                featureID: model.featureID, maxUnitQuantity: model.maxUnitQuantity.map { Amount($0) },
                minUnitQuantity: model.minUnitQuantity.map { Amount($0) }, price: period.price, tiers: period.tiers,
                tiersMode: period.tiers == nil ? nil : model.tiersMode ?? .graduated,
                topUpCustomCurrencyID: model.topUpCustomCurrencyID, resetPeriod: model.resetPeriod,
                resetPeriodConfiguration: model.reset.configuration)
            return try finished(charge, "charge", &seen, path.member("pricePeriods").item(index))
        }
    }

    private func make(
        _ model: OveragePricingModel, _ path: FieldPath, _ seen: inout Set<[String]>, billingID: String?
    ) throws -> [Charge] {
        try PricingModelCheck(scope: scope, operation: operation).check(model, path)
        let feature = model.featureID ?? model.entitlement?.featureID
        let currency = feature == nil ? model.currencyID ?? model.creditEntitlement?.customCurrencyID : nil
        return try model.pricePeriods.enumerated().map { index, period in
            let charge = Charge(
                id: "", billingModel: feature == nil ? .creditBased : .usageBased,
                billingPeriod: period.billingPeriod, createdAt: scope.now,
                billingCountryCode: period.billingCountryCode, billingID: billingID, blockSize: period.blockSize,
                featureID: feature, price: period.price, tiers: period.tiers,
                tiersMode: period.tiers == nil ? nil : .graduated, currencyID: currency)
            return try finished(charge, "overage", &seen, path.member("pricePeriods").item(index))
        }
    }

    /// Gives the charge its id, which is the same in every version, and refuses a second price for the same thing.
    private func finished(
        _ charge: Charge, _ role: String, _ seen: inout Set<[String]>, _ path: FieldPath
    ) throws -> Charge {
        let key = [
            kind.rawValue, packageID, role, charge.billingModel.rawValue, charge.billingCadence.rawValue,
            charge.billingPeriod.rawValue, charge.featureID?.text ?? "", charge.topUpCustomCurrencyID ?? "",
            charge.currencyID ?? "", charge.billingCountryCode ?? "",
            charge.moneyCurrency ?? charge.creditRate?.currencyID ?? "",
        ]
        guard seen.insert(key).inserted else {
            throw problem(
                path, "must be the only price for its billing period, country and currency, got a second one")
        }
        var finished = charge
        finished.id = "charge-" + Self.digest(key)
        if let old = before.first(where: { $0.id == finished.id }) {
            finished.createdAt = old.createdAt
            if finished != old { finished.createdAt = scope.now }
        }
        return finished
    }

    private static func digest(_ key: [String]) -> String {
        SHA256.hash(data: Data(key.joined(separator: "\u{0}").utf8)).prefix(12).hexadecimal
    }

    private func problem(_ path: FieldPath, _ what: String) -> OperationError {
        OperationError(.invalidArgument, "\(operation.rawValue): '\(path)' \(what)")
    }
}
