public import TidemillCore

/// Lists promotion codes, page by page.
public enum ListPromotionCodes: ClientOperation {
    public struct Input: Paged {
        public var code: String?
        public var couponID: String?
        public var customerID: CustomerID?
        public var active: Bool?
        public var createdAt: TimeRange?
        public var limit: Int64
        public var after: Cursor?
        public var before: Cursor?

        public static let shape = Shape(
            optional("code", \.code, .promotionCode, "Only this code, in any case.", aliases: ["id"]),
            optional("couponId", \.couponID, .couponID, "Only codes for this coupon."),
            optional("customerId", \.customerID, .customerID, "Only codes for this customer alone."),
            optional("active", \.active, .boolean, "Only codes that can be redeemed, or only those that cannot."),
            optional("createdAt", \.createdAt, .object("time range"), "Only codes created in this range."),
            limitField(\.limit), afterField(\.after), beforeField(\.before),
            make: Self.init, check: checkPaging)
    }

    public typealias Output = Page<PromotionCode>

    public static let row = OperationRow(
        .listPromotionCodes, of: Self.self,
        summary: "Promotion codes, oldest first, with how often each was redeemed.",
        effect: .read, subject: .customer("customerId"),
        route: .get("/api/v1/promotion-codes"),
        errors: [],
        example: OperationRow.Example(["couponId": "coupon-launch"], after: ArchivePromotionCode.row.example.after))
}

/// Takes a promotion code out of use.
public enum ArchivePromotionCode: ClientOperation {
    public struct Input: Shaped {
        public var code: String

        public init(code: String) {
            self.code = code
        }

        public static let shape = Shape(
            required("code", \.code, .promotionCode, "The code, in any case.", aliases: ["id"]), make: Self.init)
    }

    public typealias Output = PromotionCode

    public static let row = OperationRow(
        .archivePromotionCode, of: Self.self,
        summary: "Archives a promotion code: nobody can redeem it any more, what was redeemed stays.",
        effect: .write, subject: .nobody,
        route: .post("/api/v1/promotion-codes/{code}/archive"),
        errors: [.promotionCodeNotFound, .idempotencyConflict],
        example: OperationRow.Example(
            ["code": "LAUNCH25"],
            after: CouponReference.example.after + [(.createPromotionCode, CreatePromotionCode.row.example.input)]))
}
