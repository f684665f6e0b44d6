extension SchemaText {
    /// What plans and add-ons share. Those of a paywall come whole; those of a subscription are asked for, part by part.
    private static let packageFields = """
          refId: String! @at(path: "refId") @at(path: "id")
          billingId: String
          billingLinkUrl: String @none
          displayName: String!
          description: String
          additionalMetaData: JSON @at(path: "additionalMetaData") @at(path: "metadata")
          hiddenFromWidgets: [WidgetType!] @at(path: "hiddenFromWidgets") @or(value: [])
          pricingType: PricingType
          versionNumber: Int!
          status: PackageStatus! @at(path: "status") @or(value: "PUBLISHED")
          isLatest: Boolean @at(path: "isLatest") @or(value: true)
          createdAt: DateTime
          updatedAt: DateTime
          environmentId: UUID! @made(by: "environment")
        """

    static let catalog = """
        type Plan {
        \(packageFields)
          id: UUID! @uuid(of: "package", path: "refId") @uuid(of: "package", path: "id")
          product: Product! @at(path: "product") @ask(operation: "getProduct", id: "productId")
          productId: String @at(path: "product.refId") @at(path: "productId")
          basePlan: Plan @at(path: "basePlan") @ask(operation: "getPlan", id: "parentPlanId")
          entitlements: [PackageEntitlement!]
            @made(by: "wholeEntitlements") @ask(operation: "listPlanEntitlements", planId: "id", take: "data", only: "FEATURE")
          inheritedEntitlements: [PackageEntitlement!]
            @at(path: "inheritedEntitlements") @made(by: "inheritedFeatures")
          packageEntitlements: [PackageEntitlementUnion!]
            @at(path: "packageEntitlements") @ask(operation: "listPlanEntitlements", planId: "id", take: "data")
          inheritedPackageEntitlements: [PackageEntitlementUnion!]
            @at(path: "inheritedPackageEntitlements") @made(by: "inherited")
          compatibleAddons: [Addon!]
            @at(path: "compatibleAddons") @ask(operation: "getAddon", each: "compatibleAddonIds", id: ".") @or(value: [])
          compatiblePackageGroups: [PlanCompatiblePackageGroups!] @at(path: "compatiblePackageGroups") @or(value: [])
          prices: [Price!] @at(path: "prices") @ask(operation: "listPlanCharges", id: "id", take: "data", pages: true)
          overagePrices: [Price!]
            @at(path: "overagePrices") @ask(operation: "listPlanOverageCharges", id: "id", take: "data", pages: true)
          defaultTrialConfig: DefaultTrialConfig
          awsMarketplacePlanDimension: String @none
        }
        type Addon {
        \(packageFields)
          id: UUID! @uuid(of: "package", path: "refId") @uuid(of: "package", path: "id")
          product: Product @at(path: "product") @ask(operation: "getProduct", id: "productId")
          productId: String
          maxQuantity: Float
          dependencies: [Addon!] @ask(operation: "getAddon", each: "dependencies", id: ".") @or(value: [])
          entitlements: [PackageEntitlement!]
            @made(by: "wholeEntitlements") @ask(operation: "listAddonEntitlements", addonId: "id", take: "data", only: "FEATURE")
          packageEntitlements: [PackageEntitlementUnion!]
            @at(path: "packageEntitlements") @ask(operation: "listAddonEntitlements", addonId: "id", take: "data")
          prices: [Price!] @at(path: "prices") @ask(operation: "listAddonCharges", id: "id", take: "data", pages: true)
          overagePrices: [Price!]
            @at(path: "overagePrices") @ask(operation: "listAddonOverageCharges", id: "id", take: "data", pages: true)
        }
        type PlanCompatiblePackageGroups {
          packageGroupId: String! displayName: String! addons: [Addon!] options: PlanCompatiblePackageGroupOptions!
        }
        type PlanCompatiblePackageGroupOptions { minItems: Float freeItems: Float }
        type DefaultTrialConfig {
          duration: Float!
          units: TrialPeriodUnits!
          budget: BudgetConfiguration
          trialEndBehavior: TrialEndBehavior
        }
        type PackageEntitlement {
          id: UUID! @uuid(of: "package entitlement", path: "featureId") @uuid(of: "package entitlement", path: "id")
          usageLimit: Float
          hasUnlimitedUsage: Boolean
          hasSoftLimit: Boolean
          featureId: String! @at(path: "featureId") @at(path: "id")
          resetPeriod: EntitlementResetPeriod
          resetPeriodConfiguration: ResetPeriodConfiguration
          hiddenFromWidgets: [WidgetType!]
          isCustom: Boolean
          displayNameOverride: String
          description: String
          behavior: EntitlementBehavior!
          order: Float
          enumValues: [String!]
          isGranted: Boolean!
          feature: Feature! @at(path: "feature") @ask(operation: "getFeature", id: "id")
        }
        type PackageFeatureEntitlement @when(path: "type", is: "FEATURE") {
          id: UUID! @uuid(of: "package entitlement", path: "id")
          behavior: EntitlementBehavior!
          description: String
          displayNameOverride: String
          enumValues: [String!]
          featureId: String! @at(path: "id")
          hasSoftLimit: Boolean
          hasUnlimitedUsage: Boolean
          hiddenFromWidgets: [WidgetType!]
          isCustom: Boolean
          isGranted: Boolean!
          order: Float
          resetPeriod: EntitlementResetPeriod
          resetPeriodConfiguration: ResetPeriodConfiguration
          usageLimit: Float
          createdAt: DateTime
          updatedAt: DateTime
          feature: Feature! @ask(operation: "getFeature", id: "id")
        }
        type PackageCreditEntitlement @when(path: "type", is: "CREDIT") {
          id: UUID! @uuid(of: "package entitlement", path: "id")
          amount: Float
          behavior: EntitlementBehavior!
          cadence: CreditCadence!
          customCurrencyId: String! @at(path: "id")
          description: String
          displayNameOverride: String
          hasSoftLimit: Boolean
          hiddenFromWidgets: [WidgetType!]
          isCustom: Boolean
          isGranted: Boolean!
          order: Float
          createdAt: DateTime
          updatedAt: DateTime
          dependencyFeature: Feature @ask(operation: "getFeature", id: "dependencyFeatureId")
          customCurrency: CustomCurrency! @made(by: "currency")
        }
        union PackageEntitlementUnion = PackageFeatureEntitlement | PackageCreditEntitlement
        type Feature {
          id: UUID! @uuid(of: "feature", path: "refId") @uuid(of: "feature", path: "id") @uuid(of: "feature", path: "featureId")
          refId: String! @at(path: "refId") @at(path: "id") @at(path: "featureId")
          displayName: String!
          description: String @at(path: "description") @ask(operation: "getFeature", id: "featureId", take: "description")
          featureType: FeatureType! @at(path: "featureType") @ask(operation: "getFeature", id: "featureId", take: "featureType")
          featureStatus: FeatureStatus! @at(path: "featureStatus") @or(value: "ACTIVE")
          meterType: MeterType @at(path: "meterType") @ask(operation: "getFeature", id: "featureId", take: "meterType")
          featureUnits: String @at(path: "featureUnits") @ask(operation: "getFeature", id: "featureId", take: "featureUnits")
          featureUnitsPlural: String
            @at(path: "featureUnitsPlural") @ask(operation: "getFeature", id: "featureId", take: "featureUnitsPlural")
          additionalMetaData: JSON @at(path: "additionalMetaData") @at(path: "metadata")
          unitTransformation: UnitTransformation
          enumConfiguration: [EnumConfigurationEntity!]
          createdAt: DateTime
          updatedAt: DateTime! @at(path: "updatedAt") @at(path: "createdAt")
        }
        type CustomCurrency {
          id: UUID! @uuid(of: "currency", path: "id")
          currencyId: String! @at(path: "id")
          displayName: String!
          description: String
          symbol: String
          units: Units
          additionalMetaData: JSON @at(path: "metadata")
          archivedAt: DateTime
          createdAt: DateTime!
          updatedAt: DateTime!
        }
        type Price {
          id: UUID! @uuid(of: "price", path: "id")
          billingModel: BillingModel! @at(path: "billingModel") @made(by: "billingModel")
          billingPeriod: BillingPeriod! @at(path: "billingPeriod") @at(path: "^.^.billingPeriod")
          billingCadence: BillingCadence! @at(path: "billingCadence") @or(value: "RECURRING")
          billingId: String
          billingCountryCode: String
          minUnitQuantity: Float
          maxUnitQuantity: Float
          price: Money @at(path: "price") @money(amount: "amount", currency: "currency")
          creditRate: CreditRate
          creditGrantCadence: CreditGrantCadence
          tiersMode: TiersMode
          tiers: [PriceTier!]
          featureId: String
          feature: Feature @at(path: "feature") @ask(operation: "getFeature", id: "featureId")
          blockSize: Float
          topUpCustomCurrencyId: UUID
          customCurrency: CustomCurrency @made(by: "currency")
          resetPeriod: EntitlementResetPeriod
          resetPeriodConfiguration: ResetPeriodConfiguration
        }
        type PriceTier { upTo: Float unitPrice: Money flatPrice: Money }
        type CreditRate {
          amount: Float!
          currencyId: String!
          customCurrencyId: UUID @uuid(of: "currency", path: "currencyId")
          costFormula: String
        }
        type Product {
          id: UUID! @uuid(of: "product", path: "refId") @uuid(of: "product", path: "id")
          refId: String! @at(path: "refId") @at(path: "id")
          displayName: String
          description: String
          additionalMetaData: JSON @at(path: "additionalMetaData") @at(path: "metadata")
          awsMarketplaceProductId: String @none
          awsMarketplaceProductCode: String @none
          multipleSubscriptions: Boolean!
          isDefaultProduct: Boolean! @or(value: false)
          status: ProductStatus! @at(path: "status") @or(value: "PUBLISHED")
          productSettings: ProductSettings! @or(value: {})
          downgradePlan: Plan @none
          createdAt: DateTime!
          updatedAt: DateTime!
        }
        type ProductSettings { downgradePlan: Plan @none downgradePlanId: String @none }
        type ProductConnection { edges: [ProductEdge!]! pageInfo: PageInfo! totalCount: Int! }
        type ProductEdge { node: Product! cursor: ConnectionCursor! }
        type Coupon {
          id: UUID! @uuid(of: "coupon", path: "id")
          refId: String! @at(path: "id")
          name: String!
          description: String
          type: CouponType!
          discountValue: Float! @made(by: "discountValue")
          percentOff: Float
          amountsOff: [Money!]
          durationInMonths: Float
          status: CouponStatus!
          source: CouponSource!
          billingId: String
          billingLinkUrl: String
          additionalMetaData: JSON @at(path: "additionalMetaData") @at(path: "metadata")
          createdAt: DateTime!
          updatedAt: DateTime!
          syncStates: [SyncState!] @or(value: [])
        }
        type CouponConnection { edges: [CouponEdge!]! pageInfo: PageInfo! totalCount: Int! }
        type CouponEdge { node: Coupon! cursor: ConnectionCursor! }
        type SyncState { vendorIdentifier: VendorIdentifier! status: SyncStatus! }
        type Paywall {
          plans: [Plan!]!
          currency: PaywallCurrency!
          configuration: PaywallConfiguration
          customer: Customer
          resource: CustomerResource
          activeSubscriptions: [CustomerSubscription!]
          paywallCalculatedPricePoints: [PaywallPricePoint!]
        }
        type PaywallCurrency { code: Currency! symbol: String! }
        type PaywallConfiguration {
          palette: PaywallColorsPalette typography: TypographyConfiguration layout: PaywallLayoutConfiguration customCss: String
        }
        type PaywallColorsPalette {
          primary: String textColor: String backgroundColor: String borderColor: String currentPlanBackground: String
        }
        type TypographyConfiguration { fontFamily: String h1: FontVariant h2: FontVariant h3: FontVariant body: FontVariant }
        type FontVariant { fontSize: Float fontWeight: FontWeight }
        type PaywallLayoutConfiguration { alignment: Alignment planWidth: Float planMargin: Float planPadding: Float }
        type PaywallPricePoint {
          planId: String!
          billingPeriod: BillingPeriod!
          amount: Float!
          currency: Currency!
          billingCountryCode: String
          additionalChargesMayApply: Boolean
          feature: Feature
        }
        """

    static let shared = """
        type Money { amount: Float! currency: Currency! }
        type PageInfo {
          startCursor: ConnectionCursor endCursor: ConnectionCursor
          hasNextPage: Boolean @at(path: "hasNextPage") @or(value: false)
          hasPreviousPage: Boolean @at(path: "hasPreviousPage") @or(value: false)
        }
        scalar String scalar Int scalar Float scalar Boolean scalar ID scalar UUID scalar DateTime scalar JSON
        scalar Currency scalar ConnectionCursor

        enum MeterType @camel
        enum ThresholdType @camel
        enum SubscriptionScheduleType @camel
        enum SubscriptionCancelReason @camel
        enum SubscriptionScheduleStatus @camel
        enum GrantExpirationPeriod { OneMonth @spelled(value: "1_MONTH") OneYear @spelled(value: "1_YEAR") }
        enum PromotionalEntitlementPeriod {
          ONE_WEEK @spelled(value: "1 week") ONE_MONTH @spelled(value: "1 month") SIX_MONTH @spelled(value: "6 month")
          ONE_YEAR @spelled(value: "1 year") LIFETIME @spelled(value: "lifetime") CUSTOM @spelled(value: "custom")
        }
        enum EntitlementsStateAccessDeniedReason { CustomerIsArchived CustomerNotFound NoActiveSubscription }
        enum PaymentMethodType { CARD BANK CASH_APP }
        enum AccessDeniedReason enum EntitlementResetPeriod enum EntitlementBehavior
        enum FeatureType enum FeatureStatus enum UnitTransformationRound enum WidgetType
        enum YearlyAccordingTo enum MonthlyAccordingTo enum WeeklyAccordingTo
        enum PromotionalEntitlementStatus enum UsageMarkerType
        enum CreditGrantType enum CreditGrantStatus enum CreditGrantSourceType enum CreditGrantInvoiceStatus
        enum CreditGrantInvoiceBillingReason enum CreditLedgerEventType enum CreditCadence enum CreditGrantCadence
        enum EstimationRequestWarning enum EstimationWarningCode
        enum PaymentCollection enum PaymentCollectionMethod
        enum SubscriptionStatus enum SubscriptionDecisionStrategy enum ProvisionSubscriptionStatus
        enum SubscriptionInvoiceStatus enum SubscriptionInvoiceBillingReason enum InvoiceLineItemType enum PlanChangeType
        enum PricingType enum BillingModel enum BillingPeriod enum BillingCadence enum TiersMode
        enum TrialEndBehavior enum TrialPeriodUnits enum PackageStatus enum ProductStatus
        enum CouponType enum CouponStatus enum CouponSource enum VendorIdentifier enum SyncStatus
        enum DiscountType enum DiscountDurationType enum experimentGroupType enum ExperimentStatus
        enum FontWeight enum Alignment
        """
}
