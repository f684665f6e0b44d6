/// Lists coupons, page by page.
public enum ListCoupons: ClientOperation {
    public struct Input: Paged {
        public var id: String?
        public var status: [Coupon.Status]?
        public var type: Coupon.Kind?
        public var createdAt: TimeRange?
        public var limit: Int64
        public var after: Cursor?
        public var before: Cursor?

        public static let shape = Shape(
            optional("id", \.id, .couponID, "Only this coupon."),
            optional("status", \.status, .oneOrMore(of: .choice), "Only coupons in this status."),
            optional("type", \.type, .choice, "Only coupons of this type."),
            optional("createdAt", \.createdAt, .object("time range"), "Only coupons created in this range."),
            limitField(\.limit), afterField(\.after), beforeField(\.before),
            make: Self.init, check: checkPaging)
    }

    public typealias Output = Page<Coupon>

    public static let row = OperationRow(
        .listCoupons, of: Self.self,
        summary: "Coupons, oldest first.",
        effect: .read, subject: .nobody,
        route: .get("/api/v1/coupons"),
        errors: [],
        example: OperationRow.Example(["status": "ACTIVE"], after: CouponReference.example.after))
}
