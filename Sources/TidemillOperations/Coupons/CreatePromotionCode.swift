public import TidemillCore

/// Creates a promotion code.
public enum CreatePromotionCode: ClientOperation {
    public struct Input: Shaped, Hashable {
        public var code: String
        public var couponID: String
        public var customerID: CustomerID?
        public var firstPurchaseOnly: Bool
        public var maxRedemptions: Int64?
        public var minimumAmount: Money?
        public var expiresAt: Timestamp?
        public var metadata: TextMap<String>

        public init(
            code: String, couponID: String, customerID: CustomerID? = nil, firstPurchaseOnly: Bool = false,
            maxRedemptions: Int64? = nil, minimumAmount: Money? = nil, expiresAt: Timestamp? = nil,
            metadata: TextMap<String> = [:]
        ) {
            self.code = code
            self.couponID = couponID
            self.customerID = customerID
            self.firstPurchaseOnly = firstPurchaseOnly
            self.maxRedemptions = maxRedemptions
            self.minimumAmount = minimumAmount
            self.expiresAt = expiresAt
            self.metadata = metadata
        }

        public static let shape = Shape(
            required("code", \.code, .newPromotionCode, "What customers type, in any case.", aliases: ["id"]),
            required("couponId", \.couponID, .couponID, "The coupon that it gives."),
            optional("customerId", \.customerID, .customerID, "The only customer who may redeem it."),
            defaulted(
                "firstPurchaseOnly", \.firstPurchaseOnly, .boolean, to: false,
                "Whether it is only for customers who never had a paid subscription."),
            optional("maxRedemptions", \.maxRedemptions, .redemptions, "How often it can be redeemed."),
            optional(
                "minimumAmount", \.minimumAmount, .positiveMoney(isPaid: false),
                "What an order must come to, before discounts."),
            optional("expiresAt", \.expiresAt, .timestamp, "From when on it cannot be redeemed."),
            defaulted("metadata", \.metadata, .metadata, to: [:], "Your own notes."),
            make: Self.init)
    }

    public typealias Output = PromotionCode

    public static let row = OperationRow(
        .createPromotionCode, of: Self.self,
        summary: "Creates a promotion code: a word that customers type to get a coupon.",
        effect: .write, subject: .nobody,
        route: .post("/api/v1/promotion-codes"),
        errors: [
            .duplicatedEntity, .couponNotFound, .archivedCouponCantBeApplied, .customerNotFound, .invalidArgument,
            .idempotencyConflict,
        ],
        example: OperationRow.Example(
            ["code": "LAUNCH25", "couponId": "coupon-launch", "maxRedemptions": 100],
            after: CouponReference.example.after))
}
