import TidemillCore

/// Every operation, by its name. A new case stops the table and every backend from compiling until they know it.
public enum OperationID: String, Sendable, CaseIterable, Hashable {
    // Usage
    case reportUsage
    case reportUsageBulk
    case reportEvent
    case getUsageHistory

    // Customers
    case provisionCustomer
    case getCustomer
    case updateCustomer
    case listCustomers
    case archiveCustomer
    case unarchiveCustomer
    case importCustomers
    case listCustomerResources
    case attachPaymentMethod
    case detachPaymentMethod

    // Catalog: products
    case createProduct
    case getProduct
    case listProducts
    case updateProduct

    // Catalog: features
    case createFeature
    case getFeature
    case listFeatures
    case updateFeature

    // Catalog: plans and add-ons

    // Coupons and promotion codes
    case getCoupons
    case listCoupons
    case getCoupon
    case createCoupon
    case updateCoupon
    case archiveCoupon
    case createPromotionCode
    case listPromotionCodes
    case archivePromotionCode

    // Custom currencies
    case createCustomCurrency
    case updateCustomCurrency
    case listCustomCurrencies
    case archiveCustomCurrency
    case unarchiveCustomCurrency
    case listCustomCurrencyEntities

    // Subscriptions
    case provisionSubscription
    case getSubscription
    case listSubscriptions
    case updateSubscription
    case cancelSubscription
    case migrateSubscription
    case transferSubscription
    case delegateSubscription
    case cancelSubscriptionUpdates
    case importSubscriptions

    // Estimates and previews

    // Entitlements

    // Credits
    case grantCredits
    case listCreditGrants
    case updateCreditGrant
    case voidCreditGrant
    case consumeCredits
    case consumeCreditsAsync
    case getCreditBalance

    // Auto-recharge

    /// The operation of this name; an unknown one is refused with the nearest that exists.
    public init(named name: String) throws(OperationError) {
        if let id = OperationID(rawValue: name) {
            self = id
            return
        }
        let hint = Suggestion.nearest(to: name, in: Self.allCases.map(\.rawValue))
        let advice = hint.map { "did you mean \"\($0)\"?" } ?? "`tidemill operations` lists them all"
        throw OperationError(.unknownOperation, "there is no operation \"\(FieldPath.shown(name))\"; \(advice)")
    }
}
