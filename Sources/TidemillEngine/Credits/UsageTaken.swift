import TidemillCore
import TidemillOperations
import TidemillStore

/// Usage that is taken back gives its credits back. In whatever order it comes, and whichever deliveries are voided, a
/// billing period burns what its usage comes to, and never less than nothing: what would be given back beyond what was
/// burned is kept (`CreditOffsets`), and later usage of the period makes up for it first.
struct UsageTaken {
    let period: BurnPeriod
    let scope: CallScope

    private var offsets: CreditOffsets { CreditOffsets(connection: scope.connection) }

    /// How much of a cost is to be burned.
    func due(_ cost: Amount, by delivery: DeliveryID?) throws -> Amount {
        let made = min(try offsets.find(period), cost)
        guard made > .zero else { return cost }
        try offsets.add(-made, to: period)
        if let delivery { try offsets.add(made, to: period, delivery) }
        return cost - made
    }

    /// Gives back at most what the feature burned in the period. `isKept`: whether what is beyond that is kept: of a level
    /// it is not. Returns how much was given back.
    @discardableResult
    func giveBack(_ cost: Amount, by delivery: DeliveryID?, isKept: Bool, reason: String) throws -> Amount {
        let book = try WalletBook(period.wallet, scope)
        let given = try book.giveBack(
            cost, burnedBy: period.featureID, from: period.start, until: period.end, delivery: delivery, reason: reason)
        try book.close()
        var rest = cost
        for part in given {
            rest -= part.amount
            guard part.delivery != delivery else { continue }
            if let other = part.delivery { try offsets.add(part.amount, to: period, other) }
            if let delivery { try offsets.add(-part.amount, to: period, delivery) }
        }
        if isKept, rest > .zero {
            try offsets.add(rest, to: period)
            if let delivery { try offsets.add(-rest, to: period, delivery) }
        }
        return cost - rest
    }

    /// A delivery takes so much less back: answers what of it others had burned, and forgets that it gave that back.
    func undo(_ amount: Amount, by delivery: DeliveryID) throws -> Amount {
        let given = min(amount, max(-(try offsets.find(period, delivery)), .zero))
        try offsets.add(given, to: period, delivery)
        return given
    }

    /// Undoes what a voided delivery did to credits that others burned: what it gave back is burned again, and what it
    /// burned and others gave back is taken from what they would give. Its own rows are reversed before. Returns how much
    /// there was to do; the next call goes on.
    static func void(_ delivery: DeliveryID, limit: Int, in scope: CallScope) throws -> Int {
        let offsets = CreditOffsets(connection: scope.connection)
        let rows = try offsets.rows(of: delivery, limit: limit)
        let reason = "delivery \(delivery) was voided"
        for row in rows {
            try offsets.remove(row)
            try scope.advance(row.wallet.customerID)
            let taken = UsageTaken(period: row.period, scope: scope)
            guard row.amount < .zero else {
                try taken.giveBack(row.amount, by: nil, isKept: true, reason: reason)
                continue
            }
            let due = try taken.due(-row.amount, by: nil)
            guard due > .zero else { continue }
            let last = row.end.map { $0.advanced(bySeconds: -1) } ?? scope.now
            let book = try WalletBook(row.wallet, scope)
            try book.burnBack(
                due, givenBackBy: delivery,
                CreditOrigin(
                    featureID: row.featureID, events: 0, details: ["reason": .string(reason)], at: min(scope.now, last))
            )
            try book.close()
        }
        return rows.count
    }
}
