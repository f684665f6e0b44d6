public import TidemillCore

/// What `grantPromotionalEntitlements` gives of one feature. Null and absent are the same.
public struct PromotionalGrant: Resetting, Hashable {
    public var featureID: FeatureID
    public var period: PromotionalPeriod
    public var customEndDate: Timestamp?
    public var usageLimit: Amount?
    public var hasUnlimitedUsage: Bool?
    public var hasSoftLimit: Bool?
    public var isVisible: Bool
    public var enumValues: [String]?
    public var resetPeriod: ResetPeriod?
    public var yearlyResetPeriodConfiguration: ResetConfiguration?
    public var monthlyResetPeriodConfiguration: ResetConfiguration?
    public var weeklyResetPeriodConfiguration: ResetConfiguration?

    public static let shape = Shape(
        required("featureId", \.featureID, .featureID, "The feature."),
        required("period", \.period, .choice, "How long it lasts; ONE_WEEK and the like are read too."),
        optional("customEndDate", \.customEndDate, .timestamp, "When it ends; with the period custom, and only then."),
        optional("usageLimit", \.usageLimit, .nonnegativeAmount, "How much may be used, in large units."),
        optional("hasUnlimitedUsage", \.hasUnlimitedUsage, .boolean, "Whether there is no limit."),
        optional("hasSoftLimit", \.hasSoftLimit, .boolean, "Whether usage goes on beyond the limit."),
        defaulted("isVisible", \.isVisible, .boolean, to: true, "Whether the customer is shown it."),
        optional("enumValues", \.enumValues, .enumValues, "The values of an ENUM feature that are included."),
        resetPeriodField(\.resetPeriod),
        yearlyResetField(\.yearlyResetPeriodConfiguration),
        monthlyResetField(\.monthlyResetPeriodConfiguration),
        weeklyResetField(\.weeklyResetPeriodConfiguration),
        make: Self.init, check: check)

    private static func check(_ grant: Self, _ path: FieldPath) throws(InputProblem) {
        if grant.period == .custom, grant.customEndDate == nil {
            throw InputProblem(["'\(path.member("customEndDate"))' is required with the period \"custom\": a time"])
        }
        if grant.period != .custom, grant.customEndDate != nil {
            throw InputProblem([
                "'\(path.member("customEndDate"))' goes with the period \"custom\" only, got \"\(grant.period.rawValue)\"; leave it out or change the period"
            ])
        }
        if let misplaced = grant.reset.misplaced {
            throw InputProblem([
                "'\(path.member(misplaced))' does not go with resetPeriod \(grant.resetPeriod?.rawValue ?? "null"); leave it out or change the period"
            ])
        }
    }
}
