import TidemillCore
import TidemillOperations

/// The documents that clients fetch by GET where others ask by GraphQL. Each is the answer of a document of ours, so that
/// its values are the same.
public enum EdgeDocument: Sendable, Hashable {
    case entitlements(customer: String)
    case entitlementsState(customer: String)
    case subscriptions(customer: String)
    case paywall(product: String?)

    /// Of a path such as `/v1/c/ID/entitlements.json`, or of its longer form, `/v1/a/ACCOUNT/e/ENVIRONMENT/c/…`.
    public init?(_ segments: [String]) {
        var rest = segments[...]
        guard rest.popFirst() == "v1" else { return nil }
        if rest.count > 4, rest.first == "a", rest[rest.startIndex + 2] == "e" { rest = rest.dropFirst(4) }
        switch (rest.first, rest.count, rest.last) {
        case ("paywall.json", 1, _): self = .paywall(product: nil)
        case ("p", 3, "paywall.json"): self = .paywall(product: rest[rest.startIndex + 1])
        case ("c", 3, "entitlements.json"): self = .entitlements(customer: rest[rest.startIndex + 1])
        case ("c", 3, "entitlements-state.json"): self = .entitlementsState(customer: rest[rest.startIndex + 1])
        case ("c", 3, "subscriptions.json"): self = .subscriptions(customer: rest[rest.startIndex + 1])
        default: return nil
        }
    }

    /// What it is called in metrics.
    public var name: String {
        switch self {
        case .entitlements: "/v1/c/{id}/entitlements.json"
        case .entitlementsState: "/v1/c/{id}/entitlements-state.json"
        case .subscriptions: "/v1/c/{id}/subscriptions.json"
        case .paywall: "/v1/paywall.json"
        }
    }

    /// - Parameter query: the pairs of the query, in their order.
    public func request(_ query: [(name: String, value: String)]) -> GraphQLRequest {
        func first(_ name: String) -> Payload? { query.first { $0.name == name }.map { .string($0.value) } }
        func all(_ name: String) -> [Payload] {
            query.filter { $0.name == name }.flatMap { $0.value.split(separator: ",") }.map { .string(String($0)) }
        }
        func isTrue(_ name: String) -> Payload? { first(name).map { .boolean($0.text?.lowercased() == "true") } }
        var input: TextMap<Payload> = [:]
        input["resourceId"] = first("resourceId")
        switch self {
        case .entitlements(let customer):
            input["customerId"] = .string(customer)
            guard let feature = first("featureId") else {
                return Self.asked(
                    "query Entitlements($input: FetchEntitlementsQuery!) { entitlements: cachedEntitlements(query: $input) { ...Entitlement } }",
                    Self.entitlement, input)
            }
            input["featureId"] = feature
            var options: TextMap<Payload> = [:]
            options["requestedUsage"] = first("requestedUsage")
            let values = all("requestedValues")
            if !values.isEmpty { options["requestedValues"] = .array(values) }
            input["options"] = .object(options)
            return Self.asked(
                "query Entitlement($input: FetchEntitlementQuery!) { entitlement(query: $input) { ...Entitlement } }",
                Self.entitlement, input)
        case .entitlementsState(let customer):
            input["customerId"] = .string(customer)
            return Self.asked(
                "query State($input: FetchEntitlementsQuery!) { entitlementsState(query: $input) { __typename accessDeniedReason entitlements { ...Entitlement } entitlementsV2 { __typename ... on FeatureEntitlement { \(Self.entitlementFields) } ... on CreditEntitlement { isGranted accessDeniedReason usageLimit currentUsage hasSoftLimit usageUpdatedAt entitlementUpdatedAt usagePeriodEnd validUntil currency { currencyId displayName description unitSingular unitPlural additionalMetaData } } } } }",
                Self.entitlement, input)
        case .subscriptions(let customer):
            input["customerId"] = .string(customer)
            let resources = all("resourceIds")
            if !resources.isEmpty { input["resourceIds"] = .array(resources) }
            return Self.asked(Self.subscriptions, "", input)
        case .paywall(let product):
            input["productId"] = product.map { .string($0) } ?? first("productId")
            input["billingCountryCode"] = first("billingCountryCode")
            input["fetchAllCountriesPrices"] = isTrue("fetchAllCountriesPrices")
            input["includeHiddenPlans"] = isTrue("includeHiddenPlans")
            return Self.asked(
                "query Paywall($input: GetPaywallInput!) { paywall(input: $input) { ...Paywall } }", Self.paywall, input
            )
        }
    }

    private static func asked(_ query: String, _ fragments: String, _ input: TextMap<Payload>) -> GraphQLRequest {
        GraphQLRequest(document: query + fragments, variables: ["input": .object(input)])
    }

    // MARK: - Our documents

    private static let entitlementFields = """
        __typename isGranted accessDeniedReason usageLimit hasUnlimitedUsage hasSoftLimit currentUsage enumValues
        entitlementUpdatedAt usageUpdatedAt usagePeriodAnchor usagePeriodStart usagePeriodEnd resetPeriod validUntil
        resetPeriodConfiguration {
          __typename
          ... on YearlyResetPeriodConfig { yearlyAccordingTo }
          ... on MonthlyResetPeriodConfig { monthlyAccordingTo }
          ... on WeeklyResetPeriodConfig { weeklyAccordingTo }
        }
        feature {
          __typename featureType meterType featureUnits featureUnitsPlural description displayName refId
          unitTransformation { divide round }
        }
        creditRate { amount currencyId }
        """

    private static let entitlement = """
        fragment Entitlement on Entitlement {
          \(entitlementFields)
          customerId resourceId requestedUsage requestedValues nextResetDate
        }
        """

    private static let subscriptions = """
        query Subscriptions($input: GetActiveSubscriptionsInput!) {
          getActiveSubscriptions(input: $input) {
            subscriptionId status pricingType startDate endDate cancellationDate effectiveEndDate trialEndDate
            currentBillingPeriodStart currentBillingPeriodEnd billingPeriod additionalMetaData
            totalPrice { subTotal { amount currency } total { amount currency } }
            customer { customerId email }
            payingCustomer { customerId email }
            resource { resourceId }
            plan {
              planId: refId displayName description
              product { refId displayName downgradePlan { refId displayName } }
            }
            addons { quantity addon { addonId: refId } }
            prices { billingModel price { billingPeriod price { amount currency } } }
            trialConfiguration { trialEndBehavior }
          }
        }
        """

    private static let paywall = """
        fragment Paywall on Paywall {
          currency { code symbol }
          configuration { customCss }
          resource { resourceId }
          plans { ...Plan }
          paywallCalculatedPricePoints {
            planId additionalChargesMayApply billingPeriod amount currency billingCountryCode
            feature { refId featureUnits featureUnitsPlural displayName description }
          }
        }
        fragment Plan on Plan {
          id refId displayName description billingId versionNumber additionalMetaData hiddenFromWidgets pricingType
          product {
            refId displayName description additionalMetaData awsMarketplaceProductId
            productSettings { downgradePlan { refId displayName } }
          }
          basePlan { refId displayName }
          entitlements { ...Limit }
          inheritedEntitlements { ...Limit }
          packageEntitlements { ...Given }
          inheritedPackageEntitlements { ...Given }
          compatibleAddons { ...Addon }
          compatiblePackageGroups { packageGroupId displayName addons { ...Addon } options { minItems freeItems } }
          prices { ...Price }
          overagePrices { ...Price }
          defaultTrialConfig { duration units budget { limit } trialEndBehavior }
          awsMarketplacePlanDimension
        }
        fragment Addon on Addon {
          id refId displayName description billingId additionalMetaData hiddenFromWidgets pricingType maxQuantity
          entitlements { ...Limit }
          packageEntitlements { ...Given }
          prices { ...Price }
          overagePrices { ...Price }
          dependencies { id refId displayName description }
        }
        fragment Words on Feature {
          featureType meterType featureUnits featureUnitsPlural displayName description refId additionalMetaData
        }
        fragment Limit on PackageEntitlement {
          usageLimit hasUnlimitedUsage hasSoftLimit featureId resetPeriod hiddenFromWidgets isCustom
          displayNameOverride enumValues isGranted feature { ...Words }
        }
        fragment Given on PackageEntitlementUnion {
          __typename
          ... on PackageFeatureEntitlement {
            id behavior description displayNameOverride enumValues featureId hasSoftLimit hasUnlimitedUsage
            hiddenFromWidgets isCustom isGranted order resetPeriod usageLimit feature { ...Words }
          }
          ... on PackageCreditEntitlement {
            id amount behavior cadence customCurrencyId description displayNameOverride hasSoftLimit hiddenFromWidgets
            isCustom isGranted order
            dependencyFeature { refId displayName description featureType featureUnits featureUnitsPlural }
            customCurrency { currencyId displayName symbol units { singular plural } }
          }
        }
        fragment Price on Price {
          billingModel billingPeriod billingCadence billingId minUnitQuantity maxUnitQuantity billingCountryCode
          price { amount currency }
          creditRate { amount customCurrencyId currencyId }
          tiersMode
          tiers { upTo unitPrice { amount currency } flatPrice { amount currency } }
          feature { refId featureUnits featureUnitsPlural displayName description }
          blockSize topUpCustomCurrencyId
          customCurrency { displayName units { singular plural } }
        }
        """
}
