public import TidemillCore
public import TidemillStore

/// How far triggers have got: the row of `trigger_progress`.
public struct TriggerProgress: Sendable, Hashable {
    /// Events that had too many causes behind them.
    public var cutOff: Int64
    /// When somebody last looked at the schedules.
    public var lastAt: Timestamp

    public static func find(on connection: any SQLConnection) throws -> TriggerProgress {
        try connection.first("SELECT cut_off, last_at FROM trigger_progress") {
            TriggerProgress(cutOff: $0.integer(0), lastAt: Timestamp(microseconds: $0.integer(1)))
        } ?? TriggerProgress(cutOff: 0, lastAt: Timestamp(microseconds: 0))
    }
    /// Moves past the events that were looked at; false when somebody else has.
    static func move(
        from reached: Int64, to last: Int64, cutOff: Int64, on connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            "UPDATE trigger_progress SET outbox_sequence = $2, cut_off = cut_off + $3 WHERE outbox_sequence = $1",
            [.integer(reached), .integer(last), .integer(cutOff)]) > 0
    }

    /// Somebody looks at the schedules. An instant that lies further ahead than `aheadMax` seconds is of a clock that was
    /// wrong.
    static func looked(at now: Timestamp, aheadMax: Int64, on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE trigger_progress SET last_at = $1 WHERE last_at < $1 OR last_at > $2",
            [.integer(now.microseconds), .integer(now.advanced(bySeconds: aheadMax).microseconds)])
    }
}
