public import TidemillCore

/// Puts stored events through the rules of now, or of an earlier version.
public enum ReprocessEvents: ClientOperation {
    public struct Input: Ranged {
        public var delivery: String?
        public var customerID: CustomerID?
        public var eventName: String?
        public var from: Timestamp?
        public var to: Timestamp?
        public var scriptVersion: String?
        public var apply: Bool
        public var reason: String?

        public static let shape = Shape(
            optional(
                "delivery", \.delivery, .deliveryID, "Only events of this delivery; of a voided one they count again."),
            optional(
                "customerId", \.customerID, .customerID, "Only events that name this customer, or were moved to it."),
            optional("eventName", \.eventName, .text(1...255), "Only events that were delivered with this name."),
            optional("from", \.from, .timestamp, "Only events of that instant or later."),
            optional("to", \.to, .timestamp, "Only events before that instant."),
            optional(
                "scriptVersion", \.scriptVersion, .text(1...64),
                "The hash of a script version, or the beginning of it; the scripts of now when left out."),
            defaulted("apply", \.apply, .boolean, to: false, "Do it; otherwise what it would come to is told."),
            optional("reason", \.reason, .reason, "Why, for whoever looks at it later; required with `apply`."),
            make: Self.init, check: check)

        private static func check(_ input: Self, _ path: FieldPath) throws(InputProblem) {
            try checkRange(input, path)
            guard input.apply, input.reason == nil else { return }
            throw InputProblem(["'reason' is missing: say why, with 'apply'"])
        }
    }

    public typealias Output = ReprocessEntry

    public static let row = OperationRow(
        operator: .reprocessEvents, of: Self.self,
        summary:
            "Puts stored events through the rules of now, or of an earlier version, and tells or makes the difference.",
        effect: .write, isStream: true, errors: [.notFound, .cannotReprocess],
        example: OperationRow.Example(["customerId": "customer-acme", "eventName": "llm.inference"]))
}

/// What was reprocessed, the newest first.
public enum ListReprocesses: ClientOperation {
    public struct Input: ListInput {
        public var limit: Int64
        public var after: Cursor?

        public static let shape = Shape(limitField(\.limit), afterField(\.after), make: Self.init)
    }

    public typealias Output = Listing<ReprocessEntry>

    public static let row = OperationRow(
        operator: .listReprocesses, of: Self.self, summary: "What was reprocessed, the newest first.",
        effect: .read, example: OperationRow.Example(["limit": 10]))
}

/// One of them, with the difference that it made.
public enum GetReprocess: ClientOperation {
    public struct Input: Shaped {
        public var id: String

        public static let shape = Shape(
            required("id", \.id, .text(1...64), "Its id, from listReprocesses."), make: Self.init)
    }

    public typealias Output = ReprocessEntry

    public static let row = OperationRow(
        operator: .getReprocess, of: Self.self, summary: "What was reprocessed by one order, and the difference.",
        effect: .read, errors: [.notFound], example: OperationRow.Example(OperatorExample.reprocess))
}

/// An order to put stored events through the rules again, and what it comes to.
public struct ReprocessEntry: Shaped, Listed {
    public enum State: String, WireEnum {
        /// Nothing was changed.
        case dryRun = "DRY_RUN"
        /// It is at work, or was interrupted.
        case open = "OPEN"
        case done = "DONE"
    }

    public var state: State
    public var scriptVersion: String
    public var selection: ReprocessedSelection
    public var counts: ReprocessedCounts
    public var usage: [ReprocessedUsage]
    public var usageCount: Int64
    public var credits: [ReprocessedCredits]
    public var creditsCount: Int64
    public var invoices: [ReprocessedLine]
    public var invoicesCount: Int64
    public var id: String?
    public var reason: String?
    public var askedAt: Timestamp?
    public var askedBy: String?
    public var finishedAt: Timestamp?

    public init(
        state: State, scriptVersion: String, selection: ReprocessedSelection, counts: ReprocessedCounts,
        usage: [ReprocessedUsage], usageCount: Int64, credits: [ReprocessedCredits], creditsCount: Int64,
        invoices: [ReprocessedLine], invoicesCount: Int64, id: String?, reason: String?, askedAt: Timestamp?,
        askedBy: String?, finishedAt: Timestamp?
    ) {
        self.state = state
        self.scriptVersion = scriptVersion
        self.selection = selection
        self.counts = counts
        self.usage = usage
        self.usageCount = usageCount
        self.credits = credits
        self.creditsCount = creditsCount
        self.invoices = invoices
        self.invoicesCount = invoicesCount
        self.id = id
        self.reason = reason
        self.askedAt = askedAt
        self.askedBy = askedBy
        self.finishedAt = finishedAt
    }

    public static let singular = "reprocess"
    public static let plural = "reprocesses"

    private static let rows = 0...1000

    public static let shape = Shape(
        required("state", \.state, .choice, "DRY_RUN: nothing was changed; OPEN: at work, or interrupted; DONE."),
        required("scriptVersion", \.scriptVersion, .anyText, "Whose rules."),
        required("selection", \.selection, .object("selection"), "Which events were meant."),
        required("counts", \.counts, .object("counts"), "What the events came to."),
        required(
            "usage", \.usage, .list(of: .object("usage"), "usages", rows), "Whose usage changes, the first of them."),
        required("usageCount", \.usageCount, .count, "How many customers and features."),
        required(
            "credits", \.credits, .list(of: .object("credits"), "credits", rows),
            "Whose credits change, the first of them."),
        required("creditsCount", \.creditsCount, .count, "How many wallets."),
        required(
            "invoices", \.invoices, .list(of: .object("line"), "lines", rows),
            "Drafts that come to other sums, and lines by which closed time is billed, of all usage that came late."),
        required("invoicesCount", \.invoicesCount, .count, "How many lines."),
        optional("id", \.id, .anyText, "By which it is named; nothing of a dry run."),
        optional("reason", \.reason, .anyText, "Why."),
        optional("askedAt", \.askedAt, .timestamp, "When."),
        optional("askedBy", \.askedBy, .anyText, "By whom."),
        optional("finishedAt", \.finishedAt, .timestamp, "When all was done."),
        make: Self.init)
}

/// Which events were meant.
public struct ReprocessedSelection: Shaped {
    public var delivery: String?
    public var customerID: String?
    public var eventName: String?
    public var from: Timestamp?
    public var to: Timestamp?

    public init(delivery: String?, customerID: String?, eventName: String?, from: Timestamp?, to: Timestamp?) {
        self.delivery = delivery
        self.customerID = customerID
        self.eventName = eventName
        self.from = from
        self.to = to
    }

    public static let shape = Shape(
        optional("delivery", \.delivery, .anyText, "Of this delivery."),
        optional("customerId", \.customerID, .anyText, "Of this customer."),
        optional("eventName", \.eventName, .anyText, "With this name."),
        optional("from", \.from, .timestamp, "Of that instant or later."),
        optional("to", \.to, .timestamp, "Before that instant."),
        make: Self.init)
}

/// What the events came to.
public struct ReprocessedCounts: Shaped {
    public var events: Int64
    public var unchanged: Int64
    public var changed: Int64
    public var newlyApplied: Int64
    public var noLongerApplied: Int64
    public var newlyRejected: Int64
    public var duplicate: Int64
    public var voided: Int64
    public var notKept: Int64

    public init(
        events: Int64, unchanged: Int64, changed: Int64, newlyApplied: Int64, noLongerApplied: Int64,
        newlyRejected: Int64, duplicate: Int64, voided: Int64, notKept: Int64
    ) {
        self.events = events
        self.unchanged = unchanged
        self.changed = changed
        self.newlyApplied = newlyApplied
        self.noLongerApplied = noLongerApplied
        self.newlyRejected = newlyRejected
        self.duplicate = duplicate
        self.voided = voided
        self.notKept = notKept
    }

    public static let shape = Shape(
        required("events", \.events, .count, "Events that were looked at: the next six together."),
        required("unchanged", \.unchanged, .count, "The rules make of them what they made."),
        required("changed", \.changed, .count, "They count as before in another form, or another filter drops them."),
        required("newlyApplied", \.newlyApplied, .count, "They did not count, and do."),
        required("noLongerApplied", \.noLongerApplied, .count, "They counted, and a filter drops them."),
        required("newlyRejected", \.newlyRejected, .count, "They had been taken, and are rejected."),
        required("duplicate", \.duplicate, .count, "They were rejected, and repeat what came since."),
        required("voided", \.voided, .count, "Left alone: of voided deliveries that were not named."),
        required(
            "notKept", \.notKept, .count,
            "Left alone: older than `events.keep`, as far as can be told; those that no meter counted are not known."),
        make: Self.init)
}

/// A customer's usage before and after.
public struct ReprocessedUsage: Shaped {
    public var customerID: String
    public var featureID: String
    public var resourceID: String?
    public var events: Int64
    public var before: Amount
    public var after: Amount

    public init(
        customerID: String, featureID: String, resourceID: String?, events: Int64, before: Amount, after: Amount
    ) {
        self.customerID = customerID
        self.featureID = featureID
        self.resourceID = resourceID
        self.events = events
        self.before = before
        self.after = after
    }

    public static let shape = Shape(
        required("customerId", \.customerID, .anyText, "Whose."),
        required("featureId", \.featureID, .anyText, "Of what."),
        optional("resourceId", \.resourceID, .anyText, "For which resource."),
        required("events", \.events, .count, "Events that changed."),
        required("before", \.before, .amount, "All that was used until now, as it was."),
        required("after", \.after, .amount, "As it is."),
        make: Self.init)
}

/// A balance before and after.
public struct ReprocessedCredits: Shaped {
    public var customerID: String
    public var currencyID: String
    public var resourceID: String?
    public var before: Amount
    public var after: Amount

    public init(customerID: String, currencyID: String, resourceID: String?, before: Amount, after: Amount) {
        self.customerID = customerID
        self.currencyID = currencyID
        self.resourceID = resourceID
        self.before = before
        self.after = after
    }

    public static let shape = Shape(
        required("customerId", \.customerID, .anyText, "Whose."),
        required("currencyId", \.currencyID, .anyText, "Of which credits."),
        optional("resourceId", \.resourceID, .anyText, "For which resource."),
        required("before", \.before, .amount, "The balance as it was."),
        required("after", \.after, .amount, "As it is."),
        make: Self.init)
}

/// A line by which closed time is billed anew.
public struct ReprocessedLine: Shaped {
    public var customerID: String
    public var payerID: String?
    public var invoiceID: String?
    public var subscriptionID: String?
    public var featureID: String?
    public var description: String?
    public var from: Timestamp?
    public var to: Timestamp?
    public var quantity: Amount?
    public var amount: Amount?
    public var currency: String?
    public var problem: String?

    public init(
        customerID: String, payerID: String?, invoiceID: String?, subscriptionID: String?, featureID: String?,
        description: String?, from: Timestamp?, to: Timestamp?, quantity: Amount?, amount: Amount?, currency: String?,
        problem: String?
    ) {
        self.customerID = customerID
        self.payerID = payerID
        self.invoiceID = invoiceID
        self.subscriptionID = subscriptionID
        self.featureID = featureID
        self.description = description
        self.from = from
        self.to = to
        self.quantity = quantity
        self.amount = amount
        self.currency = currency
        self.problem = problem
    }

    public static let shape = Shape(
        required("customerId", \.customerID, .anyText, "Who used it."),
        optional("payerId", \.payerID, .anyText, "Who pays."),
        optional("invoiceId", \.invoiceID, .anyText, "The invoice that billed that time."),
        optional("subscriptionId", \.subscriptionID, .anyText, "Whose time it was."),
        optional("featureId", \.featureID, .anyText, "Of what."),
        optional(
            "description", \.description, .anyText, "As the next invoice will have it; of a draft, what it came to."),
        optional("from", \.from, .timestamp, "From when."),
        optional("to", \.to, .timestamp, "Until when."),
        optional("quantity", \.quantity, .amount, "How many units."),
        optional("amount", \.amount, .amount, "What it costs; below zero: comes back."),
        optional("currency", \.currency, .anyText, "In which money."),
        optional("problem", \.problem, .anyText, "Why it cannot be told."),
        make: Self.init)
}
