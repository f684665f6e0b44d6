import TidemillCore
import TidemillOperations
import TidemillStore

/// A feature's usage of one billing period, as it burns a wallet.
struct BurnPeriod: Sendable, Hashable {
    let wallet: Wallet
    let featureID: FeatureID
    let start: Timestamp
    let end: Timestamp?

    func contains(_ instant: Timestamp) -> Bool { start <= instant && end.map { instant < $0 } ?? true }
}

/// What usage that was taken back leaves to be made up, by periods (`UsageTaken`).
struct CreditOffsets {
    let connection: any SQLConnection

    struct Row: Sendable {
        let wallet: Wallet
        let featureID: FeatureID
        let start: Timestamp
        let end: Timestamp?
        /// '' for the period as a whole.
        let delivery: String
        var amount: Amount

        var period: BurnPeriod { BurnPeriod(wallet: wallet, featureID: featureID, start: start, end: end) }
    }

    private static let columns = Columns<Row>(
        "credit_offsets", .key("wallet", \.wallet), .key("feature_id", \.featureID), .key("period_at", \.start),
        Column("period_end", \.end), .key("delivery", \.delivery), Column("amount", \.amount), make: Row.init)

    /// Whether there are none at all, as long as nobody takes usage back.
    var isEmpty: Bool { get throws { try !connection.hasRows("SELECT 1 FROM credit_offsets LIMIT 1") } }

    func find(_ period: BurnPeriod, _ delivery: DeliveryID? = nil) throws -> Amount {
        try connection.find(Self.columns, key: key(period, delivery?.text ?? ""))?.amount ?? .zero
    }

    func add(_ amount: Amount, to period: BurnPeriod, _ delivery: DeliveryID? = nil) throws {
        guard amount != .zero else { return }
        let row = Row(
            wallet: period.wallet, featureID: period.featureID, start: period.start, end: period.end,
            delivery: delivery?.text ?? "", amount: try find(period, delivery) + amount)
        guard row.amount == .zero else { return try connection.upsert(row, into: Self.columns) }
        try remove(row)
    }

    /// Some of those of a delivery that is voided.
    func rows(of delivery: DeliveryID, limit: Int) throws -> [Row] {
        try connection.rows(
            Self.columns,
            "WHERE delivery = $1 AND delivery <> '' ORDER BY bucket, customer_id, currency_id, resource_id LIMIT $2",
            [.text(delivery.text), .integer(limit)])
    }

    func remove(_ row: Row) throws {
        try connection.execute("DELETE FROM credit_offsets WHERE \(Self.columns.isKey)", key(row.period, row.delivery))
    }

    private func key(_ period: BurnPeriod, _ delivery: String) -> [SQLValue] {
        period.wallet.key + [
            .text(period.featureID.text), .integer(period.start.microseconds), .text(delivery),
        ]
    }
}
