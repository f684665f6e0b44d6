import TidemillCore
import TidemillStore

/// What holds all recharges together: the pause, and the hourly limit.
struct RechargeBrake {
    let connection: any SQLConnection

    /// Who pauses where nobody does.
    static let name = "tidemill"

    /// From when recharges count toward the hourly limit: a person who resumed has seen those before.
    func countedFrom() throws -> Timestamp {
        try connection.value("SELECT counted_from FROM recharge_guard")
            ?? Timestamp(microseconds: 0)
    }

    /// Stops all recharges until a person resumes them.
    func pull(because reason: String, at now: Timestamp) throws {
        try Pauses.pause(Pauses.recharge, reason: reason, by: Self.name, at: now, on: connection)
        try connection.execute("UPDATE recharge_guard SET counted_from = $1 WHERE singleton = 1", [.instant(now)])
    }
}
