/// What is served, in GraphQL's own notation. Directives say where values come from (`Source`, `Performance`): without one
/// it is the member of the same name of what an operation answered. `@none` marks what the service has and is not kept
/// here: null. `@refused` marks root fields that the service has and this program does not.
enum SchemaText {
    static let all = [roots, inputs, entitlements, credits, customers, subscriptions, estimates, catalog, shared]

    private static let roots = """
        type Query {
          getCustomerByRefId(input: GetCustomerByRefIdInput!): Customer @perform(operation: "getCustomer")
          getActiveSubscriptions(input: GetActiveSubscriptionsInput!): [CustomerSubscription!]! @made(by: "activeSubscriptions")
          getSubscription(input: GetSubscriptionInput!): CustomerSubscription! @perform(operation: "getSubscription")
          subscriptions(filter: SubscriptionQueryFilter, paging: CursorPaging, sorting: [SubscriptionQuerySort!]): SubscriptionQueryConnection!
            @perform(operation: "listSubscriptions", pages: true)
          coupons(filter: CouponFilter, paging: CursorPaging, sorting: [CouponSort!]): CouponConnection!
            @perform(operation: "listCoupons", pages: true)
          products(filter: ProductFilter, paging: CursorPaging, sorting: [ProductSort!]): ProductConnection!
            @perform(operation: "listProducts", pages: true)
          paywall(input: GetPaywallInput!): Paywall! @perform(operation: "getPaywall")
          cachedEntitlements(query: FetchEntitlementsQuery!): [Entitlement!]!
            @perform(operation: "getEntitlements", take: "entitlements", only: "FEATURE")
          entitlementsState(query: FetchEntitlementsQuery!): EntitlementsState! @perform(operation: "getEntitlements")
          entitlement(query: FetchEntitlementQuery!): Entitlement! @perform(operation: "checkEntitlement")
          entitlementV2(query: GetEntitlementV2Input!): EntitlementUnion! @perform(operation: "checkEntitlement")
          usageHistory(usageHistoryInput: UsageHistoryInput!): UsageHistory! @perform(operation: "getUsageHistory")
          usageHistoryV2(input: UsageHistoryV2Input!): UsageHistoryV2! @perform(operation: "getUsageHistory")
          creditBalanceSummary(input: CreditBalanceSummaryInput!): CreditBalanceSummary! @made(by: "balances")
          creditGrants(input: GetCreditGrantsInput!): CreditGrantConnection! @perform(operation: "listCreditGrants", pages: true)
          creditsLedger(input: CreditLedgerInput!): CreditLedgerConnection!
            @perform(operation: "getCreditLedger", pages: true, with: { eventType: [
              CREDITS_GRANTED, CREDITS_EXPIRED, CREDITS_CONSUMED, CREDITS_VOIDED, CREDITS_UPDATED
              CREDITS_CONSUMPTION_TRANSFER_SOURCE, CREDITS_CONSUMPTION_TRANSFER_TARGET] })
          creditUsage(input: CreditUsageInput!): CreditUsage! @perform(operation: "getCreditUsage")
          getAutoRechargeSettings(input: GetAutoRechargeSettingsInput!): AutoRechargeSettingsDTO! @perform(operation: "getAutoRecharge")
          estimateEventCost(input: EstimateEventCostInput!): CreditCostEstimation! @perform(operation: "estimateEventCost")
          estimateUsageCost(input: EstimateUsageCostInput!): CreditCostEstimation! @perform(operation: "estimateUsageCost")
          sdkConfiguration: SdkConfiguration @or(value: {isWidgetWatermarkEnabled: false, showWatermark: false})
          customerPortal(input: CustomerPortalInput!): CustomerPortal! @refused
          checkoutState(input: CheckoutStateInput!): CheckoutState! @refused
          mockPaywall(input: GetPaywallInput!): MockPaywall! @refused
        }

        type Mutation {
          provisionCustomer(input: ProvisionCustomerInput!): ProvisionedCustomer! @made(by: "provisionedCustomer")
          importOneCustomer(input: ImportCustomerInput!): Customer!
            @perform(operation: "importCustomers", wrap: "customers") @ask(operation: "getCustomer", id: "$.id")
          importCustomersBulk(input: ImportCustomerBulkInput!): String @perform(operation: "importCustomers", take: "none")
          updateOneCustomer(input: UpdateCustomerInput!): Customer! @perform(operation: "updateCustomer")
          archiveCustomer(input: ArchiveCustomerInput!): Customer! @perform(operation: "archiveCustomer")
          unarchiveCustomer(input: UnarchiveCustomerInput!): Customer! @perform(operation: "unarchiveCustomer")
          detachCustomerPaymentMethod(input: DetachCustomerPaymentMethodInput!): Customer! @perform(operation: "detachPaymentMethod")
          grantPromotionalEntitlements(input: GrantPromotionalEntitlementsInput!): [PromotionalEntitlement!]!
            @perform(operation: "grantPromotionalEntitlements")
          revokePromotionalEntitlement(input: RevokePromotionalEntitlementInput!): PromotionalEntitlement!
            @perform(operation: "revokePromotionalEntitlements")
          provisionSubscriptionV2(input: ProvisionSubscriptionInput!): ProvisionSubscriptionResult! @perform(operation: "provisionSubscription")
          applySubscription(input: ApplySubscriptionInput!): ApplySubscription! @perform(operation: "provisionSubscription")
          createSubscription(subscription: SubscriptionInput!): CustomerSubscription!
            @perform(operation: "provisionSubscription", take: "subscription")
          importSubscriptionsBulk(input: ImportSubscriptionsBulkInput!): String @perform(operation: "importSubscriptions", take: "none")
          updateOneSubscription(input: UpdateSubscriptionInput!): CustomerSubscription! @perform(operation: "updateSubscription")
          cancelSubscription(input: SubscriptionCancellationInput!): CustomerSubscription! @perform(operation: "cancelSubscription")
          cancelSchedule(input: SubscriptionUpdateScheduleCancellationInput!): String!
            @perform(operation: "cancelSubscriptionUpdates", take: "$.id")
          migrateSubscriptionToLatest(input: SubscriptionMigrationInput!): CustomerSubscription! @perform(operation: "migrateSubscription")
          transferSubscription(input: TransferSubscriptionInput!): CustomerSubscription! @made(by: "transferredSubscription")
          transferSubscriptionToResource(input: TransferSubscriptionToResourceInput!): CustomerSubscription!
            @perform(operation: "transferSubscription")
          delegateSubscriptionToCustomer(input: DelegateSubscriptionToCustomerInput!): CustomerSubscription!
            @perform(operation: "delegateSubscription")
          estimateSubscription(input: EstimateSubscriptionInput!): SubscriptionPreview! @perform(operation: "estimateSubscription")
          estimateSubscriptionUpdate(input: EstimateSubscriptionUpdateInput!): SubscriptionPreview!
            @perform(operation: "estimateSubscriptionUpdate")
          previewSubscription(input: PreviewSubscriptionInput!): SubscriptionPreviewV2! @perform(operation: "previewSubscription")
          previewNextInvoice(input: PreviewNextInvoiceInput!): SubscriptionInvoicePreview! @perform(operation: "previewNextInvoice")
          reportUsage(input: ReportUsageInput!): UsageMeasurementWithCurrentUsage!
            @perform(operation: "reportUsageBulk", wrap: "usages") @made(by: "measurement")
          reportUsageBulk(input: ReportUsageBulkInput!): [UsageMeasurementWithCurrentUsage!]!
            @perform(operation: "reportUsageBulk") @made(by: "measurements")
          reportEvent(events: UsageEventsReportInput!): String @perform(operation: "reportEvent", take: "none")
          reportEntitlementCheckRequested(entitlementCheckRequested: EntitlementCheckRequested!): Boolean! @or(value: true)
          consumeCredits(input: ConsumeCreditInput!): CreditConsumptionResponse! @perform(operation: "consumeCredits")
          consumeCreditsAsync(input: ConsumeCreditsAsyncInput!): String @perform(operation: "consumeCreditsAsync", take: "none")
          createCreditGrant(input: CreditGrantInput!): CreditGrant! @perform(operation: "grantCredits")
          voidCreditGrant(input: VoidCreditGrantInput!): CreditGrant! @perform(operation: "voidCreditGrant")
          saveAutoRechargeSettings(input: SaveAutoRechargeSettingsInput!): AutoRechargeSettingsDTO! @perform(operation: "saveAutoRecharge")
          createOneCoupon(input: CreateCouponInput!): Coupon! @made(by: "coupon")
          grantPromotionalEntitlementsGroup(input: GrantPromotionalEntitlementsGroupInput!): [PromotionalEntitlement!]! @refused
          revokePromotionalEntitlementsGroup(input: RevokePromotionalEntitlementsGroupInput!): [PromotionalEntitlement!]! @refused
          unlinkPromotionalEntitlementsGroup(input: UnlinkPromotionalEntitlementsGroupInput!): [PromotionalEntitlement!]! @refused
          createPaymentSession(input: PaymentSessionInput!): PaymentSession! @refused
        }

        type SdkConfiguration {
          sentryDsn: String @none
          isWidgetWatermarkEnabled: Boolean
          showWatermark: Boolean
        }
        """

    private static let inputs = """
        input GetCustomerByRefIdInput { customerId: String! @to(name: "id") }
        input ArchiveCustomerInput { customerId: String! @to(name: "id") }
        input UnarchiveCustomerInput { customerId: String! @to(name: "id") }
        input DetachCustomerPaymentMethodInput { customerId: String! @to(name: "id") }
        input ProvisionCustomerInput {
          customerId: String @to(name: "id") refId: String @to(name: "id")
          additionalMetaData: JSON @to(name: "metadata") couponRefId: String @to(name: "couponId")
          billingInformation: CustomerBillingInfo @spread
          subscriptionParams: ProvisionCustomerSubscriptionInput
        }
        input CustomerBillingInfo {
          currency: Currency @to(name: "billingCurrency") customerName: String @dropped metadata: JSON @dropped
        }
        input UpdateCustomerInput {
          customerId: String @to(name: "id") refId: String @to(name: "id")
          additionalMetaData: JSON @to(name: "metadata") couponRefId: String @to(name: "couponId")
          billingInformation: CustomerBillingInfo @spread shouldWaitSync: Boolean @dropped
        }
        input ImportCustomerInput {
          customerId: String @to(name: "id") refId: String @to(name: "id") additionalMetaData: JSON @to(name: "metadata")
        }
        input ImportCustomerBulkInput { customers: [ImportCustomerInput!]! }
        input GrantPromotionalEntitlementsInput { promotionalEntitlements: [GrantPromotionalEntitlementInput!]! }
        input GrantPromotionalEntitlementInput { period: PromotionalEntitlementPeriod! }

        input ProvisionSubscriptionInput {
          subscriptionId: String @to(name: "id") refId: String @to(name: "id") additionalMetaData: JSON @to(name: "metadata")
          addons: [SubscriptionAddonInput!] minimumSpend: SubscriptionMinimumSpendValueInput @to(name: "minimumSpend")
          entitlements: [SubscriptionEntitlementInputV2!] subscriptionEntitlements: [SubscriptionFeatureEntitlementInput!] @to(name: "entitlements")
          priceOverrides: [PriceOverrideInput!] appliedCoupon: SubscriptionCouponInput
        }
        input ProvisionCustomerSubscriptionInput {
          subscriptionId: String @to(name: "id") refId: String @to(name: "id") additionalMetaData: JSON @to(name: "metadata")
          addons: [SubscriptionAddonInput!] minimumSpend: SubscriptionMinimumSpendValueInput @to(name: "minimumSpend")
          entitlements: [SubscriptionEntitlementInputV2!] subscriptionEntitlements: [SubscriptionFeatureEntitlementInput!] @to(name: "entitlements")
          priceOverrides: [PriceOverrideInput!]
        }
        input ApplySubscriptionInput {
          additionalMetaData: JSON @to(name: "metadata") addons: [SubscriptionAddonInput!]
          minimumSpend: SubscriptionMinimumSpendValueInput @to(name: "minimumSpend")
          entitlements: [SubscriptionEntitlementInputV2!] subscriptionEntitlements: [SubscriptionFeatureEntitlementInput!] @to(name: "entitlements")
          priceOverrides: [PriceOverrideInput!]
        }
        input SubscriptionInput {
          subscriptionId: String @to(name: "id") refId: String @to(name: "id") additionalMetaData: JSON @to(name: "metadata")
          addons: [SubscriptionAddonInput!] minimumSpend: SubscriptionMinimumSpendValueInput @to(name: "minimumSpend")
          entitlements: [SubscriptionEntitlementInputV2!] subscriptionEntitlements: [SubscriptionFeatureEntitlementInput!] @to(name: "entitlements")
          priceOverrides: [PriceOverrideInput!] endDate: DateTime @to(name: "cancellationDate")
        }
        input UpdateSubscriptionInput {
          subscriptionId: String @to(name: "id") refId: String @to(name: "id") additionalMetaData: JSON @to(name: "metadata")
          addons: [SubscriptionAddonInput!] minimumSpend: SubscriptionMinimumSpendValueInput @to(name: "minimumSpend")
          entitlements: [SubscriptionEntitlementInputV2!] subscriptionEntitlements: [SubscriptionFeatureEntitlementInput!] @to(name: "entitlements")
          priceOverrides: [PriceOverrideInput!]
        }
        input ImportSubscriptionsBulkInput { subscriptions: [ImportSubscriptionInput!]! }
        input ImportSubscriptionInput {
          subscriptionId: String @to(name: "id") additionalMetaData: JSON @to(name: "metadata") addons: [SubscriptionAddonInput!]
        }
        input SubscriptionAddonInput { addonId: String! @to(name: "id") }
        input SubscriptionMinimumSpendValueInput { minimum: MoneyInputDTO @spread }
        input SubscriptionEntitlementInputV2 {
          feature: SubscriptionFeatureEntitlementInput @spread(type: "FEATURE")
          credit: SubscriptionCreditEntitlementInput @spread(type: "CREDIT")
        }
        input SubscriptionFeatureEntitlementInput { featureId: String! @to(name: "id") featureGroupId: UUID @refused }
        input SubscriptionCreditEntitlementInput { customCurrencyId: String! @to(name: "id") }
        input PriceOverrideInput { price: MoneyInputDTO @spread }
        input MoneyInputDTO { amount: Float! }
        input GetSubscriptionInput { subscriptionId: String! @to(name: "id") }
        input SubscriptionCancellationInput {
          subscriptionRefId: String! @to(name: "id") subscriptionCancellationTime: String @to(name: "cancellationTime")
          subscriptionCancellationAction: String @to(name: "cancellationAction") awaitSubscriptionCancellation: Boolean @dropped
        }
        input SubscriptionUpdateScheduleCancellationInput { subscriptionId: String! @to(name: "id") status: String @refused }
        input SubscriptionMigrationInput { subscriptionId: String! @to(name: "id") }
        input PreviewNextInvoiceInput { subscriptionId: String! @to(name: "id") }
        input TransferSubscriptionToResourceInput { subscriptionId: String! @to(name: "id") }
        input DelegateSubscriptionToCustomerInput {
          subscriptionId: String! @to(name: "id") destinationCustomerId: String @to(name: "targetCustomerId")
        }
        input EstimateSubscriptionInput { addons: [SubscriptionAddonInput!] }
        input EstimateSubscriptionUpdateInput { addons: [SubscriptionAddonInput!] }
        input PreviewSubscriptionInput { addons: [SubscriptionAddonInput!] }

        input UsageEventsReportInput { usageEvents: [UsageEventReportInput!]! @to(name: "events") }
        input UsageHistoryInput {
          customerRefId: String! @to(name: "customerId") featureRefId: String! @to(name: "featureId") resourceRefId: String @to(name: "resourceId")
        }
        input FetchEntitlementQuery { options: EntitlementOptions @spread }
        input GetEntitlementV2Input { options: EntitlementOptions @spread }
        input EntitlementOptions { shouldTrack: Boolean @dropped }
        input CreditGrantInput { additionalMetaData: JSON @to(name: "metadata") }
        input SaveAutoRechargeSettingsInput { thresholdType: ThresholdType grantExpirationPeriod: GrantExpirationPeriod }
        input CreateCouponInput { refId: String! @to(name: "id") additionalMetaData: JSON @to(name: "metadata") }
        input GetPaywallInput { offerId: String @refused }

        input CreditBalanceSummaryInput @strict { customerId: String! currencyId: String resourceId: String }
        input GetCreditGrantsInput @strict { customerId: String! currencyId: String resourceId: String paging: CursorPaging }
        input CreditLedgerInput @strict {
          customerId: String! currencyId: String eventType: [CreditLedgerEventType!] resourceId: String paging: CursorPaging
        }
        input GetActiveSubscriptionsInput @strict { customerId: String! resourceId: String resourceIds: [String!] }
        input TransferSubscriptionInput @strict { customerId: String! destinationResourceId: String! sourceResourceId: String! }

        input CursorPaging @strict { first: Int after: ConnectionCursor before: ConnectionCursor last: Int }
        input SubscriptionQuerySort @strict { field: String! direction: SortDirection! nulls: String @refused }
        input CouponSort @strict { field: String! direction: SortDirection! nulls: String @refused }
        input ProductSort @strict { field: String! direction: SortDirection! nulls: String @refused }
        input DateFieldComparison @strict { gt: DateTime gte: DateTime lt: DateTime lte: DateTime }
        input SubscriptionQueryFilter @strict {
          customerId: StringFieldComparison @comparison productId: StringFieldComparison @comparison
          resourceId: StringFieldComparison @comparison status: SubscriptionStatusFilterComparison @comparison
          pricingType: PricingTypeFilterComparison @comparison createdAt: DateFieldComparison
          customer: SubscriptionQueryFilterCustomerFilter @spread plan: SubscriptionQueryFilterPlanFilter @spread
          resource: SubscriptionQueryFilterCustomerResourceFilter @spread
        }
        input SubscriptionQueryFilterCustomerFilter @strict {
          customerId: StringFieldComparison @comparison refId: StringFieldComparison @comparison @to(name: "customerId")
        }
        input SubscriptionQueryFilterPlanFilter @strict {
          refId: StringFieldComparison @comparison @to(name: "planId") productId: StringFieldComparison @comparison
        }
        input SubscriptionQueryFilterCustomerResourceFilter @strict { resourceId: StringFieldComparison @comparison }
        input CouponFilter @strict {
          status: CouponStatusFilterComparison @comparison type: CouponTypeFilterComparison @comparison
          refId: StringFieldComparison @comparison @to(name: "id") createdAt: DateFieldComparison
        }
        input ProductFilter @strict {
          status: ProductStatusFilterComparison @comparison refId: StringFieldComparison @comparison @to(name: "id")
          createdAt: DateFieldComparison
        }
        """
}
