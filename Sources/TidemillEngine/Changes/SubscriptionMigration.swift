import TidemillCore
import TidemillOperations
import TidemillStore

/// What becomes of live subscriptions when a new version of what they have is published. Each customer's move when they
/// are next looked at, dated back to the publication: publishing takes no longer with a million subscribers.
enum SubscriptionMigration {
    /// Moves every live subscription with the plan or add-on, or with a plan that inherits from it, to this version: it
    /// was published for ALL_CUSTOMERS.
    static func packagePublished(
        _ kind: PackageKind, _ id: String, _ version: Int64, in scope: CallScope
    ) throws {
        try scope.connection.execute(
            """
            INSERT INTO package_migrations(kind, package_id, version, at) VALUES ($1, $2, $3, $4)
            ON CONFLICT DO NOTHING
            """, [.text(kind.rawValue), .text(id), .integer(version), .integer(scope.now.microseconds)])
        let kinds = (kind.rawValue, kind == .plan ? SubscriptionTable.parentKind : kind.rawValue)
        try scope.due.set(.subscription, ofHolders: id, kinds: kinds, before: version, at: scope.now)
    }

    /// Whether the version was published for those who had an older one, too.
    static func isForAll(
        _ kind: PackageKind, _ id: String, _ version: Int64, on connection: any SQLConnection
    ) throws -> Bool {
        try connection.hasRows(
            "SELECT 1 FROM package_migrations WHERE kind = $1 AND package_id = $2 AND version = $3",
            [.text(kind.rawValue), .text(id), .integer(version)])
    }

    /// Moves what was to be moved at this very instant.
    static func move(of session: SubscriptionSession) throws {
        for old in try session.scope.subscriptions.open(of: session.customer.id) {
            var record = old
            record.planVersion = try target(.plan, old.planID, old.planVersion, session)
            record.parentVersions = try parents(of: record, from: old, session)
            for (index, addon) in old.addons.enumerated() {
                record.addons[index].version = try target(.addon, addon.id, addon.version, session)
            }
            guard record != old else { continue }
            // In the new version the same may be sold otherwise: least quantities, kinds of price. Who cannot follow,
            // because it is no longer sold in their currency, stays where they are.
            do {
                let revised = try session.selection.revise(
                    record, by: .nothing, customer: session.customer, isLenient: true)
                try session.adopt(
                    revised, from: old, anchor: nil, try PlanDirection.of(old, to: revised, session.selection),
                    isMigration: true)
                try session.scope.audit(
                    .subscriptionMigrated, old.customerID,
                    ["id": .string(old.id), "planVersion": .integer(record.planVersion)])
            } catch let error as OperationError where !error.isStoreFailure {
                try session.scope.audit(
                    .subscriptionMigrated, old.customerID,
                    ["id": .string(old.id), "planVersion": .integer(old.planVersion), "error": error.payload])
                try session.announce(.updated, old, ["error": error.payload])
            }
        }
    }

    /// When a subscription has to move next.
    static func next(for records: [SubscriptionRecord], in scope: CallScope) throws -> Timestamp? {
        // Those of the past have been tried.
        var next: Timestamp?
        for record in records {
            var held = [(PackageKind.plan, record.planID, record.planVersion)]
            for (id, version) in record.parentVersions { held.append((.plan, id, version)) }
            for addon in record.addons { held.append((.addon, addon.id, addon.version)) }
            for (kind, id, version) in held {
                let at: Int64? = try scope.connection.value(
                    """
                    SELECT MIN(at) FROM package_migrations
                     WHERE kind = $1 AND package_id = $2 AND version > $3 AND at > $4
                    """,
                    [.text(kind.rawValue), .text(id), .integer(version), .integer(scope.now.microseconds)])
                if let at { next = min(next ?? Timestamp(microseconds: at), Timestamp(microseconds: at)) }
            }
        }
        return next
    }

    /// The parents that a subscription has from this very instant on. With a new version of its plan they are those that
    /// were the newest then, however late it is looked at; else only those move that were published for all.
    private static func parents(
        of record: SubscriptionRecord, from old: SubscriptionRecord, _ session: SubscriptionSession
    ) throws -> TextMap<Int64> {
        let catalog = session.catalog
        guard let plan = catalog.plan(record.planID, version: record.planVersion) else { return old.parentVersions }
        var parents: TextMap<Int64> = [:]
        var child = plan
        while let id = child.parentPlanID, parents[id] == nil, id != plan.id {
            let held = old.planVersion == record.planVersion ? old.parentVersions[id] : nil
            // One that was sold before parents were noted goes on with the newest.
            if held == nil, old.planVersion == record.planVersion, old.parentVersions.isEmpty { break }
            let version = try held.map { try target(.plan, id, $0, session) } ?? newest(id, session)
            guard let version, let parent = catalog.plan(id, version: version) else { break }
            parents[id] = version
            child = parent
        }
        return parents
    }

    /// The version of a plan that was the newest at this very instant.
    private static func newest(_ plan: String, _ session: SubscriptionSession) throws -> Int64? {
        try session.scope.connection.value(
            """
            SELECT MAX(version) FROM package_versions WHERE kind = $1 AND id = $2 AND published_at <= $3
            """, [.text(PackageKind.plan.rawValue), .text(plan), .integer(session.now.microseconds)])
    }

    /// The version that all subscribers were to have from this very instant on.
    private static func target(
        _ kind: PackageKind, _ id: String, _ version: Int64, _ session: SubscriptionSession
    ) throws -> Int64 {
        let newest: Int64? = try session.scope.connection.value(
            "SELECT MAX(version) FROM package_migrations WHERE kind = $1 AND package_id = $2 AND at = $3",
            [.text(kind.rawValue), .text(id), .integer(session.now.microseconds)])
        return max(version, newest ?? version)
    }
}
