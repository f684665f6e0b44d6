import TidemillCore
import TidemillOperations
import TidemillStore

/// What a customer agreed to for one wallet.
struct RechargeConsent: Sendable, Hashable {
    typealias ThresholdType = AutoRechargeSettings.ThresholdType
    typealias Expiration = AutoRechargeSettings.GrantExpirationPeriod

    let wallet: RechargedWallet
    let id: String
    var isEnabled: Bool
    var thresholdType: ThresholdType
    var threshold: Amount
    var target: Amount
    /// Nil for no cap.
    var maxSpend: Amount?
    var expiration: Expiration
    /// Why the engine disabled it.
    var disabledReason: String?
    let createdAt: Timestamp
    var updatedAt: Timestamp
}

extension RechargeConsent {
    /// Whether the customer agrees to be charged now.
    static func holds(for wallet: RechargedWallet, in scope: CallScope) throws -> Bool {
        guard let consent = try RechargeSettingsTable(connection: scope.connection).find(wallet), consent.isEnabled,
            let customer = try scope.customers.find(wallet.customer)
        else { return false }
        return customer.archivedAt == nil
    }
}

struct RechargeSettingsTable {
    let connection: any SQLConnection

    func find(_ wallet: RechargedWallet) throws -> RechargeConsent? {
        try connection.first(
            """
            SELECT id, is_enabled, threshold_type, threshold_units, threshold_nanos, target_units, target_nanos,
              max_spend_units, max_spend_nanos, grant_expiration_period, disabled_reason, created_at, updated_at
              FROM recharge_settings WHERE bucket = $1 AND customer_id = $2 AND currency_id = $3
            """, wallet.key
        ) { row in
            RechargeConsent(
                wallet: wallet, id: row.text(0), isEnabled: row.integer(1) != 0,
                thresholdType: try Self.known(row.text(2)), threshold: row.amount(3), target: row.amount(5),
                maxSpend: row.optionalAmount(7), expiration: try Self.known(row.text(9)),
                disabledReason: row.optionalText(10), createdAt: row.instant(11), updatedAt: row.instant(12))
        }
    }

    func save(_ consent: RechargeConsent) throws {
        let columns: [SQLValue] =
            [.text(consent.id), .integer(consent.isEnabled ? 1 : 0), .text(consent.thresholdType.rawValue)]
            + SQLValue.columns(consent.threshold) + SQLValue.columns(consent.target)
            + SQLValue.columns(consent.maxSpend)
            + [
                .text(consent.expiration.rawValue), .text(consent.disabledReason), .instant(consent.createdAt),
                .instant(consent.updatedAt),
            ]
        try connection.execute(
            """
            INSERT INTO recharge_settings(bucket, customer_id, currency_id, id, is_enabled, threshold_type,
              threshold_units, threshold_nanos, target_units, target_nanos, max_spend_units, max_spend_nanos,
              grant_expiration_period, disabled_reason, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
            ON CONFLICT (bucket, customer_id, currency_id) DO UPDATE SET is_enabled = excluded.is_enabled,
              threshold_type = excluded.threshold_type, threshold_units = excluded.threshold_units,
              threshold_nanos = excluded.threshold_nanos, target_units = excluded.target_units,
              target_nanos = excluded.target_nanos, max_spend_units = excluded.max_spend_units,
              max_spend_nanos = excluded.max_spend_nanos,
              grant_expiration_period = excluded.grant_expiration_period,
              disabled_reason = excluded.disabled_reason, updated_at = excluded.updated_at
            """, consent.wallet.key + columns)
    }

    /// Reads back an enum that the engine wrote itself.
    static func known<Value: RawRepresentable<String>>(_ text: String) throws -> Value {
        guard let value = Value(rawValue: text) else {
            throw StoreError(
                .corrupt, "a stored auto-recharge has \"\(text)\", which is no \(Value.self); restore a backup")
        }
        return value
    }
}
