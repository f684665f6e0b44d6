extension SchemaText {
    static let entitlements = """
        type Entitlement {
          isGranted: Boolean!
          accessDeniedReason: AccessDeniedReason
          customerId: String @at(path: "$.customerId")
          resourceId: String @at(path: "$.resourceId")
          usageLimit: Float
          hasUnlimitedUsage: Boolean! @at(path: "hasUnlimitedUsage") @or(value: false)
          hasSoftLimit: Boolean
          currentUsage: Float
          requestedUsage: Float @at(path: "$.requestedUsage")
          requestedValues: [String!] @at(path: "$.requestedValues")
          enumValues: [String!]
          entitlementUpdatedAt: DateTime
          usageUpdatedAt: DateTime
          usagePeriodAnchor: DateTime
          usagePeriodStart: DateTime
          usagePeriodEnd: DateTime
          nextResetDate: DateTime @at(path: "usagePeriodEnd")
          resetPeriod: EntitlementResetPeriod
          resetPeriodConfiguration: ResetPeriodConfiguration
          feature: EntitlementFeature
          creditRate: CreditRate @none
          validUntil: Float
          hiddenFromWidgets: [WidgetType!] @none
          displayNameOverride: String @none
          meterId: String @none
        }
        type FeatureEntitlement @when(path: "type", is: "FEATURE") {
          isGranted: Boolean!
          accessDeniedReason: AccessDeniedReason
          usageLimit: Float
          hasUnlimitedUsage: Boolean! @at(path: "hasUnlimitedUsage") @or(value: false)
          hasSoftLimit: Boolean
          currentUsage: Float
          enumValues: [String!]
          entitlementUpdatedAt: DateTime
          usageUpdatedAt: DateTime
          usagePeriodAnchor: DateTime
          usagePeriodStart: DateTime
          usagePeriodEnd: DateTime
          resetPeriod: EntitlementResetPeriod
          resetPeriodConfiguration: ResetPeriodConfiguration
          feature: EntitlementFeature
          creditRate: CreditRate @none
          validUntil: DateTime
          meterId: String @none
        }
        type CreditEntitlement @when(path: "type", is: "CREDIT") {
          isGranted: Boolean!
          accessDeniedReason: AccessDeniedReason
          currency: EntitlementCurrency!
          usageLimit: Float
          currentUsage: Float
          hasSoftLimit: Boolean
          usageUpdatedAt: DateTime
          entitlementUpdatedAt: DateTime
          usagePeriodEnd: DateTime
          validUntil: DateTime
        }
        union EntitlementUnion = FeatureEntitlement | CreditEntitlement
        type EntitlementsState {
          entitlements: [Entitlement!]! @made(by: "featureEntitlements")
          entitlementsV2: [EntitlementUnion!]! @at(path: "entitlements")
          accessDeniedReason: EntitlementsStateAccessDeniedReason
        }
        type EntitlementFeature {
          id: UUID! @uuid(of: "feature", path: "id") @uuid(of: "feature", path: "refId")
          refId: String! @at(path: "refId") @at(path: "id")
          displayName: String!
          description: String @at(path: "description") @ask(operation: "getFeature", id: "id", take: "description")
          featureType: FeatureType!
          featureStatus: FeatureStatus! @at(path: "featureStatus") @or(value: "ACTIVE")
          meterType: MeterType @at(path: "meterType") @ask(operation: "getFeature", id: "id", take: "meterType")
          featureUnits: String @at(path: "featureUnits") @ask(operation: "getFeature", id: "id", take: "featureUnits")
          featureUnitsPlural: String @at(path: "featureUnitsPlural") @ask(operation: "getFeature", id: "id", take: "featureUnitsPlural")
          unitTransformation: UnitTransformation
            @at(path: "unitTransformation") @ask(operation: "getFeature", id: "id", take: "unitTransformation")
          additionalMetaData: JSON
            @at(path: "additionalMetaData") @at(path: "metadata") @ask(operation: "getFeature", id: "id", take: "metadata")
          enumConfiguration: [EnumConfigurationEntity!]
            @at(path: "enumConfiguration") @ask(operation: "getFeature", id: "id", take: "enumConfiguration")
        }
        type EnumConfigurationEntity { displayName: String! value: String! }
        type EntitlementCurrency {
          currencyId: String!
          displayName: String!
          description: String
          unitSingular: String
          unitPlural: String
          additionalMetaData: JSON @at(path: "metadata")
        }
        type UnitTransformation {
          divide: Float!
          round: UnitTransformationRound!
          featureUnits: String
          featureUnitsPlural: String
        }
        type YearlyResetPeriodConfig @when(path: "^.resetPeriod", is: "YEAR") { yearlyAccordingTo: YearlyAccordingTo @at(path: "accordingTo") }
        type MonthlyResetPeriodConfig @when(path: "^.resetPeriod", is: "MONTH") { monthlyAccordingTo: MonthlyAccordingTo @at(path: "accordingTo") }
        type WeeklyResetPeriodConfig @when(path: "^.resetPeriod", is: "WEEK") { weeklyAccordingTo: WeeklyAccordingTo @at(path: "accordingTo") }
        union ResetPeriodConfiguration = YearlyResetPeriodConfig | MonthlyResetPeriodConfig | WeeklyResetPeriodConfig

        type PromotionalEntitlement {
          id: UUID!
          status: PromotionalEntitlementStatus!
          usageLimit: Float
          featureId: UUID! @uuid(of: "feature", path: "featureId")
          hasUnlimitedUsage: Boolean
          unlimited: Boolean @at(path: "hasUnlimitedUsage")
          hasSoftLimit: Boolean
          resetPeriod: EntitlementResetPeriod
          resetPeriodConfiguration: ResetPeriodConfiguration
          period: PromotionalEntitlementPeriod!
          startDate: DateTime!
          endDate: DateTime
          isVisible: Boolean! @at(path: "isVisible") @or(value: true)
          enumValues: [String!]
          description: String
          feature: Feature! @ask(operation: "getFeature", id: "featureId")
          environmentId: UUID! @made(by: "environment")
          createdAt: DateTime
          updatedAt: DateTime
          featureGroupIds: [String!] @none
        }
        type UsageMeasurementWithCurrentUsage {
          id: UUID!
          featureId: String!
          customerId: String!
          resourceId: String
          value: Float!
          currentUsage: Float
          credit: UsageMeasurementCredit
          usagePeriodStart: DateTime
          usagePeriodEnd: DateTime
          nextResetDate: DateTime
          timestamp: DateTime!
          createdAt: DateTime!
        }
        type UsageMeasurementCredit {
          currencyId: String!
          consumed: Float!
          currentUsage: Float!
          usageLimit: Float!
          usagePeriodEnd: DateTime
          timestamp: DateTime!
        }
        type UsageHistory {
          startDate: DateTime! @at(path: "$.startDate")
          endDate: DateTime @at(path: "$.endDate")
          markers: [UsageMarker!]!
          usageMeasurements: [UsageMeasurementPoint!]! @made(by: "ungroupedUsage")
          groups: [GroupUsageHistory!] @made(by: "groupedUsage")
        }
        type UsageMarker { type: UsageMarkerType! timestamp: DateTime! }
        type UsageMeasurementPoint { date: DateTime! @at(path: "timestamp") value: Float! isResetPoint: Boolean! }
        type GroupUsageHistory { groupInfo: [GroupInfo!]! @at(path: "tags") usageMeasurements: [UsageMeasurementPoint!]! @at(path: "points") }
        type GroupInfo { key: String! value: String! }
        type UsageHistoryV2 { markers: [UsageMarker!]! series: [UsageHistorySeries!]! pageInfo: PageInfo @none }
        type UsageHistorySeries { tags: [UsageHistorySeriesTag!]! points: [UsageHistoryPoint!]! }
        type UsageHistorySeriesTag { key: String! value: String! }
        type UsageHistoryPoint { timestamp: DateTime! value: Float! isResetPoint: Boolean! }
        """

    static let credits = """
        type CreditGrant {
          id: UUID! @uuid(of: "grant", path: "id")
          grantId: String! @at(path: "id")
          amount: Float!
          comment: String
          currencyId: String!
          customerId: String!
          displayName: String!
          effectiveAt: DateTime!
          expireAt: DateTime
          grantType: CreditGrantType!
          priority: Float!
          consumedAmount: Float!
          cost: Money!
          createdAt: DateTime!
          updatedAt: DateTime!
          resourceId: String
          additionalMetaData: JSON @at(path: "metadata")
          automaticRechargeConfigurationId: UUID @none
          status: CreditGrantStatus!
          voidedAt: DateTime
          paymentCollection: PaymentCollection!
          invoiceId: String
          latestInvoice: CreditGrantInvoice
          sourceType: CreditGrantSourceType
        }
        type CreditGrantInvoice {
          billingId: String! @at(path: "billingId")
          status: CreditGrantInvoiceStatus!
          createdAt: DateTime!
          dueDate: DateTime
          updatedAt: DateTime! @at(path: "updatedAt") @at(path: "createdAt")
          errorMessage: String @none
          requiresAction: Boolean! @at(path: "requiresAction") @or(value: false)
          paymentSecret: String @none
          paymentUrl: String @none
          pdfUrl: String
          billingReason: CreditGrantInvoiceBillingReason
          currency: String
          subTotal: Float
          subTotalExcludingTax: Float
          total: Float
          totalExcludingTax: Float
          tax: Float
          amountDue: Float
          attemptCount: Float @none
        }
        type CreditGrantConnection { edges: [CreditGrantEdge!]! pageInfo: PageInfo! totalCount: Int! }
        type CreditGrantEdge { node: CreditGrant! cursor: String! }
        type CreditLedgerConnection { edges: [CreditLedgerEdge!]! pageInfo: PageInfo! totalCount: Int! }
        type CreditLedgerEdge { node: CreditLedgerEvent! cursor: String! }
        type CreditLedgerEvent {
          timestamp: String!
          eventType: CreditLedgerEventType!
          customerId: String!
          resourceId: String
          eventId: String
          featureId: String
          amount: Float!
          creditGrantId: String! @at(path: "creditGrantId") @or(value: "")
          creditCurrencyId: String!
        }
        type CreditBalanceSummary {
          customerId: String! @at(path: "$.customerId")
          resourceId: String @at(path: "$.resourceId")
          balances: [CreditBalance!]!
        }
        type CreditBalance {
          customerId: String!
          currencyId: String!
          currency: SlimCustomCurrency!
          currentBalance: Float! @at(path: "balance")
          totalConsumed: Float! @at(path: "currentUsage")
          totalGranted: Float! @at(path: "usageLimit")
          resourceId: String
          validUntil: Float @none
        }
        type SlimCustomCurrency {
          currencyId: String! @at(path: "currencyId") @at(path: "id")
          displayName: String!
          symbol: String
          units: Units @at(path: "units") @at(path: ".")
        }
        type Units { singular: String plural: String }
        type CreditUsage { series: [CreditUsageSeries!]! currency: SlimCustomCurrency pageInfo: PageInfo! @made(by: "pageInfo") }
        type CreditUsageSeries {
          featureId: String
          featureName: String
          totalCredits: Float!
          eventCount: Int!
          points: [CreditUsagePoint!]!
          tags: [CreditUsageSeriesTag!]
        }
        type CreditUsageSeriesTag { key: String! value: String! }
        type CreditUsagePoint { timestamp: DateTime! value: Float! eventCount: Int! }
        type CreditConsumptionResponse {
          customerId: String!
          currencyId: String!
          resourceId: String
          amount: Float!
          timestamp: DateTime!
          credit: OptimisticCreditBalance
        }
        type OptimisticCreditBalance {
          currencyId: String!
          currentUsage: Float!
          usageLimit: Float!
          usagePeriodEnd: DateTime
          timestamp: DateTime!
        }
        type AutoRechargeSettingsDTO {
          id: UUID
          customerId: String!
          currencyId: String!
          isEnabled: Boolean!
          thresholdType: ThresholdType!
          thresholdValue: Float!
          targetBalance: Float!
          maxSpendLimit: Float
          grantExpirationPeriod: GrantExpirationPeriod!
          currentMonthlySpend: Float! @at(path: "currentMonthlySpend") @or(value: 0)
          createdAt: DateTime
          updatedAt: DateTime
        }
        type CreditCostEstimation { estimates: [CurrencyEstimate!]! warnings: [EstimationRequestWarning!]! }
        type CurrencyEstimate {
          currencyId: String!
          estimatedCost: Float!
          currentBalance: Float!
          balanceAfterEstimate: Float!
          wouldOverdraft: Boolean!
          breakdown: [EstimationBreakdownItem!]!
        }
        type EstimationBreakdownItem { featureId: String! cost: Float! warningCode: EstimationWarningCode }
        """
}
