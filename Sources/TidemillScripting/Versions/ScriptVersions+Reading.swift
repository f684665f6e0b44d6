public import TidemillCore
import TidemillOperations
public import TidemillStore

/// For people who look back: without the files, which may be large.
extension ScriptVersions {
    /// The newest first: those that were seen before one.
    public static func list(
        before last: (createdAt: Timestamp, id: ScriptVersionID)? = nil, limit: Int, on connection: any SQLConnection
    ) throws -> [StoredScriptVersion] {
        try connection.rows(
            """
            SELECT id, state, problems, created_at FROM script_versions
             WHERE ($1 IS NULL OR (created_at, id) < ($1, $2)) ORDER BY created_at DESC, id DESC LIMIT $3
            """,
            [
                .integer(last?.createdAt.microseconds), .text(last?.id.text), .integer(limit),
            ]
        ) { row in
            StoredScriptVersion(
                id: ScriptVersionID(row.text(0)), sources: [],
                state: StoredScriptVersion.State(rawValue: row.text(1)) ?? .broken, problems: row.optionalText(2),
                createdAt: Timestamp(microseconds: row.integer(3)))
        }
    }

    /// At most two: one is the answer.
    public static func ids(beginning prefix: String, on connection: any SQLConnection) throws -> [ScriptVersionID] {
        try connection.values(
            "SELECT id FROM script_versions WHERE id >= $1 AND id < $2 ORDER BY id LIMIT 2",
            [.text(prefix), .text(prefix + "\u{10FFFF}")])
    }

    /// When the version in force took over.
    public static func takenAt(on connection: any SQLConnection) throws -> Timestamp? {
        try connection.value("SELECT taken_at FROM script_current")
    }

    public static func currentID(on connection: any SQLConnection) throws -> ScriptVersionID? {
        try connection.value("SELECT version FROM script_current")
    }
}
