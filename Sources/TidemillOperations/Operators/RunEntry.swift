public import TidemillCore

/// One execution of a job or grant rule.
public struct RunEntry: Shaped, Listed {
    public var id: String
    public var kind: String
    public var name: String
    public var state: RunState
    public var attempt: Int64
    public var failures: Int64
    public var scheduledAt: Timestamp
    public var createdAt: Timestamp
    public var trigger: RunCause
    public var dueAt: Timestamp?
    public var customerID: String?
    public var startedAt: Timestamp?
    public var endedAt: Timestamp?
    public var scriptVersion: String?
    public var code: String?
    public var message: String?
    public var result: Payload?
    public var attempts: [RunAttemptEntry]?
    public var journal: [RunStepEntry]?
    public var grants: [RuleGrantEntry]?

    public init(
        id: String, kind: String, name: String, state: RunState, attempt: Int64, failures: Int64,
        scheduledAt: Timestamp, createdAt: Timestamp, trigger: RunCause, dueAt: Timestamp? = nil,
        customerID: String? = nil, startedAt: Timestamp? = nil, endedAt: Timestamp? = nil,
        scriptVersion: String? = nil, code: String? = nil, message: String? = nil, result: Payload? = nil,
        attempts: [RunAttemptEntry]? = nil, journal: [RunStepEntry]? = nil, grants: [RuleGrantEntry]? = nil
    ) {
        self.id = id
        self.kind = kind
        self.name = name
        self.state = state
        self.attempt = attempt
        self.failures = failures
        self.scheduledAt = scheduledAt
        self.createdAt = createdAt
        self.trigger = trigger
        self.dueAt = dueAt
        self.customerID = customerID
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.scriptVersion = scriptVersion
        self.code = code
        self.message = message
        self.result = result
        self.attempts = attempts
        self.journal = journal
        self.grants = grants
    }

    public static let shape = Shape(
        required("id", \.id, .anyText, "Its id."),
        required("kind", \.kind, .anyText, "job or grant."),
        required("name", \.name, .anyText, "The job or grant rule."),
        required("state", \.state, .choice, "How it stands."),
        required("attempt", \.attempt, .count, "From 1 on; 0 before the first."),
        required("failures", \.failures, .count, "Attempts that failed."),
        required("scheduledAt", \.scheduledAt, .timestamp, "Its slot; for others, when it was made due."),
        required("createdAt", \.createdAt, .timestamp, "When it was entered."),
        required("trigger", \.trigger, .object("run cause"), "What started it."),
        optional("dueAt", \.dueAt, .timestamp, "When it is to start, where it waits."),
        optional("customerId", \.customerID, .anyText, "Whom its trigger names."),
        optional("startedAt", \.startedAt, .timestamp, "When it began."),
        optional("endedAt", \.endedAt, .timestamp, "When it ended."),
        optional("scriptVersion", \.scriptVersion, .anyText, "Of its last attempt."),
        optional("code", \.code, .anyText, "Why it failed, for programs."),
        optional("message", \.message, .anyText, "Why it failed, for people."),
        optional("result", \.result, .anything, "What the function returned."),
        optional(
            "attempts", \.attempts, .list(of: .object("run attempt"), "run attempts", 0...OperatorPaging.itemsMax),
            "Given by getRun."),
        optional(
            "journal", \.journal, .list(of: .object("run step"), "run steps", 0...OperatorPaging.itemsMax),
            "Every step, given by getRun."),
        optional(
            "grants", \.grants, .list(of: .object("rule grant"), "rule grants", 0...OperatorPaging.itemsMax),
            "What a grant rule granted, given by getRun."),
        make: Self.init)

    public static let singular = "run"
    public static let plural = "runs"
}

/// What started a run.
public struct RunCause: Shaped {
    public var kind: String
    public var cause: String
    public var event: Payload
    public var causedAt: Timestamp
    public var depth: Int64
    public var file: String?

    public init(kind: String, cause: String, event: Payload, causedAt: Timestamp, depth: Int64, file: String? = nil) {
        self.kind = kind
        self.cause = cause
        self.event = event
        self.causedAt = causedAt
        self.depth = depth
        self.file = file
    }

    public static let shape = Shape(
        required("kind", \.kind, .anyText, "schedule, webhook, event, document, later or fire."),
        required("cause", \.cause, .anyText, "Names it for good."),
        required("event", \.event, .anything, "What the script sees; null for a schedule."),
        required("causedAt", \.causedAt, .timestamp, "When."),
        required("depth", \.depth, .count, "The causes behind it."),
        optional("file", \.file, .anyText, "The name of a document."),
        make: Self.init)
}

/// One attempt of a run.
public struct RunAttemptEntry: Shaped {
    public var attempt: Int64
    public var startedAt: Timestamp
    public var endedAt: Timestamp
    public var outcome: String
    public var code: String?
    public var message: String?
    public var scriptVersion: String?

    public init(
        attempt: Int64, startedAt: Timestamp, endedAt: Timestamp, outcome: String, code: String? = nil,
        message: String? = nil, scriptVersion: String? = nil
    ) {
        self.attempt = attempt
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.outcome = outcome
        self.code = code
        self.message = message
        self.scriptVersion = scriptVersion
    }

    public static let shape = Shape(
        required("attempt", \.attempt, .count, "From 1 on."),
        required("startedAt", \.startedAt, .timestamp, "When it began."),
        required("endedAt", \.endedAt, .timestamp, "When it ended."),
        required("outcome", \.outcome, .anyText, "What it came to."),
        optional("code", \.code, .anyText, "Why it failed, for programs."),
        optional("message", \.message, .anyText, "Why it failed, for people."),
        optional("scriptVersion", \.scriptVersion, .anyText, "The scripts it ran under."),
        make: Self.init)
}

/// One step of a run's journal.
public struct RunStepEntry: Shaped {
    public var segment: Int64
    public var number: Int64
    public var name: String
    public var arguments: Payload
    public var isWrite: Bool
    public var attempt: Int64
    public var at: Timestamp
    public var answer: Payload?
    public var error: Payload?
    public var sentAt: Timestamp?

    public init(
        segment: Int64, number: Int64, name: String, arguments: Payload, isWrite: Bool, attempt: Int64, at: Timestamp,
        answer: Payload? = nil, error: Payload? = nil, sentAt: Timestamp? = nil
    ) {
        self.segment = segment
        self.number = number
        self.name = name
        self.arguments = arguments
        self.isWrite = isWrite
        self.attempt = attempt
        self.at = at
        self.answer = answer
        self.error = error
        self.sentAt = sentAt
    }

    public static let shape = Shape(
        required("segment", \.segment, .count, "The checkpoints before it."),
        required("number", \.number, .count, "From 1 on."),
        required("name", \.name, .anyText, "What was asked."),
        required("arguments", \.arguments, .anything, "With what."),
        required("isWrite", \.isWrite, .boolean, "Whether it changed something."),
        required("attempt", \.attempt, .count, "The attempt that did it."),
        required("at", \.at, .timestamp, "When."),
        optional("answer", \.answer, .anything, "The answer."),
        optional("error", \.error, .anything, "The error."),
        optional("sentAt", \.sentAt, .timestamp, "When it was sent to Stigg, which has not answered."),
        make: Self.init)
}

/// What a grant rule granted.
public struct RuleGrantEntry: Shaped {
    public var customerID: String
    public var rule: String
    public var key: String
    public var state: String
    public var kind: String
    public var fields: Payload
    public var createdAt: Timestamp
    public var answer: Payload?
    public var message: String?
    public var madeAt: Timestamp?

    public init(
        customerID: String, rule: String, key: String, state: String, kind: String, fields: Payload,
        createdAt: Timestamp, answer: Payload? = nil, message: String? = nil, madeAt: Timestamp? = nil
    ) {
        self.customerID = customerID
        self.rule = rule
        self.key = key
        self.state = state
        self.kind = kind
        self.fields = fields
        self.createdAt = createdAt
        self.answer = answer
        self.message = message
        self.madeAt = madeAt
    }

    public static let shape = Shape(
        required("customerId", \.customerID, .anyText, "Who got it."),
        required("rule", \.rule, .anyText, "The grant rule."),
        required("key", \.key, .anyText, "What it is granted once for."),
        required("state", \.state, .anyText, "waiting, made, kept or failed."),
        required("kind", \.kind, .anyText, "credits or entitlements."),
        required("fields", \.fields, .anything, "What was granted."),
        required("createdAt", \.createdAt, .timestamp, "When it was decided."),
        optional("answer", \.answer, .anything, "What the operation answered."),
        optional("message", \.message, .anyText, "Why it failed."),
        optional("madeAt", \.madeAt, .timestamp, "When it was made."),
        make: Self.init)
}
