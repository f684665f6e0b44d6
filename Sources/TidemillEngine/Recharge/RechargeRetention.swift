public import TidemillCore
import TidemillOperations
public import TidemillStore

/// Forgets decisions about recharges that nobody asks about any more, in steps that let other writers in between.
/// Episodes are kept: they are what was charged.
public struct RechargeRetention: StoreMaintenance {
    /// `decisions.keep_policies`: as long as raw events.
    public static let keepSeconds = EventBounds.keep

    private let store: any Store
    private let keepSeconds: Int64
    private let stepRows: Int64

    public init(store: any Store, keepSeconds: Int64 = Self.keepSeconds, stepRows: Int64 = 2000) {
        self.store = store
        self.keepSeconds = keepSeconds
        self.stepRows = stepRows
    }

    public func runMaintenance(now: Timestamp) throws {
        let oldest = now.advanced(bySeconds: -keepSeconds)
        let isDue = try store.read { connection in
            try connection.first("SELECT MIN(at) FROM recharge_decisions") { ($0.optionalInstant(0) ?? now) < oldest }
        }
        guard isDue == true else { return }
        while try store.write({ try prune(before: oldest, on: $0) }) == stepRows {}
    }

    private func prune(before oldest: Timestamp, on connection: any SQLConnection) throws -> Int64 {
        let rows = try connection.rows(
            "SELECT bucket, customer_id, currency_id, sequence FROM recharge_decisions WHERE at < $1 ORDER BY at LIMIT $2",
            [.instant(oldest), .integer(stepRows)]
        ) { [SQLValue.integer($0.integer(0)), .text($0.text(1)), .text($0.text(2)), .integer($0.integer(3))] }
        for row in rows {
            try connection.execute(
                """
                DELETE FROM recharge_decisions
                 WHERE bucket = $1 AND customer_id = $2 AND currency_id = $3 AND sequence = $4
                """, row)
        }
        return Int64(rows.count)
    }
}
