public import TidemillCore
import TidemillOperations
public import TidemillStore

/// What a person sees of auto-recharge.
public struct RechargeStatus: Sendable, Hashable {
    /// An episode that does not come to its end by itself, or not soon.
    public struct Stuck: Sendable, Hashable {
        public let customerID: CustomerID
        public let currencyID: String
        public let state: String
        public let since: Timestamp
        public let detail: String?
    }

    /// A wallet whose policy cannot decide: nothing is bought for it.
    public struct Failing: Sendable, Hashable {
        public let customerID: CustomerID
        public let currencyID: String
        public let policy: String
        public let scriptVersion: String
        public let at: Timestamp
        public let message: String
    }

    /// Wallets that may be recharged.
    public var enabled: Int64
    /// Open episodes, by state.
    public var open: TextMap<Int64>
    /// Wallets at their monthly cap, and those that nobody has used since their last recharge.
    public var capped: Int64
    public var idle: Int64 = 0
    /// The first few of those that a person should look at: stopped ones, and those without an answer for an hour.
    public var stuck: [Stuck]
    /// Why the clock is not believed.
    public var doubt: String?
    /// Wallets whose policy fails, and the first few of them.
    public var failingCount: Int64 = 0
    public var failing: [Failing] = []

    static let stuckMax = 20
    /// A charge without an answer for so long is shown.
    static let unansweredSeconds: Int64 = 3600
    /// A payment that is pending for so long is shown.
    static let pendingSeconds: Int64 = 3 * 86_400

    public static func find(now: Timestamp, on connection: any SQLConnection) throws -> RechargeStatus {
        var open: TextMap<Int64> = [:]
        try connection.query(
            "SELECT state, COUNT(*) FROM recharge_episodes WHERE ended_at IS NULL GROUP BY state ORDER BY state", []
        ) { open[$0.text(0)] = $0.integer(1) }
        let stuck = try connection.rows(
            """
            SELECT customer_id, currency_id, state, COALESCE(key_used_at, opened_at), detail FROM recharge_episodes
             WHERE ended_at IS NULL AND (state = 'stopped'
                OR state = 'charging' AND key_used_at < $1 OR state = 'pending' AND key_used_at < $2)
             ORDER BY opened_at, id LIMIT $3
            """,
            [
                .instant(now.advanced(bySeconds: -unansweredSeconds)),
                .instant(now.advanced(bySeconds: -pendingSeconds)), .integer(stuckMax),
            ]
        ) {
            Stuck(
                customerID: CustomerID($0.text(0)), currencyID: $0.text(1), state: $0.text(2), since: $0.instant(3),
                detail: $0.optionalText(4))
        }
        func count(_ sql: String) throws -> Int64 { try connection.value(sql) ?? 0 }
        func wallets(in state: AutoRechargeSettings.State) throws -> Int64 {
            try connection.value(
                """
                SELECT COUNT(*) FROM recharge_wallets AS wallets JOIN recharge_settings AS settings
                    ON settings.bucket = wallets.bucket AND settings.customer_id = wallets.customer_id
                   AND settings.currency_id = wallets.currency_id
                 WHERE wallets.state = $1 AND settings.is_enabled = 1
                """, [.text(state.rawValue)]) ?? 0
        }
        return RechargeStatus(
            enabled: try count("SELECT COUNT(*) FROM recharge_settings WHERE is_enabled = 1"), open: open,
            capped: try wallets(in: .capped), idle: try wallets(in: .idle),
            stuck: stuck, doubt: try ClockTrust(connection).noted(),
            failingCount: try count("SELECT COUNT(*) \(failingWallets)"), failing: try failing(on: connection))
    }

    /// Since when it has not been known of the oldest charge whether it was made; nil: of each it is known.
    public static func unknownSince(on connection: any SQLConnection) throws -> Timestamp? {
        try connection.value(
            """
            SELECT MIN(key_used_at) FROM recharge_episodes
             WHERE ended_at IS NULL AND state = 'charging' AND key_used_at IS NOT NULL
            """)
    }

    private static let failingWallets = """
        FROM recharge_wallets AS wallets JOIN recharge_settings AS settings
            ON settings.bucket = wallets.bucket AND settings.customer_id = wallets.customer_id
           AND settings.currency_id = wallets.currency_id
         WHERE wallets.failed_at IS NOT NULL AND settings.is_enabled = 1
        """

    private static func failing(on connection: any SQLConnection) throws -> [Failing] {
        try connection.rows(
            """
            SELECT wallets.customer_id, wallets.currency_id, failed_policy, failed_version, failed_at, failed_message
              \(failingWallets) ORDER BY failed_at DESC, wallets.customer_id LIMIT $1
            """, [.integer(stuckMax)]
        ) {
            Failing(
                customerID: CustomerID($0.text(0)), currencyID: $0.text(1), policy: $0.optionalText(2) ?? "",
                scriptVersion: $0.optionalText(3) ?? "", at: $0.instant(4), message: $0.optionalText(5) ?? "")
        }
    }

    /// The credit currencies that there are: for `check`.
    public static func currencies(on connection: any SQLConnection) throws -> Set<String> {
        Set(try connection.values("SELECT id FROM custom_currencies WHERE status = 'ACTIVE'"))
    }

    /// Whether anybody agreed to be recharged: for `check`.
    public static func isEnabledAnywhere(on connection: any SQLConnection) throws -> Bool {
        try connection.first("SELECT 1 FROM recharge_settings WHERE is_enabled = 1 LIMIT 1") { _ in true } ?? false
    }
}
