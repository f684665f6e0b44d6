/// Where an invoice stands.
public enum InvoiceState: String, WireEnum {
    /// Usage of its time still joins it.
    case draft = "DRAFT"
    /// Final, and not paid.
    case open = "OPEN"
    case paid = "PAID"
    /// Voided: number and content stay.
    case canceled = "CANCELED"
}

/// Why an invoice was made.
public enum InvoiceCause: String, WireEnum {
    /// The first period of a subscription.
    case start = "START"
    /// A period ended, the next one began.
    case renewal = "RENEWAL"
    /// A month of usage ended within a year.
    case usageMonth = "USAGE_MONTH"
    /// A change that is due at once.
    case change = "CHANGE"
    /// A subscription ended, and its unused time is given back.
    case end = "END"
    /// What waited, and no other invoice would bill: late usage, and what an ended subscription left.
    case supplement = "SUPPLEMENT"

    /// The same in the API's words.
    public var billingReason: BillingReason {
        switch self {
        case .start: .subscriptionCreation
        case .renewal, .usageMonth: .billingCycle
        case .change, .end: .subscriptionUpdate
        case .supplement: .other
        }
    }
}

/// Why an invoice was made, in the API's words.
public enum BillingReason: String, WireEnum {
    case billingCycle = "BILLING_CYCLE"
    case subscriptionCreation = "SUBSCRIPTION_CREATION"
    case subscriptionUpdate = "SUBSCRIPTION_UPDATE"
    case manual = "MANUAL"
    case minimumInvoiceAmountExceeded = "MINIMUM_INVOICE_AMOUNT_EXCEEDED"
    case other = "OTHER"
}
