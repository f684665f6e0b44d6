public import TidemillCore

/// What became of records over time. It is added to in the transaction that commits them.
public struct Throughput: Sendable, Hashable {
    /// Of a minute or an hour.
    public var seconds: Int64
    /// In seconds since 1970.
    public var start: Int64
    public var applied: Int64
    public var filtered: Int64
    public var duplicate: Int64
    public var rejected: Int64
    /// The records' texts.
    public var bytes: Int64

    static let minute: Int64 = 60
    static let hour: Int64 = 3600
    /// How long each is kept, in seconds.
    private static let kept: [(seconds: Int64, age: Int64)] = [(minute, 7 * 86_400), (hour, 400 * 86_400)]

    private static let columns = Columns<Throughput>(
        "throughput", .key("seconds", \.seconds), .key("start", \.start), Column("applied", \.applied),
        Column("filtered", \.filtered), Column("duplicate", \.duplicate), Column("rejected", \.rejected),
        Column("bytes", \.bytes), make: Throughput.init)

    private static let adding = """
        ON CONFLICT(seconds, start) DO UPDATE SET applied = throughput.applied + excluded.applied,
          filtered = throughput.filtered + excluded.filtered, duplicate = throughput.duplicate + excluded.duplicate,
          rejected = throughput.rejected + excluded.rejected, bytes = throughput.bytes + excluded.bytes
        """

    public static func add(
        _ counts: [DeliveryCounts], bytes: Int64, at now: Timestamp, on connection: any SQLConnection
    ) throws {
        let all = counts.reduce(into: DeliveryCounts()) { $0 += $1 }
        guard all.records > 0 else { return }
        let second = now.microseconds / 1_000_000
        for (seconds, _) in kept {
            let row = Throughput(
                seconds: seconds, start: second / seconds * seconds, applied: all.applied, filtered: all.filtered,
                duplicate: all.duplicate, rejected: all.rejected, bytes: bytes)
            try connection.insert(row, into: columns, adding)
        }
    }

    /// In spans of `seconds`, which whole minutes fill: those from `from` on and before `to` in which anything came.
    public static func list(
        every seconds: Int64, from: Timestamp, to: Timestamp, on connection: any SQLConnection
    ) throws -> [Throughput] {
        let kind = seconds < hour || seconds % hour != 0 ? minute : hour
        let rows = try connection.rows(
            columns, "WHERE seconds = $1 AND start >= $2 AND start < $3 ORDER BY start",
            [
                .integer(kind), .integer(from.microseconds / 1_000_000 / kind * kind),
                .integer(to.microseconds / 1_000_000),
            ])
        return rows.reduce(into: []) { spans, row in
            let start = row.start / seconds * seconds
            guard let last = spans.indices.last, spans[last].start == start else {
                var span = row
                (span.seconds, span.start) = (seconds, start)
                return spans.append(span)
            }
            spans[last].applied += row.applied
            spans[last].filtered += row.filtered
            spans[last].duplicate += row.duplicate
            spans[last].rejected += row.rejected
            spans[last].bytes += row.bytes
        }
    }

    private static let old = "FROM throughput WHERE seconds = $1 AND start < $2"

    private static func edges(_ now: Timestamp) -> [[SQLValue]] {
        kept.map { seconds, age in [.integer(seconds), .integer(now.microseconds / 1_000_000 - age)] }
    }

    /// Whether there is anything past its time.
    public static func isOld(now: Timestamp, on connection: any SQLConnection) throws -> Bool {
        try edges(now).contains { try connection.hasRows("SELECT 1 \(old) LIMIT 1", $0) }
    }

    public static func prune(now: Timestamp, on connection: any SQLConnection) throws {
        for edge in edges(now) { try connection.execute("DELETE \(old)", edge) }
    }
}
