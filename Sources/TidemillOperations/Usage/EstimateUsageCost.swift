public import TidemillCore

/// What a usage report would cost in credits; nothing is burned.
public enum EstimateUsageCost: ClientOperation {
    public struct Input: Shaped {
        public var customerID: CustomerID
        public var featureID: FeatureID
        public var value: Amount
        public var updateBehavior: UpdateBehavior
        public var resourceID: String?
        public var dimensions: TextMap<Payload>?

        public static let shape = Shape(
            required("customerId", \.customerID, .customerID, "Who would use it."),
            required("featureId", \.featureID, .featureID, "The feature that would be used."),
            required("value", \.value, .amount, "How much: added with DELTA, the new total with SET."),
            defaulted("updateBehavior", \.updateBehavior, .choice, to: .delta, "DELTA when left out."),
            optional("resourceId", \.resourceID, .resourceID, "The resource, where a customer has several."),
            optional("dimensions", \.dimensions, .dimensions, "What a cost formula reads."),
            make: Self.init)
    }

    public typealias Output = CostEstimate

    public static let row = OperationRow(
        .estimateUsageCost, of: Self.self,
        summary: "What a usage report would cost in credits, and whether the wallet covers it; burns nothing.",
        effect: .read, subject: .customer("customerId"),
        route: .post("/api/v1/usage/estimate"),
        errors: [.customerNotFound, .badUserInput],
        example: OperationRow.Example(
            ["customerId": "customer-acme", "featureId": "feature-seats", "value": 3],
            after: ReportUsage.row.example.after))
}

/// What an event would cost in credits; nothing is metered or burned.
public enum EstimateEventCost: ClientOperation {
    public struct Input: Shaped {
        public var customerID: CustomerID
        public var eventName: String
        public var resourceID: String?
        public var dimensions: TextMap<Payload>?

        public static let shape = Shape(
            required("customerId", \.customerID, .customerID, "Whose event it would be."),
            required("eventName", \.eventName, .text(1...255, in: .bytes), "The event's name."),
            optional("resourceId", \.resourceID, .resourceID, "The resource, where a customer has several."),
            optional("dimensions", \.dimensions, .dimensions, "The event's dimensions."),
            make: Self.init)
    }

    public typealias Output = CostEstimate

    public static let row = OperationRow(
        .estimateEventCost, of: Self.self,
        summary: "What an event would cost in credits by all features that it counts for; rules are not asked.",
        effect: .read, subject: .customer("customerId"),
        route: .post("/api/v1/events/estimate"),
        errors: [.customerNotFound, .badUserInput],
        example: OperationRow.Example(
            ["customerId": "customer-acme", "eventName": "llm.inference", "dimensions": ["tokens": 1200]],
            after: ReportUsage.row.example.after))
}

/// A cost in credits, by currency.
public struct CostEstimate: Shaped {
    public var estimates: [Estimate]
    public var warnings: [Warning]

    public init(estimates: [Estimate], warnings: [Warning]) {
        self.estimates = estimates
        self.warnings = warnings
    }

    public static let shape = Shape(
        required("estimates", \.estimates, .list(of: .object("estimate"), "estimates", 0...100), "One a currency."),
        required("warnings", \.warnings, .list(of: .choice, "warnings", 0...100), "Why something costs nothing here."),
        make: Self.init)

    public enum Warning: String, WireEnum {
        /// The subscriptions that price it belong to resources: name one.
        case resourceScopedSubscriptionExists = "RESOURCE_SCOPED_SUBSCRIPTION_EXISTS"
        case featureNotFound = "FEATURE_NOT_FOUND"
        case featureNotCreditBased = "FEATURE_NOT_CREDIT_BASED"
    }

    public struct Estimate: Shaped {
        public var currencyID: String
        public var estimatedCost: Amount
        public var currentBalance: Amount
        public var balanceAfterEstimate: Amount
        public var wouldOverdraft: Bool
        public var breakdown: [Part]

        public init(
            currencyID: String, estimatedCost: Amount, currentBalance: Amount, balanceAfterEstimate: Amount,
            wouldOverdraft: Bool, breakdown: [Part]
        ) {
            self.currencyID = currencyID
            self.estimatedCost = estimatedCost
            self.currentBalance = currentBalance
            self.balanceAfterEstimate = balanceAfterEstimate
            self.wouldOverdraft = wouldOverdraft
            self.breakdown = breakdown
        }

        public static let shape = Shape(
            required("currencyId", \.currencyID, .creditCurrencyID, "The credit currency."),
            required("estimatedCost", \.estimatedCost, .amount, "The credits that it would burn."),
            required("currentBalance", \.currentBalance, .amount, "What is available now, holds taken off."),
            required("balanceAfterEstimate", \.balanceAfterEstimate, .amount, "What would be available afterwards."),
            required("wouldOverdraft", \.wouldOverdraft, .boolean, "Whether that is below zero."),
            required("breakdown", \.breakdown, .list(of: .object("part"), "parts", 0...1000), "By feature."),
            make: Self.init)
    }

    public struct Part: Shaped {
        public var featureID: FeatureID
        public var cost: Amount
        public var warningCode: WarningCode?

        public init(featureID: FeatureID, cost: Amount, warningCode: WarningCode?) {
            self.featureID = featureID
            self.cost = cost
            self.warningCode = warningCode
        }

        public enum WarningCode: String, WireEnum {
            /// Only what is added up or counted burns credits event by event.
            case unsupportedAggregation = "UNSUPPORTED_AGGREGATION"
        }

        public static let shape = Shape(
            required("featureId", \.featureID, .featureID, "The feature."),
            required("cost", \.cost, .amount, "Its credits."),
            optional("warningCode", \.warningCode, .choice, "Why it costs nothing: the meter neither sums nor counts."),
            make: Self.init)
    }
}
