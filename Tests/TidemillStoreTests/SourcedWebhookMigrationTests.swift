import Foundation
import Testing
import TidemillCore

@testable import TidemillStore

struct SourcedWebhookMigrationTests {
    @Test func `webhooks of before keep their ids, those of a source under its name, and passes are gone`() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "tidemill-\(UUID().uuidString)/store.db").path
        func open(_ migrations: [Migration]) throws -> SQLiteStore {
            try SQLiteStore(path: path, environment: "test", clock: SystemWallclock(), migrations: migrations)
        }
        let old = try open(Migrations.all.filter { $0.number < sourcedWebhooks.number })
        let webhooks: [(key: String, payload: String, becomes: String)] = [
            ("message:m", #"{"receivedFrom":{"source":"stigg","payments":false}}"#, "from:stigg:message:m"),
            ("event:e", #"{"receivedFrom":{"source":"stripe"}}"#, "from:stripe:event:e"),
            ("message:file", #"{"messageId":"file"}"#, "message:file"),
            ("message:odd", #"{"receivedFrom":{"source":7}}"#, "message:odd"),
            ("sha256:00", #"{"receivedFrom":{"source":"stigg"}}"#, "sha256:00"),
        ]
        try old.write { connection in
            for webhook in webhooks {
                try connection.execute(
                    """
                    INSERT INTO webhooks(dedup_key, type, delivery, record, received_at, payload, state)
                    VALUES ($1, 'go', 'd', 1, 0, $2, 'taken')
                    """, [.text(webhook.key), .text(webhook.payload)])
            }
            try connection.execute(
                "INSERT INTO browser_passes(digest, kind, name, scope, expires_at) VALUES ('d', 'link', 'n', 'read', 9)",
                [])
            for operation in ["addLink", "pause"] {
                try connection.execute(
                    """
                    INSERT INTO idempotency_keys(bucket, customer_id, idempotency_key, operation, input_digests, output,
                      created_at)
                    VALUES (0, '', $1, $1, '{}', '{"key":"tm_1"}', 0)
                    """, [.text(operation)])
            }
        }
        try old.close()
        let (keys, passes, kept) = try open(Migrations.all).read { connection in
            (
                try connection.rows("SELECT dedup_key FROM webhooks") { $0.text(0) },
                try connection.first("SELECT COUNT(*) FROM browser_passes") { $0.integer(0) },
                try connection.rows("SELECT operation FROM idempotency_keys") { $0.text(0) }
            )
        }
        #expect(Set(keys) == Set(webhooks.map(\.becomes)))
        #expect(passes == 0 && kept == ["pause"])
    }
}
