import TidemillCore

/// The coupons on offer: the first 25 that are active. `listCoupons` has all of them.
public enum GetCoupons: ClientOperation {
    /// How many the answer has at most, as the API's own call.
    public static let countMax = 25

    public struct Input: Shaped {

        public static let shape = Shape(make: Self.init)
    }

    public typealias Output = Page<OfferedCoupon>

    public static let row = OperationRow(
        .getCoupons, of: Self.self,
        summary: "The coupons on offer: the first 25 that are active, oldest first.",
        effect: .read, subject: .nobody,
        route: .get("/api/v1/coupons"),
        errors: [],
        example: OperationRow.Example([:], after: CouponReference.example.after))
}

/// A coupon with the further names under which the API's own call answers some of its fields (stigg.md A.6).
public struct OfferedCoupon: Shaped, Listed {
    public var coupon: Coupon

    public init(_ coupon: Coupon) {
        self.coupon = coupon
    }

    public static let singular = Coupon.singular
    public static let plural = Coupon.plural

    public static let shape: Shape<OfferedCoupon> = {
        let more: [FieldDescription] = Self.more.fields
        return Shape(
            describedAs: Coupon.shape.fields + more,
            read: { (payload, path) throws(InputProblem) in
                guard case .object(var members) = payload else {
                    throw .expected("an object", at: path, got: payload.kind)
                }
                for field in more { members[field.name] = nil }
                return OfferedCoupon(try Coupon.shape.decode(.object(members), at: path))
            },
            write: { offered, nulls in
                let (first, second) = (
                    Coupon.shape.encode(offered.coupon, nulls: nulls),
                    Self.more.encode(More(offered.coupon), nulls: nulls)
                )
                guard case .object(let members) = first, case .object(let further) = second else { return first }
                return .object(members.merging(further) { mine, _ in mine })
            })
    }()

    private static let more = More.shape

    private struct More: Shaped {
        var refID: String
        var discountValue: Amount
        var additionalMetadata: TextMap<String>

        init(refID: String, discountValue: Amount, additionalMetadata: TextMap<String>) {
            self.refID = refID
            self.discountValue = discountValue
            self.additionalMetadata = additionalMetadata
        }

        init(_ coupon: Coupon) {
            self.init(refID: coupon.id, discountValue: coupon.discountValue, additionalMetadata: coupon.metadata)
        }

        static let shape = Shape(
            required("refId", \.refID, .couponID, "The coupon's id once more."),
            required(
                "discountValue", \.discountValue, .amount,
                "The percentage, or the amount in the first of the coupon's currencies."),
            required("additionalMetaData", \.additionalMetadata, .metadata, "Your own notes once more."),
            make: Self.init(refID:discountValue:additionalMetadata:))
    }
}
