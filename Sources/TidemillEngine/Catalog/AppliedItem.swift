import TidemillCore
import TidemillOperations
import TidemillStore

/// What was last applied of one thing: how it was declared, and how it stood in the store then. The engine adds to what
/// is declared, and two spellings may mean one thing: what a call has changed since is told from the stored form alone.
struct AppliedItem {
    var declared: TextMap<Payload>
    var stored: TextMap<Payload>

    /// Beside the declared fields, those of the stored form that differ; no field of the API begins so.
    private static let storedKey = "$stored"

    static func all(on connection: any SQLConnection) throws -> [CatalogItem.Key: AppliedItem] {
        var result: [CatalogItem.Key: AppliedItem] = [:]
        try connection.query("SELECT kind, id, declaration FROM catalog_applied", []) { row in
            guard let kind = CatalogItem.Kind(rawValue: row.text(0)) else {
                throw StoreError(
                    .incompatible,
                    "the store's catalog holds a \"\(row.text(0))\", which this Tidemill does not know; use the newer one that wrote it"
                )
            }
            result[CatalogItem.Key(kind: kind, id: row.text(1))] = try AppliedItem(text: row.text(2))
        }
        return result
    }

    static func find(_ key: CatalogItem.Key, on connection: any SQLConnection) throws -> AppliedItem? {
        try connection.first(
            "SELECT declaration FROM catalog_applied WHERE kind = $1 AND id = $2",
            [.text(key.kind.rawValue), .text(key.id)]
        ) { try AppliedItem(text: $0.text(0)) }
    }

    static func forget(_ key: CatalogItem.Key, on connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM catalog_applied WHERE kind = $1 AND id = $2", [.text(key.kind.rawValue), .text(key.id)])
    }

    func save(as key: CatalogItem.Key, now: Timestamp, on connection: any SQLConnection) throws {
        var members = declared
        var differing: TextMap<Payload> = [:]
        for name in Set(declared.keys).union(stored.keys) where declared[name] != stored[name] {
            differing[name] = stored[name] ?? .null
        }
        if !differing.isEmpty { members[Self.storedKey] = .object(differing) }
        try connection.execute(
            """
            INSERT INTO catalog_applied(kind, id, declaration, applied_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (kind, id) DO UPDATE SET declaration = excluded.declaration, applied_at = excluded.applied_at
            """,
            [
                .text(key.kind.rawValue), .text(key.id), .text(Payload.object(members).json),
                .integer(now.microseconds),
            ])
    }
}

extension AppliedItem {
    private init(text: String) throws {
        guard case .object(var members) = try StoredBody.parse(text) else {
            throw StoreError(.corrupt, "the stored catalog cannot be read; restore a backup")
        }
        let differing = members.removeValue(forKey: Self.storedKey)
        declared = members
        stored = members
        if case .object(let fields)? = differing {
            for (name, value) in fields { stored[name] = value.isNull ? nil : value }
        }
    }
}
