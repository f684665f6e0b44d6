import CEvents
import CLuaSupport
import Foundation
public import TidemillCore
public import TidemillOperations
public import TidemillStore

/// Takes batches of records into the store, exactly once: one transaction commits the effects of a batch together with
/// the progress of its deliveries.
///
/// One batch at a time; the lock also guards what is remembered between batches.
public final class EventEngine: EventSink {
    /// How long things are remembered and kept.
    public struct Options: Sendable {
        /// `events.dedupe_window`, seconds.
        public var dedupeWindow: Int64
        /// `events.keep`, seconds.
        public var keep: Int64
        /// For what events cause beside usage: credits, alerts, and all that is due for a customer when an event is the
        /// first to look. The same as the operations': what time changes comes out the same whoever notices it.
        public var settings: EmbeddedBackend.Settings
        /// How identities are kept; tests take small ones.
        var dedup = DedupIndex.Sizes()

        public init(
            dedupeWindow: Int64 = 35 * 86_400, keep: Int64 = 400 * 86_400, settings: EmbeddedBackend.Settings
        ) {
            self.dedupeWindow = dedupeWindow
            self.keep = keep
            self.settings = settings
        }
    }

    /// Performs a record that is no event, inside the batch's transaction; its savepoint is the engine's. Returns the
    /// answer for the result file; throws `Rejection` when the record cannot be applied, `StoreError` when the store
    /// cannot go on.
    public typealias Performer =
        @Sendable (RecordKind, Payload, RecordOrigin, any SQLConnection) throws -> Performed

    /// What a performed record came to.
    public enum Performed: Sendable {
        case applied(answer: Payload?)
        case duplicate(answer: Payload?)
    }

    /// What is remembered between batches.
    final class State: @unchecked Sendable {  // Reached only through `exclusively`.
        let dedup: DedupIndex
        var meters = MeterSet([], generation: 0)
        /// The meters of the batch in progress.
        var batchMeters: MeterSet?
        var customers = ProvisionedCustomers()
        /// Whether batches were committed since the last upkeep.
        var isBusy = false
        /// Whether this process has looked for runs without filters.
        var hasLookedForFilters = false
        let compressor = Compressor()
        var batchesSinceFold = 0
        var nextFold: Int64 = 0

        init(_ options: Options) {
            dedup = DedupIndex(windowSeconds: options.dedupeWindow, sizes: options.dedup)
        }

        /// A transaction failed: what it would have stored must not be believed.
        func invalidate() {
            dedup.invalidate()
            customers.invalidate()
            meters = MeterSet([], generation: 0)
        }
    }

    let store: any Store
    let options: Options
    let performer: Performer
    /// Keys the identities of events, and the values of UNIQUE meters.
    public let identityKey: [UInt8]
    /// Names this process where only one may do something at a time.
    let leaseOwner = RandomID.make()
    private let state: State
    private let lock = TurnLock()

    public init(store: any Store, options: Options, performer: @escaping Performer) throws {
        self.store = store
        self.options = options
        self.performer = performer
        identityKey = try store.write { connection in
            try connection.execute(
                "INSERT INTO store_secrets(name, value) VALUES ('identity', $1) ON CONFLICT DO NOTHING",
                [.blob(Data((0..<16).map { _ in UInt8.random(in: .min ... .max) }))])
            return try connection.first("SELECT value FROM store_secrets WHERE name = 'identity'") {
                [UInt8]($0.blob(0))
            }
                ?? []
        }
        state = State(options)
    }

    /// The one way to what events cause beside usage.
    func scope(_ context: CallContext, on connection: any SQLConnection) -> CallScope {
        CallScope(
            connection: connection, context: context, settings: options.settings,
            makeID: { RandomID.make() })
    }

    public func meteredFields(on connection: (any SQLConnection)?) throws -> any MeteredFields {
        guard let connection else { return try store.read { try MeterRegistry.load(on: $0) } }
        return try exclusively { state in try state.batchMeters ?? MeterRegistry.load(on: connection) }
    }

    public func commit(_ batch: RecordBatch, now: Timestamp) throws -> [DeliveryCounts] {
        try addSomeFilters()
        let counts = try step { state, connection in
            state.isBusy = true
            return try self.apply(batch, now: now, state: state, on: connection)
        }
        // Each in a turn of its own: whoever waits gets in between.
        foldIfDue()
        mergeIfDue(now: now)
        // What was committed is safe; the log is shortened after a later batch otherwise.
        try? store.settle()
        return counts
    }

    public func apply(_ batch: RecordBatch, now: Timestamp, on connection: any SQLConnection) throws -> [DeliveryCounts]
    {
        try exclusively { state in
            // Whether the caller's transaction commits is not known here: the next batch reads the store again.
            defer {
                state.dedup.invalidateLater()
                state.customers.invalidate()
                if state.batchMeters == nil { state.meters = MeterSet([], generation: 0) }
            }
            return try self.apply(batch, now: now, state: state, on: connection)
        }
    }

    /// A step of upkeep: `exclusively`, in a transaction; when it fails, nothing in memory is believed any more.
    func step<T>(_ body: (State, any SQLConnection) throws -> T) throws -> T {
        try exclusively { state in
            do {
                let result = try store.write { connection in try body(state, connection) }
                state.dedup.confirm()
                return result
            } catch {
                state.invalidate()
                throw error
            }
        }
    }

    public func exclusively(_ body: () throws -> Void) rethrows {
        try exclusively { _ in try body() }
    }

    /// One batch at a time. Recursive: an operation of a delivery may report events, inside the delivery's own batch.
    func exclusively<T>(_ body: (State) throws -> T) rethrows -> T {
        lock.lock()
        defer { lock.unlock() }
        return try body(state)
    }
}
