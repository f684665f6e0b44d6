/// The input of operations on one coupon that need nothing but its id.
public struct CouponReference: Shaped {
    public var id: String

    public init(id: String) {
        self.id = id
    }

    public static let shape = Shape(
        required("id", \.id, .couponID, "The coupon.", aliases: ["couponId"]), make: Self.init)

    /// What the examples on one coupon begin with.
    static let example = OperationRow.Example(
        ["id": "coupon-launch"], after: [(.createCoupon, CreateCoupon.row.example.input)])
}

/// Looks one coupon up.
public enum GetCoupon: ClientOperation {
    public typealias Input = CouponReference
    public typealias Output = Coupon

    public static let row = OperationRow(
        .getCoupon, of: Self.self,
        summary: "One coupon.",
        effect: .read, subject: .nobody,
        route: .get("/api/v1/coupons/{id}"),
        errors: [.couponNotFound],
        example: CouponReference.example)
}

/// Takes a coupon out of use.
public enum ArchiveCoupon: ClientOperation {
    public typealias Input = CouponReference
    public typealias Output = Coupon

    public static let row = OperationRow(
        .archiveCoupon, of: Self.self,
        summary: "Archives a coupon: nobody can apply it any more, where it is applied it goes on working.",
        effect: .write, subject: .nobody,
        route: .post("/api/v1/coupons/{id}/archive"),
        errors: [.couponNotFound, .idempotencyConflict],
        example: CouponReference.example)
}
