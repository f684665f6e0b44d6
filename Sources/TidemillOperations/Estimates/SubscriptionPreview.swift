public import TidemillCore

/// What a new subscription or a change costs: the top level is due now, `subscription` is what comes again. Nothing is
/// due below zero; what is credited beyond it stands in `credits.remaining`.
public struct SubscriptionPreview: Shaped, Hashable {
    public var subTotal: Money
    public var totalExcludingTax: Money
    public var total: Money
    public var minimumSpendAdjustment: Money
    public var discountAmount: Money?
    public var tax: Money?
    public var taxDetails: TaxDetails?
    public var discount: PreviewDiscount?
    public var billingPeriodRange: BillingPeriodRange
    public var proration: PreviewProration?
    public var subscription: RecurringPreview?
    public var credits: PreviewCredits?
    public var isPlanDowngrade: Bool?
    public var hasScheduledUpdates: Bool?

    public init(
        subTotal: Money, totalExcludingTax: Money, total: Money, minimumSpendAdjustment: Money,
        discountAmount: Money?, tax: Money?, taxDetails: TaxDetails?, discount: PreviewDiscount?,
        billingPeriodRange: BillingPeriodRange, proration: PreviewProration?, subscription: RecurringPreview?,
        credits: PreviewCredits?, isPlanDowngrade: Bool?, hasScheduledUpdates: Bool?
    ) {
        self.subTotal = subTotal
        self.totalExcludingTax = totalExcludingTax
        self.total = total
        self.minimumSpendAdjustment = minimumSpendAdjustment
        self.discountAmount = discountAmount
        self.tax = tax
        self.taxDetails = taxDetails
        self.discount = discount
        self.billingPeriodRange = billingPeriodRange
        self.proration = proration
        self.subscription = subscription
        self.credits = credits
        self.isPlanDowngrade = isPlanDowngrade
        self.hasScheduledUpdates = hasScheduledUpdates
    }

    public static let shape = Shape(
        required("subTotal", \.subTotal, .money, "The sum of all lines, before discounts and tax."),
        required("totalExcludingTax", \.totalExcludingTax, .money, "After discounts, before tax."),
        required("total", \.total, .money, "What is due now, less `credits.used`; never below zero."),
        required("minimumSpendAdjustment", \.minimumSpendAdjustment, .money, "What of it is the minimum spend."),
        optional("discountAmount", \.discountAmount, .money, "What the discounts take off."),
        optional("tax", \.tax, .money, "The tax in `total`."),
        optional("taxDetails", \.taxDetails, .object("tax"), "How the tax is computed; null without one."),
        optional("discount", \.discount, .object("discount"), "The coupon; null without one."),
        required("billingPeriodRange", \.billingPeriodRange, .object("period"), "The billing period that runs then."),
        optional("proration", \.proration, .object("proration"), "What a change in a running period comes to."),
        optional("subscription", \.subscription, .object("recurring price"), "What each period costs from then on."),
        optional("credits", \.credits, .object("account credit"), "Money that stays with the customer."),
        optional("isPlanDowngrade", \.isPlanDowngrade, .boolean, "Whether the plan is below the one that runs."),
        optional(
            "hasScheduledUpdates", \.hasScheduledUpdates, .boolean, "Whether changes wait for the period's end."),
        make: Self.init)
}

/// How tax is computed.
public struct TaxDetails: Shaped, Hashable {
    public var displayName: String
    public var percentage: Amount
    public var inclusive: Bool

    public init(displayName: String, percentage: Amount, inclusive: Bool) {
        self.displayName = displayName
        self.percentage = percentage
        self.inclusive = inclusive
    }

    public static let shape = Shape(
        required("displayName", \.displayName, .text(max: 255), "What people read."),
        required("percentage", \.percentage, .amount, "20 is 20 %."),
        required("inclusive", \.inclusive, .boolean, "Whether prices contain it."),
        make: Self.init)
}

/// A coupon as an estimate shows it.
public struct PreviewDiscount: Shaped, Hashable {
    public enum DurationType: String, WireEnum {
        case forever = "FOREVER"
        case once = "ONCE"
        case repeating = "REPEATING"
    }

    public var name: String?
    public var type: Coupon.Kind
    public var value: Amount
    public var durationType: DurationType
    public var durationInMonths: Int64?
    public var start: Timestamp?
    public var end: Timestamp?

    public init(
        name: String?, type: Coupon.Kind, value: Amount, durationType: DurationType, durationInMonths: Int64?,
        start: Timestamp?, end: Timestamp?
    ) {
        self.name = name
        self.type = type
        self.value = value
        self.durationType = durationType
        self.durationInMonths = durationInMonths
        self.start = start
        self.end = end
    }

    public static let shape = Shape(
        optional("name", \.name, .text(max: 255), "The coupon's name."),
        required("type", \.type, .choice, "A percentage, or an amount."),
        required("value", \.value, .amount, "The percentage, or the amount in the subscription's currency."),
        required("durationType", \.durationType, .choice, "How long it lasts."),
        optional("durationInMonths", \.durationInMonths, .integer(0...1200), "Of one that repeats."),
        optional("start", \.start, .timestamp, "When it was or would be applied."),
        optional("end", \.end, .timestamp, "From when on it gives nothing; null for ever."),
        make: Self.init)
}

/// A range of time, half open.
public struct BillingPeriodRange: Shaped, Hashable {
    public var start: Timestamp
    public var end: Timestamp

    public init(start: Timestamp, end: Timestamp) {
        self.start = start
        self.end = end
    }

    public static let shape = Shape(
        required("start", \.start, .timestamp, "Its first instant."),
        required("end", \.end, .timestamp, "The first instant after it."),
        make: Self.init)
}

/// Unused time that is credited, and new time that is charged.
public struct PreviewProration: Shaped, Hashable {
    public var prorationDate: Timestamp
    public var hasProrations: Bool?
    public var credit: Money
    public var debit: Money
    public var netAmount: Money

    public init(prorationDate: Timestamp, hasProrations: Bool?, credit: Money, debit: Money, netAmount: Money) {
        self.prorationDate = prorationDate
        self.hasProrations = hasProrations
        self.credit = credit
        self.debit = debit
        self.netAmount = netAmount
    }

    public static let shape = Shape(
        required("prorationDate", \.prorationDate, .timestamp, "When the change takes effect."),
        optional("hasProrations", \.hasProrations, .boolean, "Whether anything is credited or charged for a part."),
        required("credit", \.credit, .money, "For unused time; not below zero."),
        required("debit", \.debit, .money, "For new time."),
        required("netAmount", \.netAmount, .money, "`debit` less `credit`."),
        make: Self.init)
}

/// What each period costs.
public struct RecurringPreview: Shaped, Hashable {
    public var subTotal: Money
    public var totalExcludingTax: Money
    public var total: Money
    public var tax: Money?
    public var taxDetails: TaxDetails?
    public var discount: PreviewDiscount?
    public var discountAmount: Money?

    public init(
        subTotal: Money, totalExcludingTax: Money, total: Money, tax: Money?, taxDetails: TaxDetails?,
        discount: PreviewDiscount?, discountAmount: Money?
    ) {
        self.subTotal = subTotal
        self.totalExcludingTax = totalExcludingTax
        self.total = total
        self.tax = tax
        self.taxDetails = taxDetails
        self.discount = discount
        self.discountAmount = discountAmount
    }

    public static let shape = Shape(
        required("subTotal", \.subTotal, .money, "The sum of all lines, before discounts and tax."),
        required("totalExcludingTax", \.totalExcludingTax, .money, "After discounts, before tax."),
        required("total", \.total, .money, "What the next renewal costs."),
        optional("tax", \.tax, .money, "The tax in `total`."),
        optional("taxDetails", \.taxDetails, .object("tax"), "How the tax is computed; null without one."),
        optional("discount", \.discount, .object("discount"), "The coupon that is still in force then."),
        optional("discountAmount", \.discountAmount, .money, "What the discounts take off."),
        make: Self.init)
}

/// Money that a customer has to its credit. The engine keeps no such account: what a change leaves over is shown.
public struct PreviewCredits: Shaped, Hashable {
    public var initial: Money
    public var used: Money
    public var remaining: Money

    public init(initial: Money, used: Money, remaining: Money) {
        self.initial = initial
        self.used = used
        self.remaining = remaining
    }

    public static let shape = Shape(
        required("initial", \.initial, .money, "What the account has before."),
        required("used", \.used, .money, "Set off against what is due."),
        required("remaining", \.remaining, .money, "What it has after: with what is credited beyond all charges."),
        make: Self.init)
}
