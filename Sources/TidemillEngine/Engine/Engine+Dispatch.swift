import TidemillOperations

extension Engine {
    /// The handler of an operation; nil for those that the program performs around the engine. A case that is in neither
    /// list does not compile.
    static func handler(of id: OperationID) -> (any EngineOperation.Type)? {
        switch id {
        // Usage
        case .reportUsage: ReportUsage.self
        case .reportUsageBulk: ReportUsageBulk.self
        case .reportEvent: ReportEvent.self
        case .getUsageHistory: GetUsageHistory.self
        case .estimateUsageCost: EstimateUsageCost.self
        case .estimateEventCost: EstimateEventCost.self
        // Customers
        case .provisionCustomer: ProvisionCustomer.self
        case .getCustomer: GetCustomer.self
        case .updateCustomer: UpdateCustomer.self
        case .listCustomers: ListCustomers.self
        case .archiveCustomer: ArchiveCustomer.self
        case .unarchiveCustomer: UnarchiveCustomer.self
        case .importCustomers: ImportCustomers.self
        case .listCustomerResources: ListCustomerResources.self
        case .attachPaymentMethod: AttachPaymentMethod.self
        case .detachPaymentMethod: DetachPaymentMethod.self
        // Catalog: products
        case .createProduct: CreateProduct.self
        case .getProduct: GetProduct.self
        case .listProducts: ListProducts.self
        case .updateProduct: UpdateProduct.self
        case .archiveProduct: ArchiveProduct.self
        case .unarchiveProduct: UnarchiveProduct.self
        case .duplicateProduct: DuplicateProduct.self
        // Catalog: features
        case .createFeature: CreateFeature.self
        case .getFeature: GetFeature.self
        case .listFeatures: ListFeatures.self
        case .updateFeature: UpdateFeature.self
        case .archiveFeature: ArchiveFeature.self
        case .unarchiveFeature: UnarchiveFeature.self

        // Catalog: plans and add-ons
        case .createPlan: CreatePlan.self
        case .getPlan: GetPlan.self
        case .listPlans: ListPlans.self
        case .updatePlan: UpdatePlan.self
        case .archivePlan: ArchivePlan.self
        case .unarchivePlan: UnarchivePlan.self
        case .createPlanDraft: CreatePlanDraft.self
        case .removePlanDraft: RemovePlanDraft.self
        case .publishPlan: PublishPlan.self
        case .createPlanEntitlements: CreatePlanEntitlements.self
        case .listPlanEntitlements: ListPlanEntitlements.self
        case .updatePlanEntitlement: UpdatePlanEntitlement.self
        case .deletePlanEntitlement: DeletePlanEntitlement.self
        case .listPlanCharges: ListPlanCharges.self
        case .listPlanOverageCharges: ListPlanOverageCharges.self
        case .createAddon: CreateAddon.self
        case .getAddon: GetAddon.self
        case .listAddons: ListAddons.self
        case .updateAddon: UpdateAddon.self
        case .archiveAddon: ArchiveAddon.self
        case .unarchiveAddon: UnarchiveAddon.self
        case .createAddonDraft: CreateAddonDraft.self
        case .removeAddonDraft: RemoveAddonDraft.self
        case .publishAddon: PublishAddon.self
        case .createAddonEntitlements: CreateAddonEntitlements.self
        case .listAddonEntitlements: ListAddonEntitlements.self
        case .updateAddonEntitlement: UpdateAddonEntitlement.self
        case .deleteAddonEntitlement: DeleteAddonEntitlement.self
        case .listAddonCharges: ListAddonCharges.self
        case .listAddonOverageCharges: ListAddonOverageCharges.self

        // Coupons and promotion codes
        case .getCoupons: GetCoupons.self
        case .listCoupons: ListCoupons.self
        case .getCoupon: GetCoupon.self
        case .createCoupon: CreateCoupon.self
        case .updateCoupon: UpdateCoupon.self
        case .archiveCoupon: ArchiveCoupon.self
        case .createPromotionCode: CreatePromotionCode.self
        case .listPromotionCodes: ListPromotionCodes.self
        case .archivePromotionCode: ArchivePromotionCode.self

        // Custom currencies
        case .createCustomCurrency: CreateCustomCurrency.self
        case .updateCustomCurrency: UpdateCustomCurrency.self
        case .listCustomCurrencies: ListCustomCurrencies.self
        case .archiveCustomCurrency: ArchiveCustomCurrency.self
        case .unarchiveCustomCurrency: UnarchiveCustomCurrency.self
        case .listCustomCurrencyEntities: ListCustomCurrencyEntities.self

        // Subscriptions
        case .provisionSubscription: ProvisionSubscription.self
        case .getSubscription: GetSubscription.self
        case .listSubscriptions: ListSubscriptions.self
        case .updateSubscription: UpdateSubscription.self
        case .cancelSubscription: CancelSubscription.self
        case .migrateSubscription: MigrateSubscription.self
        case .transferSubscription: TransferSubscription.self
        case .delegateSubscription: DelegateSubscription.self
        case .cancelSubscriptionUpdates: CancelSubscriptionUpdates.self
        case .importSubscriptions: ImportSubscriptions.self

        // Estimates and previews
        case .estimateSubscription: EstimateSubscription.self
        case .estimateSubscriptionUpdate: EstimateSubscriptionUpdate.self
        case .previewSubscription: PreviewSubscription.self
        case .previewNextInvoice: PreviewNextInvoice.self
        case .getPaywall: GetPaywall.self

        // Invoices
        case .listInvoices: ListInvoices.self
        case .getInvoice: GetInvoice.self
        case .voidInvoice: VoidInvoice.self
        case .markInvoiceAsPaid: MarkInvoiceAsPaid.self

        // Entitlements
        case .getEntitlements: GetEntitlements.self
        case .checkEntitlement: CheckEntitlement.self
        case .grantPromotionalEntitlements: GrantPromotionalEntitlements.self
        case .listPromotionalEntitlements: ListPromotionalEntitlements.self
        case .revokePromotionalEntitlements: RevokePromotionalEntitlements.self

        // Credits
        case .grantCredits: GrantCredits.self
        case .listCreditGrants: ListCreditGrants.self
        case .updateCreditGrant: UpdateCreditGrant.self
        case .voidCreditGrant: VoidCreditGrant.self
        case .settleCreditGrant: SettleCreditGrant.self
        case .consumeCredits: ConsumeCredits.self
        case .consumeCreditsAsync: ConsumeCreditsAsync.self
        case .releaseCreditReservation: ReleaseCreditReservation.self
        case .getCreditBalance: GetCreditBalance.self
        case .getCreditUsage: GetCreditUsage.self
        case .getCreditLedger: GetCreditLedger.self

        // Auto-recharge
        case .getAutoRecharge: GetAutoRecharge.self
        case .saveAutoRecharge: SaveAutoRecharge.self

        // Operators' rows take the spool, the scripts or the runs as well: `OperatorBackend` of TidemillApp.
        case .listEvents, .listDeliveries, .getDelivery, .voidDelivery, .failDelivery, .listRejected, .retryRejected,
            .dropRejected, .pause, .resume, .listPauses, .listJobs, .fireJob, .listRuns, .getRun, .retryRun,
            .resolveRun,
            .cancelRun, .listLateUsage, .decideLateUsage, .listRecharges, .resumeWallet, .listAudit, .getUsage,
            .checkFilters, .verify, .getStatus,
            .getCatalogDifference, .applyCatalog, .listScriptVersions, .getScriptVersion, .getCustomerOverview,
            .getSystem, .getThroughput, .listNearLimits, .listLowWallets, .addKey, .listKeys, .revokeKey, .addLink,
            .reprocessEvents, .listReprocesses, .getReprocess:
            nil
        }
    }

    static func required(_ id: OperationID) throws(OperationError) -> any EngineOperation.Type {
        if let handler = handler(of: id) { return handler }
        throw OperationError(
            .operationNotAvailable, "\(id.rawValue) takes more than the engine: ask the program, or its worker")
    }
}
