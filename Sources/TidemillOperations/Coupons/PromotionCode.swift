public import TidemillCore

/// A word that customers type to get a coupon. The API has no such object: codes live with the billing provider. Here
/// they live in the catalog, with the restrictions that Stripe's promotion codes have: one customer only, first
/// purchases only, a least amount, a number of redemptions, an end.
///
/// A code is told from others without regard to case, and is never given away twice: an archived one stays taken.
public struct PromotionCode: Shaped, Listed, Hashable {
    /// The code as it was created; also its id.
    public var code: String
    public var couponID: String
    /// The only customer who may redeem it; nil for everybody.
    public var customerID: CustomerID?
    /// Only for customers who never had a paid subscription.
    public var firstPurchaseOnly: Bool
    public var maxRedemptions: Int64?
    /// What an order must come to, before discounts.
    public var minimumAmount: Money?
    public var expiresAt: Timestamp?
    public var active: Bool
    public var timesRedeemed: Int64
    public var metadata: TextMap<String>
    public var createdAt: Timestamp
    public var updatedAt: Timestamp

    public init(
        code: String, couponID: String, customerID: CustomerID?, firstPurchaseOnly: Bool, maxRedemptions: Int64?,
        minimumAmount: Money?, expiresAt: Timestamp?, active: Bool, timesRedeemed: Int64, metadata: TextMap<String>,
        createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.code = code
        self.couponID = couponID
        self.customerID = customerID
        self.firstPurchaseOnly = firstPurchaseOnly
        self.maxRedemptions = maxRedemptions
        self.minimumAmount = minimumAmount
        self.expiresAt = expiresAt
        self.active = active
        self.timesRedeemed = timesRedeemed
        self.metadata = metadata
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// What tells codes apart: the code without regard to case. Codes hold ASCII only.
    public static func key(of code: String) -> String { code.lowercased() }

    public static let singular = "promotion code"
    public static let plural = "promotion codes"

    public static let shape = Shape(
        required("code", \.code, .promotionCode, "What customers type, in any case.", aliases: ["id"]),
        required("couponId", \.couponID, .couponID, "The coupon that it gives."),
        optional("customerId", \.customerID, .customerID, "The only customer who may redeem it."),
        required("firstPurchaseOnly", \.firstPurchaseOnly, .boolean, "Whether it is for first purchases only."),
        optional("maxRedemptions", \.maxRedemptions, .redemptions, "How often it can be redeemed."),
        optional("minimumAmount", \.minimumAmount, .money, "What an order must come to, before discounts."),
        optional("expiresAt", \.expiresAt, .timestamp, "From when on it cannot be redeemed."),
        required("active", \.active, .boolean, "Whether it can be redeemed at all."),
        required("timesRedeemed", \.timesRedeemed, .integer(0...Int64.max), "How often it was redeemed."),
        defaulted("metadata", \.metadata, .metadata, to: [:], "Your own notes."),
        required("createdAt", \.createdAt, .timestamp, "When it was created."),
        required("updatedAt", \.updatedAt, .timestamp, "When it was last changed."),
        make: Self.init)
}

extension FieldKind where Value == String {
    static var promotionCode: FieldKind { .id("a promotion code", such: "LAUNCH25") }
    static var newPromotionCode: FieldKind { .newID("a promotion code", such: "LAUNCH25") }
}

extension FieldKind where Value == Int64 {
    static var redemptions: FieldKind { .integer(1...1_000_000_000) }
}
