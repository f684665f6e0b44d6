import TidemillCore
import TidemillOperations

/// A change of a grant that has a webhook, to be announced when its wallet is closed (stigg.md C.3, C.4).
enum CreditAnnouncement {
    case created(GrantRecord)
    case updated(GrantRecord)
    /// `more` grants expired at the same instant and are not announced one by one.
    case expired(GrantRecord, more: Int)
    /// Nothing is left of it. `more` grants were used up by the same burn-down and are not announced one by one.
    case depleted(GrantRecord, more: Int)
    /// As `depleted`, by the grant's number in its wallet.
    case usedUp(Int64, more: Int)
    /// A burn-down took a part of it.
    case partlyUsed(before: GrantPosition, after: GrantPosition)

    /// A burn-down may use up 100,000 grants: the first 20 are announced, and the last of these says how many more.
    static func of(_ taken: GrantPages.Taken) -> [CreditAnnouncement] {
        var result = taken.usedUp.enumerated().map { index, sequence in
            CreditAnnouncement.usedUp(
                sequence, more: index + 1 == taken.usedUp.count ? taken.usedUpCount - taken.usedUp.count : 0)
        }
        if let partly = taken.partly { result.append(.partlyUsed(before: partly.before, after: partly.after)) }
        return result
    }

    func announce(in book: WalletBook) throws {
        switch self {
        case .created(let grant): try Self.announce("credit_grant.created", grant, in: book)
        case .updated(let grant): try Self.announce("credit_grant.updated", grant, in: book)
        case .expired(let grant, let more):
            try Self.announce(
                "credit_grant.expired", grant, more > 0 ? ["alsoExpired": .integer(Int64(more))] : [:], in: book)
        case .depleted(let grant, let more): try Self.depleted(grant, more, in: book)
        case .usedUp(let sequence, let more):
            try Self.depleted(try book.grants.require(sequence, of: book.wallet), more, in: book)
        case .partlyUsed(let before, let after):
            let thresholds = book.scope.settings.creditsRemaining
            guard
                let crossed = Self.crossed(
                    from: before.amount - before.consumed, to: after.amount - after.consumed, of: after.amount,
                    thresholds
                )
            else { return }
            let grant = try book.grants.require(after.key.sequence, of: book.wallet)
            try Self.announce(
                "credit_grant.balance_low", grant,
                [
                    "remainingBalance": Payload(after.amount - after.consumed),
                    "remainingBalancePercentage": Self.percentage(after.amount - after.consumed, of: after.amount),
                    "thresholdPercentage": .integer(crossed),
                ], in: book)
        }
    }

    private static func depleted(_ grant: GrantRecord, _ more: Int, in book: WalletBook) throws {
        try announce(
            "credit_grant.depleted", grant, more > 0 ? ["alsoDepleted": .integer(Int64(more))] : [:], in: book)
    }

    private static func announce(
        _ type: String, _ grant: GrantRecord, _ further: TextMap<Payload> = [:], in book: WalletBook
    ) throws {
        let fields: TextMap<Payload> = [
            "entityId": .string(grant.id), "grantId": .string(grant.id),
            "customerId": .string(grant.wallet.customerID.text), "currencyId": .string(grant.wallet.currencyID),
            "resourceId": grant.wallet.resourceID.map { .string($0) } ?? .null,
            "displayName": .string(grant.details.displayName), "amount": Payload(grant.amount),
            "consumedAmount": Payload(try consumed(of: grant, in: book)),
            "cost": ["amount": Payload(grant.details.cost.amount), "currency": .string(grant.details.cost.currency)],
            "grantType": .string(grant.type.announced), "status": .string(grant.status.rawValue),
            "priority": .integer(grant.priority), "effectiveAt": Payload(grant.effectiveAt),
            "expireAt": grant.expireAt.map { Payload($0) } ?? .null,
        ]
        try book.scope.announce(
            EngineEvent(type, grant.wallet.customerID, fields.merging(further) { _, new in new }))
    }

    private static func consumed(of grant: GrantRecord, in book: WalletBook) throws -> Amount {
        guard grant.status == .active else { return grant.consumed }
        if grant.type == .overdraft { return book.state.balance.overdraft }
        return try book.pages.position(at: grant.key)?.consumed ?? grant.amount
    }
}

// MARK: - The wallet's thresholds

extension CreditAnnouncement {
    /// Announces what the balance crossed on its way down: the lowest threshold of `alerts.credits_remaining`, and the
    /// end. Going up re-arms both. The balance is what is left of the grants in effect; holds are not subtracted.
    static func balance(
        of wallet: Wallet, from before: CreditBalance, to after: CreditBalance, in scope: CallScope
    ) throws {
        guard after.balance < before.balance else { return }
        let wasLeft = share(before)
        let low = scope.settings.creditsRemaining.filter { threshold in
            let bound = Amount(threshold)
            return wasLeft > bound && share(after) <= bound
        }.min()
        if let low { try announce("credit_balance.low", wallet, after, low, in: scope) }
        if before.balance > .zero, after.balance <= .zero {
            try announce("credit_balance.depleted", wallet, after, 0, in: scope)
        }
    }

    private static func announce(
        _ type: String, _ wallet: Wallet, _ balance: CreditBalance, _ threshold: Int64, in scope: CallScope
    ) throws {
        let customer = try scope.customers.find(wallet.customerID)
        let currency = try scope.currencies.find(wallet.currencyID)
        let left = share(balance)
        try scope.announce(
            EngineEvent(
                type, wallet.customerID,
                [
                    "eventId": .string(scope.newID()),
                    "customer": [
                        "id": .string(wallet.customerID.text), "name": customer?.name.map { .string($0) } ?? .null,
                        "billingId": customer?.billingID.map { .string($0) } ?? .null,
                    ],
                    "resource": wallet.resourceID.map { ["id": .string($0)] } ?? .null,
                    "creditCurrency": [
                        "id": .string(wallet.currencyID),
                        "name": .string(currency?.displayName ?? wallet.currencyID),
                        "description": currency?.description.map { .string($0) } ?? .null,
                        "unitLabel": currency?.units.map {
                            ["singular": .string($0.singular), "plural": .string($0.plural)]
                        } ?? .null,
                    ],
                    "totalGranted": Payload(balance.granted), "remainingBalance": Payload(balance.balance),
                    "remainingBalancePercentage": Payload(left),
                    "thresholdPercentage": .integer(threshold), "consumedPercentage": Payload(Amount(100) - left),
                ]))
    }

    /// The percentage of what was granted that is left, to two decimals; 0 where nothing was granted.
    private static func share(_ balance: CreditBalance) -> Amount {
        percent(balance.balance, of: balance.granted)
    }

    /// The lowest threshold, in percent of `whole`, that lies between the two.
    static func crossed(from before: Amount, to after: Amount, of whole: Amount, _ thresholds: [Int64]) -> Int64? {
        thresholds.filter { percent(before, of: whole) > Amount($0) && percent(after, of: whole) <= Amount($0) }.min()
    }

    private static func percentage(_ part: Amount, of whole: Amount) -> Payload { Payload(percent(part, of: whole)) }

    private static func percent(_ part: Amount, of whole: Amount) -> Amount {
        guard whole > .zero, part > .zero else { return .zero }
        // Rounded up: what is a little above a threshold has not crossed it.
        return Amount(100).scaled(by: part.nanos, over: whole.nanos, rounding: .up)?
            .rounded(toDigits: 2, rounding: .up) ?? .zero
    }
}
