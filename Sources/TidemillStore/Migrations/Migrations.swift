import Foundation
import TidemillCore

/// One numbered step of the schema, run in the transaction that records its number.
struct Migration {
    let number: Int64
    let name: String
    let statements: [String]
}

/// The numbered list and what applies it. A store newer than the list is refused; an older one is copied aside first.
enum Migrations {
    static let all: [Migration] = [initial]

    /// Makes `PATH.before-N` when the store at `path` will be migrated from version N. A store that is being created, or
    /// is current, is left alone.
    static func copyBeforeMigrating(path: String) throws {
        // Filled in with the second migration's needs by SQLite's own backup, so that a live WAL is included.
        _ = path
    }

    static func apply(on connection: any SQLConnection, environment: String, now: Timestamp) throws {
        try connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migrations(number BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)"
        )
        let current =
            try connection.first("SELECT COALESCE(MAX(number), 0) FROM schema_migrations") { $0.integer(0) } ?? 0
        let newest = all.last?.number ?? 0
        guard current <= newest else {
            throw StoreError(
                .incompatible,
                "the store has schema \(current), this Tidemill knows up to \(newest); use the newer Tidemill that wrote it"
            )
        }
        for migration in all where migration.number > current {
            for statement in migration.statements { try connection.execute(statement) }
            try connection.execute(
                "INSERT INTO schema_migrations(number, name, applied_at) VALUES ($1, $2, $3)",
                [.integer(migration.number), .text(migration.name), .integer(now.microseconds)])
        }
        try connection.execute(
            "INSERT INTO store_identity(singleton, store_id, environment, created_at) VALUES (1, $1, $2, $3) ON CONFLICT DO NOTHING",
            [.text(UUID().uuidString.lowercased()), .text(environment), .integer(now.microseconds)])
        let stamped = try connection.first("SELECT environment FROM store_identity") { $0.text(0) } ?? environment
        guard stamped == environment else {
            throw StoreError(
                .incompatible,
                "the store belongs to environment \"\(stamped)\", the configuration says \"\(environment)\"; use another store.url or set environment = \"\(stamped)\""
            )
        }
    }
}
