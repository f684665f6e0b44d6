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
        public var credits: [Payload]
        public var autoRecharges: [Payload]
        public var recharges: [RechargeEntry]
        public var nextInvoices: [Payload]
        public var rejected: [RejectedEntry]
        public var changes: [AuditEntry]

        public init(
            customer: Payload, subscriptions: [Payload], entitlements: [Payload], credits: [Payload],
            autoRecharges: [Payload], recharges: [RechargeEntry], nextInvoices: [Payload],
            rejected: [RejectedEntry], changes: [AuditEntry]
        ) {
            self.customer = customer
            self.subscriptions = subscriptions
            self.entitlements = entitlements
            self.credits = credits
            self.autoRecharges = autoRecharges
            self.recharges = recharges
            self.nextInvoices = nextInvoices
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
