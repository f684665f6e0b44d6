import TidemillCore
import TidemillOperations
import TidemillStore

/// Who may redeem a promotion code, and the count of those who did. Estimates validate only; provisioning and updating a
/// subscription validate and redeem, in their transaction.
enum PromotionCodes {
    /// The code, when the customer may redeem it now; one of the API's PromotionCode… errors when not.
    ///
    /// - Parameters:
    ///   - amount: what the order comes to before discounts; nil where that is not known, which skips the least amount.
    ///   - subscription: the subscription that asks, where it exists already. One that has redeemed the code before is
    ///     not held against the number of redemptions, nor against first purchases.
    static func validate(
        _ code: String, for customer: CustomerID, amount: Money?, subscription: String? = nil,
        at instant: Timestamp? = nil, by operation: OperationID, in scope: CallScope
    ) throws -> PromotionCode {
        let instant = instant ?? scope.now
        let found = try scope.promotionCodes.require(code, for: operation)
        func refuse(_ reason: OperationError.Code, _ sentence: String) -> OperationError {
            OperationError(reason, "\(operation.rawValue): 'promotionCode' \"\(found.code)\" \(sentence)")
        }
        guard found.active else {
            throw refuse(.promotionCodeNotActive, "is archived; it cannot be redeemed any more")
        }
        if let end = found.expiresAt, end <= instant {
            throw refuse(.promotionCodeNotActive, "could be redeemed until \(end) only")
        }
        let coupon = try scope.coupons.find(found.couponID)
        guard coupon?.status == .active else {
            throw refuse(
                .promotionCodeNotActive, "is for the coupon \"\(found.couponID)\", which is archived; use another code")
        }
        if let owner = found.customerID, owner != customer {
            throw refuse(.promotionCodeNotForCustomer, "is for another customer; use one of the customer's own")
        }
        if let least = found.minimumAmount, let amount {
            guard amount.currency == least.currency else {
                throw refuse(
                    .promotionCodeMinimumAmountNotReached,
                    "needs an order of at least \(least.amount) \(least.currency); this one is in \(amount.currency)")
            }
            guard amount.amount >= least.amount else {
                throw refuse(
                    .promotionCodeMinimumAmountNotReached,
                    "needs an order of at least \(least.amount) \(least.currency); this one comes to \(amount.amount)")
            }
        }
        if let subscription, try scope.promotionCodes.redeemedAt(found, by: subscription, of: customer) != nil {
            return found
        }
        if let most = found.maxRedemptions, found.timesRedeemed >= most {
            throw refuse(
                .promotionCodeMaxRedemptionsReached,
                "was redeemed \(found.timesRedeemed) times, which is all; use another code")
        }
        if found.firstPurchaseOnly, try hasPurchased(customer, in: scope) {
            throw refuse(
                .promotionCodeCustomerNotFirstPurchase,
                "is for first purchases; the customer \"\(customer)\" had a paid subscription before")
        }
        return found
    }

    /// Counts that the subscription redeemed the code: once, however often it is asked. Give what `validate` answered,
    /// in the same transaction.
    static func redeem(
        _ code: PromotionCode, for customer: CustomerID, subscription: String, by operation: OperationID,
        in scope: CallScope
    ) throws {
        guard try scope.promotionCodes.redeemedAt(code, by: subscription, of: customer) == nil else { return }
        let isCounted = try scope.promotionCodes.countRedemption(
            code, by: subscription, of: customer, at: scope.now)
        guard isCounted else {
            throw OperationError(
                .promotionCodeMaxRedemptionsReached,
                "\(operation.rawValue): 'promotionCode' \"\(code.code)\" was redeemed as often as it can be; use another code"
            )
        }
    }

    /// Whether the customer ever paid for a subscription, over or not. A trial that was never paid for is no purchase.
    private static func hasPurchased(_ customer: CustomerID, in scope: CallScope) throws -> Bool {
        try scope.subscriptions.hasPaid(customer)
    }
}

extension CallScope {
    var coupons: CouponTable { CouponTable(connection: connection) }
    var promotionCodes: PromotionCodeTable { PromotionCodeTable(connection: connection) }
    var currencies: CustomCurrencyTable { CustomCurrencyTable(connection: connection) }
}
