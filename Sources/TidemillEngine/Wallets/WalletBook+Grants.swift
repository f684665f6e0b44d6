import TidemillCore
import TidemillOperations
import TidemillStore

extension WalletBook {
    func add(_ draft: Wallets.Draft) throws -> GrantRecord {
        state.grants += 1
        let effectiveAt = draft.effectiveAt?.wholeMilliseconds ?? scope.now
        var grant = GrantRecord(
            wallet: wallet, sequence: state.grants,
            id: CreditGrantID.make(
                customer: wallet.customerID, currency: wallet.currencyID, resource: wallet.resource,
                sequence: state.grants),
            status: .paymentPending, type: draft.type, priority: draft.priority, effectiveAt: effectiveAt,
            expireAt: draft.expireAt?.wholeMilliseconds, createdAt: scope.now, amount: draft.amount,
            source: draft.source,
            subscriptionID: draft.subscriptionID, paymentDueAt: draft.paymentDueAt?.wholeMilliseconds,
            details: GrantRecord.Details(
                displayName: draft.displayName, cost: draft.cost, comment: draft.comment, metadata: draft.metadata,
                sourceType: draft.sourceType, paymentCollection: draft.paymentCollection, invoiceID: draft.invoiceID,
                updatedAt: scope.now))
        let first = announcements.endIndex
        dueChanged = dueChanged || grant.dueAt != nil
        if draft.paymentCollection == .notRequired { try activate(&grant, isNew: true) }
        // As it is once it was made, and before what becomes of it at once.
        announcements.insert(.created(grant), at: first)
        try grants.insert(grant)
        return grant
    }

    /// Puts a grant in effect, or on the list of those that wait for their day. `grant` is stored by the caller.
    func activate(_ grant: inout GrantRecord, isNew: Bool = false) throws {
        grant.details.paymentCollection = .notRequired
        if !isNew { grant.details.updatedAt = scope.now }
        dueChanged = dueChanged || grant.expireAt != nil || grant.effectiveAt > scope.now
        guard grant.effectiveAt <= scope.now else {
            grant.status = .scheduled
            return
        }
        guard grant.expireAt.map({ $0 > scope.now }) ?? true else {
            // Made for a time that is over: granted and expired at once.
            grant.status = .active
            try enter(grant)
            return try end(&grant, as: .expired)
        }
        grant.status = .active
        try enter(grant)
        if !isNew { announcements.append(.updated(grant)) }
    }

    private func enter(_ grant: GrantRecord) throws {
        try pages.insert(GrantPosition(key: grant.key, amount: grant.amount))
        state.balance.granted += grant.amount
        try write(
            .granted, [LedgerPart(grant: grant.sequence, amount: grant.amount)],
            CreditOrigin(events: 0, details: grant.details.comment.map { ["comment": .string($0)] }))
        try settle()
    }

    /// Ends a grant: it expires or is voided. What is free goes off the balance; what reservations hold stays with the
    /// grant until they end. `grant` is stored by the caller.
    func end(_ grant: inout GrantRecord, as status: GrantStatus) throws {
        let isEnded = grant.status == .expired || grant.status == .voided
        guard !isEnded, grant.type != .overdraft else { return }
        let position = grant.status == .active ? try pages.remove(grant.key) : nil
        let free = leave(&grant, position, as: status)
        if free > .zero {
            try write(
                status == .expired ? .expired : .voided, [LedgerPart(grant: grant.sequence, amount: -free)],
                CreditOrigin(events: 0))
        }
        announcements.append(status == .expired ? .expired(grant, more: 0) : .updated(grant))
    }

    /// Expires and stores all grants in effect whose time is over: one pass over the pages and one ledger row, however
    /// many they are.
    func expire(_ due: [GrantRecord]) throws {
        let positions = try pages.removeExpired(until: scope.now.microseconds)
        var parts: [LedgerPart] = []
        for (index, old) in due.enumerated() {
            var grant = old
            let free = leave(&grant, positions[grant.sequence], as: .expired)
            if free > .zero { parts.append(LedgerPart(grant: grant.sequence, amount: -free)) }
            try grants.update(grant)
            let named = GrantPages.Taken.namedMax
            if index < named {
                announcements.append(.expired(grant, more: index + 1 == named ? due.count - named : 0))
            }
        }
        if !parts.isEmpty { try write(.expired, parts, CreditOrigin(events: 0)) }
    }

    /// Takes a grant out of the figures, with its position if it has one left. Returns what was free.
    private func leave(_ grant: inout GrantRecord, _ position: GrantPosition?, as status: GrantStatus) -> Amount {
        var free = Amount.zero
        if grant.status == .active {
            grant.consumed = position?.consumed ?? grant.amount
            grant.held = position?.held ?? .zero
            free = grant.amount - grant.consumed - grant.held
            state.balance.granted -= grant.amount
            state.balance.consumed -= grant.consumed
            state.balance.held -= grant.held
            state.balance.heldOnEndedGrants += grant.held
        }
        dueChanged = dueChanged || grant.dueAt != nil
        // Nobody waits for its payment any more.
        if grant.status == .paymentPending { grant.details.paymentCollection = .failed }
        grant.status = status
        grant.details.updatedAt = scope.now
        if status == .voided { grant.details.voidedAt = scope.now }
        return free
    }

    /// Changes the dates and the priority of a grant that has not ended. `grant` is stored by the caller.
    func reschedule(
        _ grant: inout GrantRecord, priority: Int64, effectiveAt: Timestamp, expireAt: Timestamp?
    ) throws {
        let before = grant.status
        var position = before == .active ? try pages.remove(grant.key) : nil
        if before == .active, position == nil, effectiveAt > scope.now {
            throw Self.inUse(grant)
        }
        if let position, effectiveAt > scope.now, position.consumed > .zero || position.held > .zero {
            throw Self.inUse(grant)
        }
        grant.priority = priority
        grant.effectiveAt = effectiveAt.wholeMilliseconds
        grant.expireAt = expireAt?.wholeMilliseconds
        dueChanged = true
        switch before {
        case .active where effectiveAt > scope.now:
            grant.status = .scheduled
            state.balance.granted -= grant.amount
            try write(.updated, [LedgerPart(grant: grant.sequence, amount: -grant.amount)], CreditOrigin(events: 0))
        case .active:
            position?.key = grant.key
            if let position { try pages.insert(position) }
            try write(.updated, [LedgerPart(grant: grant.sequence, amount: .zero)], CreditOrigin(events: 0))
        case .scheduled where effectiveAt <= scope.now: try activate(&grant, isNew: true)
        case .scheduled, .paymentPending, .expired, .voided: break
        }
    }

    private static func inUse(_ grant: GrantRecord) -> OperationError {
        OperationError(
            .invalidArgument,
            "updateCreditGrant: 'effectiveAt' cannot move to the future: credits of \"\(grant.id)\" are used or held already"
        )
    }
}
