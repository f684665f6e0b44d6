import TidemillCore
import TidemillOperations

/// Credit currencies, coupons and promotion codes. What is declared again after its removal is in use again: `status`
/// and `active` say so.
extension CatalogItem {
    init(_ currency: CreateCustomCurrency.Input) {
        self.init(.currency, currency.id, .currency(currency), Self.fields(of: currency))
        fields["status"] = .string(CustomCurrency.Status.active.rawValue)
    }

    init(_ coupon: CreateCoupon.Input) {
        self.init(.coupon, coupon.id, .coupon(coupon), Self.fields(of: coupon))
        fields["status"] = .string(Coupon.Status.active.rawValue)
    }

    init(_ code: CreatePromotionCode.Input) {
        self.init(
            .promotionCode, PromotionCode.key(of: code.code), .promotionCode(code),
            Self.fields(of: code, without: ["code"]))
        fields["active"] = true
        references = [Reference(field: "couponId", key: Key(kind: .coupon, id: code.couponID))]
    }

    init(stored currency: CustomCurrency) {
        self.init(
            CreateCustomCurrency.Input(
                id: currency.id, displayName: currency.displayName, description: currency.description,
                symbol: currency.symbol, units: currency.units, metadata: currency.metadata,
                creditPrice: currency.creditPrice))
        fields["status"] = .string(currency.status.rawValue)
    }

    init(stored coupon: Coupon) {
        self.init(
            CreateCoupon.Input(
                id: coupon.id, name: coupon.name, description: coupon.description, percentOff: coupon.percentOff,
                amountsOff: coupon.amountsOff, durationInMonths: coupon.durationInMonths, metadata: coupon.metadata))
        fields["status"] = .string(coupon.status.rawValue)
    }

    init(stored code: PromotionCode) {
        self.init(
            CreatePromotionCode.Input(
                code: code.code, couponID: code.couponID, customerID: code.customerID,
                firstPurchaseOnly: code.firstPurchaseOnly, maxRedemptions: code.maxRedemptions,
                minimumAmount: code.minimumAmount, expiresAt: code.expiresAt, metadata: code.metadata))
        fields["active"] = .boolean(code.active)
    }
}
