import Foundation
import TidemillCore
public import TidemillIngest
public import TidemillOperations
public import TidemillStore

/// Tidemill's own engine: performs operations in the store, each in one transaction, and takes batches of records into it
/// exactly once, their effects committed together with the progress of their deliveries.
///
/// What it remembers between batches is used in turns: see `transaction`. By concern: Engine+Calls (operations),
/// Engine+Lookups, Engine+Reporting (events that calls report), Engine+Apply (batches), Engine+Maintenance.
public final class Engine: TransactionalBackend, EventSink, OperationEngine {
    public typealias Settings = EngineSettings

    /// What is remembered between batches.
    final class State: @unchecked Sendable {  // Reached only through `exclusively`.
        let dedup: DedupIndex
        var meters = MeterSet([], generation: 0)
        var customers = ProvisionedCustomers()
        var standings = UsageStandings()
        /// Whether batches were committed since the last upkeep.
        var isBusy = false
        /// Whether this process has looked for runs without filters.
        var hasLookedForFilters = false
        let compressor = Compressor()
        var batchesSinceFold = 0
        /// When the last batch was taken that nobody has tidied up after yet.
        var untidied: Timestamp?
        var nextFold: Int64 = 0

        init(_ settings: Settings) {
            dedup = DedupIndex(windowSeconds: settings.dedupeWindow, sizes: settings.dedup)
        }

        /// A transaction failed, or a part of one was undone: what it would have stored must not be believed.
        func invalidate() {
            dedup.invalidate()
            customers.invalidate()
            standings.forget()
            meters = MeterSet([], generation: 0)
        }
    }

    let store: any Store
    let settings: Settings
    /// Keys the identities of events, and the values of UNIQUE meters.
    public let identityKey: [UInt8]
    /// Decodes what `reportEvent` reports; nil: that operation is refused.
    let events: (any EventDecoding)?
    let entitlements = EntitlementCache()
    /// Names this process where only one may do something at a time.
    let leaseOwner = RandomID.make()
    private let state: State
    private let lock = TurnLock()

    /// `events` decodes what `reportEvent` reports; without it that operation is refused.
    public init(store: any Store, settings: Settings = Settings(), events: (any EventDecoding)? = nil) throws {
        self.store = store
        self.settings = settings
        self.events = events
        identityKey = try Self.identityKey(of: store)
        state = State(settings)
    }

    /// What changes by time alone, for the worker.
    public var lifecycle: Lifecycle { Lifecycle(store: store, settings: settings) }

    /// The store's secret, made when an engine first meets the store.
    private static func identityKey(of store: any Store) throws -> [UInt8] {
        func find(_ connection: any SQLConnection) throws -> [UInt8]? {
            try connection.first("SELECT value FROM store_secrets WHERE name = 'identity'") { [UInt8]($0.blob(0)) }
        }
        if let key = try store.read(find) { return key }
        return try store.write { connection in
            try connection.execute(
                "INSERT INTO store_secrets(name, value) VALUES ('identity', $1) ON CONFLICT DO NOTHING",
                [.blob(Data((0..<16).map { _ in UInt8.random(in: .min ... .max) }))])
            return try find(connection) ?? []
        }
    }

    // MARK: - Turns

    /// Opens a transaction in the engine's turn and performs `body` in it. Whoever performs several things together, or
    /// writes beside what is performed, does it in here: the turn is taken first and the store second, always, and
    /// whatever happens inside is handed the transaction and asks for neither again.
    public func transaction<T>(_ body: (EngineTransaction) throws -> T) throws -> T {
        try exclusively { state in
            var begun: EngineTransaction?
            do {
                let result = try store.write { connection in
                    let transaction = EngineTransaction(self, state, connection)
                    begun = transaction
                    return try body(transaction)
                }
                state.dedup.confirm()
                return result
            } catch {
                if begun?.hasChangedMemory ?? false { state.invalidate() }
                throw error
            }
        }
    }

    public func transact<T>(_ body: (any BackendTransaction<any SQLConnection>) throws -> T) throws -> T {
        let result = try transaction { try body($0) }
        tidy()
        return result
    }

    /// A step of upkeep: a transaction that changes what is remembered.
    func step<T>(_ body: (State, any SQLConnection) throws -> T) throws -> T {
        try transaction { transaction in
            transaction.noteMemoryChange()
            return try body(transaction.state, transaction.connection)
        }
    }

    /// What is remembered, in a turn of its own; never inside a transaction.
    func exclusively<T>(_ body: (State) throws -> T) rethrows -> T {
        lock.lock()
        defer { lock.unlock() }
        return try body(state)
    }
}
