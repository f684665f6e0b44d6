import TidemillCore
import TidemillOperations
import TidemillStore

extension WalletBook {
    func consume(_ amount: Amount, _ origin: CreditOrigin) throws {
        let parts = try burn(amount)
        try write(.consumed, parts, origin)
    }

    /// Takes the credits off the grants and the rest off the overdraft; the ledger row is the caller's.
    func burn(_ amount: Amount) throws -> [LedgerPart] {
        guard amount > .zero else { return [] }
        let taken = try pages.take(amount, as: .consume)
        var parts = taken.parts
        let rest = amount - taken.total
        if rest > .zero { parts.append(LedgerPart(grant: try overdraft(rest), amount: -rest)) }
        state.balance.consumed += amount
        announcements += CreditAnnouncement.of(taken)
        return parts
    }

    /// Adds to the overdraft, and makes its grant where there is none in effect. Returns the grant's number.
    private func overdraft(_ amount: Amount) throws -> Int64 {
        state.balance.overdraft += amount
        guard state.overdraftGrant == 0 else { return state.overdraftGrant }
        state.grants += 1
        state.overdraftGrant = state.grants
        let grant = GrantRecord(
            wallet: wallet, sequence: state.grants,
            id: CreditGrantID.make(
                customer: wallet.customerID, currency: wallet.currencyID, resource: wallet.resource,
                sequence: state.grants),
            status: .active, type: .overdraft, priority: 0, effectiveAt: scope.now, expireAt: nil,
            createdAt: scope.now, amount: .zero,
            details: GrantRecord.Details(
                displayName: "Overdraft", cost: Money(.zero, "usd"), metadata: [:], paymentCollection: .notRequired,
                updatedAt: scope.now))
        try grants.insert(grant)
        announcements.append(.created(grant))
        return state.grants
    }

    /// Moves the overdraft to whatever is free now: a new grant, a hold that returned. Afterwards there is no overdraft,
    /// or nothing is free.
    func settle() throws {
        guard state.balance.overdraft > .zero, state.free > .zero else { return }
        let taken = try pages.take(min(state.balance.overdraft, state.free), as: .consume)
        guard taken.total > .zero else { return }
        let source = state.overdraftGrant
        state.balance.overdraft -= taken.total
        try write(
            .transferSource, [LedgerPart(grant: source, amount: taken.total)], CreditOrigin(events: 0))
        try write(.transferTarget, taken.parts, CreditOrigin(events: 0))
        announcements += CreditAnnouncement.of(taken)
        if state.balance.overdraft == .zero { try endOverdraft() }
    }

    func endOverdraft() throws {
        var grant = try grants.require(state.overdraftGrant, of: wallet)
        grant.status = .voided
        grant.details.updatedAt = scope.now
        grant.details.voidedAt = scope.now
        try grants.update(grant)
        state.overdraftGrant = 0
        announcements.append(.updated(grant))
    }
}
