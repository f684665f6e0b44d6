import Foundation
public import TidemillCore
public import TidemillOperations
public import TidemillScripting
public import TidemillStore

/// What runs work with: the store, the backend, the clock, the scripts in force.
public struct RunTools: Sendable {
    public let store: any Store
    public let backend: any TransactionalBackend<any SQLConnection>
    /// Answers what changes nothing: also what operators see, which takes more than the engine.
    let reads: any OperationBackend
    /// Performs what changes something elsewhere, which shares no transaction with the journal; nil: `backend` does.
    let service: (any OperationBackend)?
    public let clock: any Wallclock
    /// The scripts in force now; asked when a run starts.
    public let scripts: @Sendable () -> RunScripts
    /// Answers `lookup` in jobs.
    public let lookup: ScriptLookup
    /// Takes what runs log.
    public let log: @Sendable (ScriptLogLine, Run) -> Void
    /// Told after each write of a run: what it triggers is looked for at once.
    public let changed: @Sendable () -> Void
    /// Whether all of this happens in a copy of the store: scripts see it as `run.dryRun`.
    public let isDryRun: Bool
    /// Where the ids of runs come from.
    public let ids: IDSource
    let writes: WriteGroup
    let laterRoom = LaterRoom()

    public init(
        store: any Store, backend: any TransactionalBackend<any SQLConnection>,
        reads: (any OperationBackend)? = nil, service: (any OperationBackend)? = nil, clock: any Wallclock,
        scripts: @escaping @Sendable () -> RunScripts, lookup: @escaping ScriptLookup,
        log: @escaping @Sendable (ScriptLogLine, Run) -> Void = { _, _ in }, isDryRun: Bool = false,
        ids: IDSource = .random, changed: @escaping @Sendable () -> Void = {}
    ) {
        self.store = store
        self.backend = backend
        self.reads = reads ?? backend
        self.service = service
        self.clock = clock
        self.scripts = scripts
        self.lookup = lookup
        self.log = log
        self.isDryRun = isDryRun
        self.changed = changed
        self.ids = ids
        writes = WriteGroup(backend)
    }

    func turn(of job: String) -> Run.Turn { scripts().job(job)?.turn ?? .none }

    /// For the metrics: an operation that a run asked for and that is in no transaction.
    func count(_ id: OperationID, _ error: OperationError?) {
        let outcome = error.map { $0.isStoreFailure ? "failed" : "refused" } ?? "ok"
        store.metrics.add(.operations, [id.rawValue, outcome])
    }
}

extension JobDeclaration {
    /// What runs of triggers wait for.
    var turn: Run.Turn {
        switch serial {
        case .customer: .customer
        case .all: .all
        case nil: .none
        }
    }
}
