public import TidemillCore

/// An invoice as it would be: amounts in major units of `currency`.
public struct PreviewInvoice: Shaped, Hashable {
    public var subTotal: Amount
    public var total: Amount
    public var billingPeriodRange: BillingPeriodRange?
    public var currency: String?
    public var discount: Amount?
    public var discountDetails: DiscountDetails?
    public var discounts: [InvoiceDiscount]?
    public var lines: [InvoiceLine]?
    public var tax: Amount?
    public var credits: PreviewCredits?

    public init(
        subTotal: Amount, total: Amount, billingPeriodRange: BillingPeriodRange?, currency: String?, discount: Amount?,
        discountDetails: DiscountDetails?, discounts: [InvoiceDiscount]?, lines: [InvoiceLine]?, tax: Amount?,
        credits: PreviewCredits? = nil
    ) {
        self.subTotal = subTotal
        self.total = total
        self.billingPeriodRange = billingPeriodRange
        self.currency = currency
        self.discount = discount
        self.discountDetails = discountDetails
        self.discounts = discounts
        self.lines = lines
        self.tax = tax
        self.credits = credits
    }

    /// Charges of a plan and all of its add-ons, twice in a change: more than any has.
    static let linesMax = 100_000

    public static let shape = Shape(
        required("subTotal", \.subTotal, .amount, "The sum of the lines."),
        required("total", \.total, .amount, "What is due, less `credits.used`; never below zero."),
        optional("billingPeriodRange", \.billingPeriodRange, .object("period"), "The period that it is for."),
        optional("currency", \.currency, .currency, "Of all amounts."),
        optional("discount", \.discount, .amount, "What the discounts take off."),
        optional("discountDetails", \.discountDetails, .object("discount"), "Of the first coupon."),
        optional(
            "discounts", \.discounts, .list(of: .object("discount"), "discounts", 0...100), "What each takes off."),
        optional("lines", \.lines, .list(of: .object("line"), "lines", 0...linesMax), "What is charged."),
        optional("tax", \.tax, .amount, "The tax in what is due."),
        optional("credits", \.credits, .object("credits"), "The account that money is kept in, and what it pays."),
        make: Self.init)
}

public struct DiscountDetails: Shaped, Hashable {
    public var code: String?
    public var fixedAmount: Amount?
    public var percentage: Amount?

    public init(code: String?, fixedAmount: Amount?, percentage: Amount?) {
        self.code = code
        self.fixedAmount = fixedAmount
        self.percentage = percentage
    }

    public static let shape = Shape(
        optional("code", \.code, .text(max: 255), "The promotion code."),
        optional("fixedAmount", \.fixedAmount, .amount, "What it takes off."),
        optional("percentage", \.percentage, .amount, "The share that it takes off."),
        make: Self.init)
}

public struct InvoiceDiscount: Shaped, Hashable {
    public var amount: Amount
    public var currency: String
    public var description: String

    public init(amount: Amount, currency: String, description: String) {
        self.amount = amount
        self.currency = currency
        self.description = description
    }

    public static let shape = Shape(
        required("amount", \.amount, .amount, "What it takes off."),
        required("currency", \.currency, .currency, "Of the amount."),
        required("description", \.description, .text(max: 1024), "The coupon's name."),
        make: Self.init)
}

public struct InvoiceLine: Shaped, Hashable {
    public var currency: String
    public var description: String
    public var subTotal: Amount
    public var unitPrice: Amount
    public var quantity: Amount?

    public init(currency: String, description: String, subTotal: Amount, unitPrice: Amount, quantity: Amount?) {
        self.currency = currency
        self.description = description
        self.subTotal = subTotal
        self.unitPrice = unitPrice
        self.quantity = quantity
    }

    public static let shape = Shape(
        required("currency", \.currency, .currency, "Of the amounts."),
        required("description", \.description, .text(max: 1024), "What is charged."),
        required("subTotal", \.subTotal, .amount, "Rounded once; below zero for a credit."),
        required("unitPrice", \.unitPrice, .amount, "For one; the average where tiers apply."),
        optional("quantity", \.quantity, .amount, "How many."),
        make: Self.init)
}
