import TidemillCore
import TidemillOperations
import TidemillStore

struct CouponTable {
    let connection: any SQLConnection

    func find(_ id: String) throws -> Coupon? {
        let body = try connection.first("SELECT body FROM coupons WHERE id = $1", [.text(id)]) { $0.text(0) }
        return try body.map { try StoredBody.decode(Coupon.self, $0) }
    }

    func require(_ id: String, for operation: OperationID) throws -> Coupon {
        guard let coupon = try find(id) else {
            let hint = try NearID.hint(for: id, "coupons", on: connection)
            throw OperationError(
                .couponNotFound,
                "\(operation.rawValue): there is no coupon \"\(id)\"\(hint); create it with createCoupon or in the catalog"
            )
        }
        return coupon
    }

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

    func insert(_ coupon: Coupon) throws {
        try connection.execute(
            "INSERT INTO coupons(id, status, type, created_at, body) VALUES ($1, $2, $3, $4, $5)", columns(coupon))
        try CatalogState.changed(on: connection)
    }

    func update(_ coupon: Coupon) throws {
        try connection.execute(
            "UPDATE coupons SET status = $2, type = $3, created_at = $4, body = $5 WHERE id = $1", columns(coupon))
        try CatalogState.changed(on: connection)
    }

    func all() throws -> [Coupon] {
        try connection.rows("SELECT body FROM coupons ORDER BY id") {
            try StoredBody.decode(Coupon.self, $0.text(0))
        }
    }

    private func columns(_ coupon: Coupon) -> [SQLValue] {
        [
            .text(coupon.id), .text(coupon.status.rawValue), .text(coupon.type.rawValue),
            .integer(coupon.createdAt.microseconds), .text(StoredBody.encode(coupon)),
        ]
    }
}
