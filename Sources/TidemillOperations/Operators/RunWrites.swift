/// Tries a run again now that failed, was cancelled or quarantined, or waits for its next attempt.
public enum RetryRun: ClientOperation {
    public struct Input: Shaped {
        public var id: String
        public var reason: String?

        public static let shape = Shape(
            required("id", \.id, .text(1...512), "Its id, or the beginning of it.", aliases: ["runId"]),
            optional("reason", \.reason, .reason, "Why, for the audit."),
            make: Self.init)
    }

    public typealias Output = RunNote

    public static let row = OperationRow(
        operator: .retryRun, of: Self.self,
        summary: "Tries a run again now that failed, was cancelled or quarantined, or waits for its next attempt.",
        effect: .write, errors: [.notFound, .notRetriable],
        example: OperationRow.Example(OperatorExample.run))
}

/// Lets a run go on that asked Stigg for something and never learnt what came of it: a person has looked there.
public enum ResolveRun: ClientOperation {
    public enum Resolution: String, WireEnum {
        case done = "DONE"
        case retry = "RETRY"
    }

    public struct Input: Shaped {
        public var id: String
        public var resolution: Resolution
        public var answer: Payload?
        public var reason: String?

        public static let shape = Shape(
            required("id", \.id, .text(1...512), "Its id, or the beginning of it.", aliases: ["runId"]),
            required(
                "resolution", \.resolution, .choice,
                "DONE where it was performed there, RETRY where it was not: then it is asked for again."),
            optional("answer", \.answer, .anything, "With DONE: what the script gets for it; {} when left out."),
            optional("reason", \.reason, .reason, "Why, for the audit."),
            make: Self.init,
            check: { (input, path) throws(InputProblem) in
                guard input.answer == nil || input.resolution == .done else {
                    throw InputProblem([
                        "'\(path.member("answer"))' goes with DONE: what is asked for again is answered by Stigg"
                    ])
                }
            })
    }

    public typealias Output = RunNote

    public static let row = OperationRow(
        operator: .resolveRun, of: Self.self,
        summary: "Lets a parked run go on: what it asked Stigg for was performed there, or was not.",
        effect: .write, errors: [.notFound, .notResolvable],
        example: OperationRow.Example(OperatorExample.parkedRun.adding("resolution", "DONE")))
}

/// Ends a run that waits: it is not tried again.
public enum CancelRun: ClientOperation {
    public struct Input: Shaped {
        public var id: String
        public var reason: String

        public static let shape = Shape(
            required("id", \.id, .text(1...512), "Its id, or the beginning of it.", aliases: ["runId"]),
            required("reason", \.reason, .reason, "Why, for whoever finds it."),
            make: Self.init)
    }

    public typealias Output = RunNote

    public static let row = OperationRow(
        operator: .cancelRun, of: Self.self,
        summary: "Ends a run that waits: it is not tried again.",
        effect: .write, errors: [.notFound, .notCancellable],
        example: OperationRow.Example(OperatorExample.waitingRun.adding("reason", "sent twice")))
}

/// A run that a person did something to.
public struct RunNote: Shaped {
    public var runID: String
    public var state: RunState

    public init(runID: String, state: RunState) {
        self.runID = runID
        self.state = state
    }

    public static let shape = Shape(
        required("runId", \.runID, .anyText, "The run."),
        required("state", \.state, .choice, "What it is now."),
        make: Self.init)
}
