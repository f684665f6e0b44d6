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
    /// The wallet's last row in the ledger when its last purchase was decided; and when that one was that brought credits.
    var decidedEntry: Int64?
    var rechargedEntry: Int64?
    /// Whether credits are wanted since then: consumed, asked for in vain, or by saved settings. Until a purchase brings them.
    var hasDemand = false
    /// The last definite declines, oldest first.
    var declinedAt: [Timestamp] = []
    var declinedMethod: String?
    /// Attempts to charge, on the day that begins then.
    var attemptsDay: Timestamp?
    var attempts: Int64 = 0

    /// Definite declines that are remembered: the fourth within a day disables.
    static let declinesMax = 4

    /// Attempts on the day that holds an instant.
    func attempts(on instant: Timestamp) -> Int64 { attemptsDay == instant.startOfDay ? attempts : 0 }

    /// How far the customer was warned in this month.
    func warned(in month: Timestamp) -> Int64 { warnedMonth == month ? warnedPercent : 0 }
}

struct RechargeWalletTable {
    let connection: any SQLConnection

    private static let columns = Columns<RechargeMemory>(
        "recharge_wallets", .key("wallet", \.wallet),
        Column<RechargeMemory, AutoRechargeSettings.State?>.own("state", { .text(($0.hold ?? .ready).rawValue) }) {
            row, column in
            RechargeGuards.Refusal.holds.first { $0.rawValue == row.text(column) }
        },
        Column("reason", \.reason), Column("next_at", \.nextAt), Column("cool_until", \.coolUntil),
        Column("declines", \.declines), Column("retry_at", \.retryAt), Column("warned_month", \.warnedMonth),
        Column("warned_percent", \.warnedPercent), Column("asked_at", \.askedAt), Column("asked_about", \.askedAbout),
        Column("tick_at", \.tickAt), Column("failed", \.failure), Column("announced_version", \.announcedVersion),
        Column("decided_entry", \.decidedEntry), Column("recharged_entry", \.rechargedEntry),
        Column("has_demand", \.hasDemand),
        Column<RechargeMemory, [Timestamp]>.own(
            "declined_at", { .text(Payload.array($0.declinedAt.map { .integer($0.microseconds) }).json) }
        ) { row, column in instants(try Payload(json: row.text(column))) },
        Column("declined_method", \.declinedMethod), Column("attempts_day", \.attemptsDay),
        Column("attempts", \.attempts),
        make: RechargeMemory.init)

    func find(_ wallet: RechargedWallet) throws -> RechargeMemory {
        try connection.find(Self.columns, key: wallet.key) ?? RechargeMemory(wallet: wallet)
    }

    func save(_ memory: RechargeMemory) throws { try connection.upsert(memory, into: Self.columns) }

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

    private static func instants(_ list: Payload) -> [Timestamp] {
        (list.items ?? []).compactMap { item in
            if case .integer(let microseconds) = item { Timestamp(microseconds: microseconds) } else { nil }
        }
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
