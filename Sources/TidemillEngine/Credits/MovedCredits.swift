import TidemillCore
import TidemillOperations
import TidemillStore

/// Credits of a subscription that becomes another resource's or another customer's: what is left of them goes along, with
/// its period, its cost and its place in the burn order.
///
/// - What was consumed stays where it was consumed, and so does what reservations hold: it returns to the old wallet.
/// - A period is granted once: the new owner gets no second one. An upgrade grants the difference there.
/// - Credits that somebody granted or bought by hand belong to the customer, not to the subscription: they stay.
enum MovedCredits {
    /// `record` is where the subscription is from now on, already stored.
    static func move(from old: SubscriptionRecord, to record: SubscriptionRecord, in scope: CallScope) throws {
        let grants = try GrantTable(connection: scope.connection).live(
            ofSubscription: old.id, of: old.customerID)
        for grant in grants where grant.wallet.resourceID.isSame(as: old.resourceID) {
            let target = Wallet(
                customerID: record.customerID, currencyID: grant.wallet.currencyID, resourceID: record.resourceID)
            try move(grant, to: target, in: scope)
        }
    }

    private static func move(_ grant: GrantRecord, to target: Wallet, in scope: CallScope) throws {
        var rest = Amount.zero
        var cost = Money(.zero, grant.details.cost.currency)
        try Wallets(scope).change(grant.id) { book, grant in
            let whole = grant.amount
            rest = try book.takeOut(&grant, to: target)
            guard rest > .zero else { return }
            cost.amount = share(rest, of: whole, grant.details.cost)
            grant.details.cost.amount -= cost.amount
        }
        guard rest > .zero else { return }
        try Wallets(scope).grant(
            Wallets.Draft(
                type: grant.type, amount: rest, displayName: grant.details.displayName, cost: cost,
                priority: grant.priority, effectiveAt: grant.effectiveAt, expireAt: grant.expireAt,
                comment: grant.details.comment, metadata: grant.details.metadata,
                sourceType: grant.details.sourceType, invoiceID: grant.details.invoiceID,
                source: try source(of: grant, for: target, in: scope), subscriptionID: grant.subscriptionID),
            to: target)
    }

    /// The part of the cost that the moved credits carry, in whole minor units; what is left stays with the rest.
    private static func share(_ rest: Amount, of whole: Amount, _ cost: Money) -> Amount {
        guard rest < whole else { return cost.amount }
        let exact = cost.amount.scaled(by: rest.nanos, over: whole.nanos) ?? .zero
        return min(exact.rounded(toDigits: MinorUnits.digits(of: cost.currency)), cost.amount)
    }

    /// The key of the grant with a number behind it that the new owner does not have yet.
    private static func source(of grant: GrantRecord, for target: Wallet, in scope: CallScope) throws -> String? {
        guard let source = grant.source else { return nil }
        let key = source.prefix { $0 != RecurringCredits.movedMark }
        let table = GrantTable(connection: scope.connection)
        var number = 1
        while try table.find(
            source: "\(key)\(RecurringCredits.movedMark)\(number)", of: target.customerID) != nil
        { number += 1 }
        return "\(key)\(RecurringCredits.movedMark)\(number)"
    }
}

extension WalletBook {
    /// Takes what is free of a grant out of the wallet, and answers it. The grant keeps what is consumed and held; one that
    /// keeps nothing is void. `grant` is stored by the caller.
    func takeOut(_ grant: inout GrantRecord, to target: Wallet) throws -> Amount {
        var free = Amount.zero
        switch grant.status {
        case .scheduled:
            // Not in the ledger yet.
            free = grant.amount
        case .active:
            guard var position = try pages.remove(grant.key) else { return .zero }
            free = position.free
            position.amount -= free
            if !position.isUsedUp { try pages.insert(position) }
            guard free > .zero else { return .zero }
            state.balance.granted -= free
            var details: TextMap<Payload> = [
                "reason": "the subscription moved", "customerId": .string(target.customerID.text),
            ]
            details["resourceId"] = target.resourceID.map { .string($0) }
            try write(
                .updated, [LedgerPart(grant: grant.sequence, amount: -free)], CreditOrigin(events: 0, details: details))
        case .paymentPending, .expired, .voided: return .zero
        }
        grant.amount -= free
        grant.details.updatedAt = scope.now
        if grant.amount == .zero {
            grant.status = .voided
            grant.details.voidedAt = scope.now
        }
        dueChanged = true
        announcements.append(.updated(grant))
        return free
    }
}
