import Foundation
import Testing
import TidemillCore

@testable import TidemillStore

struct InvoicedCreditMigrationTests {
    @Test func `credits that wait for their payment under an earlier schema become due`() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "tidemill-\(UUID().uuidString)/store.db").path
        func open(_ migrations: [Migration]) throws -> SQLiteStore {
            try SQLiteStore(path: path, environment: "test", clock: SystemWallclock(), migrations: migrations)
        }
        let day: Int64 = 86_400_000_000
        // Id, customer, state, when it expires; all made on day 1.
        let grants: [(String, String, String, Int64?)] = [
            ("1", "a", "PAYMENT_PENDING", 9 * day), ("2", "a", "PAYMENT_PENDING", 5 * day), ("3", "a", "ACTIVE", nil),
            ("4", "b", "PAYMENT_PENDING", nil),
        ]
        let old = try open(Migrations.all.filter { $0.number < invoicedCredits.number })
        try old.write { connection in
            for (id, customer, state, end) in grants {
                try connection.execute(
                    """
                    INSERT INTO credit_grants(bucket, customer_id, currency_id, resource_id, sequence, id, state, type,
                      priority, effective_at, expire_at, created_at, amount_units, amount_nanos, consumed_units,
                      consumed_nanos, held_units, held_nanos, due_at, source, subscription_id, body)
                    VALUES (1, $1, 'tok', '', $2, $3, $4, 'PAID', 50, 0, $5, $6, 1, 0, 0, 0, 0, 0, NULL, NULL, NULL, '{}')
                    """,
                    [.text(customer), .integer(Int64(id) ?? 0), .text(id), .text(state), .integer(end), .integer(day)])
            }
            _ = try connection.execute(
                "INSERT INTO due(bucket, customer_id, kind, at) VALUES (1, 'a', 'wallet', $1)", [.integer(7 * day)])
        }
        try old.close()
        let (due, next) = try open(Migrations.all).read { connection in
            (
                try connection.rows("SELECT payment_due_at, due_at FROM credit_grants ORDER BY id") {
                    [$0.optionalInteger(0).map { $0 / day }, $0.optionalInteger(1).map { $0 / day }]
                },
                try connection.rows("SELECT customer_id, at FROM due ORDER BY customer_id") {
                    "\($0.text(0)) \($0.integer(1) / day)"
                }
            )
        }
        #expect(due == [[31, 9], [31, 5], [nil, nil], [31, nil]])
        #expect(next == ["a 5"])
    }
}
