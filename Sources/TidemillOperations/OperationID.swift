import TidemillCore

/// Every operation, by its name. A new case stops the table and every backend from compiling until they know it.
public enum OperationID: String, Sendable, CaseIterable, Hashable {
    // Usage
    case reportUsage
    case reportUsageBulk
    case reportEvent
    case getUsageHistory
    case estimateUsageCost
    case estimateEventCost

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
    case archiveProduct
    case unarchiveProduct
    case duplicateProduct

    // Catalog: features
    case createFeature
    case getFeature
    case listFeatures
    case updateFeature
    case archiveFeature
    case unarchiveFeature

    // Catalog: plans and add-ons
    case createPlan
    case getPlan
    case listPlans
    case updatePlan
    case archivePlan
    case unarchivePlan
    case createPlanDraft
    case removePlanDraft
    case publishPlan
    case createPlanEntitlements
    case listPlanEntitlements
    case updatePlanEntitlement
    case deletePlanEntitlement
    case listPlanCharges
    case listPlanOverageCharges
    case createAddon
    case getAddon
    case listAddons
    case updateAddon
    case archiveAddon
    case unarchiveAddon
    case createAddonDraft
    case removeAddonDraft
    case publishAddon
    case createAddonEntitlements
    case listAddonEntitlements
    case updateAddonEntitlement
    case deleteAddonEntitlement
    case listAddonCharges
    case listAddonOverageCharges

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
    case estimateSubscription
    case estimateSubscriptionUpdate
    case previewSubscription
    case previewNextInvoice
    case getPaywall

    // Invoices
    case listInvoices
    case getInvoice
    case voidInvoice
    case markInvoiceAsPaid

    // Entitlements
    case getEntitlements
    case checkEntitlement
    case grantPromotionalEntitlements
    case listPromotionalEntitlements
    case revokePromotionalEntitlements

    // Credits
    case grantCredits
    case listCreditGrants
    case updateCreditGrant
    case voidCreditGrant
    case settleCreditGrant
    case consumeCredits
    case consumeCreditsAsync
    case releaseCreditReservation
    case getCreditBalance
    case getCreditUsage
    case getCreditLedger

    // Auto-recharge
    case getAutoRecharge
    case saveAutoRecharge

    // Operators: deliveries and their records
    case listEvents
    case listDeliveries
    case getDelivery
    case voidDelivery
    case failDelivery
    case listRejected
    case retryRejected
    case dropRejected
    case reprocessEvents
    case listReprocesses
    case getReprocess

    // Operators: pauses, jobs and runs
    case pause
    case resume
    case listPauses
    case listJobs
    case fireJob
    case listRuns
    case getRun
    case retryRun
    case resolveRun
    case cancelRun

    // Operators: recharges, changes, usage
    case listLateUsage
    case decideLateUsage
    case listRecharges
    case resumeWallet
    case listAudit
    case getUsage
    case checkFilters
    case verify

    // Operators: the worker, its scripts and its store
    case getStatus
    case getCatalogDifference
    case applyCatalog
    case listScriptVersions
    case getScriptVersion
    case getCustomerOverview
    case getSystem
    case getThroughput
    case listNearLimits
    case listLowWallets

    // Operators: keys of the HTTP door
    case addKey
    case listKeys
    case revokeKey
    case addLink

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
