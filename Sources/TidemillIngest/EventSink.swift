public import TidemillCore
public import TidemillStore

/// What takes batches of decoded records: the engine, seen from ingest.
public protocol EventSink: Sendable {
    /// Keys the identities of events: 16 bytes, the store's secret.
    var identityKey: [UInt8] { get }

    /// The fields that batches must carry values of, as the meters are now.
    func meteredFields() throws -> any MeteredFields

    /// Commits a batch, with the progress of its deliveries, in one transaction. Returns what each segment came to.
    ///
    /// Throws `EventSinkError`, or `StoreError` when the store cannot go on; nothing of the batch is applied then.
    func commit(_ batch: RecordBatch, now: Timestamp) throws -> [DeliveryCounts]
}

/// The fields that meters read, and which state of the meters that is.
public protocol MeteredFields: Sendable {
    /// A batch is decoded for one generation; when meters change there is another.
    var generation: Int64 { get }
    /// Configures a `cev_decoder`; false when memory is short.
    func configure(_ decoder: OpaquePointer) -> Bool
}

/// Why a batch was not taken, where the store itself is well.
public enum EventSinkError: Error, Sendable, Hashable {
    /// The meters changed since the batch was decoded: decode it again.
    case metersChanged
    /// Another worker took the delivery over: leave it alone.
    case deliveryLost(DeliveryID)
}

/// The rules that events go through, seen from ingest: one version of the scripts, loaded.
public protocol EventRules: AnyObject, Sendable {
    /// The `cls_state` with the pipeline of filters and mappings, to be used inside `exclusively` only; nil: no rules.
    var state: OpaquePointer? { get }
    var version: ScriptVersionID { get }
    /// The names of the pipeline's rules, by index.
    var ruleNames: [String] { get }
    /// Where each rule is declared: `scripts/mappings.lua:8`.
    var rulePlaces: [String] { get }
    /// Whether a job takes files of this name as they are.
    func takesDocument(_ name: String) -> Bool
    /// Whether a webhook of this type starts a job or grant rule.
    func startsRuns(_ type: String) -> Bool
    /// Runs `body` while nobody else uses the state. The thread has a stack of at least 2 MiB.
    func exclusively<T>(_ body: () throws -> T) rethrows -> T
}

extension EventRules {
    public var rulePlaces: [String] { [] }
    public func takesDocument(_ name: String) -> Bool { false }
    public func startsRuns(_ type: String) -> Bool { false }
}
