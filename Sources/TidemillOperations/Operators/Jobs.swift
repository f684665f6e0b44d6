public import TidemillCore

/// What the scripts declare to run.
public enum ListJobs: ClientOperation {
    public typealias Input = Nothing
    public typealias Output = AllOf<JobEntry>

    public static let row = OperationRow(
        operator: .listJobs, of: Self.self,
        summary:
            "Jobs, grant rules and recharge policies of the scripts: what starts them, their next and last run, what fails.",
        effect: .read,
        example: OperationRow.Example([:]))
}

/// Enters a run that is due now.
public enum FireJob: ClientOperation {
    public struct Input: Shaped {
        public var job: String
        public var event: Payload?
        public var reason: String?

        public static let shape = Shape(
            required("job", \.job, .text(1...255), "Its name."),
            optional("event", \.event, .anything, "The event that it sees."),
            optional("reason", \.reason, .reason, "Why, for the audit."),
            make: Self.init)
    }

    public typealias Output = RunNote

    public static let row = OperationRow(
        operator: .fireJob, of: Self.self,
        summary: "Has one job or grant rule run now: a worker takes it.",
        effect: .write, errors: [.noSuchJob],
        example: OperationRow.Example(["job": "nightly", "event": ["customerId": "customer-acme"]]))
}

/// A job, grant rule or recharge policy, and how it stands.
public struct JobEntry: Shaped, Listed {
    public var kind: String
    public var name: String
    public var place: String
    public var starts: String
    public var enabled: Bool
    public var waiting: Int64
    public var failed: Int64
    public var failing: Int64
    public var lastError: JobError?
    public var nextTry: Timestamp?
    public var next: Timestamp?
    public var paused: String?
    public var last: RunEntry?
    public var lastDecision: RechargeEntry?

    public init(
        kind: String, name: String, place: String, starts: String, enabled: Bool, waiting: Int64, failed: Int64,
        failing: Int64, lastError: JobError? = nil, nextTry: Timestamp? = nil, next: Timestamp? = nil,
        paused: String? = nil, last: RunEntry? = nil, lastDecision: RechargeEntry? = nil
    ) {
        self.kind = kind
        self.name = name
        self.place = place
        self.starts = starts
        self.enabled = enabled
        self.waiting = waiting
        self.failed = failed
        self.failing = failing
        self.lastError = lastError
        self.nextTry = nextTry
        self.next = next
        self.paused = paused
        self.last = last
        self.lastDecision = lastDecision
    }

    public static let shape = Shape(
        required("kind", \.kind, .anyText, "job, grant or recharge."),
        required("name", \.name, .anyText, "Its name."),
        required("place", \.place, .anyText, "Where it is declared."),
        required("starts", \.starts, .anyText, "Its schedule or trigger in words."),
        required("enabled", \.enabled, .boolean, "Whether it is switched on."),
        required("waiting", \.waiting, .count, "Runs that wait or are under way."),
        required("failed", \.failed, .count, "Runs that failed for good."),
        required("failing", \.failing, .count, "Failures in a row."),
        optional("lastError", \.lastError, .object("job error"), "Why it failed last, while it fails."),
        optional("nextTry", \.nextTry, .timestamp, "When the failed run is tried again."),
        optional("next", \.next, .timestamp, "Its next slot."),
        optional("paused", \.paused, .anyText, "Why it is paused."),
        optional("last", \.last, .object("run"), "Its last run that began."),
        optional("lastDecision", \.lastDecision, .object("decision"), "What a recharge policy decided last."),
        make: Self.init)

    public static let singular = "job"
    public static let plural = "jobs"
}

/// The last failure of a job.
public struct JobError: Shaped {
    public var runID: String
    public var code: String?
    public var message: String?

    public init(runID: String, code: String? = nil, message: String? = nil) {
        self.runID = runID
        self.code = code
        self.message = message
    }

    public static let shape = Shape(
        required("runId", \.runID, .anyText, "The run that failed last."),
        optional("code", \.code, .anyText, "Why, for programs."),
        optional("message", \.message, .anyText, "Why, for people."),
        make: Self.init)
}
