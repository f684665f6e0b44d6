/// Recomputes usage from stored events and reports, credits from their ledger, and invoices from their terms, and compares.
public enum Verify: ClientOperation {
    public typealias Input = Nothing
    public struct Output: Shaped {
        public var ok: Bool
        public var meters: Int64
        public var events: Int64
        public var totals: Int64
        public var counters: Int64
        public var wallets: Int64
        public var creditGrants: Int64
        public var ledgerRows: Int64
        public var invoices: Int64
        public var meteredWindows: Int64
        public var differences: [String]
        public var differenceCount: Int64
        public var filling: [String]
        public var sealedWindows: Int64
        public var notBilled: [NotBilled]
        public var unsubscribed: String?

        public init(
            ok: Bool, meters: Int64, events: Int64, totals: Int64, counters: Int64, wallets: Int64,
            creditGrants: Int64, ledgerRows: Int64, invoices: Int64, meteredWindows: Int64, differences: [String],
            differenceCount: Int64, filling: [String], sealedWindows: Int64, notBilled: [NotBilled],
            unsubscribed: String? = nil
        ) {
            self.ok = ok
            self.meters = meters
            self.events = events
            self.totals = totals
            self.counters = counters
            self.wallets = wallets
            self.creditGrants = creditGrants
            self.ledgerRows = ledgerRows
            self.invoices = invoices
            self.meteredWindows = meteredWindows
            self.differences = differences
            self.differenceCount = differenceCount
            self.filling = filling
            self.sealedWindows = sealedWindows
            self.notBilled = notBilled
            self.unsubscribed = unsubscribed
        }

        public static let shape = Shape(
            required("ok", \.ok, .boolean, "Whether everything agrees."),
            required("meters", \.meters, .count, "Meters that were recomputed."),
            required("events", \.events, .count, "Stored events."),
            required("totals", \.totals, .count, "Totals of meters."),
            required("counters", \.counters, .count, "Counters of reported usage."),
            required("wallets", \.wallets, .count, "Credit wallets."),
            required("creditGrants", \.creditGrants, .count, "Their grants."),
            required("ledgerRows", \.ledgerRows, .count, "Their movements."),
            required("invoices", \.invoices, .count, "Final invoices."),
            required("meteredWindows", \.meteredWindows, .count, "Metered time that they bill."),
            required(
                "differences", \.differences, .list(of: .anyText, "texts", 0...OperatorPaging.itemsMax),
                "The first of them."),
            required("differenceCount", \.differenceCount, .count, "How many."),
            required(
                "filling", \.filling, .list(of: .anyText, "texts", 0...OperatorPaging.itemsMax),
                "Features left out: their meters are being filled in."),
            required(
                "sealedWindows", \.sealedWindows, .count,
                "Windows whose number and hash of events were compared with those that are stored."),
            required(
                "notBilled", \.notBilled, .list(of: .object("kind of usage"), "kinds", 0...20),
                "Usage that is on no invoice, by why."),
            optional(
                "unsubscribed", \.unsubscribed, .anyText,
                "The first whose usage of a priced feature no subscription bills."),
            make: Self.init)
    }

    /// Usage that is not billed.
    public struct NotBilled: Shaped {
        public var reason: String
        public var subjects: Int64

        public init(reason: String, subjects: Int64) {
            self.reason = reason
            self.subjects = subjects
        }

        public static let shape = Shape(
            required(
                "reason", \.reason, .anyText,
                "TRIAL, FREE_PLAN, NO_PRICE, BEFORE_IMPORT, BEFORE_DATED_BACK_START, NO_SUBSCRIPTION or CREDITS."),
            required("subjects", \.subjects, .count, "Features of customers, or of their resources, with such usage."),
            make: Self.init)
    }

    public static let row = OperationRow(
        operator: .verify, of: Self.self,
        summary:
            "Recomputes usage from stored events and reports, credits from their ledger, and invoices from their terms.",
        effect: .read, isStream: true,
        example: OperationRow.Example([:]))
}
