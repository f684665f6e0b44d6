import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillScripting
import TidemillStore

extension GetCatalogDifference: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> CatalogDifference {
        try host.withCatalog { catalog, applier in
            CatalogDifference(try applier.plan(catalog, now: context.now), applied: false)
        }
    }
}

extension ApplyCatalog: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> CatalogDifference {
        try host.withCatalog { catalog, applier in
            let plan = try applier.plan(catalog, now: context.now)
            if let agreed = input.changes {
                // Usage and subscriptions come and go meanwhile; what is written must be what was shown.
                let shown = CatalogDifference(plan, applied: false).changes
                guard agreed.map(\.uncounted) == shown.map(\.uncounted) else {
                    throw OperationError(
                        .invalidArgument,
                        "applyCatalog: the catalog or the store changed in the meantime; look at the difference again")
                }
            }
            guard !plan.isEmpty else { return CatalogDifference(plan, applied: false) }
            try applier.apply(
                catalog, expected: plan, migration: input.migrate, person: context.actor, now: context.now)
            return CatalogDifference(plan, applied: true)
        }
    }
}

extension OperatorBackend {
    /// The catalog of the folder's scripts; what is wrong with it is told with its place in them.
    fileprivate func withCatalog(
        _ body: (Payload, CatalogApplier) throws -> CatalogDifference
    ) throws -> CatalogDifference {
        let rules = try app.declaredRules()
        do {
            return try body(
                rules.catalog ?? .object([:]), CatalogApplier(store: app.store, settings: app.config.engineSettings))
        } catch let error as CatalogProblems {
            throw CommandFailure(error.problems.map { ScriptProblem($0, in: rules.declarations) })
        }
    }
}

extension CatalogDifference {
    init(_ plan: CatalogPlan, applied: Bool) {
        self.init(
            applied: applied, changes: (plan.immediate + plan.pending).map { CatalogChangeEntry($0) },
            editedByCall: plan.edited.map { CatalogChangeEntry($0) })
    }
}

extension CatalogChangeEntry {
    init(_ change: CatalogChange) {
        self.init(
            kind: change.kind, id: change.id, action: change.action.rawValue, needsApply: change.needsApply,
            customers: change.customers, subscriptions: change.subscriptions, summary: change.summary,
            fields: change.fields.map {
                CatalogChangedField(name: $0.name, old: $0.old ?? .null, new: $0.new ?? .null)
            })
    }

    /// Without the numbers that change by themselves.
    fileprivate var uncounted: Payload {
        var entry = self
        entry.customers = 0
        entry.subscriptions = 0
        return Self.shape.encode(entry)
    }
}
