import TidemillCore
import TidemillOperations
import TidemillStore

struct RechargeEpisodeTable {
    let connection: any SQLConnection

    private static let columns = """
        customer_id, currency_id, id, state, opened_at, ended_at, reason, credits_units, credits_nanos, cost_units,
        cost_nanos, cost_currency, expiration, month, attempt, key_used_at, tries, next_at, lease_owner, lease_until,
        payment_method, payment_id, grant_id, detail
        """
    /// States that count toward the cap: what is charged, may be, or will be.
    private static let counted = "('charging', 'pending', 'stopped', 'succeeded', 'refunded', 'settled')"

    func find(_ id: String, of wallet: RechargedWallet) throws -> RechargeEpisode? {
        try connection.first(
            """
            SELECT \(Self.columns) FROM recharge_episodes
             WHERE bucket = $1 AND customer_id = $2 AND currency_id = $3 AND id = $4
            """, wallet.key + [.text(id)], Self.episode)
    }

    func open(of wallet: RechargedWallet) throws -> RechargeEpisode? {
        try connection.first(
            """
            SELECT \(Self.columns) FROM recharge_episodes
             WHERE bucket = $1 AND customer_id = $2 AND currency_id = $3 AND ended_at IS NULL
            """, wallet.key, Self.episode)
    }

    /// The last one that brought credits.
    func lastSucceeded(of wallet: RechargedWallet) throws -> RechargeEpisode? {
        try connection.first(
            """
            SELECT \(Self.columns) FROM recharge_episodes
             WHERE bucket = $1 AND customer_id = $2 AND currency_id = $3 AND state IN ('succeeded', 'refunded')
             ORDER BY ended_at DESC, id DESC LIMIT 1
            """, wallet.key, Self.episode)
    }

    func save(_ episode: RechargeEpisode) throws {
        let columns: [SQLValue] =
            [
                .text(episode.id), .text(episode.state.rawValue), .instant(episode.openedAt),
                .instant(episode.endedAt), .text(episode.reason),
            ] + SQLValue.columns(episode.credits) + SQLValue.columns(episode.cost?.amount)
            + [
                .text(episode.cost?.currency), .text(episode.expiration.text), .instant(episode.month),
                .integer(episode.attempt), .instant(episode.keyUsedAt), .integer(episode.tries),
                .instant(episode.nextAt), .text(episode.leaseOwner), .instant(episode.leaseUntil),
                .text(episode.paymentMethod), .text(episode.paymentID), .text(episode.grantID), .text(episode.detail),
            ]
        try connection.execute(
            """
            INSERT INTO recharge_episodes(bucket, customer_id, currency_id, id, state, opened_at, ended_at, reason,
              credits_units, credits_nanos, cost_units, cost_nanos, cost_currency, expiration, month, attempt,
              key_used_at, tries, next_at, lease_owner, lease_until, payment_method, payment_id, grant_id, detail)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
              $23, $24, $25)
            ON CONFLICT (bucket, customer_id, currency_id, id) DO UPDATE SET state = excluded.state,
              ended_at = excluded.ended_at, reason = excluded.reason, credits_units = excluded.credits_units,
              credits_nanos = excluded.credits_nanos, cost_units = excluded.cost_units,
              cost_nanos = excluded.cost_nanos, cost_currency = excluded.cost_currency,
              expiration = excluded.expiration, month = excluded.month, attempt = excluded.attempt,
              key_used_at = excluded.key_used_at, tries = excluded.tries, next_at = excluded.next_at,
              lease_owner = excluded.lease_owner, lease_until = excluded.lease_until,
              payment_method = excluded.payment_method, payment_id = excluded.payment_id, grant_id = excluded.grant_id, detail = excluded.detail
            """, episode.wallet.key + columns)
    }

    /// Open episodes for which the worker has something to do.
    func due(until now: Timestamp, limit: Int) throws -> [RechargeEpisode] {
        try connection.rows(
            """
            SELECT \(Self.columns) FROM recharge_episodes WHERE ended_at IS NULL AND next_at <= $1
             ORDER BY next_at LIMIT $2
            """, [.instant(now), .integer(limit)], Self.episode)
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
        let sums = try connection.first(
            """
            SELECT COALESCE(SUM(cost_units), 0), COALESCE(SUM(cost_nanos), 0) FROM recharge_episodes
             WHERE bucket = $1 AND customer_id = $2 AND currency_id = $3 AND month = $4 AND id <> $5
               AND state IN \(Self.counted)
            """, wallet.key + [.instant(month), .text(id ?? "")]
        ) { Amount(units: $0.integer(0), nanos: $0.integer(1)) }
        return sums ?? .zero
    }

    /// How many were opened for the wallet since `start`; those count that were withdrawn before a charge, not.
    func count(of wallet: RechargedWallet, since start: Timestamp) throws -> Int64 {
        try connection.first(
            """
            SELECT COUNT(*) FROM recharge_episodes
             WHERE bucket = $1 AND customer_id = $2 AND currency_id = $3 AND opened_at >= $4 AND state <> 'withdrawn'
            """, wallet.key + [.instant(start)]
        ) { $0.integer(0) } ?? 0
    }

    /// As above, over all wallets.
    func count(after start: Timestamp) throws -> Int64 {
        try connection.first(
            "SELECT COUNT(*) FROM recharge_episodes WHERE opened_at > $1 AND state <> 'withdrawn'", [.instant(start)]
        ) { $0.integer(0) } ?? 0
    }

    // MARK: - Payments that name themselves alone

    /// Notes where a key or a payment belongs.
    func note(_ reference: String, of episode: RechargeEpisode) throws {
        try connection.execute(
            """
            INSERT INTO recharge_payments(reference, bucket, customer_id, currency_id, episode, attempt)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (reference) DO NOTHING
            """, [.text(reference)] + episode.wallet.key + [.text(episode.id), .integer(episode.attempt)])
    }

    func find(reference: String) throws -> (episode: RechargeEpisode, attempt: Int64)? {
        let place = try connection.first(
            "SELECT customer_id, currency_id, episode, attempt FROM recharge_payments WHERE reference = $1",
            [.text(reference)]
        ) {
            (
                wallet: RechargedWallet(customer: CustomerID($0.text(0)), currency: $0.text(1)), id: $0.text(2),
                attempt: $0.integer(3)
            )
        }
        guard let place, let episode = try find(place.id, of: place.wallet) else { return nil }
        return (episode, place.attempt)
    }

    private static func episode(_ row: any SQLRow) throws -> RechargeEpisode {
        RechargeEpisode(
            wallet: RechargedWallet(customer: CustomerID(row.text(0)), currency: row.text(1)), id: row.text(2),
            state: try RechargeSettingsTable.known(row.text(3)), openedAt: row.instant(4),
            endedAt: row.optionalInstant(5), reason: row.optionalText(6), credits: row.amount(7),
            cost: row.optionalAmount(9).map { Money($0, row.text(11)) },
            expiration: try RechargeExpiry(stored: row.text(12)), month: row.instant(13),
            attempt: row.integer(14), keyUsedAt: row.optionalInstant(15), tries: row.integer(16),
            nextAt: row.optionalInstant(17), leaseOwner: row.optionalText(18), leaseUntil: row.optionalInstant(19),
            paymentMethod: row.optionalText(20), paymentID: row.optionalText(21), grantID: row.optionalText(22),
            detail: row.optionalText(23))
    }
}
