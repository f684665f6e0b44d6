import TidemillCore
import TidemillOperations
import TidemillStore

extension Coupon: CatalogDocument {
    static let words = (noun: "coupon", maker: OperationID.createCoupon, notFound: OperationError.Code.couponNotFound)
    static let columns = Columns<Coupon>.documents(
        "coupons", .key("id", \.id), .init("status", \.status.rawValue), .init("type", \.type.rawValue),
        .init("created_at", \.createdAt))
}

typealias CouponTable = CatalogTable<Coupon>

extension CatalogTable<Coupon> {
    /// The coupon, which somebody is about to get: CouponNotFound, or ArchivedCouponCantBeApplied.
    func requireApplicable(_ id: String, for operation: OperationID) throws -> Coupon {
        let coupon = try require(id, for: operation)
        guard coupon.status == .active else {
            throw OperationError(
                .archivedCouponCantBeApplied,
                "\(operation.rawValue): the coupon \"\(id)\" is archived; it works on where it is applied, and cannot be applied anew"
            )
        }
        return coupon
    }
}
