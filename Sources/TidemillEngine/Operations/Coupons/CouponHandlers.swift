import TidemillCore
import TidemillOperations
import TidemillStore

extension CreateCoupon: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Coupon {
        if let known = try scope.coupons.find(input.id) {
            let taken = OperationError(
                .duplicatedEntity,
                known.status == .active
                    ? "createCoupon: the coupon \"\(input.id)\" exists already; its discount never changes, so that another needs another id"
                    : "createCoupon: the coupon \"\(input.id)\" exists already and is archived, for good; choose another id"
            )
            throw known.status == .active ? taken.presenting(known) : taken
        }
        let coupon = Coupon(
            id: input.id, name: input.name, description: input.description,
            type: input.percentOff == nil ? .fixed : .percentage, percentOff: input.percentOff,
            amountsOff: input.amountsOff, durationInMonths: input.durationInMonths, status: .active, source: .stigg,
            billingID: nil, billingLinkURL: nil, metadata: input.metadata, createdAt: scope.now, updatedAt: scope.now)
        try scope.coupons.insert(coupon)
        try scope.announce(.coupon("coupon.created", coupon))
        return coupon
    }
}

extension GetCoupon: EmbeddedOperation {
    static func perform(_ input: CouponReference, in scope: CallScope) throws -> Coupon {
        try scope.coupons.require(input.id, for: .getCoupon)
    }
}

extension GetCoupons: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Page<OfferedCoupon> {
        var query = PageQuery(table: "coupons", column: "body")
        query.require("status", .text(Coupon.Status.active.rawValue))
        return try query.page(Paging(limit: Int64(countMax)), on: scope.connection) {
            OfferedCoupon(try StoredBody.decode(Coupon.self, $0.text(2)))
        }
    }
}

extension ListCoupons: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Page<Coupon> {
        var query = PageQuery(table: "coupons", column: "body")
        query.require("id", input.id.map { .text($0) })
        query.require("status", oneOf: input.status?.map(\.rawValue))
        query.require("type", input.type.map { .text($0.rawValue) })
        query.require(createdAt: input.createdAt)
        return try query.page(input.paging, on: scope.connection) { try StoredBody.decode(Coupon.self, $0.text(2)) }
    }
}

extension UpdateCoupon: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Coupon {
        var coupon = try scope.coupons.require(input.id, for: .updateCoupon)
        guard coupon.status == .active else {
            throw OperationError(
                .entityIsArchived,
                "updateCoupon: the coupon \"\(input.id)\" is archived, for good: it works on where it is applied; make another with createCoupon"
            )
        }
        coupon.name = input.name ?? coupon.name
        coupon.description = input.description.applied(to: coupon.description)
        coupon.metadata = input.metadata.applied(to: coupon.metadata) ?? [:]
        coupon.updatedAt = scope.now
        try scope.coupons.update(coupon)
        try scope.announce(.coupon("coupon.updated", coupon))
        return coupon
    }
}

extension ArchiveCoupon: EmbeddedOperation {
    static func perform(_ input: CouponReference, in scope: CallScope) throws -> Coupon {
        var coupon = try scope.coupons.require(input.id, for: .archiveCoupon)
        guard coupon.status == .active else { return coupon }
        coupon.status = .archived
        coupon.updatedAt = scope.now
        try scope.coupons.update(coupon)
        try scope.announce(.coupon("coupon.archived", coupon))
        return coupon
    }
}

extension EngineEvent {
    /// The webhook of a coupon: its own fields, with the names `couponType` and `discountValue` (stigg.md C.3).
    static func coupon(_ type: String, _ coupon: Coupon) -> EngineEvent {
        var fields: TextMap<Payload> = [:]
        if case .object(let members) = Coupon.shape.encode(coupon) { fields = members }
        // `type` is the event's own.
        fields["type"] = nil
        fields["entityId"] = .string(coupon.id)
        fields["couponType"] = .string(coupon.type.rawValue)
        fields["discountValue"] = Payload(coupon.discountValue)
        return EngineEvent(type, nil, fields)
    }
}
