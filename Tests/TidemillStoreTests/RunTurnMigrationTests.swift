import Foundation
import Testing
import TidemillCore

@testable import TidemillStore

struct RunTurnMigrationTests {
    @Test func `runs that waited for one another under an earlier schema are marked`() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "tidemill-\(UUID().uuidString)/store.db").path
        func open(_ migrations: [Migration]) throws -> SQLiteStore {
            try SQLiteStore(path: path, environment: "test", clock: SystemWallclock(), migrations: migrations)
        }
        // Sequence, customer, trigger, turn, and whether it has ended.
        let runs: [(Int, String, String, String, Bool)] = [
            (1, "a", "webhook", "customer", true), (2, "a", "webhook", "customer", false),
            (3, "a", "webhook", "customer", false), (4, "b", "webhook", "customer", false),
            (5, "", "schedule", "slot", false), (6, "", "schedule", "slot", false), (7, "a", "fire", "", false),
        ]
        let old = try open(Migrations.all.filter { $0.number < runTurns.number })
        try old.write { connection in
            for (sequence, customer, trigger, turn, hasEnded) in runs {
                try connection.execute(
                    """
                    INSERT INTO runs(id, sequence, kind, name, customer_id, trigger_kind, cause, payload, depth,
                      scheduled_at, caused_at, state, due_at, turn, created_at, ended_at)
                    VALUES ($1, $2, 'job', 'j', $3, $4, $1, 'null', 0, 0, 0, $5, 0, $6, 0, $7)
                    """,
                    [
                        .text("run-\(sequence)"), .integer(sequence), .text(customer), .text(trigger),
                        .text(hasEnded ? "done" : "waiting"), .text(turn), hasEnded ? .integer(0) : .null,
                    ])
            }
        }
        try old.close()
        let behind = try open(Migrations.all).read { connection in
            try connection.rows("SELECT sequence FROM runs WHERE is_behind = 1 ORDER BY sequence") { $0.integer(0) }
        }
        #expect(behind == [3, 6])
    }
}
