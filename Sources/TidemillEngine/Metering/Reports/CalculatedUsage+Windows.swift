import TidemillCore
import TidemillStore

/// Usage of a window: the last SET in it, and the DELTAs in it that follow. What was counted once is kept beside the
/// reports, so that a check reads one row and the few reports that came since.
extension CalculatedUsage {
    /// Nil bounds are open. Without any, this is the level.
    func usage(of counter: UsageCounter, _ from: Timestamp?, _ until: Timestamp?) throws -> Amount {
        guard from != nil || until != nil else { return try level(of: counter) ?? .zero }
        let window = Window(from, until)
        guard let known = try tally(of: counter, window) else { return try count(counter, window).usage }
        return try extended(known, of: counter, window)?.usage ?? count(counter, window).usage
    }

    /// Keeps what the window comes to, for the checks to come. Called where the counter was written.
    func keepUsage(of counter: UsageCounter, _ from: Timestamp?, _ until: Timestamp?, now: Timestamp) throws {
        guard from != nil || until != nil else { return }
        let window = Window(from, until)
        let known = try tally(of: counter, window)
        if known == nil {
            try connection.execute(
                "DELETE FROM usage_windows WHERE \(Self.isCounter) AND until_at <= $5",
                counter.key + [.integer(now.microseconds)])
        }
        let tally = try known.flatMap { try extended($0, of: counter, window) } ?? count(counter, window)
        try connection.execute(
            """
            INSERT INTO usage_windows(bucket, customer_id, feature_id, resource_id, from_at, until_at, through, set_at,
              usage_units, usage_nanos)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT (bucket, customer_id, feature_id, resource_id, from_at, until_at) DO UPDATE SET
              through = excluded.through, set_at = excluded.set_at, usage_units = excluded.usage_units,
              usage_nanos = excluded.usage_nanos
            """,
            counter.key + window.key + [
                .integer(tally.through), .integer(tally.setAt), .integer(tally.usage.units),
                .integer(tally.usage.fraction),
            ])
    }

    /// The counter's reports changed otherwise than by one more.
    func forgetWindows(of counter: UsageCounter) throws {
        try connection.execute("DELETE FROM usage_windows WHERE \(Self.isCounter)", counter.key)
    }

    private struct Window {
        let from: Int64
        let until: Int64

        init(_ from: Timestamp?, _ until: Timestamp?) {
            self.from = from?.microseconds ?? .min
            self.until = until?.microseconds ?? .max
        }

        var key: [SQLValue] { [.integer(from), .integer(until)] }
    }

    private struct Tally {
        var through: Int64
        var setAt: Int64?
        var usage: Amount
    }

    private func tally(of counter: UsageCounter, _ window: Window) throws -> Tally? {
        try connection.first(
            """
            SELECT through, set_at, usage_units, usage_nanos FROM usage_windows
             WHERE \(Self.isCounter) AND from_at = $5 AND until_at = $6
            """, counter.key + window.key
        ) { Tally(through: $0.integer(0), setAt: $0.optionalInteger(1), usage: $0.amount(2)) }
    }

    /// The tally with the reports that came after it; nil where a SET among them means to count again.
    private func extended(_ tally: Tally, of counter: UsageCounter, _ window: Window) throws -> Tally? {
        var tally = tally
        var isSet = false
        try connection.query(
            """
            SELECT sequence, at, behavior, value_units, value_nanos, voided FROM usage_reports
             WHERE \(Self.isCounter) AND sequence > $5 ORDER BY sequence
            """, counter.key + [.integer(tally.through)]
        ) { row in
            tally.through = row.integer(0)
            let at = row.integer(1)
            guard row.integer(5) == 0, at >= window.from, at < window.until else { return }
            if row.text(2) == "SET" { isSet = true }
            // Of the same instant as the SET, it arrived later and so follows it.
            if tally.setAt.map({ at >= $0 }) ?? true { tally.usage += row.amount(3) }
        }
        return isSet ? nil : tally
    }

    private func count(_ counter: UsageCounter, _ window: Window) throws -> Tally {
        let set = try connection.first(
            """
            SELECT at, sequence, value_units, value_nanos FROM usage_reports
             WHERE \(Self.isCounted) AND at >= $5 AND at < $6 AND behavior = 'SET'
             ORDER BY at DESC, sequence DESC LIMIT 1
            """, counter.key + window.key
        ) { (at: $0.integer(0), sequence: $0.integer(1), value: $0.amount(2)) }
        let start: (Int64, Int64) = set.map { ($0.at, $0.sequence) } ?? (window.from, .min)
        let deltas = try sumOfDeltas(counter, after: start, before: window.until)
        return Tally(
            through: try running(counter)?.reports ?? 0, setAt: set?.at, usage: (set?.value ?? .zero) + deltas.sum)
    }
}
