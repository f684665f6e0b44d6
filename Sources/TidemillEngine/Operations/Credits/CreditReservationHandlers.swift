import TidemillCore
import TidemillOperations
import TidemillStore

extension ReleaseCreditReservation: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Output {
        try scope.customers.requirePresence(input.customerID, for: .releaseCreditReservation)
        _ = try scope.currencies.require(input.currencyID, for: .releaseCreditReservation)
        let wallet = Wallet(customerID: input.customerID, currencyID: input.currencyID, resourceID: input.resourceID)
        let reservations = Reservations(scope)
        guard let kept = try reservations.find(input.reservationID, of: input.customerID), kept.wallet == wallet else {
            throw OperationError(
                .creditReservationNotFound,
                "releaseCreditReservation: there is no reservation \"\(input.reservationID)\" in this wallet; reserve with checkEntitlement"
            )
        }
        let request = input.consumedAmount.description
        let balance: CreditBalance
        switch kept.state {
        case .active: balance = try reservations.release(kept, consumed: input.consumedAmount, request: request)
        case .released:
            guard kept.release == request else {
                throw OperationError(
                    .idempotencyConflict,
                    "releaseCreditReservation: the reservation \"\(kept.id)\" was settled with \(kept.consumed ?? .zero) before, got \(input.consumedAmount); report the difference with consumeCredits"
                )
            }
            scope.isRepeat = true
            balance = try Wallets(scope).balance(wallet)
        case .expired:
            // The hold has returned, the work was done all the same: what was used burns as usual.
            balance = try reservations.settleExpired(kept, consumed: input.consumedAmount, request: request)
        }
        return Output(
            reservation: SettledReservation(
                id: kept.id, amount: kept.amount, consumedAmount: input.consumedAmount, status: .released,
                expiresAt: kept.expiresAt),
            credit: try Wallets(scope).shown(balance, of: wallet))
    }
}
