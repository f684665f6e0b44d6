import TidemillCore
import TidemillOperations
import TidemillStore

/// What goes with which billing model (stigg.md B.8).
struct PricingModelCheck {
    let scope: CallScope
    let operation: OperationID

    func check(_ model: PricingModel, _ path: FieldPath) throws {
        try checkQuantities(model, path)
        if let name = model.reset.misplaced {
            throw OperationError(
                .invalidEntitlementResetPeriod,
                "\(operation.rawValue): '\(path.member(name))' must go with its resetPeriod, got \(model.resetPeriod.map(\.rawValue) ?? "none")"
            )
        }
        let feature = try model.featureID.map { try scope.features.require($0, for: operation) }
        switch model.billingModel {
        case .flatFee, .minimumSpend: try forbid("featureId", feature, path, "FLAT_FEE is for the package as a whole")
        case .perUnit: try requireNumber(feature, model.billingModel, path)
        case .usageBased: try requireMetered(feature, model.billingModel, path)
        case .creditBased: break
        }
        if let currency = model.topUpCustomCurrencyID {
            guard model.billingModel == .creditBased else {
                throw problem(
                    path.member("topUpCustomCurrencyId"),
                    "goes with CREDIT_BASED only, got \(model.billingModel.rawValue)")
            }
            try requireCurrency(currency)
        }
        if model.billingCadence == .oneOff, model.billingModel == .usageBased {
            throw problem(path.member("billingCadence"), "must be RECURRING for USAGE_BASED")
        }
        if model.resetPeriod != nil, feature.map({ $0.meterType == .none }) ?? true {
            throw OperationError(
                .invalidEntitlementResetPeriod,
                "\(operation.rawValue): '\(path).resetPeriod' needs a feature whose usage is counted")
        }
        for (index, period) in model.pricePeriods.enumerated() {
            try check(period, of: model, feature, path.member("pricePeriods").item(index))
        }
    }

    func check(_ model: OveragePricingModel, _ path: FieldPath) throws {
        let feature = model.featureID ?? model.entitlement?.featureID
        let currency = model.currencyID ?? model.creditEntitlement?.customCurrencyID
        guard (feature == nil) != (currency == nil) else {
            throw problem(path, "must have either 'featureId' or 'currencyId'")
        }
        if let entitlement = model.entitlement, entitlement.featureID != feature {
            throw problem(path.member("entitlement").member("featureId"), "must be the featureId of the overage price")
        }
        if let included = model.creditEntitlement, included.customCurrencyID != currency {
            throw problem(
                path.member("creditEntitlement").member("customCurrencyId"),
                "must be the currencyId of the overage price")
        }
        if let feature {
            try requireMetered(try scope.features.require(feature, for: operation), .usageBased, path)
        }
        if let currency { try requireCurrency(currency) }
        for (index, period) in model.pricePeriods.enumerated() {
            let place = path.member("pricePeriods").item(index)
            guard period.creditRate == nil else {
                throw problem(place.member("creditRate"), "must be left out: overage is paid in money")
            }
            try checkMoney(period, place)
        }
    }

    // MARK: - One price

    private func check(
        _ period: PricePeriod, of model: PricingModel, _ feature: Feature?, _ path: FieldPath
    ) throws {
        if let rate = period.creditRate {
            guard model.billingModel == .creditBased || model.billingModel == .usageBased else {
                throw problem(path.member("creditRate"), "goes with CREDIT_BASED and USAGE_BASED only")
            }
            guard period.price == nil, period.tiers == nil else {
                throw problem(path.member("creditRate"), "must stand alone, without 'price' and 'tiers'")
            }
            try check(rate, feature, model.billingModel, path.member("creditRate"))
            return
        }
        try checkMoney(period, path)
        switch model.billingModel {
        case .flatFee, .minimumSpend:
            guard period.tiers == nil else {
                throw problem(path.member("tiers"), "must be left out for FLAT_FEE; give 'price'")
            }
            guard period.blockSize == nil else {
                throw problem(path.member("blockSize"), "must be left out for FLAT_FEE: there are no units")
            }
        case .perUnit, .usageBased: break
        case .creditBased:
            guard model.topUpCustomCurrencyID != nil else {
                throw problem(
                    path, "must have a 'creditRate', or its model 'topUpCustomCurrencyId': the currency that it buys")
            }
        }
        if period.creditGrantCadence != nil, model.billingModel != .creditBased {
            throw problem(path.member("creditGrantCadence"), "goes with CREDIT_BASED only")
        }
    }

    /// A price or tiers, in one currency.
    private func checkMoney(_ period: PricePeriod, _ path: FieldPath) throws {
        guard let tiers = period.tiers else {
            guard period.price != nil else { throw problem(path.member("price"), "is required, or 'tiers'") }
            return
        }
        guard period.price == nil else { throw problem(path.member("price"), "must be left out where there are tiers") }
        guard period.blockSize == nil else {
            throw problem(path.member("blockSize"), "must be left out where there are tiers")
        }
        try check(tiers, path.member("tiers"))
    }

    /// Tiers rise, and only the last one has no end.
    private func check(_ tiers: [Tier], _ path: FieldPath) throws {
        var last = Amount.zero
        let currencies = Set(tiers.flatMap { [$0.flatPrice?.currency, $0.unitPrice?.currency].compactMap { $0 } })
        guard currencies.count <= 1 else {
            throw problem(path, "must have one currency, got \(currencies.sorted().joined(separator: ", "))")
        }
        for (index, tier) in tiers.enumerated() {
            guard tier.flatPrice != nil || tier.unitPrice != nil else {
                throw problem(path.item(index), "must have a 'unitPrice' or a 'flatPrice'")
            }
            guard index < tiers.count - 1 else {
                guard tier.upTo == nil else {
                    throw problem(path.item(index).member("upTo"), "must be left out: the last tier has no end")
                }
                return
            }
            guard let end = tier.upTo else {
                throw problem(path.item(index).member("upTo"), "is required: only the last tier has no end")
            }
            guard end > last else {
                throw problem(
                    path.item(index).member("upTo"), "must be above \(last), the end of the tier before, got \(end)")
            }
            last = end
        }
    }

    /// What burns credits must be counted by adding up: the cost of one more unit is then known.
    private func check(_ rate: CreditRate, _ feature: Feature?, _ model: BillingModel, _ path: FieldPath) throws {
        try requireCurrency(rate.currencyID)
        try requireMetered(feature, model, path)
        if let formula = rate.costFormula {
            do throws(CostFormula.ParseError) {
                _ = try CostFormula(parsing: formula)
            } catch {
                throw problem(path.member("costFormula"), "cannot be read: \(error)")
            }
        }
        if let function = feature?.meter?.aggregation.function, function != .sum, function != .count {
            throw problem(
                path,
                "needs a feature that sums or counts; the meter of \"\(feature?.id.text ?? "")\" is \(function.rawValue)"
            )
        }
    }

    // MARK: - Parts

    private func checkQuantities(_ model: PricingModel, _ path: FieldPath) throws {
        if model.billingModel != .perUnit, model.billingModel != .creditBased {
            for (name, value) in [
                ("minUnitQuantity", model.minUnitQuantity), ("maxUnitQuantity", model.maxUnitQuantity),
            ] {
                guard value == nil else {
                    throw problem(path.member(name), "goes with PER_UNIT and CREDIT_BASED only")
                }
            }
        }
        if let least = model.minUnitQuantity, let most = model.maxUnitQuantity, least > most {
            throw problem(path.member("minUnitQuantity"), "must be at most maxUnitQuantity, \(most), got \(least)")
        }
    }

    private func forbid(_ name: String, _ feature: Feature?, _ path: FieldPath, _ why: String) throws {
        guard feature == nil else { throw problem(path.member(name), "must be left out: \(why)") }
    }

    private func requireNumber(_ feature: Feature?, _ model: BillingModel, _ path: FieldPath) throws {
        guard let feature else { throw problem(path.member("featureId"), "is required for \(model.rawValue)") }
        guard feature.featureType == .number else {
            throw problem(
                path.member("featureId"),
                "must be a feature of type NUMBER for \(model.rawValue), got \"\(feature.id)\" of type \(feature.featureType.rawValue)"
            )
        }
    }

    private func requireMetered(_ feature: Feature?, _ model: BillingModel, _ path: FieldPath) throws {
        guard let feature else { throw problem(path.member("featureId"), "is required for \(model.rawValue)") }
        guard feature.featureType == .number, feature.meterType != .none else {
            throw OperationError(
                .meteringNotAvailable,
                "\(operation.rawValue): '\(path.member("featureId"))' must be a feature whose usage is counted for \(model.rawValue); \"\(feature.id)\" has featureType \(feature.featureType.rawValue) and meterType \(feature.meterType.rawValue)"
            )
        }
    }

    private func requireCurrency(_ id: String) throws {
        guard try scope.currencies.require(id, for: operation).archivedAt == nil else {
            throw OperationError(
                .entityIsArchived,
                "\(operation.rawValue): the credit currency \"\(id)\" is archived; bring it back with unarchiveCustomCurrency"
            )
        }
    }

    private func problem(_ path: FieldPath, _ what: String) -> OperationError {
        OperationError(.invalidArgument, "\(operation.rawValue): '\(path)' \(what)")
    }
}
