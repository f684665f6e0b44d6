extension SchemaText {
    static let customers = """
        type Customer {
          id: UUID! @uuid(of: "customer", path: "id")
          refId: String! @at(path: "id")
          customerId: String! @at(path: "id")
          name: String
          email: String
          createdAt: DateTime
          updatedAt: DateTime!
          deletedAt: DateTime @at(path: "archivedAt")
          billingId: String
          billingCurrency: Currency
          additionalMetaData: JSON @at(path: "metadata")
          awsMarketplaceCustomerId: String @none
          billingLinkUrl: String @none
          crmId: String @none
          crmHubspotCompanyId: String @none
          crmHubspotCompanyUrl: String @none
          salesforceId: String @none
          excludeFromExperiment: Boolean @none
          environmentId: UUID! @made(by: "environment")
          hasPaymentMethod: Boolean! @made(by: "hasPaymentMethod")
          hasActiveSubscription: Boolean! @made(by: "hasActiveSubscription")
          defaultPaymentMethodId: String @at(path: "defaultPaymentMethod.billingId")
          defaultPaymentExpirationMonth: Int @at(path: "defaultPaymentMethod.cardExpiryMonth")
          defaultPaymentExpirationYear: Int @at(path: "defaultPaymentMethod.cardExpiryYear")
          defaultPaymentMethodLast4Digits: String @at(path: "defaultPaymentMethod.cardLast4Digits")
          defaultPaymentMethodType: PaymentMethodType @at(path: "defaultPaymentMethod.type")
          defaultPaymentMethodCardBrand: String @at(path: "defaultPaymentMethod.cardBrand")
          defaultPaymentMethodWalletType: String @at(path: "defaultPaymentMethod.walletType")
          trialedPlans: [TrialedPlan!] @none
          experimentInfo: experimentInfo @none
          eligibleForTrial: [EligibleForTrial!] @none
          coupon: Coupon @ask(operation: "getCoupon", id: "couponId")
          promotionalEntitlements: [PromotionalEntitlement!]!
            @ask(operation: "listPromotionalEntitlements", customerId: "id", status: ["Active"], take: "data", pages: true)
          subscriptions: [CustomerSubscription!]
            @ask(operation: "listSubscriptions", customerId: "id", status: ["ACTIVE", "IN_TRIAL"], take: "data", pages: true)
          statistics: CustomerStatistics @at(path: ".")
        }
        type CustomerStatistics {
          activeSubscriptionsByPricingType: [SubscriptionPricingTypeStatistics!]! @made(by: "subscriptionsByPricingType")
        }
        type SubscriptionPricingTypeStatistics { pricingType: PricingType! totalCount: Float! }
        type TrialedPlan { productId: String productRefId: String planRefId: String planId: String }
        type EligibleForTrial { productId: String productRefId: String eligible: Boolean! }
        type experimentInfo { name: String! id: String! groupType: experimentGroupType! groupName: String! status: ExperimentStatus! }
        type CustomerResource { resourceId: String! @at(path: "id") createdAt: DateTime! }
        type ProvisionedCustomer {
          customer: Customer!
          subscriptionDecisionStrategy: SubscriptionDecisionStrategy!
          subscriptionStrategyDecision: SubscriptionDecisionStrategy! @at(path: "subscriptionDecisionStrategy")
          subscription: CustomerSubscription
          entitlements: [Entitlement!] @made(by: "featureEntitlements")
          entitlementsV2: [EntitlementUnion!] @at(path: "entitlements")
        }
        """

    /// What both kinds of a subscription have: one by itself, and one of a list.
    private static let subscriptionFields = """
          id: UUID! @uuid(of: "subscription", path: "id")
          subscriptionId: String! @at(path: "id")
          refId: String! @at(path: "id")
          status: SubscriptionStatus!
          additionalMetaData: JSON @at(path: "metadata")
          billingId: String
          billingLinkUrl: String @none
          billingPeriod: BillingPeriod
          billingCycleAnchor: DateTime
          billingSyncError: String @none
          budget: BudgetConfiguration
          budgetExceeded: Boolean @none
          cancelReason: SubscriptionCancelReason
          cancellationDate: DateTime
          createdAt: DateTime
          crmId: String @none
          crmLinkUrl: String @none
          startDate: DateTime!
          endDate: DateTime
          effectiveEndDate: DateTime
          trialEndDate: DateTime
          currentBillingPeriodStart: DateTime
          currentBillingPeriodEnd: DateTime
          environmentId: UUID! @made(by: "environment")
          pricingType: PricingType!
          paymentCollection: PaymentCollection!
          paymentCollectionMethod: PaymentCollectionMethod
          latestInvoice: SubscriptionInvoice
          oldBillingId: String @none
          salesforceId: String @none
          wasInTrial: Boolean @none
          resource: CustomerResource @made(by: "resource")
          experimentInfo: experimentInfo @none
          prices: [SubscriptionPrice!]
          totalPrice: CustomerSubscriptionTotalPrice @none
          plan: Plan! @ask(operation: "getPlan", id: "planId")
          addons: [SubscriptionAddon!]
          customer: Customer! @ask(operation: "getCustomer", id: "customerId")
          payingCustomer: Customer @ask(operation: "getCustomer", id: "payingCustomerId")
          trialConfiguration: TrialConfiguration @at(path: "trial")
          scheduledUpdates: [SubscriptionScheduledUpdate!] @at(path: "futureUpdates")
        """

    static let subscriptions = """
        type CustomerSubscription {
        \(subscriptionFields)
          futureUpdates: [SubscriptionFutureUpdate!]! @at(path: "futureUpdates") @or(value: [])
          isCustomPriceSubscription: Boolean @none
        }
        type SubscriptionQuery {
        \(subscriptionFields)
          customerId: String
          resourceId: String
        }
        type SubscriptionQueryConnection { edges: [SubscriptionQueryEdge!]! pageInfo: PageInfo! totalCount: Int! }
        type SubscriptionQueryEdge { node: SubscriptionQuery! cursor: ConnectionCursor! }
        type CustomerSubscriptionTotalPrice { subTotal: Money! total: Money! addonsTotal: Money! }
        type SubscriptionPrice {
          usageLimit: Float @none
          featureId: String
          billingModel: BillingModel @made(by: "billingModel")
          price: Price @at(path: ".")
        }
        type SubscriptionAddon {
          id: UUID! @uuid(of: "subscription add-on", path: "id")
          addonId: String! @at(path: "id")
          quantity: Float! @at(path: "quantity") @or(value: 1)
          addon: Addon! @ask(operation: "getAddon", id: "id")
        }
        type TrialConfiguration { trialEndBehavior: TrialEndBehavior! }
        type BudgetConfiguration { limit: Float! hasSoftLimit: Boolean! @at(path: "hasSoftLimit") @or(value: false) }
        type SubscriptionInvoice {
          billingId: String!
          status: SubscriptionInvoiceStatus!
          createdAt: DateTime!
          dueDate: DateTime
          updatedAt: DateTime! @at(path: "updatedAt") @at(path: "createdAt")
          errorMessage: String @none
          requiresAction: Boolean! @at(path: "requiresAction") @or(value: false)
          paymentSecret: String @none
          paymentUrl: String @none
          pdfUrl: String
          billingReason: SubscriptionInvoiceBillingReason
          currency: String
          subTotal: Float
          subTotalExcludingTax: Float
          total: Float
          totalExcludingTax: Float
          tax: Float
          amountDue: Float
          attemptCount: Float @none
        }
        type SubscriptionFutureUpdate {
          subscriptionScheduleType: SubscriptionScheduleType!
          scheduleStatus: SubscriptionScheduleStatus!
          scheduledExecutionTime: DateTime!
          targetPackage: PackageDTO
          scheduleVariables: ScheduleVariables @none
        }
        type SubscriptionScheduledUpdate {
          subscriptionScheduleType: SubscriptionScheduleType!
          scheduleStatus: SubscriptionScheduleStatus!
          scheduledExecutionTime: DateTime!
          targetPackage: PackageDTO
          scheduleVariables: ScheduleVariables @none
        }
        type PackageDTO {
          id: UUID! @uuid(of: "package", path: "id")
          refId: String! @at(path: "id")
          displayName: String!
            @ask(operation: "getPlan", id: "id", take: "displayName") @ask(operation: "getAddon", id: "id", take: "displayName")
            @at(path: "id")
          pricingType: PricingType
            @ask(operation: "getPlan", id: "id", take: "pricingType") @ask(operation: "getAddon", id: "id", take: "pricingType")
        }
        union ScheduleVariables = PlanChangeVariables | DowngradeChangeVariables | BillingPeriodChangeVariables
          | UnitAmountChangeVariables | AddonChangeVariables | PlanPriceOverrideChangeVariables
          | AddonPriceOverrideChangeVariables | CouponChangeVariables | RecurringCreditsChangeVariables
        type PlanChangeVariables {
          planRefId: String! changeType: PlanChangeType! billingPeriod: BillingPeriod billableFeatures: [BillableFeature!]
          addons: [PlanChangeAddon!] priceOverrides: [PriceOverrideChangeVariables!]
        }
        type DowngradeChangeVariables {
          downgradePlanRefId: String! billingPeriod: BillingPeriod billableFeatures: [BillableFeature!]
          addons: [PlanChangeAddon!] priceOverrides: [PriceOverrideChangeVariables!]
        }
        type BillingPeriodChangeVariables { billingPeriod: BillingPeriod }
        type UnitAmountChangeVariables { newUnitAmount: Float featureId: String }
        type AddonChangeVariables { addonRefId: String! newQuantity: Float! }
        type PlanPriceOverrideChangeVariables { planRefId: String! featureId: String }
        type AddonPriceOverrideChangeVariables { addonRefId: String! featureId: String }
        type CouponChangeVariables { newCoupon: String }
        type RecurringCreditsChangeVariables { changeType: String }
        type BillableFeature { featureId: String! quantity: Float! }
        type PlanChangeAddon { addonRefId: String! quantity: Float! }
        type PriceOverrideChangeVariables { planRefId: String addonRefId: String featureId: String }
        type ProvisionSubscriptionResult {
          id: String!
          status: ProvisionSubscriptionStatus!
          isScheduled: Boolean
          checkoutUrl: String
          checkoutBillingId: String
          subscription: CustomerSubscription
          entitlements: [Entitlement!] @made(by: "featureEntitlements")
          entitlementsV2: [EntitlementUnion!] @at(path: "entitlements")
        }
        type ApplySubscription {
          subscription: CustomerSubscription
          entitlements: [Entitlement!] @made(by: "featureEntitlements")
          entitlementsV2: [EntitlementUnion!] @at(path: "entitlements")
        }
        """

    static let estimates = """
        type SubscriptionPreview {
          subTotal: Money!
          totalExcludingTax: Money!
          total: Money!
          minimumSpendAdjustment: Money!
          discountAmount: Money
          taxDetails: SubscriptionPreviewTaxDetails
          tax: Money
          billingPeriodRange: DateRange!
          discount: SubscriptionPreviewDiscount
          subscription: SubscriptionPricePreviewDTO
          proration: SubscriptionPreviewProrations
          isPlanDowngrade: Boolean
          hasScheduledUpdates: Boolean
          credits: SubscriptionPreviewCredits
        }
        type SubscriptionPricePreviewDTO {
          subTotal: Money!
          totalExcludingTax: Money!
          total: Money!
          tax: Money!
          discountAmount: Money
          taxDetails: SubscriptionPreviewTaxDetails
          discount: SubscriptionPreviewDiscount
        }
        type SubscriptionPreviewTaxDetails { displayName: String! percentage: Float! inclusive: Boolean! }
        type SubscriptionPreviewDiscount {
          name: String
          type: DiscountType!
          value: Float!
          durationType: DiscountDurationType!
          durationInMonths: Float
          start: DateTime!
          end: DateTime
        }
        type SubscriptionPreviewProrations {
          prorationDate: DateTime!
          hasProrations: Boolean
          credit: Money!
          debit: Money!
          netAmount: Money!
        }
        type SubscriptionPreviewCredits { initial: Money! used: Money! remaining: Money! }
        type DateRange { start: DateTime end: DateTime }
        type SubscriptionPreviewV2 {
          immediateInvoice: ImmediateSubscriptionPreviewInvoice!
          recurringInvoice: SubscriptionPreviewInvoice
          billingPeriodRange: DateRange!
          isPlanDowngrade: Boolean
          hasScheduledUpdates: Boolean
        }
        type ImmediateSubscriptionPreviewInvoice {
          total: Money! @money(amount: "total", currency: "currency")
          subTotal: Money! @money(amount: "subTotal", currency: "currency")
          totalExcludingTax: Money! @made(by: "totalExcludingTax")
          tax: Money @money(amount: "tax", currency: "currency")
          discount: Money @money(amount: "discount", currency: "currency")
          taxDetails: SubscriptionPreviewTaxDetails @ask(operation: "estimateSubscription", all: "$", take: "taxDetails")
          discountDetails: SubscriptionPreviewDiscount @ask(operation: "estimateSubscription", all: "$", take: "discount")
          credits: SubscriptionPreviewCredits
          proration: SubscriptionPreviewProrations @ask(operation: "estimateSubscription", all: "$", take: "proration")
          minimumSpendAdjustment: Money! @ask(operation: "estimateSubscription", all: "$", take: "minimumSpendAdjustment")
        }
        type SubscriptionPreviewInvoice {
          total: Money! @money(amount: "total", currency: "currency")
          subTotal: Money! @money(amount: "subTotal", currency: "currency")
          totalExcludingTax: Money! @made(by: "totalExcludingTax")
          tax: Money @money(amount: "tax", currency: "currency")
          discount: Money @money(amount: "discount", currency: "currency")
          taxDetails: SubscriptionPreviewTaxDetails
            @ask(operation: "estimateSubscription", all: "$", take: "subscription.taxDetails")
          discountDetails: SubscriptionPreviewDiscount
            @ask(operation: "estimateSubscription", all: "$", take: "subscription.discount")
        }
        type SubscriptionInvoicePreview {
          amountDue: Money! @money(amount: "invoice.total", currency: "invoice.currency")
          minimumSpendAdjustment: Money!
          total: Money! @money(amount: "invoice.total", currency: "invoice.currency")
          totalExcludingTax: Money! @made(by: "totalExcludingTax")
          subTotal: Money! @money(amount: "invoice.subTotal", currency: "invoice.currency")
          subTotalExcludingTax: Money! @money(amount: "invoice.subTotal", currency: "invoice.currency")
          tax: Money @money(amount: "invoice.tax", currency: "invoice.currency")
          taxDetails: SubscriptionPreviewTaxDetails
            @ask(operation: "estimateSubscriptionUpdate", subscriptionId: "subscriptionId", take: "subscription.taxDetails")
          discount: Money @money(amount: "invoice.discount", currency: "invoice.currency")
          discountDetails: SubscriptionPreviewDiscount
            @ask(operation: "estimateSubscriptionUpdate", subscriptionId: "subscriptionId", take: "subscription.discount")
          credits: SubscriptionPreviewCredits @at(path: "invoice.credits")
          lastUpdatedAt: DateTime! @made(by: "now")
          lines: [SubscriptionInvoicePreviewLineItem!]! @at(path: "invoice.lines")
        }
        type SubscriptionInvoicePreviewLineItem {
          type: InvoiceLineItemType! @or(value: "Other")
          description: String!
          costDescription: String! @or(value: "")
          amount: Money! @money(amount: "subTotal", currency: "currency")
          unitPrice: Money @money(amount: "unitPrice", currency: "currency")
          quantity: Int
          proration: Boolean! @or(value: false)
          price: Price @none
          usageLimit: Float @none
          period: SubscriptionInvoicePreviewLineItemPeriod! @at(path: "period") @at(path: "^.invoice.billingPeriodRange")
          hasSoftLimit: Boolean @none
          lines: [SubscriptionInvoicePreviewLineItemData!] @none
        }
        type SubscriptionInvoicePreviewLineItemData {
          type: InvoiceLineItemType!
          description: String!
          costDescription: String!
          amount: Money!
          unitPrice: Money
          quantity: Int
          proration: Boolean!
          usageLimit: Float
          hasSoftLimit: Boolean
          period: SubscriptionInvoicePreviewLineItemPeriod!
        }
        type SubscriptionInvoicePreviewLineItemPeriod { start: DateTime! end: DateTime! }
        """
}
