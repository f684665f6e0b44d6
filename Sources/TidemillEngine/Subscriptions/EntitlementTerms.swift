import TidemillCore
import TidemillOperations

/// What one source gives of a feature: a subscription with all that belongs to it, or a promotional grant.
struct EntitlementTerms: Sendable, Hashable {
    /// False where a plan takes back what it inherits.
    var isGranted = true
    /// In large units. Nil where none is given: nothing, for a feature that is counted.
    var limit: Amount?
    var isUnlimited = false
    var isSoft = false
    var enumValues: [String] = []
    var resetPeriod: ResetPeriod?
    var resetConfiguration: ResetConfiguration?
    var updatedAt: Timestamp
    var displayName: String?

    init(updatedAt: Timestamp) {
        self.updatedAt = updatedAt
    }

    init(_ entitlement: FeatureEntitlement) {
        isGranted = entitlement.isGranted
        limit = entitlement.usageLimit
        isUnlimited = entitlement.hasUnlimitedUsage ?? false
        isSoft = entitlement.hasSoftLimit ?? false
        enumValues = entitlement.enumValues ?? []
        resetPeriod = entitlement.resetPeriod
        resetConfiguration = entitlement.resetPeriodConfiguration
        updatedAt = entitlement.updatedAt
        displayName = entitlement.displayNameOverride
    }

    init(_ grant: PromotionalEntitlement) {
        limit = grant.usageLimit
        isUnlimited = grant.hasUnlimitedUsage ?? false
        isSoft = grant.hasSoftLimit ?? false
        enumValues = grant.enumValues ?? []
        resetPeriod = grant.resetPeriod
        resetConfiguration = grant.resetPeriodConfiguration
        updatedAt = grant.updatedAt
    }
}

/// What a subscription sets for itself of one feature (stigg.md B.5): what is nil stays as the plan has it.
struct EntitlementOverride: Sendable, Hashable {
    var featureID: FeatureID
    var usageLimit: Amount?
    var hasUnlimitedUsage: Bool?
    var hasSoftLimit: Bool?
    var reset: ResetFields

    func applied(to terms: EntitlementTerms?, updatedAt: Timestamp) -> EntitlementTerms {
        var result = terms ?? EntitlementTerms(updatedAt: updatedAt)
        result.isGranted = true
        result.updatedAt = max(result.updatedAt, updatedAt)
        if let usageLimit {
            result.limit = usageLimit
            result.isUnlimited = false
        }
        if let hasUnlimitedUsage { result.isUnlimited = hasUnlimitedUsage }
        if let hasSoftLimit { result.isSoft = hasSoftLimit }
        if let period = reset.period {
            result.resetPeriod = period
            result.resetConfiguration = reset.configuration
        }
        return result
    }
}
