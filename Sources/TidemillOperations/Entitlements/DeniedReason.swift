/// Why access is denied (stigg.md A.3). The first that applies is given, in the order in which a person would mend
/// things: the customer, its resource, the feature, the subscription, and last what is asked for.
public enum DeniedReason: String, WireEnum {
    case featureNotFound = "FeatureNotFound"
    case customerNotFound = "CustomerNotFound"
    case customerIsArchived = "CustomerIsArchived"
    case customerResourceNotFound = "CustomerResourceNotFound"
    case noActiveSubscription = "NoActiveSubscription"
    case noFeatureEntitlementInSubscription = "NoFeatureEntitlementInSubscription"
    case requestedUsageExceedingLimit = "RequestedUsageExceedingLimit"
    case requestedValuesMismatch = "RequestedValuesMismatch"
    case budgetExceeded = "BudgetExceeded"
    case unknown = "Unknown"
    case featureTypeMismatch = "FeatureTypeMismatch"
    case revoked = "Revoked"
    case insufficientCredits = "InsufficientCredits"
    case entitlementNotFound = "EntitlementNotFound"
}
