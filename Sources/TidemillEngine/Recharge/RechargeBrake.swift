import TidemillCore
import TidemillStore

/// What holds all recharges together: the pause, the hourly limit, and whether the clock can be believed.
struct RechargeBrake {
    let connection: any SQLConnection

    /// Who pauses where nobody does.
    static let name = "tidemill"

    /// How far the clock may stand behind what is stored (semantics.md, "Schedules").
    static let behindMaxSeconds: Int64 = 300

    /// From when recharges count toward the hourly limit: a person who resumed has seen those before.
    func countedFrom() throws -> Timestamp {
        try connection.first("SELECT counted_from FROM recharge_guard") { $0.instant(0) }
            ?? Timestamp(microseconds: 0)
    }

    /// Stops all recharges until a person resumes them.
    func pull(because reason: String, at now: Timestamp) throws {
        try Pauses.pause(Pauses.recharge, reason: reason, by: Self.name, at: now, on: connection)
        try connection.execute("UPDATE recharge_guard SET counted_from = $1 WHERE singleton = 1", [.instant(now)])
    }

    /// Why a clock that says `now` is not believed: it stands behind instants that are stored. Nil when it may be right.
    func distrust(of now: Timestamp) throws -> String? {
        let guarded = try connection.first("SELECT last_at, accepted_until FROM recharge_guard") {
            (last: $0.instant(0), accepted: $0.instant(1))
        }
        guard var last = guarded?.last else { return nil }
        let ticked = try connection.first("SELECT last_at FROM trigger_progress") { $0.instant(0) }
        if let ticked, ticked > guarded?.accepted ?? ticked { last = max(last, ticked) }
        if let newest = try DeliveryLedger.newestReceipt(on: connection), newest > guarded?.accepted ?? newest {
            last = max(last, newest)
        }
        guard now < last.advanced(bySeconds: -Self.behindMaxSeconds) else { return nil }
        return "the clock says \(now), and the store holds something of \(last)"
    }

    /// What the worker does not believe, for `status`.
    func doubt() throws -> String? {
        try connection.first("SELECT doubt FROM recharge_guard") { $0.optionalText(0) } ?? nil
    }

    /// Returns whether that is news.
    func note(doubt: String?) throws -> Bool {
        try connection.execute(
            "UPDATE recharge_guard SET doubt = $1 WHERE singleton = 1 AND COALESCE(doubt, '') <> COALESCE($1, '')",
            [.text(doubt)]) > 0
    }
}
