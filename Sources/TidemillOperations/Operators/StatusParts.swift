public import TidemillCore

/// Auto-recharge.
public struct RechargeReport: Shaped {
    public var enabled: Int64
    public var open: TextMap<Int64>
    public var capped: Int64
    public var idle: Int64
    public var clock: String?
    public var policiesFailing: Int64
    public var failing: [FailingPolicyEntry]
    public var stuck: [StuckRechargeEntry]

    public init(
        enabled: Int64, open: TextMap<Int64>, capped: Int64, idle: Int64 = 0, clock: String? = nil,
        policiesFailing: Int64,
        failing: [FailingPolicyEntry], stuck: [StuckRechargeEntry]
    ) {
        self.enabled = enabled
        self.open = open
        self.capped = capped
        self.idle = idle
        self.clock = clock
        self.policiesFailing = policiesFailing
        self.failing = failing
        self.stuck = stuck
    }

    public static let shape = Shape(
        required("enabled", \.enabled, .count, "Wallets that may be recharged."),
        required("open", \.open, .counts, "Purchases under way, by state."),
        required("capped", \.capped, .count, "Wallets at their cap."),
        defaulted("idle", \.idle, .count, to: 0, "Wallets that nobody has used since their last recharge."),
        required("clock", \.clock, .orNull(.anyText), "Why the clock is not believed."),
        required("policiesFailing", \.policiesFailing, .count, "Wallets whose policy fails."),
        required(
            "failing", \.failing, .list(of: .object("failing policy"), "failing policies", 0...OperatorPaging.itemsMax),
            "The first of them."),
        required(
            "stuck", \.stuck, .list(of: .object("stuck recharge"), "stuck recharges", 0...OperatorPaging.itemsMax),
            "Purchases that do not end by themselves."),
        make: Self.init)
}

/// A wallet whose policy cannot decide.
public struct FailingPolicyEntry: Shaped {
    public var customerID: String
    public var currencyID: String
    public var policy: String
    public var scriptVersion: String
    public var at: Timestamp
    public var message: String

    public init(
        customerID: String, currencyID: String, policy: String, scriptVersion: String, at: Timestamp, message: String
    ) {
        self.customerID = customerID
        self.currencyID = currencyID
        self.policy = policy
        self.scriptVersion = scriptVersion
        self.at = at
        self.message = message
    }

    public static let shape = Shape(
        required("customerId", \.customerID, .anyText, "Whose wallet."),
        required("currencyId", \.currencyID, .anyText, "The credit currency."),
        required("policy", \.policy, .anyText, "The policy."),
        required("scriptVersion", \.scriptVersion, .anyText, "Its scripts."),
        required("at", \.at, .timestamp, "When it failed last."),
        required("message", \.message, .anyText, "Why."),
        make: Self.init)
}

/// A purchase that a person should look at.
public struct StuckRechargeEntry: Shaped {
    public var customerID: String
    public var currencyID: String
    public var state: String
    public var since: Timestamp
    public var detail: String?

    public init(customerID: String, currencyID: String, state: String, since: Timestamp, detail: String? = nil) {
        self.customerID = customerID
        self.currencyID = currencyID
        self.state = state
        self.since = since
        self.detail = detail
    }

    public static let shape = Shape(
        required("customerId", \.customerID, .anyText, "Whose wallet."),
        required("currencyId", \.currencyID, .anyText, "The credit currency."),
        required("state", \.state, .anyText, "stopped, charging or pending."),
        required("since", \.since, .timestamp, "Since when."),
        required("detail", \.detail, .orNull(.anyText), "Why."),
        make: Self.init)
}

/// Runs and schedules.
public struct RunReport: Shaped {
    public var waiting: Int64
    public var running: Int64
    public var done: Int64
    public var failed: Int64
    public var cancelled: Int64
    public var skipped: Int64
    public var quarantined: Int64
    public var parked: Int64
    public var waitingGrants: Int64
    public var unwrittenMessages: Int64
    public var failing: [FailingJobEntry]
    public var cutOffEvents: Int64
    public var lastTick: Timestamp?
    public var oldestDue: Timestamp?

    public init(
        waiting: Int64, running: Int64, done: Int64, failed: Int64, cancelled: Int64, skipped: Int64,
        quarantined: Int64, parked: Int64, waitingGrants: Int64, unwrittenMessages: Int64, failing: [FailingJobEntry],
        cutOffEvents: Int64, lastTick: Timestamp? = nil, oldestDue: Timestamp? = nil
    ) {
        self.waiting = waiting
        self.running = running
        self.done = done
        self.failed = failed
        self.cancelled = cancelled
        self.skipped = skipped
        self.quarantined = quarantined
        self.parked = parked
        self.waitingGrants = waitingGrants
        self.unwrittenMessages = unwrittenMessages
        self.failing = failing
        self.cutOffEvents = cutOffEvents
        self.lastTick = lastTick
        self.oldestDue = oldestDue
    }

    public static let shape = Shape(
        required("waiting", \.waiting, .count, "Runs in this state."),
        required("running", \.running, .count, "Runs in this state."),
        required("done", \.done, .count, "Runs in this state."),
        required("failed", \.failed, .count, "Runs in this state."),
        required("cancelled", \.cancelled, .count, "Runs in this state."),
        required("skipped", \.skipped, .count, "Runs in this state."),
        required("quarantined", \.quarantined, .count, "Runs in this state."),
        required("parked", \.parked, .count, "Runs in this state."),
        required("waitingGrants", \.waitingGrants, .count, "Grants that wait for their customer."),
        required("unwrittenMessages", \.unwrittenMessages, .count, "Emitted messages without a file yet."),
        required(
            "failing", \.failing, .list(of: .object("failing job"), "failing jobs", 0...OperatorPaging.itemsMax),
            "Jobs that failed twice in a row or more."),
        required("cutOffEvents", \.cutOffEvents, .count, "Events with too many causes behind them."),
        optional("lastTick", \.lastTick, .timestamp, "When the schedules were looked at last."),
        optional("oldestDue", \.oldestDue, .timestamp, "The oldest run that is due."),
        make: Self.init)
}

/// A job or grant rule that fails.
public struct FailingJobEntry: Shaped {
    public var kind: String
    public var name: String
    public var failing: Int64
    public var lastError: JobError
    public var nextTry: Timestamp?

    public init(kind: String, name: String, failing: Int64, lastError: JobError, nextTry: Timestamp? = nil) {
        self.kind = kind
        self.name = name
        self.failing = failing
        self.lastError = lastError
        self.nextTry = nextTry
    }

    public static let shape = Shape(
        required("kind", \.kind, .anyText, "job or grant."),
        required("name", \.name, .anyText, "Its name."),
        required("failing", \.failing, .count, "Failures in a row."),
        required("lastError", \.lastError, .object("job error"), "The last one."),
        optional("nextTry", \.nextTry, .timestamp, "When it is tried again."),
        make: Self.init)
}
