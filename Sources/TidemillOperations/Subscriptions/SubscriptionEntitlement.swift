public import TidemillCore

/// What one subscription alone is entitled to, in place of what its plan says (stigg.md B.5, variable entitlements).
public typealias SubscriptionEntitlement = EitherEntitlement<
    SubscriptionFeatureEntitlement, SubscriptionCreditEntitlement
>

/// A feature of one subscription alone.
public struct SubscriptionFeatureEntitlement: Resetting, Hashable {
    public var id: FeatureID
    public var usageLimit: Amount?
    public var hasUnlimitedUsage: Bool?
    public var hasSoftLimit: Bool?
    public var resetPeriod: ResetPeriod?
    public var yearlyResetPeriodConfiguration: ResetConfiguration?
    public var monthlyResetPeriodConfiguration: ResetConfiguration?
    public var weeklyResetPeriodConfiguration: ResetConfiguration?

    public static let shape = Shape(
        required("id", \.id, .featureID, "The feature."),
        optional("usageLimit", \.usageLimit, .nonnegativeAmount, "How much of it."),
        optional("hasUnlimitedUsage", \.hasUnlimitedUsage, .boolean, "Whether there is no limit."),
        optional("hasSoftLimit", \.hasSoftLimit, .boolean, "Whether usage goes on beyond the limit."),
        resetPeriodField(\.resetPeriod), yearlyResetField(\.yearlyResetPeriodConfiguration),
        monthlyResetField(\.monthlyResetPeriodConfiguration), weeklyResetField(\.weeklyResetPeriodConfiguration),
        make: Self.init, check: resetsFit)

    private static func resetsFit(_ entitlement: Self, _ path: FieldPath) throws(InputProblem) {
        if let name = entitlement.reset.misplaced {
            throw InputProblem(["'\(path.member(name))' does not go with the 'resetPeriod'; leave it out"])
        }
    }
}

/// Credits of one subscription alone.
public struct SubscriptionCreditEntitlement: Shaped, Hashable {
    public var id: String
    public var amount: Amount
    public var cadence: CreditCadence
    public var hasSoftLimit: Bool?

    public static let shape = Shape(
        required("id", \.id, .currencyID, "The credit currency."),
        required("amount", \.amount, .nonnegativeAmount, "How many credits."),
        required("cadence", \.cadence, .choice, "How often they are granted."),
        optional("hasSoftLimit", \.hasSoftLimit, .boolean, "Whether checks grant beyond the balance."),
        make: Self.init)
}

extension EitherEntitlement
where Feature == SubscriptionFeatureEntitlement, Credit == SubscriptionCreditEntitlement {
    /// By what it is to.
    public var reference: EntitlementReference {
        switch self {
        case .feature(let entitlement): EntitlementReference(id: entitlement.id.text, type: .feature)
        case .credit(let entitlement): EntitlementReference(id: entitlement.id, type: .credit)
        }
    }
}
