public import TidemillCore

/// Changes what a coupon says about itself; what it takes off never changes.
public enum UpdateCoupon: ClientOperation {
    public struct Input: Shaped {
        public var id: String
        public var name: String?
        public var description: Change<String>
        public var metadata: Change<TextMap<String>>

        public static let shape = Shape(
            required("id", \.id, .couponID, "The coupon.", aliases: ["couponId"]),
            changeable("name", \.name, .text(1...40), "What people read."),
            clearable("description", \.description, .text(max: 255), "What it is for."),
            clearable("metadata", \.metadata, .metadata, "Your own notes, replaced as a whole."),
            make: Self.init)
    }

    public typealias Output = Coupon

    public static let row = OperationRow(
        .updateCoupon, of: Self.self,
        summary: "Changes name, description and notes of a coupon; what it takes off never changes.",
        effect: .write, subject: .nobody,
        route: .patch("/api/v1/coupons/{id}"),
        errors: [.couponNotFound, .entityIsArchived, .idempotencyConflict],
        example: OperationRow.Example(
            ["id": "coupon-launch", "name": "Launch offer 2026", "description": "For the first hundred"],
            after: CouponReference.example.after))
}
