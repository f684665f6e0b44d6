/// Values that are calculated.
enum Maker: String, Sendable {
    // Of a root field, by one operation or several.
    case measurement
    case measurements
    case activeSubscriptions
    case balances
    case provisionedCustomer
    case transferredSubscription
    case coupon

    // Of an object.
    case environment
    case featureEntitlements
    case ungroupedUsage
    case groupedUsage
    case hasPaymentMethod
    case hasActiveSubscription
    case subscriptionsByPricingType
    case resource
    case billingModel
    case currency
    case wholeEntitlements
    case inherited
    case inheritedFeatures
    case totalExcludingTax
    case discountValue
    case pageInfo
    case now
}
