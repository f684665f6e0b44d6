import TidemillOperations

extension EmbeddedBackend {
    /// Every operation and its handler. An operation without one does not compile.
    func dispatch(_ id: OperationID, _ input: Payload, _ scope: CallScope) throws -> Payload {
        switch id {
        // Usage
        case .reportUsage: try answer(ReportUsage.self, input, scope)
        case .reportUsageBulk: try answer(ReportUsageBulk.self, input, scope)
        case .reportEvent: try report(input, in: scope.context, on: scope.connection)
        case .getUsageHistory: try answer(GetUsageHistory.self, input, scope)
        case .estimateUsageCost: try answer(EstimateUsageCost.self, input, scope)
        case .estimateEventCost: try answer(EstimateEventCost.self, input, scope)
        // Customers
        case .provisionCustomer: try answer(ProvisionCustomer.self, input, scope)
        case .getCustomer: try answer(GetCustomer.self, input, scope)
        case .updateCustomer: try answer(UpdateCustomer.self, input, scope)
        case .listCustomers: try answer(ListCustomers.self, input, scope)
        case .archiveCustomer: try answer(ArchiveCustomer.self, input, scope)
        case .unarchiveCustomer: try answer(UnarchiveCustomer.self, input, scope)
        case .importCustomers: try answer(ImportCustomers.self, input, scope)
        case .listCustomerResources: try answer(ListCustomerResources.self, input, scope)
        case .attachPaymentMethod: try answer(AttachPaymentMethod.self, input, scope)
        case .detachPaymentMethod: try answer(DetachPaymentMethod.self, input, scope)
        // Catalog: products
        case .createProduct: try answer(CreateProduct.self, input, scope)
        case .getProduct: try answer(GetProduct.self, input, scope)
        case .listProducts: try answer(ListProducts.self, input, scope)
        case .updateProduct: try answer(UpdateProduct.self, input, scope)
        case .archiveProduct: try answer(ArchiveProduct.self, input, scope)
        case .unarchiveProduct: try answer(UnarchiveProduct.self, input, scope)
        // Catalog: features
        case .createFeature: try answer(CreateFeature.self, input, scope)
        case .getFeature: try answer(GetFeature.self, input, scope)
        case .listFeatures: try answer(ListFeatures.self, input, scope)
        case .updateFeature: try answer(UpdateFeature.self, input, scope)
        case .archiveFeature: try answer(ArchiveFeature.self, input, scope)
        case .unarchiveFeature: try answer(UnarchiveFeature.self, input, scope)

        // Catalog: plans and add-ons
        case .createPlan: try answer(CreatePlan.self, input, scope)
        case .getPlan: try answer(GetPlan.self, input, scope)
        case .listPlans: try answer(ListPlans.self, input, scope)
        case .updatePlan: try answer(UpdatePlan.self, input, scope)
        case .archivePlan: try answer(ArchivePlan.self, input, scope)
        case .unarchivePlan: try answer(UnarchivePlan.self, input, scope)
        case .createPlanDraft: try answer(CreatePlanDraft.self, input, scope)
        case .removePlanDraft: try answer(RemovePlanDraft.self, input, scope)
        case .publishPlan: try answer(PublishPlan.self, input, scope)
        case .createPlanEntitlements: try answer(CreatePlanEntitlements.self, input, scope)
        case .listPlanEntitlements: try answer(ListPlanEntitlements.self, input, scope)
        case .updatePlanEntitlement: try answer(UpdatePlanEntitlement.self, input, scope)
        case .deletePlanEntitlement: try answer(DeletePlanEntitlement.self, input, scope)
        case .listPlanCharges: try answer(ListPlanCharges.self, input, scope)
        case .listPlanOverageCharges: try answer(ListPlanOverageCharges.self, input, scope)
        case .createAddon: try answer(CreateAddon.self, input, scope)
        case .getAddon: try answer(GetAddon.self, input, scope)
        case .listAddons: try answer(ListAddons.self, input, scope)
        case .updateAddon: try answer(UpdateAddon.self, input, scope)
        case .archiveAddon: try answer(ArchiveAddon.self, input, scope)
        case .unarchiveAddon: try answer(UnarchiveAddon.self, input, scope)
        case .createAddonDraft: try answer(CreateAddonDraft.self, input, scope)
        case .removeAddonDraft: try answer(RemoveAddonDraft.self, input, scope)
        case .publishAddon: try answer(PublishAddon.self, input, scope)
        case .createAddonEntitlements: try answer(CreateAddonEntitlements.self, input, scope)
        case .listAddonEntitlements: try answer(ListAddonEntitlements.self, input, scope)
        case .updateAddonEntitlement: try answer(UpdateAddonEntitlement.self, input, scope)
        case .deleteAddonEntitlement: try answer(DeleteAddonEntitlement.self, input, scope)
        case .listAddonCharges: try answer(ListAddonCharges.self, input, scope)
        case .listAddonOverageCharges: try answer(ListAddonOverageCharges.self, input, scope)

        // Coupons and promotion codes
        case .getCoupons: try answer(GetCoupons.self, input, scope)
        case .listCoupons: try answer(ListCoupons.self, input, scope)
        case .getCoupon: try answer(GetCoupon.self, input, scope)
        case .createCoupon: try answer(CreateCoupon.self, input, scope)
        case .updateCoupon: try answer(UpdateCoupon.self, input, scope)
        case .archiveCoupon: try answer(ArchiveCoupon.self, input, scope)
        case .createPromotionCode: try answer(CreatePromotionCode.self, input, scope)
        case .listPromotionCodes: try answer(ListPromotionCodes.self, input, scope)
        case .archivePromotionCode: try answer(ArchivePromotionCode.self, input, scope)

        // Custom currencies
        case .createCustomCurrency: try answer(CreateCustomCurrency.self, input, scope)
        case .updateCustomCurrency: try answer(UpdateCustomCurrency.self, input, scope)
        case .listCustomCurrencies: try answer(ListCustomCurrencies.self, input, scope)
        case .archiveCustomCurrency: try answer(ArchiveCustomCurrency.self, input, scope)
        case .unarchiveCustomCurrency: try answer(UnarchiveCustomCurrency.self, input, scope)
        case .listCustomCurrencyEntities: try answer(ListCustomCurrencyEntities.self, input, scope)

        // Subscriptions
        case .provisionSubscription: try answer(ProvisionSubscription.self, input, scope)
        case .getSubscription: try answer(GetSubscription.self, input, scope)
        case .listSubscriptions: try answer(ListSubscriptions.self, input, scope)
        case .updateSubscription: try answer(UpdateSubscription.self, input, scope)
        case .cancelSubscription: try answer(CancelSubscription.self, input, scope)
        case .migrateSubscription: try answer(MigrateSubscription.self, input, scope)
        case .transferSubscription: try answer(TransferSubscription.self, input, scope)
        case .delegateSubscription: try answer(DelegateSubscription.self, input, scope)
        case .cancelSubscriptionUpdates: try answer(CancelSubscriptionUpdates.self, input, scope)
        case .importSubscriptions: try answer(ImportSubscriptions.self, input, scope)

        // Estimates and previews
        case .estimateSubscription: try answer(EstimateSubscription.self, input, scope)
        case .estimateSubscriptionUpdate: try answer(EstimateSubscriptionUpdate.self, input, scope)
        case .previewSubscription: try answer(PreviewSubscription.self, input, scope)
        case .previewNextInvoice: try answer(PreviewNextInvoice.self, input, scope)
        case .getPaywall: try answer(GetPaywall.self, input, scope)

        // Entitlements
        case .getEntitlements: try answer(GetEntitlements.self, input, scope)
        case .checkEntitlement: try answer(CheckEntitlement.self, input, scope)
        case .grantPromotionalEntitlements: try answer(GrantPromotionalEntitlements.self, input, scope)
        case .listPromotionalEntitlements: try answer(ListPromotionalEntitlements.self, input, scope)
        case .revokePromotionalEntitlements: try answer(RevokePromotionalEntitlements.self, input, scope)

        // Credits
        case .grantCredits: try answer(GrantCredits.self, input, scope)
        case .listCreditGrants: try answer(ListCreditGrants.self, input, scope)
        case .updateCreditGrant: try answer(UpdateCreditGrant.self, input, scope)
        case .voidCreditGrant: try answer(VoidCreditGrant.self, input, scope)
        case .consumeCredits: try answer(ConsumeCredits.self, input, scope)
        case .consumeCreditsAsync: try answer(ConsumeCreditsAsync.self, input, scope)
        case .releaseCreditReservation: try answer(ReleaseCreditReservation.self, input, scope)
        case .getCreditBalance: try answer(GetCreditBalance.self, input, scope)
        case .getCreditUsage: try answer(GetCreditUsage.self, input, scope)
        case .getCreditLedger: try answer(GetCreditLedger.self, input, scope)

        // Auto-recharge
        case .getAutoRecharge: try answer(GetAutoRecharge.self, input, scope)
        case .saveAutoRecharge: try answer(SaveAutoRecharge.self, input, scope)
        }
    }

    private func answer<Operation: EmbeddedOperation>(
        _ operation: Operation.Type, _ input: Payload, _ scope: CallScope
    ) throws -> Payload {
        let decoded = try Operation.Input.shape.decode(input, as: Operation.row.id.rawValue)
        return Operation.Output.shape.encode(try Operation.perform(decoded, in: scope))
    }
}
