public import TidemillCore

/// What a new subscription or a change costs: what is due now, and what each period costs from then on.
public struct SubscriptionQuote: Sendable {
    public let currency: String
    /// Due now; without lines where nothing is.
    public let due: Invoice
    /// What is put off until the next invoice.
    public let putOff: [QuoteLine]
    /// What a change of currency gives back and closes in the currency that is left.
    public let left: Invoice?
    /// What the next renewal costs in advance.
    public let recurring: Invoice
    /// Whether anything comes again: a free plan has no recurring invoice.
    public let recurs: Bool
    /// The period that runs after the change.
    public let period: BillingRange
    public let proration: Proration
    /// What `due`, or what is left in another currency, gives back beyond what it charges for time.
    public let excess: Amount
    /// What of `due` goes to the floor under usage.
    public let minimumSpendAdjustment: Amount
    /// Whether the change waits for the period's end.
    public let isScheduled: Bool
    /// What was charged for the period that runs then.
    public let paid: PaidPeriod
}
