import TidemillCore
import TidemillOperations
import TidemillStore

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
