public import TidemillCore

/// How a subscription gets its discount: a coupon of the catalog, a promotion code, or a discount made up for it alone
/// (stigg.md B.12). An empty one removes the discount of a subscription.
public struct AppliedCoupon: Shaped, Hashable {
    public var couponID: String?
    public var promotionCode: String?
    public var discount: InlineDiscount?
    public var configuration: CouponConfiguration?
    public var billingCouponID: String?

    public init(
        couponID: String? = nil, promotionCode: String? = nil, discount: InlineDiscount? = nil,
        configuration: CouponConfiguration? = nil, billingCouponID: String? = nil
    ) {
        self.couponID = couponID
        self.promotionCode = promotionCode
        self.discount = discount
        self.configuration = configuration
        self.billingCouponID = billingCouponID
    }

    public static let shape = Shape(
        optional("couponId", \.couponID, .text(1...255), "A coupon of the catalog."),
        optional("promotionCode", \.promotionCode, .text(1...255), "A code that stands for a coupon."),
        optional("discount", \.discount, .object("discount"), "A discount made up for this subscription alone."),
        optional("configuration", \.configuration, .object("coupon configuration"), "From when it counts."),
        optional(
            "billingCouponId", \.billingCouponID, .text(1...255), "Its id at the billing provider, kept as it came."),
        make: Self.init, check: oneSource)
}

extension AppliedCoupon {
    /// Whether it names nothing: on an update that removes the discount.
    public var isEmpty: Bool { couponID == nil && promotionCode == nil && discount == nil && billingCouponID == nil }

    private static func oneSource(_ coupon: AppliedCoupon, _ path: FieldPath) throws(InputProblem) {
        let sources = [coupon.couponID != nil, coupon.promotionCode != nil, coupon.discount != nil]
        guard sources.count(where: { $0 }) <= 1 else {
            throw InputProblem(["'couponId', 'promotionCode' and 'discount' exclude each other; give one of them"])
        }
    }
}

/// A discount that is no coupon of the catalog.
public struct InlineDiscount: Shaped, Hashable {
    public var name: String?
    public var description: String?
    public var percentOff: Amount?
    public var amountsOff: [Money]?
    public var durationInMonths: Int64?

    public static let shape = Shape(
        optional("name", \.name, .text(max: 40), "What it is called on invoices."),
        optional("description", \.description, .text(max: 255), "What it is for."),
        optional("percentOff", \.percentOff, .percentage, "The percentage taken off, 1 to 100."),
        optional("amountsOff", \.amountsOff, .amountsOff, "The amount taken off, by currency."),
        optional(
            "durationInMonths", \.durationInMonths, .integer(1...1200), "For how many months; for ever when left out."),
        make: Self.init, check: oneKind)
}

extension InlineDiscount {
    private static func oneKind(_ discount: InlineDiscount, _ path: FieldPath) throws(InputProblem) {
        guard (discount.percentOff == nil) != (discount.amountsOff == nil) else {
            throw InputProblem(["'\(path)' must have one of 'percentOff' and 'amountsOff'"])
        }
    }
}

/// From when the months of a coupon are counted.
public struct CouponConfiguration: Shaped, Hashable {
    public var startDate: Timestamp?

    public static let shape = Shape(
        optional(
            "startDate", \.startDate, .timestamp,
            "The first day it takes something off; the day of its application when left out."),
        make: Self.init)
}
