import TidemillCore
import TidemillOperations
import TidemillPricing

/// A discount as it was applied: later changes of the coupon do not touch it, and an archived one goes on (stigg.md
/// B.12).
struct SubscribedCoupon: Shaped, Hashable {
    /// The coupon of the catalog; nil for a discount made up for this subscription.
    var couponID: String?
    var name: String
    var percentOff: Amount?
    var amountsOff: [Money]?
    /// Nil for ever.
    var durationInMonths: Int64?
    var promotionCode: String?
    var billingCouponID: String?
    /// From when its months are counted.
    var appliedAt: Timestamp

    static let shape = Shape(
        optional("couponId", \.couponID, .text(max: 255), "The coupon."),
        required("name", \.name, .text(max: 255), "What it is called."),
        optional("percentOff", \.percentOff, .amount, "The percentage."),
        optional("amountsOff", \.amountsOff, .list(of: .money, "amounts", 0...200), "The amount, by currency."),
        optional("durationInMonths", \.durationInMonths, .integer(1...1200), "For how long."),
        optional("promotionCode", \.promotionCode, .text(max: 255), "The code that was given."),
        optional("billingCouponId", \.billingCouponID, .text(max: 255), "Its id at the billing provider."),
        required("appliedAt", \.appliedAt, .timestamp, "From when it counts."),
        make: Self.init)

    /// The first instant at which it takes nothing off any more; nil for never.
    var endsAt: Timestamp? { durationInMonths.map { appliedAt.adding(months: $0) } }

    func isInForce(at instant: Timestamp) -> Bool {
        appliedAt <= instant && (endsAt.map { instant < $0 } ?? true)
    }
}

extension SubscribedCoupon {
    /// As a discount was reckoned with.
    init(_ discount: Discount) {
        let months: Int64? = if case .repeating(let months) = discount.duration { months } else { nil }
        self.init(
            couponID: nil, name: discount.name, percentOff: nil, amountsOff: nil, durationInMonths: months,
            promotionCode: discount.code, billingCouponID: nil, appliedAt: discount.start)
        switch discount.value {
        case .percent(let percent): percentOff = percent
        case .fixed(let amounts): amountsOff = amounts
        }
    }
}
