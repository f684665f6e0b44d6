import TidemillCore
import TidemillOperations
import TidemillStore

/// The part of the catalog beside products, features, plans and add-ons.
struct CatalogOffers: Sendable {
    let currencies: [String: CustomCurrency]
    let coupons: [String: Coupon]
    /// By the code in lower case. `timesRedeemed` is that of the moment of reading: redemptions are no change of the
    /// catalog.
    let promotionCodes: [String: PromotionCode]

    init(on connection: any SQLConnection) throws {
        let currencies = try CustomCurrencyTable(connection: connection).all()
        self.currencies = Dictionary(uniqueKeysWithValues: currencies.map { ($0.id, $0) })
        let coupons = try CouponTable(connection: connection).all()
        self.coupons = Dictionary(uniqueKeysWithValues: coupons.map { ($0.id, $0) })
        let codes = try PromotionCodeTable(connection: connection).all()
        promotionCodes = Dictionary(uniqueKeysWithValues: codes.map { (PromotionCode.key(of: $0.code), $0) })
    }
}

extension CatalogSnapshot {
    /// The credit currency, archived or not.
    func currency(_ id: String) -> CustomCurrency? { offers.currencies[id] }
    /// The coupon, archived or not.
    func coupon(_ id: String) -> Coupon? { offers.coupons[id] }
    /// The code in any case; `PromotionCodes.validate` says whether somebody may redeem it.
    func promotionCode(_ code: String) -> PromotionCode? { offers.promotionCodes[PromotionCode.key(of: code)] }
}
