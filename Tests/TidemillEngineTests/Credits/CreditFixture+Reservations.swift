import Testing
import TidemillCore
import TidemillOperations

extension CreditFixture {
    /// Asks for a hold.
    @discardableResult
    func reserve(_ amount: Amount, id: String, seconds: Int64? = nil) throws -> Payload {
        try engine.call(
            .checkEntitlement,
            [
                "customerId": "c", "currencyId": "tok", "reserveAmount": Payload(amount), "reservationId": .string(id),
                "reservationTtlSeconds": seconds.map { .integer($0) } ?? .null,
            ])
    }

    /// Settles a hold, if it was made and not settled before.
    func release(_ id: String, consumed: Amount) throws {
        do {
            try engine.call(
                .releaseCreditReservation,
                [
                    "reservationId": .string(id), "customerId": "c", "currencyId": "tok",
                    "consumedAmount": Payload(consumed),
                ])
        } catch let error as OperationError {
            #expect(error.code == .creditReservationNotFound || error.code == .idempotencyConflict)
        }
    }
}
