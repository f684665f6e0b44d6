import Synchronization
import TidemillCore
import TidemillStore

/// Tells whether the catalog has changed. Its generation is a random text, so that a generation of a transaction that
/// was rolled back, or of another store, never comes again with another catalog behind it.
enum CatalogState {
    /// Called by every write to products, features, plans, add-ons, currencies, coupons and promotion codes.
    static func changed(on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO catalog_state(singleton, generation) VALUES (1, $1)
            ON CONFLICT (singleton) DO UPDATE SET generation = excluded.generation
            """,
            [
                .text(
                    String(UInt64.random(in: .min ... .max), radix: 36) + "-"
                        + String(UInt64.random(in: .min ... .max), radix: 36))
            ])
    }

    /// Nil where nothing was ever written.
    static func generation(on connection: any SQLConnection) throws -> String? {
        try connection.value("SELECT generation FROM catalog_state WHERE singleton = 1")
    }
}

/// The catalogs that were read last. One for the process: generations are unique among all stores.
final class CatalogCache: Sendable {
    static let shared = CatalogCache()

    private static let countMax = 16
    private let snapshots = Mutex<[CatalogSnapshot]>([])

    func snapshot(_ generation: String) -> CatalogSnapshot? {
        snapshots.withLock { $0.first { $0.generation == generation } }
    }

    func keep(_ snapshot: CatalogSnapshot) {
        snapshots.withLock { kept in
            kept.removeAll { $0.generation == snapshot.generation }
            kept.insert(snapshot, at: 0)
            if kept.count > Self.countMax { kept.removeLast() }
        }
    }
}

extension CallScope {
    /// The catalog as this transaction sees it: one look at the store while it does not change.
    func catalog() throws -> CatalogSnapshot {
        guard let generation = try CatalogState.generation(on: connection) else {
            return try CatalogSnapshot(generation: "", on: connection)
        }
        if let known = CatalogCache.shared.snapshot(generation) { return known }
        let snapshot = try CatalogSnapshot(generation: generation, on: connection)
        CatalogCache.shared.keep(snapshot)
        return snapshot
    }
}
