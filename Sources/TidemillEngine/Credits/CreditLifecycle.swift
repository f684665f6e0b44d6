import TidemillCore
import TidemillOperations
import TidemillStore

/// What happens to credits by time alone: grants come into effect and expire, holds return, and subscriptions
/// grant anew.
enum CreditLifecycle: TimeDriven {
    static let kind = TimedKind.wallet

    /// How many of the grants that expire at one instant the audit names.
    private static let idsMax = 20

    static func advance(_ customer: CustomerID, to instant: Timestamp, in scope: CallScope) throws {
        // In the order in which one depends on the other: credits that expire are gone before others come, and a hold
        // that ends with a grant returns to what is left.
        let due = try GrantTable(connection: scope.connection).due(of: customer, until: instant)
        try end(due.filter { $0.status == .active }, in: scope)
        for var grant in due where grant.status == .paymentPending {
            let book = try WalletBook(grant.wallet, scope)
            try book.end(&grant, as: .expired)
            try book.grants.update(grant)
            try book.close()
            try scope.audit(
                "creditGrantsExpired", customer,
                [
                    "currencyId": .string(grant.wallet.currencyID), "grants": 1, "ids": .array([.string(grant.id)]),
                    "paymentCollection": .string(grant.details.paymentCollection.rawValue),
                ], reason: "the credits expired before their invoice was paid")
        }
        for var grant in due where grant.status == .scheduled {
            let book = try WalletBook(grant.wallet, scope)
            try book.activate(&grant)
            try book.grants.update(grant)
            try book.close()
            try scope.audit(.creditGrantActivated, customer, ["id": .string(grant.id)])
        }
        try Reservations(scope).expire(of: customer, until: instant)
        try RecurringCredits.advance(customer, to: instant, in: scope)
        try schedule(customer, in: scope)
    }

    /// One book for all grants of a wallet that expire at one instant.
    private static func end(_ grants: [GrantRecord], in scope: CallScope) throws {
        var rest = grants[...]
        while let first = rest.first {
            let book = try WalletBook(first.wallet, scope)
            let same = rest.prefix { $0.wallet == first.wallet }
            try book.expire(Array(same))
            try book.close()
            try scope.audit(
                .creditGrantsExpired, first.wallet.customerID,
                [
                    "currencyId": .string(first.wallet.currencyID), "grants": .integer(Int64(same.count)),
                    "ids": .array(same.prefix(idsMax).map { .string($0.id) }),
                ])
            rest = rest.dropFirst(same.count)
        }
    }

    /// The next instant at which a grant or a hold of the customer changes.
    static func schedule(_ customer: CustomerID, in scope: CallScope) throws {
        let grants = try GrantTable(connection: scope.connection).nextDue(of: customer)
        let holds = try Reservations(scope).nextExpiry(of: customer)
        let periods = try RecurringCredits.nextDue(of: customer, in: scope)
        try scope.due.set(kind, of: customer, at: [grants, holds, periods].compactMap(\.self).min())
    }
}
