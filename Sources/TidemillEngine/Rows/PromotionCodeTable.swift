import TidemillCore
import TidemillOperations
import TidemillStore

struct PromotionCodeTable {
    let connection: any SQLConnection

    /// How often a code was redeemed stands beside its document, which says 0: redemptions are no change of the catalog.
    static let columns = Columns<PromotionCode>(
        "promotion_codes",
        Column<PromotionCode, PromotionCode>.own(
            "body",
            { code in
                var body = code
                body.timesRedeemed = 0
                return .text(StoredBody.encode(body))
            }, read: { try StoredBody.decode(PromotionCode.self, $0.text($1)) }),
        .once("times_redeemed", \.timesRedeemed),
        derived: [
            .key("id") { PromotionCode.key(of: $0.code) }, .init("coupon_id", \.couponID),
            .init("customer_id", \.customerID), .init("active", \.active), .init("max_redemptions", \.maxRedemptions),
            .init("created_at", \.createdAt),
        ]
    ) { code, redeemed in
        var code = code
        code.timesRedeemed = redeemed
        return code
    }

    /// The code, in any case.
    func find(_ code: String) throws -> PromotionCode? {
        try connection.find(Self.columns, key: [.text(PromotionCode.key(of: code))])
    }

    func require(_ code: String, for operation: OperationID) throws -> PromotionCode {
        guard let found = try find(code) else {
            throw OperationError.missing(
                .promotionCodeNotFound, "promotion code", code, maker: .createPromotionCode, for: operation)
        }
        return found
    }

    func insert(_ code: PromotionCode) throws {
        try connection.insert(code, into: Self.columns)
        try CatalogState.changed(on: connection)
    }

    /// Everything but how often it was redeemed.
    func update(_ code: PromotionCode) throws {
        try connection.update(code, in: Self.columns)
        try CatalogState.changed(on: connection)
    }

    func all() throws -> [PromotionCode] { try connection.rows(Self.columns, "ORDER BY id") }

    // MARK: - Redemptions

    /// Since when the subscription has what the code stands for; nil when it did not redeem it.
    func redeemedAt(
        _ code: PromotionCode, by subscription: String, of customer: CustomerID
    ) throws -> Timestamp? {
        try connection.value(
            """
            SELECT redeemed_at FROM promotion_redemptions
             WHERE bucket = $1 AND customer_id = $2 AND promotion_code = $3 AND subscription_id = $4
            """, redemption(code, subscription, customer))
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
        customer.key + [
            .text(PromotionCode.key(of: code.code)),
            .text(subscription),
        ]
    }
}
