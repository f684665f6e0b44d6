import TidemillCore
import TidemillOperations
import TidemillStore

extension WalletBook {
    /// Gives back what a row consumed, to the grants it took from, by a compensating row. What goes back to a grant that
    /// has ended is gone with it; what an overdraft bore and has since been settled goes back to the grants that
    /// settled it, the last ones first. `kept`: so much of it is burned anew from the same grants, before what came back
    /// settles an overdraft.
    func reverse(
        _ row: LedgerRow, keeping kept: Amount = .zero, reason: String, by delivery: DeliveryID? = nil
    ) throws {
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
                delivery: delivery, details: ["reason": .string(reason), "reverses": .integer(row.sequence)]),
            reverses: row.sequence)
        try writeEnded(lost)
        if kept > .zero { try burnAgain(kept, like: row) }
        try settle()
    }

    /// What belongs to grants that have ended is gone, or taken, with them.
    private func writeEnded(_ parts: [(status: GrantStatus, part: LedgerPart)]) throws {
        for (status, part) in parts {
            try write(status == .voided ? .voided : .expired, [part], CreditOrigin(events: 0))
        }
    }

    /// What was given back of rows of one delivery, nil for those of none.
    struct GivenBack {
        let delivery: DeliveryID?
        let amount: Amount
    }

    /// Rows that are read at once.
    private static let givenBackPage = 100

    /// Gives back what a feature burned from one instant until another, the last first, to the grants it came from: at
    /// most `amount`. Each row is reversed; of one that is given back in part, what stays burned is burned anew from the
    /// same grants.
    func giveBack(
        _ amount: Amount, burnedBy feature: FeatureID, from start: Timestamp, until end: Timestamp?,
        delivery: DeliveryID?, reason: String
    ) throws -> [GivenBack] {
        // Nothing is dated further ahead of its processing; so the rows of earlier periods are not read.
        let recorded = start.advanced(bySeconds: -max(scope.maxFutureSeconds, 86_400))
        var given: [GivenBack] = []
        var rest = amount
        while rest > .zero {
            let rows = try scope.connection.rows(
                """
                SELECT \(CreditLedger.columns) FROM credit_ledger c
                 WHERE \(Wallet.isWallet) AND type = $5 AND feature_id = $6 AND at >= $7 AND at < $8
                   AND recorded_at >= $9 AND reverses IS NULL AND \(CreditLedger.isMoved) AND NOT EXISTS (
                   SELECT 1 FROM credit_ledger r
                    WHERE r.bucket = c.bucket AND r.customer_id = c.customer_id AND r.currency_id = c.currency_id
                      AND r.resource_id = c.resource_id AND r.reverses = c.sequence)
                 ORDER BY recorded_at DESC, sequence DESC LIMIT $10
                """,
                wallet.key + [
                    .text(LedgerType.consumed.rawValue), .text(feature.text), .instant(start),
                    .integer(end?.microseconds ?? .max), .instant(recorded), .integer(Self.givenBackPage),
                ], CreditLedger.row
            ).filter { $0.amount < .zero }
            guard !rows.isEmpty else { break }
            for row in rows where rest > .zero {
                let own = min(rest, -row.amount)
                try reverse(row, keeping: -row.amount - own, reason: reason, by: delivery)
                given.append(GivenBack(delivery: row.origin.delivery, amount: own))
                rest -= own
            }
        }
        return given
    }

    private func burnAgain(_ amount: Amount, like row: LedgerRow) throws {
        let origin = CreditOrigin(
            featureID: row.origin.featureID, eventID: row.origin.eventID, events: row.origin.events,
            delivery: row.origin.delivery, details: row.origin.details, at: row.at, stays: row.sequence)
        let parts = row.parts.groups.flatMap(\.parts)
        if try parts.contains(where: { try grants.require($0.grant, of: wallet).type == .overdraft }) {
            return try consume(amount, origin)
        }
        var left = amount
        var burned: [LedgerPart] = []
        var ended: [(status: GrantStatus, part: LedgerPart)] = []
        for part in parts where left > .zero {
            let own = min(left, -part.amount)
            burned.append(LedgerPart(grant: part.grant, amount: -own))
            if let status = try giveBack(-own, to: part.grant) {
                ended.append((status, LedgerPart(grant: part.grant, amount: own)))
            }
            left -= own
        }
        try write(.consumed, burned, origin)
        try writeEnded(ended)
    }

    /// Rows of one delivery that are looked through.
    private static let burnedBackMax = 10_000

    /// Burns what a delivery gave back and must not have: first what grants that have ended since kept of it, which nobody
    /// had any use of, and the rest off what there is.
    func burnBack(_ amount: Amount, givenBackBy delivery: DeliveryID, _ origin: CreditOrigin) throws {
        let rows = try scope.connection.rows(
            """
            SELECT \(CreditLedger.columns) FROM credit_ledger
             WHERE delivery = $5 AND \(Wallet.isWallet) AND type = $6 AND feature_id = $7 AND reverses IS NOT NULL
             ORDER BY sequence LIMIT $8
            """,
            wallet.key + [
                .text(delivery.text), .text(LedgerType.consumed.rawValue), .text(origin.featureID?.text),
                .integer(Self.burnedBackMax),
            ], CreditLedger.row)
        var left = amount
        var burned: [LedgerPart] = []
        var ended: [(status: GrantStatus, part: LedgerPart)] = []
        for part in rows.flatMap({ $0.parts.groups }).flatMap(\.parts) where left > .zero {
            let grant = try grants.require(part.grant, of: wallet)
            guard grant.type != .overdraft, grant.status == .expired || grant.status == .voided else { continue }
            let own = min(left, min(part.amount, grant.amount - grant.consumed - grant.held))
            guard own > .zero, let status = try giveBack(-own, to: part.grant) else { continue }
            burned.append(LedgerPart(grant: part.grant, amount: -own))
            ended.append((status, LedgerPart(grant: part.grant, amount: own)))
            left -= own
        }
        if !burned.isEmpty {
            try write(.consumed, burned, origin)
            try writeEnded(ended)
        }
        if left > .zero { try consume(left, origin) }
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
