public import TidemillCore

/// What the next invoice of a subscription comes to, as things stand: the next period in advance, and the running
/// period's usage, overage and minimum spend.
public enum PreviewNextInvoice: ClientOperation {
    public struct Output: Shaped {
        public var subscriptionID: String
        public var invoice: PreviewInvoice?
        public var dueDate: Timestamp?
        public var minimumSpendAdjustment: Money?
        public var usage: [InvoicedUsage]

        public init(
            subscriptionID: String, invoice: PreviewInvoice?, dueDate: Timestamp?, minimumSpendAdjustment: Money?,
            usage: [InvoicedUsage]
        ) {
            self.subscriptionID = subscriptionID
            self.invoice = invoice
            self.dueDate = dueDate
            self.minimumSpendAdjustment = minimumSpendAdjustment
            self.usage = usage
        }

        public static let shape = Shape(
            required("subscriptionId", \.subscriptionID, .text(1...255), "The subscription."),
            optional("invoice", \.invoice, .object("invoice"), "The invoice; null when none follows."),
            optional("dueDate", \.dueDate, .timestamp, "When it is made."),
            optional(
                "minimumSpendAdjustment", \.minimumSpendAdjustment, .money, "The next minimum spend, paid in advance."),
            required(
                "usage", \.usage, .list(of: .object("usage"), "usages", 0...1000),
                "The usage of the running period that is charged."),
            make: Self.init)
    }

    public typealias Input = SubscriptionReference

    public static let row = OperationRow(
        .previewNextInvoice, of: Self.self,
        summary: "Shows the next invoice of a subscription, with what usage, overage and minimum spend come to.",
        effect: .read, subject: .subscription("id"),
        route: .get("/api/v1/subscriptions/{id}/next-invoice"),
        errors: [.subscriptionNotFound],
        example: OperationRow.Example(["id": "subscription-acme"], after: EstimateExample.subscribed))
}

/// Usage that an invoice charges.
public struct InvoicedUsage: Shaped, Hashable {
    public var featureID: FeatureID
    public var usage: Amount
    public var included: Amount?
    public var overage: Amount?
    public var start: Timestamp
    public var end: Timestamp

    public init(
        featureID: FeatureID, usage: Amount, included: Amount?, overage: Amount?, start: Timestamp, end: Timestamp
    ) {
        self.featureID = featureID
        self.usage = usage
        self.included = included
        self.overage = overage
        self.start = start
        self.end = end
    }

    public static let shape = Shape(
        required("featureId", \.featureID, .featureID, "The feature."),
        required("usage", \.usage, .amount, "What was used in the period."),
        optional("included", \.included, .amount, "What each reset period includes before overage begins."),
        optional("overage", \.overage, .amount, "What was used beyond it, over all reset periods."),
        required("start", \.start, .timestamp, "Since when usage counts."),
        required("end", \.end, .timestamp, "Until when."),
        make: Self.init)
}
