import TidemillCore
import TidemillOperations
import TidemillStore

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
