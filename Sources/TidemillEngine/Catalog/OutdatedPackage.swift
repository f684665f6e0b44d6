public import TidemillCore
import TidemillOperations
import TidemillStore

/// A plan or add-on of which subscriptions have an older version than the newest, and were not told to move.
public struct OutdatedPackage: Sendable, Hashable {
    let kind: PackageKind
    public let id: String
    /// The newest.
    public let version: Int64
    public let subscriptions: Int64

    /// `plan`, `add-on`.
    public var kindName: String { kind.name }

    static func list(on connection: any SQLConnection) throws -> [OutdatedPackage] {
        try connection.rows(
            """
            SELECT packages.kind, packages.id, packages.published_version, COUNT(DISTINCT held.subscription_id)
              FROM packages
              JOIN subscription_packages AS held
                ON (held.kind = packages.kind OR (packages.kind = $1 AND held.kind = $2))
               AND held.package_id = packages.id AND held.version < packages.published_version
             WHERE packages.archived_at IS NULL AND NOT EXISTS
               (SELECT 1 FROM package_migrations AS moved
                 WHERE moved.kind = packages.kind AND moved.package_id = packages.id AND moved.version > held.version)
             GROUP BY packages.kind, packages.id, packages.published_version
             ORDER BY packages.kind DESC, packages.id
            """, [.text(PackageKind.plan.rawValue), .text(SubscriptionTable.parentKind)]
        ) { row in
            PackageKind(rawValue: row.text(0)).map {
                OutdatedPackage(kind: $0, id: row.text(1), version: row.integer(2), subscriptions: row.integer(3))
            }
        }.compactMap { $0 }
    }
}

extension CatalogApplier {
    /// Whose subscriptions keep an older version than the newest.
    public func outdated() throws -> [OutdatedPackage] {
        try store.read { try OutdatedPackage.list(on: $0) }
    }

    /// Moves these subscriptions to the newest versions, as applying them for all would have; returns whose they were.
    public func migrate(person: String, now: Timestamp) throws -> [OutdatedPackage] {
        try store.write { connection in
            let outdated = try OutdatedPackage.list(on: connection)
            let scope = settings.scope(
                CallContext(.person, now: now.wholeMilliseconds, actor: person), on: connection)
            for package in outdated {
                try SubscriptionMigration.packagePublished(package.kind, package.id, package.version, in: scope)
                try scope.audit(
                    "catalog.migrate", nil,
                    [
                        "kind": .string(package.kind.rawValue), "id": .string(package.id),
                        "version": .integer(package.version), "subscriptions": .integer(package.subscriptions),
                    ])
            }
            return outdated
        }
    }
}
