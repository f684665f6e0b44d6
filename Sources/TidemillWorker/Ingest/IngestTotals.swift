public import TidemillIngest
import TidemillOperations
public import TidemillStore
public import TidemillTriggers

/// What one run of the worker did, for `run --once` and its exit code.
public struct IngestTotals: Sendable, Hashable {
    public var done = 0
    public var failed = 0
    public var held = 0
    /// Entries of the inboxes that are not deliveries.
    public var refused = 0
    /// Files left behind: still written, or met by trouble that may pass.
    public var left = 0
    /// Inboxes that could not be looked at.
    public var unreadable = 0
    /// Files that were written to after they had been taken.
    public var grown = 0
    /// Why deliveries are not taken, when a pause is in force.
    public var pauseReason: String?
    public var counts = DeliveryCounts()
    public var recharges = RechargeTotals()
    public var runs = RunTotals()

    public init() {}

    /// Whether a caller should look: something failed, was rejected, refused or left.
    public var needsAttention: Bool {
        failed > 0 || held > 0 || refused > 0 || left > 0 || unreadable > 0 || grown > 0 || pauseReason != nil
            || counts.rejected > 0
            || recharges.needsAttention || runs.needsAttention
    }
}

/// What happens while deliveries are taken, for whoever shows it. Called on the ingest's thread: return soon.
public enum IngestEvent: Sendable {
    case claimed([ClaimedDelivery])
    case finished(DeliveryOutcome, name: String)
    /// The result files of these are written and acknowledged.
    case acknowledged([String])
    case refused(Refusal)
    case held(DeliveryOutcome, name: String)
    case paused(reason: String)
    case resumed
    /// Trouble that is waited out.
    case waiting(reason: String)
    /// Nothing to do until something arrives.
    case idle
}
