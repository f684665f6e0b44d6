/// The words of prices (stigg.md A.3, B.8).

public enum BillingPeriod: String, WireEnum {
    case monthly = "MONTHLY"
    case annually = "ANNUALLY"
}

public enum BillingCadence: String, WireEnum {
    case recurring = "RECURRING"
    case oneOff = "ONE_OFF"
}

/// How a charge comes to its amount.
public enum BillingModel: String, WireEnum {
    /// A base price for each billing period.
    case flatFee = "FLAT_FEE"
    /// A floor under what usage costs.
    case minimumSpend = "MINIMUM_SPEND"
    /// A quantity that is bought in advance.
    case perUnit = "PER_UNIT"
    /// Metered usage, billed afterwards.
    case usageBased = "USAGE_BASED"
    /// Usage that burns credits, or a price for which credits are bought.
    case creditBased = "CREDIT_BASED"
}

public enum PricingType: String, WireEnum {
    case free = "FREE"
    case paid = "PAID"
    case custom = "CUSTOM"
}

public enum TiersMode: String, WireEnum {
    /// All units are priced by the tier in which their total falls.
    case volume = "VOLUME"
    /// Each unit is priced by its own tier.
    case graduated = "GRADUATED"

    public static var alternatives: [String: TiersMode] { ["Volume": .volume, "Graduated": .graduated] }
}

/// When credits that a price pays for are granted.
public enum GrantCadence: String, WireEnum {
    case beginningOfBillingPeriod = "BEGINNING_OF_BILLING_PERIOD"
    case monthly = "MONTHLY"
}

/// When overage is billed.
public enum OverageBillingPeriod: String, WireEnum {
    case onSubscriptionRenewal = "ON_SUBSCRIPTION_RENEWAL"
    case monthly = "MONTHLY"
}

/// How often a plan grants credits.
public enum CreditCadence: String, WireEnum {
    case month = "MONTH"
    case year = "YEAR"
}
