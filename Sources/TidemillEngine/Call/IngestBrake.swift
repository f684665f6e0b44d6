public import TidemillCore
import TidemillOperations
public import TidemillStore

/// The brake of promise 7 of architecture.md: it pauses ingest when a rule fails on too much of a batch, and lets it go
/// on when the scripts are others. Both leave an audit row.
public enum IngestBrake {
    /// Who pauses, as `status` shows it.
    public static let name = "the brake"

    private static let actor = AuditTrail.Actor.engine("brake")

    /// Pauses ingest until `version` is not in force any more, or a person resumes it. A pause in force stays as it is.
    public static func pull(
        because message: String, under version: ScriptVersionID?, at now: Timestamp, on connection: any SQLConnection
    ) throws {
        guard try Pauses.find(Pauses.ingest, on: connection) == nil else { return }
        try Pauses.pause(
            Pauses.ingest, reason: message, by: name, scriptVersion: version, at: now, on: connection)
        try AuditTrail.record(
            "pause", ["name": .string(Pauses.ingest), "scriptVersion": version.map { .string($0.text) } ?? .null],
            by: actor,
            reason: message, at: now, on: connection)
    }

    /// Ends the brake's pause when other scripts are in force than those that failed. False when there is nothing to end.
    @discardableResult
    public static func scriptsChanged(
        to version: ScriptVersionID, at now: Timestamp, on connection: any SQLConnection
    ) throws -> Bool {
        guard try Pauses.scriptsChanged(to: version, on: connection) else { return false }
        try AuditTrail.record(
            "resume", ["name": .string(Pauses.ingest), "scriptVersion": .string(version.text)], by: actor,
            reason: "the scripts are others than those that failed", at: now, on: connection)
        return true
    }
}
