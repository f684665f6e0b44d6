import TidemillCore
import TidemillOperations
import TidemillStore

/// An open wallet: changes of one transaction, until it is closed.
final class WalletBook {
    let wallet: Wallet
    let scope: CallScope
    let pages: GrantPages
    let grants: GrantTable
    let ledger: CreditLedger
    private(set) var state: WalletState
    /// As it was when it was opened: crossings are told from it.
    private let opened: WalletState
    /// Grants whose time changed, or that were made: the customer's next due instant is set anew.
    private var dueChanged = false
    var announcements: [CreditAnnouncement] = []

    init(_ wallet: Wallet, _ scope: CallScope) throws {
        self.wallet = wallet
        self.scope = scope
        let connection = scope.connection
        pages = GrantPages(wallet: wallet, connection: connection)
        grants = GrantTable(connection: connection)
        ledger = CreditLedger(connection: connection)
        state = try WalletState.load(wallet, on: connection) ?? WalletState()
        opened = state
    }

    /// Saves the row, announces what was crossed, and notes a wallet that recharges.
    func close() throws {
        guard state != opened || !announcements.isEmpty || dueChanged else { return }
        guard state.isWithinBound else {
            throw OperationError(
                .usageOutOfRange,
                "the credits \"\(wallet.currencyID)\" of \"\(wallet.customerID)\" would go beyond 18 digits; use smaller amounts"
            )
        }
        state.balance.changedAt = max(scope.now, state.balance.changedAt)
        try state.save(wallet, on: scope.connection)
        if dueChanged { try CreditLifecycle.setDue(wallet.customerID, in: scope) }
        for announcement in announcements { try announcement.announce(in: self) }
        try CreditAnnouncement.balance(of: wallet, from: opened.balance, to: state.balance, in: scope)
        if state.balance.balance < opened.balance.balance { try WalletChanges.note(wallet, in: scope) }
    }

    func write(_ type: LedgerType, _ parts: [LedgerPart], _ origin: CreditOrigin, reverses: Int64? = nil) throws {
        try write(type, LedgerParts(type, parts), origin, reverses: reverses)
    }

    func write(_ type: LedgerType, _ parts: LedgerParts, _ origin: CreditOrigin, reverses: Int64? = nil) throws {
        state.entries += 1
        try ledger.append(
            LedgerRow(
                wallet: wallet, sequence: state.entries, type: type, at: origin.at ?? scope.now,
                recordedAt: scope.recordedAt, amount: parts.total, parts: parts, origin: origin, reverses: reverses))
    }
}

// MARK: - Grants

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
            subscriptionID: draft.subscriptionID,
            details: GrantRecord.Details(
                displayName: draft.displayName, cost: draft.cost, comment: draft.comment, metadata: draft.metadata,
                sourceType: draft.sourceType, paymentCollection: draft.paymentCollection, invoiceID: draft.invoiceID,
                updatedAt: scope.now))
        announcements.append(.created(grant))
        if draft.paymentCollection == .notRequired { try activate(&grant, isNew: true) }
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
            // Its time passed while it waited for the payment: granted and expired at once.
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

// MARK: - Consumption

extension WalletBook {
    func consume(_ amount: Amount, _ origin: CreditOrigin) throws {
        let parts = try burn(amount)
        try write(.consumed, parts, origin)
    }

    /// Takes the credits off the grants and the rest off the overdraft; the ledger row is the caller's.
    private func burn(_ amount: Amount) throws -> [LedgerPart] {
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

    private func endOverdraft() throws {
        var grant = try grants.require(state.overdraftGrant, of: wallet)
        grant.status = .voided
        grant.details.updatedAt = scope.now
        grant.details.voidedAt = scope.now
        try grants.update(grant)
        state.overdraftGrant = 0
        announcements.append(.updated(grant))
    }
}

// MARK: - Holds

extension WalletBook {
    /// Holds the amount on the grants in burn order; the caller has seen that so much is available.
    func hold(_ amount: Amount, _ origin: CreditOrigin) throws -> [LedgerPart] {
        let taken = try pages.take(amount, as: .hold)
        state.balance.held += taken.total
        try write(.reserved, taken.parts, origin)
        return taken.parts.map { LedgerPart(grant: $0.grant, amount: -$0.amount) }
    }

    /// Takes a hold off: `consumed` of it burns from the grants behind it in their order, the rest returns, and what was
    /// consumed beyond it burns as usual. What returns to a grant that has ended is gone with it.
    func release(_ holds: [LedgerPart], consumed: Amount, as type: LedgerType, _ origin: CreditOrigin) throws {
        var rest = consumed
        var burned: [LedgerPart] = []
        var ended: [(status: GrantStatus, part: LedgerPart)] = []
        for hold in holds {
            let used = min(hold.amount, rest)
            rest -= used
            if used > .zero { burned.append(LedgerPart(grant: hold.grant, amount: -used)) }
            var grant = try grants.require(hold.grant, of: wallet)
            if grant.status == .active {
                guard var position = try pages.position(at: grant.key) else {
                    throw StoreError(.corrupt, "the credit grant \(grant.id) is held and in no page; restore a backup")
                }
                position.held -= hold.amount
                position.consumed += used
                try pages.replace(position)
                if position.isUsedUp { announcements.append(.depleted(grant, more: 0)) }
                state.balance.held -= hold.amount
                state.balance.consumed += used
            } else {
                grant.held -= hold.amount
                grant.consumed += used
                try grants.update(grant)
                state.balance.heldOnEndedGrants -= hold.amount
                let lost = hold.amount - used
                if lost > .zero { ended.append((grant.status, LedgerPart(grant: hold.grant, amount: -lost))) }
            }
        }
        if rest > .zero { burned += try burn(rest) }
        var groups = [LedgerParts.Group(type: type, parts: holds)]
        guard !(holds.isEmpty && burned.isEmpty) else { return }
        if !burned.isEmpty { groups.append(LedgerParts.Group(type: .consumed, parts: burned)) }
        try write(type, LedgerParts(groups), origin)
        for (status, part) in ended {
            try write(status == .voided ? .voided : .expired, [part], CreditOrigin(events: 0))
        }
        try settle()
    }
}

// MARK: - Reversal

extension WalletBook {
    /// Gives back what a row consumed, to the grants it took from, by a compensating row. What goes back to a grant that
    /// has ended is gone with it; what an overdraft bore and has since been settled goes back to the grants that
    /// settled it, the last ones first.
    func reverse(_ row: LedgerRow, reason: String) throws {
        var returned: [LedgerPart] = []
        var lost: [(status: GrantStatus, part: LedgerPart)] = []
        for part in row.parts.groups.filter({ $0.type == .consumed }).flatMap(\.parts) where part.amount < .zero {
            for (sequence, amount) in try bearers(of: part.grant, -part.amount) {
                returned.append(LedgerPart(grant: sequence, amount: amount))
                if let status = try giveBack(amount, to: sequence) {
                    lost.append((status, LedgerPart(grant: sequence, amount: -amount)))
                }
            }
        }
        guard !returned.isEmpty else { return }
        try write(
            .consumed, returned,
            CreditOrigin(
                featureID: row.origin.featureID, eventID: row.origin.eventID, events: -row.origin.events,
                details: ["reason": .string(reason), "reverses": .integer(row.sequence)]),
            reverses: row.sequence)
        for (status, part) in lost {
            try write(status == .voided ? .voided : .expired, [part], CreditOrigin(events: 0))
        }
        try settle()
    }

    /// Which grants bear this much of what a grant consumed: the grant itself, unless it is an overdraft that was
    /// settled since.
    private func bearers(of sequence: Int64, _ amount: Amount) throws -> [(Int64, Amount)] {
        let grant = try grants.require(sequence, of: wallet)
        guard grant.type == .overdraft else { return [(sequence, amount)] }
        var rest = amount
        var result: [(Int64, Amount)] = []
        if sequence == state.overdraftGrant {
            let own = min(rest, state.balance.overdraft)
            if own > .zero { result.append((sequence, own)) }
            rest -= own
        }
        guard rest > .zero else { return result }
        // What settled this overdraft: the rows of transfer that follow one from it.
        let transfers = try scope.connection.rows(
            """
            SELECT t.parts, s.parts FROM credit_ledger t JOIN credit_ledger s
                ON s.bucket = t.bucket AND s.customer_id = t.customer_id AND s.currency_id = t.currency_id
               AND s.resource_id = t.resource_id AND s.sequence = t.sequence - 1
             WHERE t.bucket = $1 AND t.customer_id = $2 AND t.currency_id = $3 AND t.resource_id = $4 AND t.type = $5
             ORDER BY t.sequence DESC
            """, wallet.key + [.text(LedgerType.transferTarget.rawValue)]
        ) { row in (target: try LedgerParts(row, 0), source: try LedgerParts(row, 1)) }
        for transfer in transfers where transfer.source.groups.first?.parts.first?.grant == sequence {
            for part in transfer.target.groups.flatMap(\.parts).reversed() where rest > .zero {
                let bearer = try grants.require(part.grant, of: wallet)
                // Already given back before: no grant goes below zero.
                let given = result.filter { $0.0 == part.grant }.reduce(Amount.zero) { $0 + $1.1 }
                let left = try Wallets(scope).consumed(of: bearer) - given
                let own = min(rest, min(-part.amount, left))
                guard own > .zero else { continue }
                result.append((part.grant, own))
                rest -= own
            }
        }
        return result
    }

    /// Lowers what a grant consumed. Returns how the grant ended, where it has: then the credits are lost with it.
    private func giveBack(_ amount: Amount, to sequence: Int64) throws -> GrantStatus? {
        var grant = try grants.require(sequence, of: wallet)
        if grant.type == .overdraft {
            state.balance.overdraft -= amount
            state.balance.consumed -= amount
            if state.balance.overdraft == .zero { try endOverdraft() }
            return nil
        }
        guard grant.status == .active else {
            grant.consumed -= amount
            try grants.update(grant)
            return grant.status
        }
        var position =
            try pages.position(at: grant.key)
            ?? GrantPosition(key: grant.key, amount: grant.amount, consumed: grant.amount)
        position.consumed -= amount
        try pages.replace(position)
        state.balance.consumed -= amount
        return nil
    }
}
