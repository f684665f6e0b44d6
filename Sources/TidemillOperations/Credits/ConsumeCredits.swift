public import TidemillCore

/// Burns credits directly, without a feature.
public enum ConsumeCredits: ClientOperation {
    public typealias Input = Consumption

    public struct Output: Shaped {
        public var customerID: CustomerID
        public var currencyID: String
        public var resourceID: String?
        public var amount: Amount
        public var timestamp: Timestamp
        public var credit: WalletBalance?
        public var entities: [String]?

        public init(
            customerID: CustomerID, currencyID: String, resourceID: String?, amount: Amount, timestamp: Timestamp,
            credit: WalletBalance?, entities: [String]? = nil
        ) {
            self.customerID = customerID
            self.currencyID = currencyID
            self.resourceID = resourceID
            self.amount = amount
            self.timestamp = timestamp
            self.credit = credit
            self.entities = entities
        }

        public static let shape = Shape(
            required("customerId", \.customerID, .customerID, "Whose credits."),
            required("currencyId", \.currencyID, .creditCurrencyID, "The credit currency."),
            optional("resourceId", \.resourceID, .resourceID, "The resource whose wallet it is."),
            required("amount", \.amount, .amount, "How many credits were consumed."),
            required("timestamp", \.timestamp, .timestamp, "When they were used."),
            optional("credit", \.credit, .object("wallet balance"), "The wallet afterwards."),
            optional(
                "entities", \.entities, .list(of: .text(0...255), "entities", 0...100), "Of governance; null here."),
            make: Self.init)
    }

    public static let row = OperationRow(
        .consumeCredits, of: Self.self,
        summary: "Burns credits directly; what the grants do not cover becomes an overdraft.",
        effect: .write, subject: .customer("customerId"),
        route: .post("/api/v1/credits/consumption"), reports: .credits,
        errors: [
            .customerNotFound, .entityIsArchived, .customCurrencyNotFound, .usageOutOfRange, .idempotencyConflict,
        ],
        example: OperationRow.Example(
            [
                "customerId": "customer-acme", "currencyId": "credits-ai", "amount": 75,
                "idempotencyKey": "render-1",
            ], after: CreditExamples.granted))
}

/// Burns credits directly, up to 1000 times in one call.
public enum ConsumeCreditsAsync: ClientOperation {
    public struct Input: Shaped {
        public var consumptions: [Consumption]

        public static let shape = Shape(
            required(
                "consumptions", \.consumptions, .list(of: .object("consumption"), "consumptions", 1...1000),
                "What was consumed."),
            make: Self.init)
    }

    public struct Output: Shaped {
        public init() {}
        public static let shape = Shape(make: Self.init)
    }

    public static let row = OperationRow(
        .consumeCreditsAsync, of: Self.self,
        summary: "Burns credits directly, 1 to 1000 times: all are applied, or none. Here they are applied at once.",
        effect: .write, subject: .nobody,
        route: .post("/api/v1/credits/consumption/async"), reports: .credits,
        errors: ConsumeCredits.row.errors,
        example: OperationRow.Example(
            [
                "consumptions": [
                    [
                        "customerId": "customer-acme", "currencyId": "credits-ai", "amount": 5,
                        "idempotencyKey": "render-1",
                    ],
                    [
                        "customerId": "customer-acme", "currencyId": "credits-ai", "amount": 7,
                        "idempotencyKey": "render-2",
                    ],
                ]
            ], after: CreditExamples.granted))
}

/// One direct consumption of credits.
public struct Consumption: Shaped {
    public var customerID: CustomerID
    public var currencyID: String
    public var amount: Amount
    public var idempotencyKey: String
    public var resourceID: String?
    public var createdAt: Timestamp?
    public var dimensions: TextMap<Payload>?

    public static let shape = Shape(
        required("customerId", \.customerID, .customerID, "Whose credits."),
        required("currencyId", \.currencyID, .creditCurrencyID, "The credit currency."),
        required("amount", \.amount, .positiveAmount, "How many credits."),
        required("idempotencyKey", \.idempotencyKey, .idempotencyKey, "A repeat of the same key changes nothing."),
        optional("resourceId", \.resourceID, .resourceID, "The resource whose wallet is burned."),
        optional("createdAt", \.createdAt, .timestamp, "When they were used; on arrival when left out."),
        optional("dimensions", \.dimensions, .dimensions, "Kept in the ledger; the usage series groups by them."),
        make: Self.init)
}

/// A wallet as the API shows it.
public struct WalletBalance: Shaped {
    public var currencyID: String
    public var currentUsage: Amount
    public var usageLimit: Amount
    public var timestamp: Timestamp
    public var usagePeriodEnd: Timestamp?

    public init(
        currencyID: String, currentUsage: Amount, usageLimit: Amount, timestamp: Timestamp, usagePeriodEnd: Timestamp?
    ) {
        self.currencyID = currencyID
        self.currentUsage = currentUsage
        self.usageLimit = usageLimit
        self.timestamp = timestamp
        self.usagePeriodEnd = usagePeriodEnd
    }

    public static let shape = Shape(
        required("currencyId", \.currencyID, .creditCurrencyID, "The credit currency."),
        required("currentUsage", \.currentUsage, .amount, "Consumed plus held, of the grants in effect."),
        required("usageLimit", \.usageLimit, .amount, "Granted in all, by the grants in effect."),
        required("timestamp", \.timestamp, .timestamp, "A version stamp: the last change of the wallet."),
        optional("usagePeriodEnd", \.usagePeriodEnd, .timestamp, "When the recurring credits in effect end."),
        make: Self.init)
}
