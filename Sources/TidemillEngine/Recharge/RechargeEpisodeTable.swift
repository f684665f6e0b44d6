import TidemillCore
import TidemillOperations
public import TidemillStore

struct RechargeEpisodeTable {
    let connection: any SQLConnection

    private static let columns = Columns<RechargeEpisode>(
        "recharge_episodes", .key("wallet", \.wallet), .key("id", \.id), Column("state", \.state),
        .once("opened_at", \.openedAt), Column("ended_at", \.endedAt), Column("reason", \.reason),
        Column("credits", \.credits), Column("cost", \.cost), Column("expiration", \.expiration),
        Column("month", \.month), Column("attempt", \.attempt), Column("key_used_at", \.keyUsedAt),
        Column("tries", \.tries), Column("next_at", \.nextAt), Column("lease_owner", \.leaseOwner),
        Column("lease_until", \.leaseUntil), Column("payment_method", \.paymentMethod),
        Column("payment_id", \.paymentID), Column("grant_id", \.grantID), Column("detail", \.detail),
        make: RechargeEpisode.init)
    /// States that count toward the cap: what is charged, may be, or will be.
    private static let counted = "('charging', 'pending', 'stopped', 'succeeded', 'refunded', 'settled')"

    func find(_ id: String, of wallet: RechargedWallet) throws -> RechargeEpisode? {
        try connection.find(Self.columns, key: wallet.key + [.text(id)])
    }

    func open(of wallet: RechargedWallet) throws -> RechargeEpisode? {
        try connection.first(
            Self.columns, "WHERE bucket = $1 AND customer_id = $2 AND currency_id = $3 AND ended_at IS NULL", wallet.key
        )
    }

    /// The last one that brought credits.
    func lastSucceeded(of wallet: RechargedWallet) throws -> RechargeEpisode? {
        try connection.first(
            Self.columns,
            """
            WHERE bucket = $1 AND customer_id = $2 AND currency_id = $3 AND state IN ('succeeded', 'refunded')
             ORDER BY ended_at DESC, id DESC LIMIT 1
            """, wallet.key)
    }

    func save(_ episode: RechargeEpisode) throws { try connection.upsert(episode, into: Self.columns) }

    /// Open episodes for which the worker has something to do.
    func due(until now: Timestamp, limit: Int) throws -> [RechargeEpisode] {
        try connection.rows(
            Self.columns, "WHERE ended_at IS NULL AND next_at <= $1 ORDER BY next_at LIMIT $2",
            [.instant(now), .integer(limit)])
    }

    /// Whatever an earlier process left in the middle is due at once.
    func wake(at now: Timestamp) throws {
        try connection.execute(
            """
            UPDATE recharge_episodes SET next_at = $1
             WHERE ended_at IS NULL AND state IN ('charging', 'pending') AND next_at > $1
            """, [.instant(now)])
    }

    /// The episodes whose key was never sent, of wallets whose policy failed under other scripts, are due at once.
    func wakeUncharged(failedUnderOtherThan version: String?, at now: Timestamp) throws {
        try connection.execute(
            """
            UPDATE recharge_episodes SET next_at = $2
             WHERE ended_at IS NULL AND state = 'charging' AND key_used_at IS NULL AND next_at > $2
               AND EXISTS (
                SELECT 1 FROM recharge_wallets AS wallets
                 WHERE wallets.bucket = recharge_episodes.bucket
                   AND wallets.customer_id = recharge_episodes.customer_id
                   AND wallets.currency_id = recharge_episodes.currency_id
                   AND \(RechargeWalletTable.failedUnderOther))
            """, [.text(version ?? ""), .instant(now)])
    }

    /// What the recharges of a month cost, those included whose outcome is open.
    func spent(by wallet: RechargedWallet, in month: Timestamp, except id: String? = nil) throws -> Amount {
        let sums: Amount? = try connection.value(
            """
            SELECT COALESCE(SUM(cost_units), 0), COALESCE(SUM(cost_nanos), 0) FROM recharge_episodes
             WHERE bucket = $1 AND customer_id = $2 AND currency_id = $3 AND month = $4 AND id <> $5
               AND state IN \(Self.counted)
            """, wallet.key + [.instant(month), .text(id ?? "")])
        return sums ?? .zero
    }

    /// How many were opened for the wallet since `start`; those count that were withdrawn before a charge, not.
    func count(of wallet: RechargedWallet, since start: Timestamp) throws -> Int64 {
        try connection.value(
            """
            SELECT COUNT(*) FROM recharge_episodes
             WHERE bucket = $1 AND customer_id = $2 AND currency_id = $3 AND opened_at >= $4 AND state <> 'withdrawn'
            """, wallet.key + [.instant(start)]) ?? 0
    }

    /// As above, over all wallets.
    func count(after start: Timestamp) throws -> Int64 {
        try connection.value(
            "SELECT COUNT(*) FROM recharge_episodes WHERE opened_at > $1 AND state <> 'withdrawn'", [.instant(start)]
        ) ?? 0
    }

    // MARK: - Payments that name themselves alone

    /// Where a key or a payment belongs.
    private struct Reference: Sendable {
        let text: String
        let wallet: RechargedWallet
        let episode: String
        let attempt: Int64
    }

    private static let references = Columns<Reference>(
        "recharge_payments", .key("reference", \.text), Column("wallet", \.wallet), Column("episode", \.episode),
        Column("attempt", \.attempt), make: Reference.init)

    func note(_ reference: String, of episode: RechargeEpisode) throws {
        let place = Reference(text: reference, wallet: episode.wallet, episode: episode.id, attempt: episode.attempt)
        try connection.insert(place, into: Self.references, "ON CONFLICT (reference) DO NOTHING")
    }

    func find(reference: String) throws -> (episode: RechargeEpisode, attempt: Int64)? {
        guard let place = try connection.find(Self.references, key: [.text(reference)]),
            let episode = try find(place.episode, of: place.wallet)
        else { return nil }
        return (episode, place.attempt)
    }
}

extension RechargeEpisode.State: ColumnValue {}

extension RechargeExpiry: ColumnValue {
    public init(_ row: any SQLRow, at column: Int) throws { try self.init(stored: row.text(column)) }
    public func bind(to values: inout [SQLValue]) { values.append(.text(text)) }
}
