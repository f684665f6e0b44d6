public import TidemillCore

/// What is stopped, by whom and why: a row of `pauses` is in force while it exists, across restarts.
public struct Pause: Sendable, Hashable {
    public var name: String
    public var reason: String
    public var pausedBy: String
    public var pausedAt: Timestamp
    /// The script version whose rule failed, where the brake of promise 7 of architecture.md made the pause: other
    /// scripts end it.
    public var scriptVersion: ScriptVersionID?
}

public enum Pauses {
    /// The name under which taking deliveries is paused.
    public static let ingest = "ingest"
    /// The name under which auto-recharge is paused.
    public static let recharge = "recharge"
    /// The name under which invoices are kept from becoming final.
    public static let billing = "billing"
    /// The name under which a person says that the clock is wrong; to resume it says that it is right (`ClockTrust`).
    public static let clock = "clock"

    /// Stops `name`. A pause that is in force stays as it is: the first reason counts.
    public static func pause(
        _ name: String, reason: String, by person: String, scriptVersion: ScriptVersionID? = nil, at now: Timestamp,
        on connection: any SQLConnection
    ) throws {
        let pause = Pause(name: name, reason: reason, pausedBy: person, pausedAt: now, scriptVersion: scriptVersion)
        try connection.insert(pause, into: columns, "ON CONFLICT (name) DO NOTHING")
    }

    /// A person lets `name` go on; false when it was not paused, and of the clock when it was not in doubt either. What the
    /// brake held goes on in spite of the brake.
    public static func resume(_ name: String, on connection: any SQLConnection) throws -> Bool {
        let wasPaused = try connection.execute("DELETE FROM pauses WHERE name = $1", [.text(name)]) > 0
        if name == ingest { try DeliveryLedger.releaseHeld(ignoringBrake: true, on: connection) }
        if name == clock { return try ClockTrust(connection).accept() || wasPaused }
        return wasPaused
    }

    /// Ends the brake's pause when the scripts in force are others than those that failed; the held deliveries are tried
    /// with these. False when there is nothing to end.
    public static func scriptsChanged(to version: ScriptVersionID, on connection: any SQLConnection) throws -> Bool {
        let ended = try connection.execute(
            "DELETE FROM pauses WHERE name = $1 AND script_version IS NOT NULL AND script_version <> $2",
            [.text(ingest), .text(version.text)])
        guard ended > 0 else { return false }
        try DeliveryLedger.releaseHeld(ignoringBrake: false, on: connection)
        return true
    }

    /// The pause in force for `name`; one look-up by key.
    public static func find(_ name: String, on connection: any SQLConnection) throws -> Pause? {
        try connection.find(columns, key: [.text(name)])
    }

    public static func list(on connection: any SQLConnection) throws -> [Pause] {
        try connection.rows(columns, "ORDER BY name")
    }

    private static let columns = Columns<Pause>(
        "pauses", .key("name", \.name), Column("reason", \.reason), Column("paused_by", \.pausedBy),
        Column("paused_at", \.pausedAt), Column("script_version", \.scriptVersion), make: Pause.init)
}
