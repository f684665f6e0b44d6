public import TidemillCore

/// An invoice as calls answer it, in the shape of the API's list of invoices; what is beside that is ours.
public struct CustomerInvoice: Shaped, Hashable, Listed {
    public var invoiceID: String
    public var invoiceNumber: String?
    public var state: InvoiceState
    public var customerID: CustomerID
    public var subscriptionID: String
    public var cause: InvoiceCause
    public var billingReason: BillingReason
    public var currency: String
    public var createdAt: Timestamp
    public var issueDate: Timestamp?
    public var dueDate: Timestamp?
    public var paidDate: Timestamp?
    public var billingPeriodRange: BillingPeriodRange?
    public var planID: String?
    public var planVersion: Int64?
    public var lineItems: [InvoiceLineItem]
    public var subTotal: Amount
    public var discount: Amount
    public var discounts: [InvoiceDiscount]
    public var tax: Amount
    public var creditUsed: Amount
    public var creditAdded: Amount
    public var total: Amount
    public var finalAfter: Timestamp?
    public var problem: String?
    public var canceledAt: Timestamp?
    public var reason: String?
    public var hash: String?

    public init(
        invoiceID: String, invoiceNumber: String?, state: InvoiceState, customerID: CustomerID, subscriptionID: String,
        cause: InvoiceCause, billingReason: BillingReason, currency: String, createdAt: Timestamp,
        issueDate: Timestamp?, dueDate: Timestamp?, paidDate: Timestamp?, billingPeriodRange: BillingPeriodRange?,
        planID: String?, planVersion: Int64?, lineItems: [InvoiceLineItem], subTotal: Amount, discount: Amount,
        discounts: [InvoiceDiscount], tax: Amount, creditUsed: Amount, creditAdded: Amount, total: Amount,
        finalAfter: Timestamp?, problem: String?, canceledAt: Timestamp?, reason: String?, hash: String?
    ) {
        self.invoiceID = invoiceID
        self.invoiceNumber = invoiceNumber
        self.state = state
        self.customerID = customerID
        self.subscriptionID = subscriptionID
        self.cause = cause
        self.billingReason = billingReason
        self.currency = currency
        self.createdAt = createdAt
        self.issueDate = issueDate
        self.dueDate = dueDate
        self.paidDate = paidDate
        self.billingPeriodRange = billingPeriodRange
        self.planID = planID
        self.planVersion = planVersion
        self.lineItems = lineItems
        self.subTotal = subTotal
        self.discount = discount
        self.discounts = discounts
        self.tax = tax
        self.creditUsed = creditUsed
        self.creditAdded = creditAdded
        self.total = total
        self.finalAfter = finalAfter
        self.problem = problem
        self.canceledAt = canceledAt
        self.reason = reason
        self.hash = hash
    }

    public static let singular = "invoice"
    public static let plural = "invoices"

    public static let shape = Shape(
        required("invoiceId", \.invoiceID, .text(1...255), "The invoice."),
        optional(
            "invoiceNumber", \.invoiceNumber, .text(1...32), "The payer's series, without gaps; null for a draft."),
        required("state", \.state, .choice, "Where it stands."),
        required("customerId", \.customerID, .customerID, "Who pays."),
        required("subscriptionId", \.subscriptionID, .text(1...255), "What it is for."),
        required("cause", \.cause, .choice, "Why it was made."),
        required("billingReason", \.billingReason, .choice, "The same in the API's words."),
        required("currency", \.currency, .currency, "Of all amounts."),
        required("createdAt", \.createdAt, .timestamp, "The instant of its cause."),
        optional("issueDate", \.issueDate, .timestamp, "When it became final; null for a draft."),
        optional("dueDate", \.dueDate, .timestamp, "When it is to be paid."),
        optional("paidDate", \.paidDate, .timestamp, "When it was paid."),
        optional("billingPeriodRange", \.billingPeriodRange, .object("period"), "The period that it is for."),
        optional("planId", \.planID, .text(1...255), "The plan."),
        optional("planVersion", \.planVersion, .integer(0...Int64.max), "The version of it."),
        required(
            "lineItems", \.lineItems, .list(of: .object("line"), "lines", 0...PreviewInvoice.linesMax),
            "What is charged."),
        required("subtotal", \.subTotal, .amount, "The sum of the lines."),
        required("discount", \.discount, .amount, "What the discounts take off."),
        required(
            "discounts", \.discounts, .list(of: .object("discount"), "discounts", 0...100), "What each takes off."),
        required("tax", \.tax, .amount, "The tax in what is due."),
        required("creditUsed", \.creditUsed, .amount, "What the account pays of it."),
        required("creditAdded", \.creditAdded, .amount, "What it gives back to the account."),
        required("total", \.total, .amount, "What is left to pay."),
        optional("finalAfter", \.finalAfter, .timestamp, "Of a draft: until when usage joins it."),
        optional("problem", \.problem, .anyText, "Of a draft: why it cannot become final."),
        optional("canceledAt", \.canceledAt, .timestamp, "When it was voided."),
        optional("reason", \.reason, .anyText, "Why it was voided."),
        optional("hash", \.hash, .anyText, "Of its content and of the payer's invoice before; null for a draft."),
        make: Self.init)
}

public struct InvoiceLineItem: Shaped, Hashable {
    public var description: String
    public var quantity: Amount
    public var unitPrice: Amount
    public var amount: Amount
    public var kind: String
    public var packageID: String?
    public var featureID: FeatureID?
    public var window: BillingPeriodRange?

    public init(
        description: String, quantity: Amount, unitPrice: Amount, amount: Amount, kind: String, packageID: String?,
        featureID: FeatureID?, window: BillingPeriodRange?
    ) {
        self.description = description
        self.quantity = quantity
        self.unitPrice = unitPrice
        self.amount = amount
        self.kind = kind
        self.packageID = packageID
        self.featureID = featureID
        self.window = window
    }

    public static let shape = Shape(
        required("description", \.description, .text(max: 1024), "What is charged."),
        required("quantity", \.quantity, .amount, "How many, in the units that are priced."),
        required("unitPrice", \.unitPrice, .amount, "For one; the average where tiers apply."),
        required("amount", \.amount, .amount, "Rounded once; below zero for a credit."),
        required("kind", \.kind, .anyText, "Such as recurring, usage, overage, credit, minimumSpend."),
        optional("packageId", \.packageID, .text(1...255), "The plan or add-on."),
        optional("featureId", \.featureID, .featureID, "The feature."),
        optional("window", \.window, .object("period"), "The metered time that it bills."),
        make: Self.init)
}
