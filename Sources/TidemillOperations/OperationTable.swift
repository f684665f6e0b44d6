/// The single source of what operations there are: every surface loops over it.
public enum OperationTable {
    public static let rows: [OperationRow] = OperationID.allCases.map(declared)

    /// Rows of generic operations are made when they are asked for: here they are kept.
    private static let kept = Dictionary(uniqueKeysWithValues: rows.map { ($0.id, $0) })

    public static func row(_ id: OperationID) -> OperationRow { kept[id] ?? declared(id) }

    private static func declared(_ id: OperationID) -> OperationRow {
        switch id {
        // Usage
        case .reportUsage: ReportUsage.row
        case .reportUsageBulk: ReportUsageBulk.row
        case .reportEvent: ReportEvent.row
        case .getUsageHistory: GetUsageHistory.row
        case .estimateUsageCost: EstimateUsageCost.row
        case .estimateEventCost: EstimateEventCost.row
        // Customers
        case .provisionCustomer: ProvisionCustomer.row
        case .getCustomer: GetCustomer.row
        case .updateCustomer: UpdateCustomer.row
        case .listCustomers: ListCustomers.row
        case .archiveCustomer: ArchiveCustomer.row
        case .unarchiveCustomer: UnarchiveCustomer.row
        case .importCustomers: ImportCustomers.row
        case .listCustomerResources: ListCustomerResources.row
        case .attachPaymentMethod: AttachPaymentMethod.row
        case .detachPaymentMethod: DetachPaymentMethod.row
        // Catalog: products
        case .createProduct: CreateProduct.row
        case .getProduct: GetProduct.row
        case .listProducts: ListProducts.row
        case .updateProduct: UpdateProduct.row
        case .archiveProduct: ArchiveProduct.row
        case .unarchiveProduct: UnarchiveProduct.row
        case .duplicateProduct: DuplicateProduct.row
        // Catalog: features
        case .createFeature: CreateFeature.row
        case .getFeature: GetFeature.row
        case .listFeatures: ListFeatures.row
        case .updateFeature: UpdateFeature.row
        case .archiveFeature: ArchiveFeature.row
        case .unarchiveFeature: UnarchiveFeature.row

        // Catalog: plans and add-ons
        case .createPlan: CreatePlan.row
        case .getPlan: GetPlan.row
        case .listPlans: ListPlans.row
        case .updatePlan: UpdatePlan.row
        case .archivePlan: ArchivePlan.row
        case .unarchivePlan: UnarchivePlan.row
        case .createPlanDraft: CreatePlanDraft.row
        case .removePlanDraft: RemovePlanDraft.row
        case .publishPlan: PublishPlan.row
        case .createPlanEntitlements: CreatePlanEntitlements.row
        case .listPlanEntitlements: ListPlanEntitlements.row
        case .updatePlanEntitlement: UpdatePlanEntitlement.row
        case .deletePlanEntitlement: DeletePlanEntitlement.row
        case .listPlanCharges: ListPlanCharges.row
        case .listPlanOverageCharges: ListPlanOverageCharges.row
        case .createAddon: CreateAddon.row
        case .getAddon: GetAddon.row
        case .listAddons: ListAddons.row
        case .updateAddon: UpdateAddon.row
        case .archiveAddon: ArchiveAddon.row
        case .unarchiveAddon: UnarchiveAddon.row
        case .createAddonDraft: CreateAddonDraft.row
        case .removeAddonDraft: RemoveAddonDraft.row
        case .publishAddon: PublishAddon.row
        case .createAddonEntitlements: CreateAddonEntitlements.row
        case .listAddonEntitlements: ListAddonEntitlements.row
        case .updateAddonEntitlement: UpdateAddonEntitlement.row
        case .deleteAddonEntitlement: DeleteAddonEntitlement.row
        case .listAddonCharges: ListAddonCharges.row
        case .listAddonOverageCharges: ListAddonOverageCharges.row

        // Coupons and promotion codes
        case .getCoupons: GetCoupons.row
        case .listCoupons: ListCoupons.row
        case .getCoupon: GetCoupon.row
        case .createCoupon: CreateCoupon.row
        case .updateCoupon: UpdateCoupon.row
        case .archiveCoupon: ArchiveCoupon.row
        case .createPromotionCode: CreatePromotionCode.row
        case .listPromotionCodes: ListPromotionCodes.row
        case .archivePromotionCode: ArchivePromotionCode.row

        // Custom currencies
        case .createCustomCurrency: CreateCustomCurrency.row
        case .updateCustomCurrency: UpdateCustomCurrency.row
        case .listCustomCurrencies: ListCustomCurrencies.row
        case .archiveCustomCurrency: ArchiveCustomCurrency.row
        case .unarchiveCustomCurrency: UnarchiveCustomCurrency.row
        case .listCustomCurrencyEntities: ListCustomCurrencyEntities.row

        // Subscriptions
        case .provisionSubscription: ProvisionSubscription.row
        case .getSubscription: GetSubscription.row
        case .listSubscriptions: ListSubscriptions.row
        case .updateSubscription: UpdateSubscription.row
        case .cancelSubscription: CancelSubscription.row
        case .migrateSubscription: MigrateSubscription.row
        case .transferSubscription: TransferSubscription.row
        case .delegateSubscription: DelegateSubscription.row
        case .cancelSubscriptionUpdates: CancelSubscriptionUpdates.row
        case .importSubscriptions: ImportSubscriptions.row

        // Estimates and previews
        case .estimateSubscription: EstimateSubscription.row
        case .estimateSubscriptionUpdate: EstimateSubscriptionUpdate.row
        case .previewSubscription: PreviewSubscription.row
        case .previewNextInvoice: PreviewNextInvoice.row
        case .getPaywall: GetPaywall.row

        // Invoices
        case .listInvoices: ListInvoices.row
        case .getInvoice: GetInvoice.row
        case .voidInvoice: VoidInvoice.row
        case .markInvoiceAsPaid: MarkInvoiceAsPaid.row

        // Entitlements
        case .getEntitlements: GetEntitlements.row
        case .checkEntitlement: CheckEntitlement.row
        case .grantPromotionalEntitlements: GrantPromotionalEntitlements.row
        case .listPromotionalEntitlements: ListPromotionalEntitlements.row
        case .revokePromotionalEntitlements: RevokePromotionalEntitlements.row

        // Credits
        case .grantCredits: GrantCredits.row
        case .listCreditGrants: ListCreditGrants.row
        case .updateCreditGrant: UpdateCreditGrant.row
        case .voidCreditGrant: VoidCreditGrant.row
        case .settleCreditGrant: SettleCreditGrant.row
        case .consumeCredits: ConsumeCredits.row
        case .consumeCreditsAsync: ConsumeCreditsAsync.row
        case .releaseCreditReservation: ReleaseCreditReservation.row
        case .getCreditBalance: GetCreditBalance.row
        case .getCreditUsage: GetCreditUsage.row
        case .getCreditLedger: GetCreditLedger.row

        // Auto-recharge
        case .getAutoRecharge: GetAutoRecharge.row
        case .saveAutoRecharge: SaveAutoRecharge.row

        // Operators: deliveries and their records
        case .listEvents: ListEvents.row
        case .listDeliveries: ListDeliveries.row
        case .getDelivery: GetDelivery.row
        case .voidDelivery: VoidDelivery.row
        case .failDelivery: FailDelivery.row
        case .listRejected: ListRejected.row
        case .retryRejected: RetryRejected.row
        case .dropRejected: DropRejected.row
        case .reprocessEvents: ReprocessEvents.row
        case .listReprocesses: ListReprocesses.row
        case .getReprocess: GetReprocess.row

        // Operators: pauses, jobs and runs
        case .pause: SetPause.row
        case .resume: EndPause.row
        case .listPauses: ListPauses.row
        case .listJobs: ListJobs.row
        case .fireJob: FireJob.row
        case .listRuns: ListRuns.row
        case .getRun: GetRun.row
        case .retryRun: RetryRun.row
        case .resolveRun: ResolveRun.row
        case .cancelRun: CancelRun.row

        // Operators: recharges, changes, usage
        case .listLateUsage: ListLateUsage.row
        case .decideLateUsage: DecideLateUsage.row
        case .listRecharges: ListRecharges.row
        case .resumeWallet: ResumeWallet.row
        case .listAudit: ListAudit.row
        case .getUsage: GetUsage.row
        case .checkFilters: CheckFilters.row
        case .verify: Verify.row

        // Operators: the worker, its scripts and its store
        case .getStatus: GetStatus.row
        case .getCatalogDifference: GetCatalogDifference.row
        case .applyCatalog: ApplyCatalog.row
        case .listScriptVersions: ListScriptVersions.row
        case .getScriptVersion: GetScriptVersion.row
        case .getCustomerOverview: GetCustomerOverview.row
        case .getSystem: GetSystem.row
        case .getThroughput: GetThroughput.row
        case .listNearLimits: ListNearLimits.row
        case .listLowWallets: ListLowWallets.row

        // Operators: keys of the HTTP door
        case .addKey: AddKey.row
        case .listKeys: ListKeys.row
        case .revokeKey: RevokeKey.row
        case .addLink: AddLink.row
        }
    }
}
