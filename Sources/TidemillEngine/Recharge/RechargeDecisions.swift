import TidemillCore
import TidemillOperations
import TidemillStore

/// The stored reason of every evaluation that did something, was refused, or in which a script wanted nothing.
struct RechargeDecisions {
    let connection: any SQLConnection

    static let columns = Columns<RechargeRecord>(
        "recharge_decisions", .key("sequence", \.sequence), .key("wallet", \.wallet), Column("at", \.at),
        Column("result", \.result), Column("reason", \.reason), Column("inputs", \.inputs),
        Column("episode", \.episode), Column("repeats", \.repeats), Column("last_at", \.lastAt),
        Column("policy", \.policy), Column("script_version", \.scriptVersion), make: RechargeRecord.init)

    /// What came of an evaluation, or of an episode's step.
    enum Result: String, Sendable, CaseIterable {
        case recharge = "RECHARGE"
        case charged = "CHARGED"
        case pending = "PENDING"
        case declined = "DECLINED"
        case unknown = "UNKNOWN"
        case withdrawn = "WITHDRAWN"
        case disabled = "DISABLED"
        case stopped = "STOPPED"
        case settled = "SETTLED"
        case refunded = "REFUNDED"
        case contradiction = "CONTRADICTION"
        case refused = "REFUSED"
        /// A script was asked, and wants nothing bought.
        case nothing = "NOTHING"

        /// What it counts as in the metrics; nil for what is no outcome yet, or follows one.
        var counted: String? {
            switch self {
            case .charged: "charged"
            case .declined: "declined"
            case .refused: "refused"
            case .unknown: "unknown"
            case .recharge, .pending, .withdrawn, .disabled, .stopped, .settled, .refunded, .contradiction, .nothing:
                nil
            }
        }

        /// The audit's name for it, where it moves money or credits, ends that, or leaves it open; nil for what moves
        /// nothing, and for what has a row already: disabling one of its own, a person's settling that of the operation.
        var auditAction: String? {
            switch self {
            case .charged: "grantAutoRecharge"
            case .pending: "awaitAutoRecharge"
            case .unknown: "recheckAutoRecharge"
            case .declined: "declineAutoRecharge"
            case .withdrawn: "withdrawAutoRecharge"
            case .stopped: "stopAutoRecharge"
            case .refunded: "refundAutoRecharge"
            case .contradiction: "contradictAutoRecharge"
            case .recharge, .disabled, .settled, .refused, .nothing: nil
            }
        }
    }

    /// Writes the decision; one that repeats the wallet's last one for the same reason moves that. Returns whether it is
    /// a new one.
    @discardableResult
    func record(
        _ result: Result, _ reason: String, of wallet: RechargedWallet, inputs: Payload, episode: String? = nil,
        by source: PolicySource? = nil, at now: Timestamp
    ) throws -> Bool {
        let repeated = try connection.execute(
            """
            UPDATE recharge_decisions SET last_at = $4, repeats = repeats + 1, inputs = $7
             WHERE bucket = $1 AND customer_id = $2 AND currency_id = $3 AND result = $5 AND reason = $6
               AND COALESCE(episode, '') = $8 AND COALESCE(policy, '') = $9 AND COALESCE(script_version, '') = $10
               AND result IN ('REFUSED', 'NOTHING', 'UNKNOWN', 'PENDING')
               AND sequence = (SELECT MAX(sequence) FROM recharge_decisions
                                WHERE bucket = $1 AND customer_id = $2 AND currency_id = $3)
            """,
            wallet.key + [
                .instant(now), .text(result.rawValue), .text(reason), .text(inputs.json), .text(episode ?? ""),
                .text(source?.name ?? ""), .text(source?.scriptVersion ?? ""),
            ])
        if repeated == 0 {
            let decision = RechargeRecord(
                sequence: try Sequences.next("recharge_decisions", on: connection), wallet: wallet, at: now,
                result: result.rawValue, reason: reason, inputs: inputs, episode: episode, repeats: 0, lastAt: now,
                policy: source?.name, scriptVersion: source?.scriptVersion)
            try connection.insert(decision, into: Self.columns)
        }
        if repeated == 0, let outcome = result.counted { connection.count(.recharges, [outcome]) }
        // Wanting nothing is no recharge.
        guard result != .nothing else { return repeated == 0 }
        try ClockTrust(connection).saw(now)
        return repeated == 0
    }

    /// Forgets the oldest before an instant, at most `limit`; returns how many.
    func prune(before oldest: Timestamp, limit: Int64) throws -> Int64 {
        let rows = try connection.rows(
            "SELECT bucket, customer_id, currency_id, sequence FROM recharge_decisions WHERE at < $1 ORDER BY at LIMIT $2",
            [.instant(oldest), .integer(limit)]
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
