public import TidemillCore
public import TidemillOperations

/// A run's id.
public struct RunID: Identifier {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// One execution of a job or of a grant rule, with its attempts: a row of `runs`.
public struct Run: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable {
        case job
        case grant
    }

    /// What a run waits for beside its time.
    public enum Turn: String, Sendable, CaseIterable {
        case none = ""
        /// Earlier runs of the same job and customer.
        case customer
        /// The runs of earlier slots.
        case slot
        /// All earlier runs of the same job.
        case all
    }

    public enum State: String, Sendable, CaseIterable {
        /// For its time, for its turn, or for its next attempt.
        case waiting
        case running
        case done
        /// No attempt is left, or none makes sense: a person may retry it.
        case failed
        case cancelled
        /// A slot that the run before it kept from starting.
        case skipped
        /// It ended the process again and again without getting on: a person may retry it.
        case quarantined
        /// It asked a service elsewhere for something, and nobody knows whether it was done: a person says it.
        case parked

        public var isEnded: Bool {
            switch self {
            case .waiting, .running: false
            case .done, .failed, .cancelled, .skipped, .quarantined, .parked: true
            }
        }
    }

    public var id: RunID
    /// Counts all runs in the order of their causes.
    public var sequence: Int64
    public var kind: Kind
    /// The job's or rule's name.
    public var name: String
    /// Whom the trigger names; nil where it names nobody.
    public var customer: CustomerID?
    public var trigger: RunTrigger
    public var state: State
    /// When it is to start, where it waits.
    public var dueAt: Timestamp
    public var turn: Turn
    public var laterKey: String?
    /// From 1 on; 0 before the first.
    public var attempt: Int64
    /// Attempts that failed: what `retries.max` counts.
    public var failures: Int64
    public var crashes: Int64
    /// How many checkpoints it has behind it.
    public var segment: Int64
    /// The value of the last one.
    public var saved: Payload
    /// Steps in the journal of this segment.
    public var steps: Int64
    public var owner: String?
    /// Of the last attempt.
    public var scriptVersion: ScriptVersionID?
    public var createdAt: Timestamp
    public var startedAt: Timestamp?
    public var endedAt: Timestamp?
    public var code: String?
    public var message: String?
    public var result: Payload?
}

/// What started a run.
public struct RunTrigger: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable {
        case schedule
        case webhook
        /// One of the engine's own, or one that a job emitted.
        case event
        /// A file without records.
        case document
        case later
        /// A person.
        case fire
    }

    public var kind: Kind
    /// Names the cause for good: it starts each job and rule once.
    public var cause: String
    /// What the script sees as `run.trigger.event`; null for a schedule.
    public var event: Payload
    /// The causes behind the cause.
    public var depth: Int64
    /// The slot; for the others, when the run was made due.
    public var scheduledAt: Timestamp
    public var causedAt: Timestamp
    /// The name of a document's file.
    public var file: String?

    public init(
        _ kind: Kind, cause: String, event: Payload = .null, depth: Int64 = 0, scheduledAt: Timestamp,
        causedAt: Timestamp
    ) {
        self.kind = kind
        self.cause = cause
        self.event = event
        self.depth = depth
        self.scheduledAt = scheduledAt
        self.causedAt = causedAt
    }

    /// Whom it is about; nil where the event names nobody.
    public var customer: CustomerID? { TriggerCustomer.find(in: event) }

    /// `inbox` or `engine`, as scripts name it; nil for what comes from neither.
    public var source: String? {
        switch kind {
        case .webhook, .document: "inbox"
        case .event: "engine"
        case .schedule, .later, .fire: nil
        }
    }
}
