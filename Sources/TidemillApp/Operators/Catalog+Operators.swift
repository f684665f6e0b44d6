import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillScripting
import TidemillStore

extension GetCatalogDifference: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> CatalogDifference {
        try host.withCatalog { catalog, applier in
            var difference = CatalogDifference(try applier.plan(catalog, now: context.now), applied: false)
            difference.keptVersions = try applier.outdated().map { KeptVersion($0) }
            return difference
        }
    }
}

extension ApplyCatalog: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> CatalogDifference {
        guard host.app.service == nil else {
            throw OperationError(
                .notOnStigg,
                "applyCatalog: with client.backend = \"stigg\" the catalog is Stigg's, and scripts do not write it; change it there"
            )
        }
        return try host.withCatalog { catalog, applier in
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
            var difference = CatalogDifference(plan, applied: !plan.isEmpty)
            if !plan.isEmpty {
                try applier.apply(
                    catalog, expected: plan, migration: input.migrate, person: context.actor, now: context.now
                ) { try KeyedWrite(Self.self, input, in: context, on: $0).keep(CatalogDifference(plan, applied: true)) }
            }
            // Also those of versions that were applied before, for new customers only.
            if input.migrate == .allCustomers {
                difference.migrated = try applier.migrate(person: context.actor, now: context.now)
                    .map { KeptVersion($0) }
            }
            difference.keptVersions = try applier.outdated().map { KeptVersion($0) }
            return difference
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

extension KeptVersion {
    fileprivate init(_ package: OutdatedPackage) {
        self.init(
            kind: package.kindName, id: package.id, version: package.version, subscriptions: package.subscriptions)
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
