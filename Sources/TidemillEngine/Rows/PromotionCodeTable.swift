import TidemillCore
import TidemillOperations
import TidemillStore

struct PromotionCodeTable {
    let connection: any SQLConnection

    /// What `decode` reads, in this order, after a query's own columns.
    static let columns = "body, times_redeemed"

    static func decode(_ row: any SQLRow, from column: Int) throws -> PromotionCode {
        var code = try StoredBody.decode(PromotionCode.self, row.text(column))
        code.timesRedeemed = row.integer(column + 1)
        return code
    }

    /// The code, in any case.
    func find(_ code: String) throws -> PromotionCode? {
        try connection.first(
            "SELECT \(Self.columns) FROM promotion_codes WHERE id = $1", [.text(PromotionCode.key(of: code))]
        ) { try Self.decode($0, from: 0) }
    }

    func require(_ code: String, for operation: OperationID) throws -> PromotionCode {
        guard let found = try find(code) else {
            throw OperationError(
                .promotionCodeNotFound,
                "\(operation.rawValue): there is no promotion code \"\(code)\"; create it with createPromotionCode or in the catalog"
            )
        }
        return found
    }

    func insert(_ code: PromotionCode) throws {
        try connection.execute(
            """
            INSERT INTO promotion_codes(id, coupon_id, customer_id, active, max_redemptions, created_at, body, times_redeemed)
            VALUES ($1, $2, $3, $4, $5, $6, $7, 0)
            """, columns(code))
        try CatalogState.changed(on: connection)
    }

    /// Everything but how often it was redeemed.
    func update(_ code: PromotionCode) throws {
        try connection.execute(
            """
            UPDATE promotion_codes
               SET coupon_id = $2, customer_id = $3, active = $4, max_redemptions = $5, created_at = $6, body = $7
             WHERE id = $1
            """, columns(code))
        try CatalogState.changed(on: connection)
    }

    func all() throws -> [PromotionCode] {
        try connection.rows("SELECT \(Self.columns) FROM promotion_codes ORDER BY id") {
            try Self.decode($0, from: 0)
        }
    }

    private func columns(_ code: PromotionCode) -> [SQLValue] {
        var body = code
        body.timesRedeemed = 0
        return [
            .text(PromotionCode.key(of: code.code)), .text(code.couponID), .text(code.customerID?.text),
            .integer(code.active ? 1 : 0), .integer(code.maxRedemptions), .integer(code.createdAt.microseconds),
            .text(StoredBody.encode(body)),
        ]
    }

    // MARK: - Redemptions

    /// Since when the subscription has what the code stands for; nil when it did not redeem it.
    func redeemedAt(
        _ code: PromotionCode, by subscription: String, of customer: CustomerID
    ) throws -> Timestamp? {
        try connection.first(
            """
            SELECT redeemed_at FROM promotion_redemptions
             WHERE bucket = $1 AND customer_id = $2 AND promotion_code = $3 AND subscription_id = $4
            """, redemption(code, subscription, customer)
        ) { Timestamp(microseconds: $0.integer(0)) }
    }

    /// Counts a redemption. False when the code has reached its number in the meantime.
    func countRedemption(
        _ code: PromotionCode, by subscription: String, of customer: CustomerID, at instant: Timestamp
    ) throws -> Bool {
        let counted = try connection.execute(
            """
            UPDATE promotion_codes SET times_redeemed = times_redeemed + 1
             WHERE id = $1 AND (max_redemptions IS NULL OR times_redeemed < max_redemptions)
            """, [.text(PromotionCode.key(of: code.code))])
        guard counted == 1 else { return false }
        try connection.execute(
            """
            INSERT INTO promotion_redemptions(bucket, customer_id, promotion_code, subscription_id, redeemed_at)
            VALUES ($1, $2, $3, $4, $5)
            """, redemption(code, subscription, customer) + [.integer(instant.microseconds)])
        return true
    }

    private func redemption(_ code: PromotionCode, _ subscription: String, _ customer: CustomerID) -> [SQLValue] {
        [
            .integer(Bucket(customer).number), .text(customer.text), .text(PromotionCode.key(of: code.code)),
            .text(subscription),
        ]
    }
}
