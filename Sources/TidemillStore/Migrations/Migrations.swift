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
    static let all: [Migration] = [
        initial, clientOperations, runsAndDecisions, poisonRecords, recurringCredits, unratedUsage, spools,
        silentCounts, runTurns, orderedDedupRuns, invoicedCredits,
        trustedClock, idleWallets, nothingSilent, httpKeys, wantedCredits, invoices, browserPasses, provenInvoices,
        sourcedWebhooks, reprocesses, throughput, standings, sentSteps, customerRuns,
    ]

    /// The schema's number in the store; 0 for one that is being created.
    static func current(on connection: any SQLConnection) throws -> Int64 {
        let exists = try connection.first("SELECT 1 FROM sqlite_master WHERE name = 'schema_migrations'") { _ in true }
        guard exists ?? false else { return 0 }
        return try connection.first("SELECT COALESCE(MAX(number), 0) FROM schema_migrations") { $0.integer(0) } ?? 0
    }

    /// Brings the store up to the list's last number, and stamps a new one with its environment. Runs in one
    /// transaction: a migration that fails leaves the store as it was.
    static func apply(
        _ migrations: [Migration] = all, on connection: any SQLConnection, environment: String, now: Timestamp
    ) throws {
        let current = try current(on: connection)
        let newest = migrations.last?.number ?? 0
        guard current <= newest else {
            throw StoreError(
                .incompatible,
                "the store has schema \(current), this Tidemill knows up to \(newest); use the newer Tidemill that wrote it"
            )
        }
        try connection.execute(
            """
            CREATE TABLE IF NOT EXISTS schema_migrations(
              number BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)
            """)
        for migration in migrations where migration.number > current {
            for statement in migration.statements { try connection.execute(statement) }
            try connection.execute(
                "INSERT INTO schema_migrations(number, name, applied_at) VALUES ($1, $2, $3)",
                [.integer(migration.number), .text(migration.name), .integer(now.microseconds)])
        }
        try connection.execute(
            "INSERT INTO store_identity(singleton, store_id, environment, created_at) VALUES (1, $1, $2, $3) ON CONFLICT DO NOTHING",
            [.text(RandomID.make()), .text(environment), .integer(now.microseconds)])
        let stamped = try connection.first("SELECT environment FROM store_identity") { $0.text(0) } ?? environment
        guard stamped == environment else {
            throw StoreError(
                .incompatible,
                "the store belongs to environment \"\(stamped)\", the configuration says \"\(environment)\"; use another store.url or set environment = \"\(stamped)\""
            )
        }
    }
}

extension SQLiteStore {
    /// The number of the store's schema.
    public static func schema(on connection: any SQLConnection) throws -> Int64 {
        try Migrations.current(on: connection)
    }
}
