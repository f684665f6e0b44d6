public import TidemillCore
public import TidemillStore

/// What a record of a delivery can be (records.md). An inbox's `accept` lists those it takes.
public enum RecordKind: String, Sendable, Hashable, CaseIterable {
    case event
    case usage
    case webhook
    /// Performs any client operation: only where an operator allows it.
    case operation
}

/// One file that this worker has claimed and registered, ready to be processed.
public struct ClaimedDelivery: Sendable, Hashable {
    public var id: DeliveryID
    /// The inbox's path, as the configuration names it.
    public var inbox: String
    /// The file's name in its inbox, as the producer chose it; escape it before showing it.
    public var name: String
    /// Where the bytes are now: the claimed file in `work/`.
    public var path: String
    public var size: Int64
    /// The instant of the claim: the timestamp of events that bring none, kept by retries.
    public var receivedAt: Timestamp
    /// The worker instance in the delivery's row; every move of its position is fenced by it.
    public var owner: String
    public var accepts: Set<RecordKind>
    /// `ingest --again`: keyed records of a file whose content is known count all the same.
    public var isAgain: Bool
    /// A person resumed it after the brake of promise 7 of architecture.md held it: it is not held again.
    public var ignoresBrake: Bool
    /// Somebody may still write the file: what has no end yet is left until it has, or the worker gives up on it.
    public var mayGrow = false
    /// A worker has ended under it.
    public var care: DeliveryCare?

    public init(
        id: DeliveryID, inbox: String, name: String, path: String, size: Int64, receivedAt: Timestamp, owner: String,
        accepts: Set<RecordKind>, isAgain: Bool = false, ignoresBrake: Bool = false
    ) {
        self.id = id
        self.inbox = inbox
        self.name = name
        self.path = path
        self.size = size
        self.receivedAt = receivedAt
        self.owner = owner
        self.accepts = accepts
        self.isAgain = isAgain
        self.ignoresBrake = ignoresBrake
    }

    /// A name that says nothing is that of a file of lines.
    public var format: DeliveryFormat { DeliveryFormat(name: name.lowercased()) ?? .lines }
}

/// How far a delivery came in one call of `DeliveryProcessing.process`.
public struct DeliveryOutcome: Sendable, Hashable {
    public enum State: Sendable, Hashable {
        /// Every record is accounted for, in committed transactions.
        case done
        /// The file could not be read as records at all (empty, truncated, not UTF-8, …): nothing of it was applied.
        case failed(code: String, message: String)
        /// The brake of promise 7 of architecture.md: too many records failed in one rule. Goes on when the scripts
        /// change or a person resumes.
        case held(rule: String, message: String)
        /// The store is busy or full, or the worker is shutting down: the same call may succeed later.
        case retryLater(message: String)
        /// The file cannot be opened or read now, for a reason that is not the file's. What was read is committed, and
        /// the delivery goes on from there. `isShared`: every other file would meet the same.
        case unreachable(message: String, isShared: Bool)
        /// The file grew, or its end is cut off while somebody may still write it. What was whole is committed, and the
        /// delivery goes on from there.
        case incomplete
        /// Another worker took the claim over; this one must leave the delivery alone.
        case lost
    }

    public var id: DeliveryID
    public var state: State
    /// The delivery's totals so far, those of earlier calls included.
    public var counts: DeliveryCounts

    public init(id: DeliveryID, state: State, counts: DeliveryCounts) {
        self.id = id
        self.state = state
        self.counts = counts
    }
}

/// Turns claimed files into committed effects.
public protocol DeliveryProcessing: Sendable {
    /// Processes `deliveries` in order, resuming each at its stored position; several small ones may share one
    /// transaction. Returns one outcome for each, in the same order. Stops between two batches when its task is
    /// cancelled: what is not finished then is `retryLater`.
    func process(_ deliveries: [ClaimedDelivery]) async throws -> [DeliveryOutcome]
}
