public import TidemillCore

/// Around one call: who makes it, when, and under which key.
public struct CallContext: Sendable {
    public enum Caller: Sendable, Hashable {
        /// A person at the command line.
        case person
        /// A request that came by HTTP, by the name of its key.
        case key(String)
        /// A record of a delivery; `receivedAt` was fixed when its file was claimed.
        case record(delivery: DeliveryID, number: Int64, receivedAt: Timestamp)
        /// The catalog that the scripts declare.
        case catalog
        /// An effect of a job's run.
        case run(id: String, sequence: Int64)
        /// The engine itself: what time alone changes, or what a service of the worker does. Named for the audit.
        case engine(String)
    }

    public var caller: Caller
    /// The instant at which the call takes effect. Handlers never look at a clock.
    public var now: Timestamp
    /// A repeat of a write with the same key answers what the first one answered, and writes nothing.
    public var idempotencyKey: String?
    /// Answers as the call would, and keeps nothing.
    public var dryRun: Bool
    /// Who the person is, or which scripts: for the audit.
    public var actor: String
    /// Why, in the caller's words: for the audit.
    public var reason: String?
    /// The digest of the key that stands behind a request by HTTP; nil where a person does.
    public var keyDigest: [UInt8]?
    /// Whether an event that a rule fails on is kept with the rejected records, to be tried again, and the call goes on.
    public var keepsRejected = false
    /// When an earlier attempt at the call may have been sent to a service elsewhere, and was not answered.
    public var sentBefore: Timestamp?
    /// How many of the engine's own events lie behind this call, one causing the other.
    public var depth: Int64
    /// Told by operations that work for long: how much is done, of how much.
    public var progress: @Sendable (Int, Int) -> Void = { _, _ in }

    public init(
        _ caller: Caller, now: Timestamp, idempotencyKey: String? = nil, dryRun: Bool = false, actor: String = "",
        reason: String? = nil, depth: Int64 = 0
    ) {
        self.caller = caller
        self.now = now
        self.idempotencyKey = idempotencyKey
        self.dryRun = dryRun
        self.actor = actor
        self.reason = reason
        self.depth = depth
    }

    /// When what the call reports arrived: the time of usage that names none.
    public var receivedAt: Timestamp {
        switch caller {
        case .record(_, _, let receivedAt): receivedAt
        case .person, .key, .catalog, .run, .engine: now
        }
    }

    /// What names the call for good: the same in a retry. Nil where nothing does.
    public var name: String? {
        switch caller {
        case .record(let delivery, let number, _): "\(delivery)/\(number)"
        case .run(let id, let sequence): "\(id)/\(sequence)"
        case .person, .key, .catalog, .engine: nil
        }
    }
}
