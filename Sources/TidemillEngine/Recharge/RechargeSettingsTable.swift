import TidemillCore
public import TidemillOperations
public import TidemillStore

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

extension AutoRechargeSettings.ThresholdType: ColumnValue {}
extension AutoRechargeSettings.GrantExpirationPeriod: ColumnValue {}

struct RechargeSettingsTable {
    let connection: any SQLConnection

    private static let columns = Columns<RechargeConsent>(
        "recharge_settings", .key("wallet", \.wallet), .once("id", \.id), Column("is_enabled", \.isEnabled),
        Column("threshold_type", \.thresholdType), Column("threshold", \.threshold), Column("target", \.target),
        Column("max_spend", \.maxSpend), Column("grant_expiration_period", \.expiration),
        Column("disabled_reason", \.disabledReason), .once("created_at", \.createdAt),
        Column("updated_at", \.updatedAt), make: RechargeConsent.init)

    func find(_ wallet: RechargedWallet) throws -> RechargeConsent? {
        try connection.find(Self.columns, key: wallet.key)
    }

    func save(_ consent: RechargeConsent) throws { try connection.upsert(consent, into: Self.columns) }
}
