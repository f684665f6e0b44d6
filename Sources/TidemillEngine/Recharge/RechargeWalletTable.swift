import TidemillCore
import TidemillOperations
import TidemillStore

/// What the guards remember of a wallet.
struct RechargeMemory: Sendable, Hashable {
    let wallet: RechargedWallet
    /// What kept the last wish from being fulfilled, for as long as it does; nil for nothing.
    var hold: AutoRechargeSettings.State?
    var reason: String?
    /// When to look again although nothing changes.
    var nextAt: Timestamp?
    /// No recharge before this instant: the cool-down after the last one.
    var coolUntil: Timestamp?
    /// Declined charges in a row.
    var declines: Int64 = 0
    /// No charge before this instant: the back-off after a decline.
    var retryAt: Timestamp?
    /// The last warning about the cap, and the start of the month that it was about.
    var warnedMonth: Timestamp?
    var warnedPercent: Int64 = 0
    /// What its policy saw when it was asked last, and when that was.
    var askedAt: Timestamp?
    var askedAbout: String?
    /// A `nextAt` that is worth a question only where something changed since the last one.
    var tickAt: Timestamp?
    /// A policy that could not decide.
    var failure: PolicyTrouble?
    /// The script version whose failure was announced.
    var announcedVersion: String?

    /// How far the customer was warned in this month.
    func warned(in month: Timestamp) -> Int64 { warnedMonth == month ? warnedPercent : 0 }
}

struct RechargeWalletTable {
    let connection: any SQLConnection

    func find(_ wallet: RechargedWallet) throws -> RechargeMemory {
        let found = try connection.first(
            """
            SELECT state, reason, next_at, cool_until, declines, retry_at, warned_month, warned_percent, asked_at,
              asked_about, tick_at, failed_at, failed_policy, failed_version, failed_message, announced_version
              FROM recharge_wallets WHERE bucket = $1 AND customer_id = $2 AND currency_id = $3
            """, wallet.key
        ) { row in
            RechargeMemory(
                wallet: wallet, hold: RechargeGuards.Refusal.holds.first { $0.rawValue == row.text(0) },
                reason: row.optionalText(1),
                nextAt: row.optionalInstant(2), coolUntil: row.optionalInstant(3), declines: row.integer(4),
                retryAt: row.optionalInstant(5), warnedMonth: row.optionalInstant(6), warnedPercent: row.integer(7),
                askedAt: row.optionalInstant(8), askedAbout: row.optionalText(9), tickAt: row.optionalInstant(10),
                failure: row.optionalInstant(11).map { at in
                    PolicyTrouble(
                        at: at, policy: row.optionalText(12) ?? "", version: row.optionalText(13) ?? "",
                        message: row.optionalText(14) ?? "")
                },
                announcedVersion: row.optionalText(15))
        }
        return found ?? RechargeMemory(wallet: wallet)
    }

    func save(_ memory: RechargeMemory) throws {
        try connection.execute(
            """
            INSERT INTO recharge_wallets(bucket, customer_id, currency_id, state, reason, next_at, cool_until, declines,
              retry_at, warned_month, warned_percent, asked_at, asked_about, tick_at, failed_at, failed_policy,
              failed_version, failed_message, announced_version)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
            ON CONFLICT (bucket, customer_id, currency_id) DO UPDATE SET state = excluded.state,
              reason = excluded.reason, next_at = excluded.next_at, cool_until = excluded.cool_until,
              declines = excluded.declines, retry_at = excluded.retry_at, warned_month = excluded.warned_month,
              warned_percent = excluded.warned_percent, asked_at = excluded.asked_at,
              asked_about = excluded.asked_about, tick_at = excluded.tick_at, failed_at = excluded.failed_at,
              failed_policy = excluded.failed_policy, failed_version = excluded.failed_version,
              failed_message = excluded.failed_message, announced_version = excluded.announced_version
            """,
            memory.wallet.key + [
                .text((memory.hold ?? .ready).rawValue), .text(memory.reason), .instant(memory.nextAt),
                .instant(memory.coolUntil), .integer(memory.declines), .instant(memory.retryAt),
                .instant(memory.warnedMonth), .integer(memory.warnedPercent), .instant(memory.askedAt),
                .text(memory.askedAbout), .instant(memory.tickAt), .instant(memory.failure?.at),
                .text(memory.failure?.policy), .text(memory.failure?.version), .text(memory.failure?.message),
                .text(memory.announcedVersion),
            ])
    }

    /// Whose policy failed under another script version than `$1`.
    static let failedUnderOther = "failed_at IS NOT NULL AND failed_version <> $1"

    func hasFailed(underOtherThan version: String?) throws -> Bool {
        try connection.hasRows(
            "SELECT 1 FROM recharge_wallets WHERE \(Self.failedUnderOther) LIMIT 1", [.text(version ?? "")])
    }

    /// They are looked at again at once.
    func wake(failedUnderOtherThan version: String?, at now: Timestamp) throws {
        try connection.execute(
            "UPDATE recharge_wallets SET next_at = $2 WHERE \(Self.failedUnderOther)",
            [.text(version ?? ""), .instant(now)])
    }

    /// Wallets to look at although nothing changed: saved, out of a waiting time, in a new month.
    func due(until now: Timestamp, limit: Int) throws -> [RechargedWallet] {
        try connection.rows(
            """
            SELECT customer_id, currency_id FROM recharge_wallets WHERE next_at IS NOT NULL AND next_at <= $1
             ORDER BY next_at LIMIT $2
            """, [.instant(now), .integer(limit)]
        ) { RechargedWallet(customer: CustomerID($0.text(0)), currency: $0.text(1)) }
    }
}
