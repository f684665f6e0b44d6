import TidemillCore
import TidemillOperations
import TidemillStore

/// The credit half of checkEntitlement: whether so much is available, and a hold on it where one is asked for.
///
/// Without `requestedUsage` something must be left. A wallet with a soft limit, set by the credit entitlement of a live
/// subscription, lets checks through beyond its balance; a hold is never made on credits that are not there.
enum CreditAccessCheck {
    static let reservationSecondsDefault: Int64 = 3600

    /// `isAsked`: somebody wants credits, and does not only look what there is.
    static func perform(
        _ input: CheckEntitlement.Input, isAsked: Bool = true, in scope: CallScope
    ) throws -> CreditAccess {
        guard let currencyID = input.currencyID else {
            throw OperationError(.badUserInput, "checkEntitlement: 'currencyId' is required to check credits")
        }
        let currency = try scope.currencies.require(currencyID, for: .checkEntitlement)
        try scope.advance(input.customerID)
        let wallet = Wallet(customerID: input.customerID, currencyID: currencyID, resourceID: input.resourceID)
        if let id = input.reservationID, let kept = try Reservations(scope).find(id, of: input.customerID) {
            return try repeated(kept, input, in: scope)
        }
        let answer = Answer(wallet: wallet, currency: currency, scope: scope)
        let balance = try Wallets(scope).balance(wallet)
        guard let customer = try scope.customers.find(input.customerID) else {
            return try answer.access(balance, .customerNotFound)
        }
        guard customer.archivedAt == nil else { return try answer.access(balance, .customerIsArchived) }
        if let amount = input.reserveAmount, let id = input.reservationID {
            guard balance.available >= amount else {
                try WalletChanges.noteDenied(wallet, in: scope)
                return try answer.access(balance, .insufficientCredits)
            }
            return try reserve(amount, id, input, answer)
        }
        let isEnough = input.requestedUsage.map { balance.available >= $0 } ?? (balance.available > .zero)
        guard try isEnough || hasSoftLimit(wallet, in: scope) else {
            if isAsked { try WalletChanges.noteDenied(wallet, in: scope) }
            return try answer.access(balance, .insufficientCredits)
        }
        return try answer.access(balance, nil)
    }

    private static func reserve(
        _ amount: Amount, _ id: String, _ input: CheckEntitlement.Input, _ answer: Answer
    ) throws -> CreditAccess {
        let scope = answer.scope
        // A check is a read until it holds: then it is done again in a transaction that may write, and nobody comes
        // between the check and the hold.
        guard scope.mayWrite else { throw WriteNeeded.customer(input.customerID) }
        let expiresAt = try expiry(input, in: scope)
        var access: CreditAccess?
        try Reservations(scope).hold(
            amount, id: id, in: answer.wallet, until: expiresAt, request: request(input),
            metadata: input.reservationMetadata ?? [:]
        ) { balance, end in
            var granted = answer.access(balance, nil, periodEnd: end, validUntil: expiresAt)
            granted.reservation = CreditAccess.Reservation(
                id: id, amount: amount, expiresAt: expiresAt, status: .active)
            access = granted
            return StoredBody.encode(granted)
        }
        guard let access else { throw OperationError(.storeFailed, "checkEntitlement: the hold was not made") }
        return access
    }

    /// The same id answers the same, whatever became of the hold; with other parameters it is a conflict.
    private static func repeated(
        _ kept: Reservations.Record, _ input: CheckEntitlement.Input, in scope: CallScope
    ) throws -> CreditAccess {
        guard kept.request == request(input) else {
            throw OperationError(
                .idempotencyConflict,
                "checkEntitlement: the reservation \"\(kept.id)\" was made with other parameters; use a new 'reservationId' for a new hold"
            )
        }
        scope.isRepeat = true
        return try StoredBody.decode(CreditAccess.self, kept.answer)
    }

    /// What tells one reservation from another with the same id.
    private static func request(_ input: CheckEntitlement.Input) -> String {
        var members: TextMap<Payload> = ["currencyId": .string(input.currencyID ?? "")]
        members["resourceId"] = input.resourceID.map { .string($0) }
        members["reserveAmount"] = input.reserveAmount.map { Payload($0) }
        members["ttl"] = input.reservationTTLSeconds.map { .integer($0) }
        members["expiresAt"] = input.reservationExpiresAt.map { .integer($0.microseconds) }
        if let metadata = input.reservationMetadata, !metadata.isEmpty {
            members["metadata"] = .object(metadata.mapValues { .string($0) })
        }
        return Payload.object(members).json
    }

    private static func expiry(_ input: CheckEntitlement.Input, in scope: CallScope) throws -> Timestamp {
        guard let wanted = input.reservationExpiresAt else {
            return scope.now.advanced(bySeconds: input.reservationTTLSeconds ?? reservationSecondsDefault)
        }
        let at = wanted.wholeMilliseconds
        let latest = scope.now.advanced(bySeconds: CheckEntitlement.reservationSeconds.upperBound)
        guard at > scope.now, at <= latest else {
            throw OperationError(
                .badUserInput,
                "checkEntitlement: 'reservationExpiresAt' must be a time after now and at most 24 hours ahead (\(latest)), got \(at)"
            )
        }
        return at
    }

    /// Whether a live subscription of the wallet lets checks go beyond what is there.
    private static func hasSoftLimit(_ wallet: Wallet, in scope: CallScope) throws -> Bool {
        let catalog = try scope.catalog()
        return try scope.subscriptions.live(of: wallet.customerID).contains { record in
            record.resourceID.isSame(as: wallet.resourceID)
                && RecurringCredits.entitlements(of: record, catalog).contains {
                    $0.currencyID == wallet.currencyID && $0.hasSoftLimit
                }
        }
    }

    /// The answer about one wallet.
    private struct Answer {
        let wallet: Wallet
        let currency: CustomCurrency
        let scope: CallScope

        func access(_ balance: CreditBalance, _ reason: DeniedReason?) throws -> CreditAccess {
            access(
                balance, reason,
                periodEnd: try GrantTable(connection: scope.connection).recurringEnd(of: wallet),
                validUntil: try scope.due.earliest(of: wallet.customerID))
        }

        func access(
            _ balance: CreditBalance, _ reason: DeniedReason?, periodEnd: Timestamp?, validUntil: Timestamp?
        ) -> CreditAccess {
            let changedAt = balance.changedAt.microseconds == 0 ? scope.now : balance.changedAt
            return CreditAccess(
                accessDeniedReason: reason,
                currency: CurrencyRef(
                    currencyID: currency.id, displayName: currency.displayName, description: currency.description,
                    metadata: currency.metadata.isEmpty ? nil : currency.metadata, unitPlural: currency.units?.plural,
                    unitSingular: currency.units?.singular),
                currentUsage: balance.currentUsage, isGranted: reason == nil, usageLimit: balance.granted,
                usageUpdatedAt: changedAt, entitlementUpdatedAt: changedAt, reserved: balance.held,
                reservedOnExpiredGrants: balance.heldOnEndedGrants, usagePeriodEnd: periodEnd,
                validUntil: validUntil)
        }
    }
}
