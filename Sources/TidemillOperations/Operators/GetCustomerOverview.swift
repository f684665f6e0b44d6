public import TidemillCore

/// One customer on one screen: subscriptions, entitlements, credits, recharges, next invoices, rejected records, changes.
public enum GetCustomerOverview: ClientOperation {
    public struct Input: Shaped {
        public var customerID: CustomerID

        public static let shape = Shape(
            required("customerId", \.customerID, .customerID, "The customer.", aliases: ["id"]),
            make: Self.init)
    }

    public struct Output: Shaped {
        public var customer: Payload
        public var subscriptions: [Payload]
        public var entitlements: [Payload]
        public var usage: [CustomerUsageEntry]
        public var credits: [Payload]
        public var autoRecharges: [Payload]
        public var recharges: [RechargeEntry]
        public var nextInvoices: [Payload]
        public var runs: [RunEntry]
        public var rejected: [RejectedEntry]
        public var changes: [AuditEntry]

        public init(
            customer: Payload, subscriptions: [Payload], entitlements: [Payload], usage: [CustomerUsageEntry],
            credits: [Payload],
            autoRecharges: [Payload], recharges: [RechargeEntry], nextInvoices: [Payload], runs: [RunEntry],
            rejected: [RejectedEntry], changes: [AuditEntry]
        ) {
            self.customer = customer
            self.subscriptions = subscriptions
            self.entitlements = entitlements
            self.usage = usage
            self.credits = credits
            self.autoRecharges = autoRecharges
            self.recharges = recharges
            self.nextInvoices = nextInvoices
            self.runs = runs
            self.rejected = rejected
            self.changes = changes
        }

        public static let shape = Shape(
            required("customer", \.customer, .anything, "As getCustomer answers."),
            required(
                "subscriptions", \.subscriptions, .list(of: .anything, "values", 0...OperatorPaging.itemsMax),
                "As listSubscriptions answers: those that are not over."),
            required(
                "entitlements", \.entitlements, .list(of: .anything, "values", 0...OperatorPaging.itemsMax),
                "As getEntitlements answers."),
            defaulted(
                "usage", \.usage, .list(of: .object("customer usage"), "customer usages", 0...OperatorPaging.itemsMax),
                to: [],
                "What was used in the period of features that the plan or an add-on charges, by a price or by credits, and that no entitlement is of."
            ),
            required(
                "credits", \.credits, .list(of: .anything, "values", 0...OperatorPaging.itemsMax),
                "As getCreditBalance answers, one for each currency."),
            required(
                "autoRecharges", \.autoRecharges, .list(of: .anything, "values", 0...OperatorPaging.itemsMax),
                "As getAutoRecharge answers, with its state; one for each wallet that has settings."),
            required(
                "recharges", \.recharges, .list(of: .object("recharge"), "recharges", 0...OperatorPaging.itemsMax),
                "The newest decisions."),
            required(
                "nextInvoices", \.nextInvoices,
                .list(of: .anything, "values", 0...OperatorPaging.itemsMax),
                "As previewNextInvoice answers, one for each subscription that is charged; with `problem` in place of `invoice` where it cannot be computed."
            ),
            defaulted(
                "runs", \.runs, .list(of: .object("run"), "runs", 0...OperatorPaging.itemsMax), to: [],
                "The newest runs about it."),
            required(
                "rejected", \.rejected, .list(of: .object("rejected"), "rejecteds", 0...OperatorPaging.itemsMax),
                "Its open rejected records."),
            required(
                "changes", \.changes, .list(of: .object("audit"), "audits", 0...OperatorPaging.itemsMax),
                "The newest changes."),
            make: Self.init)
    }

    public static let row = OperationRow(
        operator: .getCustomerOverview, of: Self.self,
        summary:
            "One customer on one screen: subscriptions, entitlements, credits, recharges, next invoices, rejected records, changes.",
        effect: .read, subject: .customer("customerId"), errors: [.customerNotFound],
        example: OperationRow.Example(
            ["customerId": "customer-acme"], after: [(.provisionCustomer, ["id": "customer-acme"])]))
}

/// What a customer used of a feature without an entitlement.
public struct CustomerUsageEntry: Shaped {
    public var featureID: String
    public var displayName: String
    public var used: Amount
    public var from: Timestamp
    public var to: Timestamp?
    public var creditRate: Amount?
    public var currencyID: String?

    public init(
        featureID: String, displayName: String, used: Amount, from: Timestamp, to: Timestamp? = nil,
        creditRate: Amount? = nil, currencyID: String? = nil
    ) {
        self.featureID = featureID
        self.displayName = displayName
        self.used = used
        self.from = from
        self.to = to
        self.creditRate = creditRate
        self.currencyID = currencyID
    }

    public static let shape = Shape(
        required("featureId", \.featureID, .anyText, "The feature."),
        required("displayName", \.displayName, .anyText, "Its name."),
        required("used", \.used, .amount, "Since the period began."),
        required("from", \.from, .timestamp, "When it began."),
        optional("to", \.to, .timestamp, "When it ends."),
        optional("creditRate", \.creditRate, .amount, "The credits that a unit costs, where that is a number."),
        optional("currencyId", \.currencyID, .anyText, "The credits that pay for it."),
        make: Self.init)
}
