import TidemillCore
import TidemillOperations
import TidemillScripting
import TidemillStore

/// What jobs keep between runs: the table `job_state`.
struct JobState {
    let connection: any SQLConnection

    /// Values that one scope may hold.
    static let keysMax: Int64 = 100_000

    private static func name(_ scope: StateScope, of job: String) -> String {
        switch scope {
        case .job: "job:" + job
        case .shared(let name): "shared:" + name
        }
    }

    func get(_ scope: StateScope, of job: String, key: String, now: Timestamp) throws -> Payload {
        try connection.first(
            """
            SELECT value FROM job_state
             WHERE scope = $1 AND key = $2 AND (expires_at IS NULL OR expires_at > $3)
            """, [.text(Self.name(scope, of: job)), .text(key), .integer(now.microseconds)]
        ) { try Payload(json: $0.text(0)) } ?? .null
    }

    func set(
        _ scope: StateScope, of job: String, key: String, value: Payload, timeToLive: Duration?, now: Timestamp
    ) throws {
        let name = Self.name(scope, of: job)
        guard !value.isNull else {
            try connection.execute("DELETE FROM job_state WHERE scope = $1 AND key = $2", [.text(name), .text(key)])
            return
        }
        let expiry = timeToLive.map { now.advanced(bySeconds: $0.components.seconds).microseconds }
        try connection.execute(
            """
            INSERT INTO job_state(scope, key, value, expires_at, updated_at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT(scope, key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at,
              updated_at = excluded.updated_at
            """,
            [.text(name), .text(key), .text(value.json), .integer(expiry), .integer(now.microseconds)])
        let kept: Int64? = try connection.value(
            "SELECT COUNT(*) FROM (SELECT 1 FROM job_state WHERE scope = $1 LIMIT \(Self.keysMax + 1)) AS kept",
            [.text(name)])
        if let kept, kept > Self.keysMax {
            throw OperationError(
                .badUserInput, "state.set: \(name) holds \(Self.keysMax) keys already; remove some, or give them a ttl")
        }
    }

    /// Forgets what has expired, some at a time; returns how many.
    func prune(now: Timestamp, limit: Int64) throws -> Int {
        try connection.execute(
            """
            DELETE FROM job_state WHERE (scope, key) IN
              (SELECT scope, key FROM job_state WHERE expires_at IS NOT NULL AND expires_at <= $1
                ORDER BY expires_at LIMIT $2)
            """, [.integer(now.microseconds), .integer(limit)])
    }
}
