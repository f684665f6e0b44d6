public import TidemillCore

/// Stops something until it is resumed. The first pause counts: a second one answers what is in force.
public enum SetPause: ClientOperation {
    public struct Input: Shaped {
        public var target: PauseTarget
        public var job: String?
        public var reason: String

        public static let shape = Shape(
            required("target", \.target, .choice, "What of the worker, or one job."),
            optional("job", \.job, .text(1...255), "The job or grant rule, where the target is job."),
            required("reason", \.reason, .reason, "Why, for whoever finds it."),
            make: Self.init, check: check)

        static func check(_ input: Self, _ path: FieldPath) throws(InputProblem) {
            try input.target.check(job: input.job)
        }
    }

    public typealias Output = PauseEntry

    public static let row = OperationRow(
        operator: .pause, of: Self.self,
        summary: "Pauses a part of the worker, or one job or grant rule: within a second, and until resumed.",
        effect: .write, errors: [.noSuchJob],
        example: OperationRow.Example(["target": "ingest", "reason": "month end"]))
}

/// Ends a pause. Deliveries that the brake held go on in spite of it; to resume the clock says that it is right.
public enum EndPause: ClientOperation {
    public struct Input: Shaped {
        public var target: PauseTarget
        public var job: String?
        public var reason: String?

        public static let shape = Shape(
            required("target", \.target, .choice, "What of the worker, or one job."),
            optional("job", \.job, .text(1...255), "The job or grant rule, where the target is job."),
            optional("reason", \.reason, .reason, "Why, for the audit."),
            make: Self.init, check: check)

        static func check(_ input: Self, _ path: FieldPath) throws(InputProblem) {
            try input.target.check(job: input.job)
        }
    }

    public struct Output: Shaped {
        public var name: String
        public var wasPaused: Bool
        public var waitingCommands: [String]
        public var waitsFor: String?

        public init(name: String, wasPaused: Bool, waitingCommands: [String], waitsFor: String? = nil) {
            self.name = name
            self.wasPaused = wasPaused
            self.waitingCommands = waitingCommands
            self.waitsFor = waitsFor
        }

        public static let shape = Shape(
            required("name", \.name, .anyText, "What was paused."),
            required("wasPaused", \.wasPaused, .boolean, "Whether it was."),
            required(
                "waitingCommands", \.waitingCommands, .list(of: .anyText, "texts", 0...OperatorPaging.itemsMax),
                "Files that wait for their `tidemill ingest` to be repeated."),
            optional("waitsFor", \.waitsFor, .anyText, "Why recharges wait all the same: the clock is in doubt."),
            make: Self.init)
    }

    public static let row = OperationRow(
        operator: .resume, of: Self.self,
        summary: "Lets a part of the worker, or one job or grant rule, go on.",
        effect: .write, errors: [.noSuchJob],
        example: OperationRow.Example(["target": "ingest"]))
}

/// What is paused.
public enum ListPauses: ClientOperation {
    public typealias Input = Nothing
    public typealias Output = AllOf<PauseEntry>

    public static let row = OperationRow(
        operator: .listPauses, of: Self.self,
        summary: "What is paused, by whom and why.",
        effect: .read,
        example: OperationRow.Example([:]))
}

/// Something that is stopped until it is resumed.
public struct PauseEntry: Shaped, Listed {
    public var name: String
    public var reason: String
    public var pausedBy: String
    public var pausedAt: Timestamp
    public var wasPaused: Bool?

    public init(name: String, reason: String, pausedBy: String, pausedAt: Timestamp, wasPaused: Bool? = nil) {
        self.wasPaused = wasPaused
        self.name = name
        self.reason = reason
        self.pausedBy = pausedBy
        self.pausedAt = pausedAt
    }

    public static let shape = Shape(
        required("name", \.name, .anyText, "A part of the worker, or a job or grant rule."),
        required("reason", \.reason, .anyText, "Why."),
        required("pausedBy", \.pausedBy, .anyText, "By whom."),
        required("pausedAt", \.pausedAt, .timestamp, "When."),
        optional(
            "wasPaused", \.wasPaused, .boolean,
            "In the answer of pause: whether it was already, so that by whom and why are those of then."),
        make: Self.init)

    public static let singular = "pause"
    public static let plural = "pauses"
}

/// What can be paused. No job has one of these names.
public enum PauseTarget: String, WireEnum {
    case ingest, recharge, grants, billing, clock, job

    /// The parts of the worker: `job` stands for one by its name.
    public static let parts = allCases.filter { $0 != .job }

    func check(job: String?) throws(InputProblem) {
        guard (self == .job) == (job != nil) else {
            throw InputProblem([
                job == nil ? "'job' is required where 'target' is job" : "'job' goes with the target job only"
            ])
        }
    }
}
