import TidemillCore
import TidemillOperations
import TidemillStore

extension CatalogSession {
    func set(_ new: CreateCustomCurrency.Input, _ fields: Set<String>, _ scope: CallScope) throws {
        var currency = try scope.currencies.require(new.id, for: .updateCustomCurrency)
        if fields.contains("displayName") { currency.displayName = new.displayName }
        if fields.contains("description") { currency.description = new.description }
        if fields.contains("symbol") { currency.symbol = new.symbol }
        if fields.contains("units") { currency.units = new.units }
        if fields.contains("metadata") { currency.metadata = new.metadata }
        if fields.contains("creditPrice") { currency.creditPrice = new.creditPrice }
        if fields.contains("status") {
            try scope.currencies.requireRoom(for: .unarchiveCustomCurrency)
            currency.archivedAt = nil
        }
        currency.updatedAt = now
        try scope.currencies.update(currency)
    }

    func set(_ new: CreateCoupon.Input, _ fields: Set<String>, _ scope: CallScope) throws {
        var coupon = try scope.coupons.require(new.id, for: .updateCoupon)
        if fields.contains("name") { coupon.name = new.name }
        if fields.contains("description") { coupon.description = new.description }
        if fields.contains("metadata") { coupon.metadata = new.metadata }
        if fields.contains("status") { coupon.status = .active }
        coupon.updatedAt = now
        try scope.coupons.update(coupon)
        try scope.announce(.coupon("coupon.updated", coupon))
    }

    func set(_ new: CreatePromotionCode.Input, _ fields: Set<String>, _ scope: CallScope) throws {
        var code = try scope.promotionCodes.require(new.code, for: .createPromotionCode)
        if fields.contains("couponId") {
            _ = try scope.coupons.requireApplicable(new.couponID, for: .createPromotionCode)
            code.couponID = new.couponID
        }
        if fields.contains("customerId") { code.customerID = new.customerID }
        if fields.contains("firstPurchaseOnly") { code.firstPurchaseOnly = new.firstPurchaseOnly }
        if fields.contains("maxRedemptions") { code.maxRedemptions = new.maxRedemptions }
        if fields.contains("minimumAmount") { code.minimumAmount = new.minimumAmount }
        if fields.contains("expiresAt") { code.expiresAt = new.expiresAt }
        if fields.contains("metadata") { code.metadata = new.metadata }
        if fields.contains("active") { code.active = true }
        code.updatedAt = now
        try scope.promotionCodes.update(code)
    }
}
