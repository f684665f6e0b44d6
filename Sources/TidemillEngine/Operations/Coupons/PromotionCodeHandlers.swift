import TidemillCore
import TidemillOperations
import TidemillStore

extension CreatePromotionCode: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> PromotionCode {
        if let existing = try scope.promotionCodes.find(input.code) {
            let taken = OperationError(
                .duplicatedEntity,
                "createPromotionCode: the code \"\(existing.code)\" exists already, also when it is archived; choose another"
            )
            throw existing.active ? taken.presenting(existing) : taken
        }
        _ = try scope.coupons.requireApplicable(input.couponID, for: .createPromotionCode)
        if let customer = input.customerID {
            try scope.customers.requireActive(customer, for: .createPromotionCode)
        }
        if let end = input.expiresAt, end <= scope.now {
            throw OperationError(
                .invalidArgument, "createPromotionCode: 'expiresAt' must be later than now, \(scope.now), got \(end)")
        }
        let code = input.code(now: scope.now)
        try scope.promotionCodes.insert(code)
        return code
    }
}

extension CreatePromotionCode.Input {
    func code(now: Timestamp) -> PromotionCode {
        PromotionCode(
            code: code, couponID: couponID, customerID: customerID, firstPurchaseOnly: firstPurchaseOnly,
            maxRedemptions: maxRedemptions, minimumAmount: minimumAmount, expiresAt: expiresAt, active: true,
            timesRedeemed: 0, metadata: metadata, createdAt: now, updatedAt: now)
    }
}

extension ListPromotionCodes: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Page<PromotionCode> {
        var query = PageQuery(table: "promotion_codes", column: PromotionCodeTable.columns.list)
        query.require("id", input.code.map { .text(PromotionCode.key(of: $0)) })
        query.require("coupon_id", input.couponID.map { .text($0) })
        query.require("customer_id", input.customerID.map { .text($0.text) })
        query.require("active", input.active.map { .integer($0 ? 1 : 0) })
        query.require(createdAt: input.createdAt)
        return try query.page(input.paging, on: scope.connection) { try PromotionCodeTable.columns.read($0, from: 2) }
    }
}

extension ArchivePromotionCode: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> PromotionCode {
        var code = try scope.promotionCodes.require(input.code, for: .archivePromotionCode)
        guard code.active else { return code }
        code.active = false
        code.updatedAt = scope.now
        try scope.promotionCodes.update(code)
        return code
    }
}
