public import TidemillCore
import TidemillOperations
public import TidemillStore

/// A script version in the store.
public struct StoredScriptVersion: Sendable, Hashable {
    public enum State: String, Sendable {
        case good
        case broken
    }

    public var id: ScriptVersionID
    public var sources: [ScriptSource]
    public var state: State
    /// Why a broken one is broken, one problem a line.
    public var problems: String?
    public var createdAt: Timestamp
}

/// The script versions of a store. Functions take the connection, so that they can be part of a larger transaction.
public enum ScriptVersions {
    /// Keeps a version that was seen; one that is known gets the newer state. Broken versions are kept too: a person may
    /// ask what was wrong.
    public static func save(
        _ sources: [ScriptSource], state: StoredScriptVersion.State, problems: [ScriptProblem] = [], now: Timestamp,
        on connection: any SQLConnection
    ) throws {
        let files = Payload.object(
            Dictionary(sources.map { ($0.name, Payload.string($0.text)) }) { _, last in last })
        let text = problems.isEmpty ? nil : problems.map(\.description).joined(separator: "\n")
        try connection.execute(
            """
            INSERT INTO script_versions(id, files, state, problems, created_at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT(id) DO UPDATE SET state = excluded.state, problems = excluded.problems
            """,
            [
                .text(ScriptVersionID(of: sources).text), .text(files.json), .text(state.rawValue), .text(text),
                .integer(now.microseconds),
            ])
    }

    /// Nil when no such version was ever saved.
    public static func load(_ id: ScriptVersionID, on connection: any SQLConnection) throws -> StoredScriptVersion? {
        try connection.first(
            "SELECT files, state, problems, created_at FROM script_versions WHERE id = $1", [.text(id.text)]
        ) { row in
            guard let state = StoredScriptVersion.State(rawValue: row.text(1)),
                case .object(let files) = try Payload(json: row.text(0))
            else { throw StoreError(.corrupt, "script version \(id) cannot be read; restore a backup") }
            let sources = files.compactMap { name, text in text.text.map { ScriptSource(name: name, text: $0) } }
            return StoredScriptVersion(
                id: id, sources: sources.inPathOrder, state: state, problems: row.optionalText(2),
                createdAt: Timestamp(microseconds: row.integer(3)))
        }
    }

    /// Makes a saved good version the one in force.
    public static func setCurrent(
        _ id: ScriptVersionID, now: Timestamp, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO script_current(singleton, version, taken_at) VALUES (1, $1, $2)
            ON CONFLICT(singleton) DO UPDATE SET version = excluded.version, taken_at = excluded.taken_at
            """,
            [.text(id.text), .integer(now.microseconds)])
    }

    /// The version in force: the last good one. Nil in a new store.
    public static func current(on connection: any SQLConnection) throws -> StoredScriptVersion? {
        let id: ScriptVersionID? = try connection.value("SELECT version FROM script_current")
        return try id.flatMap { try load($0, on: connection) }
    }
}
