public import TidemillCore
public import TidemillPricing

/// What the engine needs to know of the configuration: one value for all that works in the store, so that what time
/// changes comes out the same whoever notices it.
public struct EngineSettings: Sendable {
    /// How far ahead of its arrival usage may be dated: `events.max_future`.
    public var maxFutureSeconds: Int64
    /// Percentages of what was granted; what is left is announced when it falls to one: `alerts.credits_remaining`.
    public var creditsRemaining: [Int64] = [20, 10]
    /// Shares of a limit, in percent, that are announced when usage reaches them: `alerts.usage`.
    public var usageAlerts: [Int]
    /// The tax where a subscription has none of its own, and whether prices contain it: `billing`.
    public var tax: Tax?
    /// When an invoice for credits that says nothing else is due, from its making: `billing.invoice_due`.
    public var invoiceDueSeconds: Int64 = 30 * 86_400
    /// For how long usage still joins the invoice of a window that has ended: `billing.grace`.
    public var invoiceGraceSeconds: Int64 = 3600
    /// `events.dedupe_window`, seconds.
    public var dedupeWindow: Int64
    /// `events.keep`, seconds.
    public var keep: Int64
    /// Where the ids of new things come from.
    public var ids: IDSource
    /// How identities are kept; tests take small ones.
    var dedup = DedupSizes()
    /// All that changes by time alone.
    let timed: [any TimeDriven.Type]

    init(
        maxFutureSeconds: Int64, usageAlerts: [Int], dedupeWindow: Int64, keep: Int64, ids: IDSource,
        timed: [any TimeDriven.Type]
    ) {
        self.maxFutureSeconds = maxFutureSeconds
        self.usageAlerts = usageAlerts
        self.dedupeWindow = dedupeWindow
        self.keep = keep
        self.ids = ids
        self.timed = timed
    }
}

/// How runs of identities are made. A level never has more than `runsMax`: a merge of `fanout` is done before others fill
/// it up.
struct DedupSizes: Sendable {
    /// Entries of the tail that are sealed together.
    var sealAt = 1 << 18
    var fanout = 5
    var runsMax = 8
    /// So many entries are behind before a step is taken: each one changes pages that many entries share.
    var stepAt: Int { max(1, sealAt / 16) }
}
