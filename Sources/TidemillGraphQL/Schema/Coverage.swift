import TidemillOperations

/// Which rows of the operation table documents reach. A row of the API that none reaches stands in `unreached`, so that a
/// new row is either given a place in the schema or left out on purpose.
extension Schema {
    var operations: Set<OperationID> {
        var reached: Set<OperationID> = []
        for field in objects.values.flatMap(\.fields.values) {
            if let performance = field.performance {
                if let operation = performance.operation { reached.insert(operation) }
                if let then = performance.then { reached.insert(then.operation) }
                reached.formUnion(performance.maker?.operations ?? [])
            }
            for source in field.sources {
                if case .ask(let ask) = source { reached.insert(ask.operation) }
                if case .made(let maker) = source { reached.formUnion(maker.operations) }
            }
        }
        return reached
    }

    /// The official GraphQL clients ship no document for these; REST and `POST /operations/NAME` have them.
    static let unreached: Set<OperationID> = [
        // The catalog is written by scripts, REST and the dashboard; clients of GraphQL read it.
        .createProduct, .updateProduct, .archiveProduct, .unarchiveProduct, .duplicateProduct,
        .createFeature, .updateFeature, .archiveFeature, .unarchiveFeature, .listFeatures,
        .createPlan, .updatePlan, .archivePlan, .unarchivePlan, .createPlanDraft, .removePlanDraft, .publishPlan,
        .listPlans,
        .createPlanEntitlements, .updatePlanEntitlement, .deletePlanEntitlement,
        .createAddon, .updateAddon, .archiveAddon, .unarchiveAddon, .createAddonDraft, .removeAddonDraft, .publishAddon,
        .listAddons, .createAddonEntitlements, .updateAddonEntitlement, .deleteAddonEntitlement,
        .getCoupons, .updateCoupon, .archiveCoupon, .createPromotionCode, .listPromotionCodes, .archivePromotionCode,
        .createCustomCurrency, .updateCustomCurrency, .archiveCustomCurrency, .unarchiveCustomCurrency,
        .listCustomCurrencyEntities,
        // One by one where documents ask for many at once, or the other way round.
        .reportUsage, .listCustomers, .listCustomerResources, .attachPaymentMethod, .updateCreditGrant,
        .releaseCreditReservation,
        .listInvoices, .getInvoice, .voidInvoice, .markInvoiceAsPaid,
    ]
}

extension Maker {
    /// What is asked or performed to make it, beyond what the schema names.
    var operations: [OperationID] {
        switch self {
        case .activeSubscriptions, .hasActiveSubscription, .subscriptionsByPricingType: [.listSubscriptions]
        case .balances: [.listCustomCurrencies, .getCreditBalance]
        case .provisionedCustomer: [.provisionCustomer, .provisionSubscription, .getEntitlements]
        case .transferredSubscription: [.listSubscriptions, .transferSubscription]
        case .coupon: [.createCoupon]
        case .currency: [.listCustomCurrencies]
        case .inherited, .inheritedFeatures: [.listPlanEntitlements, .getPlan]
        case .measurement, .measurements, .environment, .featureEntitlements, .ungroupedUsage, .groupedUsage,
            .hasPaymentMethod, .resource, .billingModel, .wholeEntitlements, .totalExcludingTax, .discountValue,
            .pageInfo, .now:
            []
        }
    }
}
