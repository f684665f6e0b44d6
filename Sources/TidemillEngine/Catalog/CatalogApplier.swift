public import TidemillCore
public import TidemillOperations
public import TidemillStore

/// Brings the scripts' `catalog` into the store. The difference is taken against what was last applied, inside the write
/// transaction, so that two workers do not undo each other; loading the same catalog twice writes nothing.
public struct CatalogApplier: Sendable {
    let store: any Store
    let settings: EngineSettings

    /// `settings`: what a write brings up to the present, such as subscriptions of a plan, is priced by them.
    public init(store: any Store, settings: EngineSettings) {
        self.store = store
        self.settings = settings
    }

    /// Everything that is wrong with a catalog by itself, without a look at the store.
    public static func problems(in catalog: Payload) -> [CatalogProblem] {
        CatalogDeclaration(catalog).problems
    }

    /// What applying the catalog would change. Throws `CatalogProblems`, or the store's error.
    public func plan(_ catalog: Payload, now: Timestamp) throws -> CatalogPlan {
        let declaration = try Self.checked(catalog)
        let planned = try store.read { connection in
            try CatalogSession(
                connection: connection, settings: settings, now: now.wholeMilliseconds, countsCustomers: true
            ).plan(declaration)
        }
        if !planned.writes.isEmpty { try rehearse(declaration, now: now) }
        return planned.plan
    }

    /// Writes everything and takes it back: what only the writing finds wrong is told before anybody agrees. Throws
    /// `CatalogProblems`, or the store's error.
    private func rehearse(_ declaration: CatalogDeclaration, now: Timestamp) throws {
        struct Rehearsed: Error {}
        do {
            try store.write { connection in
                let session = CatalogSession(connection: connection, settings: settings, now: now.wholeMilliseconds)
                try session.write(try session.plan(declaration).writes)
                throw Rehearsed()
            }
        } catch is Rehearsed {}
    }

    /// Takes over what takes effect at once, and tells what waits: for loading the scripts, whose `version` goes to the
    /// audit. Throws `CatalogProblems`, or the store's error.
    @discardableResult
    public func load(_ catalog: Payload, version: String = "", now: Timestamp) throws -> CatalogPlan {
        let declaration = try Self.checked(catalog)
        let glance = try store.read {
            try CatalogSession(connection: $0, settings: settings, now: now.wholeMilliseconds).plan(declaration)
        }
        guard glance.writes.contains(where: { !$0.needsApply }) else { return glance.plan }
        return try store.write { connection in
            let session = CatalogSession(
                connection: connection, settings: settings, now: now.wholeMilliseconds, actor: version)
            let planned = try session.plan(declaration)
            try session.write(planned.writes.filter { !$0.needsApply })
            return planned.plan
        }
    }

    /// Applies the catalog with all that waits: for `tidemill apply`. `expected` is the plan that a person agreed to;
    /// when the difference is another by now, nothing is applied. `migration` says whether subscriptions move to a new
    /// version of the plan or add-on that they have; they keep theirs unless it says so. `person` is who applies it, for the
    /// audit.
    @discardableResult
    public func apply(
        _ catalog: Payload, expected: CatalogPlan? = nil, migration: MigrationType = .newCustomers,
        person: String = "", now: Timestamp, finishing: (any SQLConnection) throws -> Void = { _ in }
    ) throws -> CatalogPlan {
        let declaration = try Self.checked(catalog)
        return try store.write { connection in
            let session = CatalogSession(
                connection: connection, settings: settings, now: now.wholeMilliseconds, migration: migration,
                caller: .person, actor: person)
            let planned = try session.plan(declaration)
            if let expected, !expected.agrees(with: planned.plan) {
                throw OperationError(
                    .invalidArgument,
                    "apply: the catalog or the store changed in the meantime; look at the difference again")
            }
            try session.write(planned.writes)
            try finishing(connection)
            return planned.plan
        }
    }

    private static func checked(_ catalog: Payload) throws -> CatalogDeclaration {
        let declaration = CatalogDeclaration(catalog)
        guard declaration.problems.isEmpty else { throw CatalogProblems(problems: declaration.problems) }
        return declaration
    }
}
