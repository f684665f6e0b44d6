public import TidemillCore

/// Whether the machine's clock is to be believed: the row of `clock_trust`, and what is judged by it.
///
/// A clock is in doubt while it stands five minutes behind what is stored, after it jumped by more than a day, and while a
/// person has paused it. Schedules and recharges wait then, and nothing that is old is removed by it. It is believed again
/// when it is right again, or when a person says that it is: `tidemill resume clock`.
public struct ClockTrust {
    /// Why a clock is not believed.
    public struct Doubt: Sendable, Hashable {
        public enum Kind: Sendable {
            case paused
            case behind
            case jumped
        }

        public let kind: Kind
        public let text: String
    }

    /// How far the clock may stand behind what is stored (semantics.md, "Schedules").
    public static let behindMaxSeconds: Int64 = 300
    /// By how much it may differ from the time that passed.
    public static let jumpMaxSeconds: Int64 = 86_400
    private static let remedy = "if it is right, `tidemill resume \(Pauses.clock)`"

    let connection: any SQLConnection

    public init(_ connection: any SQLConnection) {
        self.connection = connection
    }

    /// Notes that something was done by the clock at `instant`: one that stands before it later is in doubt.
    public func saw(_ instant: Timestamp) throws {
        try connection.execute(
            "UPDATE clock_trust SET last_at = $1 WHERE singleton = 1 AND last_at < $1",
            [.integer(instant.microseconds)])
    }

    /// The last instant at which something was done: by a worker, a call or a delivery; nil in a new store.
    public func last() throws -> Timestamp? {
        let seen: Timestamp? = try connection.value("SELECT last_at FROM clock_trust")
        // What was made up for has the instant at which it was due.
        let audited = try connection.rows("SELECT at FROM audit ORDER BY sequence DESC LIMIT 100") {
            Timestamp(microseconds: $0.integer(0))
        }.max()
        return [seen, audited, try DeliveryLedger.newestReceipt(on: connection)].compactMap { $0 }.max()
    }

    /// Why a clock that says `now` is not believed, by what is stored. Nil when it may be right.
    public func doubt(of now: Timestamp) throws -> Doubt? {
        if let pause = try Pauses.find(Pauses.clock, on: connection) {
            return Doubt(kind: .paused, text: "the clock is paused by \(pause.pausedBy): \(pause.reason)")
        }
        let known = try connection.first("SELECT last_at, accepted_until FROM clock_trust") {
            (last: Timestamp(microseconds: $0.integer(0)), accepted: Timestamp(microseconds: $0.integer(1)))
        }
        guard var last = known?.last else { return nil }
        if let newest = try DeliveryLedger.newestReceipt(on: connection), newest > known?.accepted ?? newest {
            last = max(last, newest)
        }
        guard now < last.advanced(bySeconds: -Self.behindMaxSeconds) else { return nil }
        return Doubt(
            kind: .behind, text: "the clock says \(now), and the store holds something of \(last); \(Self.remedy)")
    }

    /// As `doubt(of:)`, by what was done by the clock alone: what deliveries say is a worker's to judge.
    public func isBehind(_ now: Timestamp) throws -> Doubt? {
        let last: Timestamp? = try connection.value("SELECT last_at FROM clock_trust")
        guard let last, now < last.advanced(bySeconds: -Self.behindMaxSeconds) else { return nil }
        return Doubt(
            kind: .behind, text: "the clock says \(now), and the store holds something of \(last); \(Self.remedy)")
    }

    /// Why a clock that says `now` is not believed where it should say `due` by the time that passed.
    public static func jump(to now: Timestamp, due: Timestamp) -> Doubt? {
        let difference = now.microseconds - due.microseconds
        guard abs(difference) > jumpMaxSeconds * 1_000_000 else { return nil }
        return Doubt(
            kind: .jumped, text: "the clock jumped by \(difference / 1_000_000) s, to \(now); \(remedy)")
    }

    /// What a worker does not believe, in its words, for `status`; nil also after a person said that it is right.
    public func noted() throws -> String? {
        try connection.first("SELECT doubt FROM clock_trust") { $0.optionalText(0) } ?? nil
    }

    /// How often a person said that the clock is right.
    public func acceptances() throws -> Int64 {
        try connection.value("SELECT accepted FROM clock_trust") ?? 0
    }

    /// Returns whether that is news.
    public func note(_ doubt: Doubt?) throws -> Bool {
        try connection.execute(
            "UPDATE clock_trust SET doubt = $1 WHERE singleton = 1 AND COALESCE(doubt, '') <> COALESCE($1, '')",
            [.text(doubt?.text)]) > 0
    }

    /// A person says that the clock is right: stored instants that lie ahead of it are held against it no more. Returns
    /// whether it was in doubt.
    func accept() throws -> Bool {
        let wasInDoubt = try noted() != nil
        try connection.execute(
            """
            UPDATE clock_trust SET last_at = 0, accepted_until = $1, accepted = accepted + 1, doubt = NULL
             WHERE singleton = 1
            """,
            [.integer(try DeliveryLedger.newestReceipt(on: connection)?.microseconds ?? 0)])
        return wasInDoubt
    }
}
