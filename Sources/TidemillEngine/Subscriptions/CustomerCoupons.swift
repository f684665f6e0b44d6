import TidemillCore
import TidemillOperations
import TidemillStore

/// Since when a customer has its coupon: its months are counted from its application (stigg.md B.12).
enum CustomerCoupons {
    /// Keeps up with a customer that was written. The same coupon once more begins nothing anew.
    static func note(_ customer: Customer, in scope: CallScope) throws {
        let key: [SQLValue] = customer.id.key
        guard let coupon = customer.couponID else {
            try scope.connection.execute("DELETE FROM customer_coupons WHERE bucket = $1 AND customer_id = $2", key)
            return
        }
        try scope.connection.execute(
            """
            INSERT INTO customer_coupons(bucket, customer_id, coupon_id, applied_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (bucket, customer_id) DO UPDATE SET coupon_id = excluded.coupon_id, applied_at = excluded.applied_at
              WHERE customer_coupons.coupon_id <> excluded.coupon_id
            """, key + [.text(coupon), .integer(scope.now.microseconds)])
    }

    /// The customer's coupon as it was applied; nil for none, and for one whose months are over at `instant`.
    static func inForce(of customer: Customer, at instant: Timestamp, in scope: CallScope) throws -> SubscribedCoupon? {
        let discount = try applied(to: customer, in: scope)
        return discount.flatMap { $0.isInForce(at: instant) ? $0 : nil }
    }

    /// The customer's coupon with the instant of its application, also when it is over.
    static func applied(to customer: Customer, in scope: CallScope) throws -> SubscribedCoupon? {
        guard let id = customer.couponID, let coupon = try scope.coupons.find(id) else { return nil }
        let applied: Timestamp? = try scope.connection.value(
            "SELECT applied_at FROM customer_coupons WHERE bucket = $1 AND customer_id = $2",
            customer.id.key)
        // A coupon from before applications were kept counts from the customer's last change.
        return SubscribedCoupon(coupon, code: nil, from: applied ?? customer.updatedAt)
    }
}
