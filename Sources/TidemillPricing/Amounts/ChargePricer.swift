public import TidemillCore
public import TidemillOperations

/// One charge, and what a quantity of it costs. Pure: the same charge and quantity always cost the same.
public struct ChargePricer: Sendable, Hashable {
    public let charge: Charge
    public let scheme: PriceScheme
    public let currency: String
    /// Names the charge in messages and on lines: "seats", "base price".
    public let name: String

    /// Nil for a charge that asks no money: usage that burns credits.
    public init?(_ charge: Charge, name: String? = nil) {
        guard let scheme = PriceScheme(charge), let currency = charge.moneyCurrency else { return nil }
        self.charge = charge
        self.scheme = scheme
        self.currency = currency
        self.name = name ?? charge.featureID?.text ?? charge.topUpCustomCurrencyID ?? "base price"
    }

    /// What a quantity costs, before it is rounded.
    public struct Cost: Sendable, Hashable {
        public let exact: ExactAmount
        /// As a line shows it: blocks are counted as blocks.
        public let quantity: Amount
        public let unitPrice: Amount
    }

    public func cost(of units: Amount) throws(PricingError) -> Cost {
        let exact = try scheme.amount(of: units, named: name)
        let shown = scheme.shown(units, costing: exact)
        return Cost(exact: exact, quantity: shown.quantity, unitPrice: shown.unitPrice)
    }

    /// Usage in the units that are billed: large ones, rounded as limits round them.
    public static func billedUnits(of usage: Amount, _ transformation: UnitTransformation?) -> Amount {
        guard let transformation, transformation.divide > 0 else { return max(usage, .zero) }
        let step = Amount(transformation.divide)
        switch transformation.round {
        case .up: return PriceScheme.blocks(in: max(usage, .zero), of: step)
        case .down: return Amount(nanos: max(usage.nanos, 0) / step.nanos * Amount.nanosPerUnit)
        }
    }

    /// The quantity bought in advance: the one asked for, within the charge's bounds.
    public func checkedUnits(_ asked: Amount?, defaultsToOne: Bool = false) throws(PricingError) -> Amount {
        let least = charge.minUnitQuantity
        guard let asked else {
            if let least, least > .zero { return least }
            guard defaultsToOne else {
                throw PricingError(
                    .invalidQuantity,
                    "\"\(name)\" is charged per unit: say how many in 'billableFeatures' or 'charges', "
                        + "such as {\"featureId\": \"\(name)\", \"quantity\": 1}")
            }
            return Amount(1)
        }
        guard asked >= .zero else {
            throw PricingError(.invalidQuantity, "the quantity of \"\(name)\" must not be negative, got \(asked)")
        }
        if let least, asked < least {
            throw PricingError(.invalidQuantity, "the quantity of \"\(name)\" must be at least \(least), got \(asked)")
        }
        if let most = charge.maxUnitQuantity ?? scheme.lastUnit, asked > most {
            throw PricingError(.invalidQuantity, "the quantity of \"\(name)\" must be at most \(most), got \(asked)")
        }
        return asked
    }
}
