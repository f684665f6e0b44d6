import TidemillCore
import TidemillOperations

/// What an `appliedCoupon` or a promotion code comes to for a subscription (stigg.md B.12).
struct CouponApplication {
    let session: SubscriptionSession
    let coupon: AppliedCoupon?
    let promotionCode: String?

    /// The discount; nil where none was named. What is applied already changes nothing, and its months go on; a code
    /// counts from its first redemption by the subscription, whatever was applied since. A code is checked against what the order comes to, and counted as
    /// redeemed by the subscription: call this once, in the transaction of the write. An estimate checks it only.
    func discount(
        for record: SubscriptionRecord, costing order: Money?, redeems: Bool = true
    ) throws -> SubscribedCoupon? {
        let start = coupon?.configuration?.startDate?.wholeMilliseconds ?? session.now
        try session.selection.check(start, named: "appliedCoupon.configuration.startDate", now: session.now)
        if let code = try code {
            let found = try PromotionCodes.validate(
                code, for: record.customerID, amount: order, subscription: record.id, by: operation, in: session.scope)
            let redeemed = try session.scope.promotionCodes.redeemedAt(found, by: record.id, of: record.customerID)
            if redeemed != nil, let held = record.coupon, held.promotionCode == found.code { return held }
            if redeems {
                try PromotionCodes.redeem(
                    found, for: record.customerID, subscription: record.id, by: operation, in: session.scope)
            }
            let stored = try session.scope.coupons.require(found.couponID, for: operation)
            return SubscribedCoupon(stored, code: found.code, from: redeemed ?? start)
        }
        if let id = coupon?.couponID {
            if let held = record.coupon, held.couponID == id, held.promotionCode == nil,
                coupon?.configuration?.startDate == nil, held.isInForce(at: session.now)
            {
                return held
            }
            return SubscribedCoupon(
                try session.scope.coupons.requireApplicable(id, for: operation), code: nil, from: start)
        }
        if let inline = coupon?.discount {
            return SubscribedCoupon(
                couponID: nil, name: inline.name ?? inline.description ?? "Discount", percentOff: inline.percentOff,
                amountsOff: inline.amountsOff, durationInMonths: inline.durationInMonths, promotionCode: nil,
                billingCouponID: coupon?.billingCouponID, appliedAt: start)
        }
        // The billing provider's own coupon takes nothing off here: what it is worth is not known.
        return coupon?.billingCouponID.map {
            SubscribedCoupon(
                couponID: nil, name: $0, percentOff: nil, amountsOff: nil, durationInMonths: nil, promotionCode: nil,
                billingCouponID: $0, appliedAt: start)
        }
    }

    /// Whether it asks for the removal of what is applied.
    var isRemoval: Bool { promotionCode == nil && (coupon?.isEmpty ?? false) }
    var isNothing: Bool { promotionCode == nil && coupon == nil }

    private var operation: OperationID { session.selection.operation }

    private var code: String? {
        get throws {
            guard let inner = coupon?.promotionCode else {
                guard promotionCode == nil || coupon == nil || coupon?.isEmpty == true else {
                    throw session.selection.failure(
                        .invalidArgument, "'promotionCode' and 'appliedCoupon' exclude each other; give one of them")
                }
                return promotionCode
            }
            guard promotionCode == nil || promotionCode == inner else {
                throw session.selection.failure(
                    .invalidArgument, "'promotionCode' and 'appliedCoupon.promotionCode' differ; give one of them")
            }
            return inner
        }
    }
}

extension SubscribedCoupon {
    init(_ coupon: Coupon, code: String?, from start: Timestamp) {
        self.init(
            couponID: coupon.id, name: coupon.name, percentOff: coupon.percentOff, amountsOff: coupon.amountsOff,
            durationInMonths: coupon.durationInMonths, promotionCode: code, billingCouponID: nil, appliedAt: start)
    }
}

extension AppliedCoupon {
    /// Null asks for the removal of what is applied, as an empty object does.
    init?(asked: Change<AppliedCoupon>) {
        switch asked {
        case .keep: return nil
        case .clear: self.init()
        case .set(let coupon): self = coupon
        }
    }
}
