public import TidemillOperations

/// What the hosted service has of the operation table. The table has the routes; here stands where the two differ.
public enum Offer {
    /// Why an operation cannot be asked there; nil where it can.
    public static func refusal(_ id: OperationID) -> String? {
        switch id {
        case .createPromotionCode, .listPromotionCodes, .archivePromotionCode:
            "Stigg keeps promotion codes with the billing provider: there is no operation for them"
        case .getInvoice, .voidInvoice:
            "Stigg has the invoices of the billing provider, and lists them only: ask listInvoices, and change them there"
        default:
            OperationTable.row(id).audience == .operator
                ? nil
                : OperationTable.row(id).route.path.hasPrefix("/operations/") ? "Stigg has no such operation" : nil
        }
    }

    /// Fields of an input that Stigg's does not have: to leave them out without a word would change what is asked for.
    public static func refusedFields(_ id: OperationID) -> [String] {
        switch id {
        case .createPlan, .updatePlan, .createAddon, .updateAddon: ["hiddenFromWidgets"]
        case .createCustomCurrency, .updateCustomCurrency: ["creditPrice"]
        case .provisionSubscription: ["billableFeatures", "skipTrial", "promotionCode"]
        case .updateSubscription: ["billableFeatures", "unitQuantity"]
        case .listSubscriptions: ["productId"]
        case .listInvoices: ["subscriptionId", "includeDrafts"]
        case .checkEntitlement: ["dimensions"]
        case .listPlanCharges, .listPlanOverageCharges, .listAddonCharges, .listAddonOverageCharges: ["versionNumber"]
        default: []
        }
    }

    /// Whether a call that may have been performed is repeated without harm however late: what it makes has an id that the
    /// caller gave, or it sets what is there.
    static func isRepeatable(_ row: OperationRow) -> Bool {
        guard row.effect.isWrite else { return true }
        switch row.id {
        case .provisionCustomer, .createProduct, .createFeature, .createPlan, .createAddon, .createCoupon,
            .createCustomCurrency, .archiveCustomer, .unarchiveCustomer, .importCustomers, .attachPaymentMethod,
            .archiveProduct, .unarchiveProduct, .archiveFeature, .unarchiveFeature, .archivePlan, .unarchivePlan,
            .archiveAddon, .unarchiveAddon, .archiveCoupon, .archiveCustomCurrency, .unarchiveCustomCurrency,
            .createPlanDraft, .createAddonDraft, .publishPlan, .publishAddon, .grantPromotionalEntitlements,
            .saveAutoRecharge, .updateCreditGrant, .voidCreditGrant, .releaseCreditReservation, .importSubscriptions,
            .cancelSubscription, .migrateSubscription, .transferSubscription, .delegateSubscription:
            return true
        default:
            return row.route.method == .patch || row.route.method == .delete
        }
    }

    /// Who answers what a create made.
    static func reader(of id: OperationID) -> OperationID? {
        switch id {
        case .provisionCustomer, .archiveCustomer, .unarchiveCustomer: .getCustomer
        case .createProduct, .archiveProduct, .unarchiveProduct: .getProduct
        case .createFeature, .archiveFeature, .unarchiveFeature: .getFeature
        case .createPlan, .archivePlan, .unarchivePlan, .createPlanDraft: .getPlan
        case .createAddon, .archiveAddon, .unarchiveAddon, .createAddonDraft: .getAddon
        case .createCoupon, .archiveCoupon: .getCoupon
        case .provisionSubscription, .cancelSubscription: .getSubscription
        default: nil
        }
    }

    /// Fields of the answer that Stigg's does not have, by their paths: scripts that read them work here only.
    public static func missingFields(_ id: OperationID) -> [String] {
        switch id {
        case .createFeature, .getFeature, .updateFeature, .archiveFeature, .unarchiveFeature: ["meter.groupBy"]
        case .listFeatures: ["data.meter.groupBy"]
        case .createCustomCurrency, .updateCustomCurrency, .archiveCustomCurrency, .unarchiveCustomCurrency:
            ["creditPrice"]
        case .listCustomCurrencies: ["data.creditPrice"]
        case .getCoupons: ["data.additionalMetaData", "data.discountValue", "data.refId"]
        case .getSubscription, .updateSubscription, .cancelSubscription, .migrateSubscription, .transferSubscription,
            .delegateSubscription:
            ["billingPeriod", "charges"]
        case .provisionSubscription: ["subscription.billingPeriod", "subscription.charges"]
        case .listSubscriptions: ["data.billingPeriod", "data.charges"]
        case .previewSubscription: ["immediateInvoice.credits", "recurringInvoice.credits"]
        case .previewNextInvoice:
            ["dueDate", "invoice.billingPeriodRange", "invoice.discounts", "subscriptionId", "usage"]
        case .getPaywall: ["plans.compatiblePackageGroups", "plans.minimumSpend", "plans.prices.id"]
        case .markInvoiceAsPaid: ["invoiceId", "state"]
        case .checkEntitlement: ["hasSoftLimit", "enumValues"]
        case .getEntitlements: ["entitlements.hasSoftLimit", "entitlements.enumValues"]
        case .getCreditBalance: ["overdraft", "reserved", "reservedOnExpiredGrants", "timestamp", "usagePeriodEnd"]
        case .getCreditUsage: ["totalCredits"]
        case .getCreditLedger: ["data.recordedAt"]
        case .getAutoRecharge: ["currentMonthlySpend", "state", "stateReason"]
        case .saveAutoRecharge: ["state", "stateReason"]
        default: []
        }
    }
}
