import TidemillCore
import TidemillOperations
import TidemillPricing
import TidemillStore

/// Bills usage that came after its time was billed: what the closed time comes to now less what was billed of it, line by
/// line. The lines wait for the next invoice of the account that the time belongs to.
struct LateUsage {
    let scope: CallScope

    /// Closed time that is billed anew, and the lines by which.
    struct Settlement {
        var closed: ClosedUsage
        let lines: [QuoteLine]
    }

    /// Holds the usage from the mark on against all that was billed of it, in the order of time.
    func settle(_ mark: LateUsageTable.Mark) throws {
        for id in try closings(of: mark) {
            try windows(of: mark).unseal(id)
            guard let settlement = try settlement(of: id, mark.subject) else { continue }
            let closed = settlement.closed
            for line in settlement.lines {
                try scope.accounts.add(line: line, to: closed.account, .late, of: closed.subscriptionID, at: scope.now)
            }
            try scope.closed.update(closed)
        }
    }

    /// What settling the mark comes to; nothing is written.
    func settlements(of mark: LateUsageTable.Mark) throws -> [Settlement] {
        try closings(of: mark).compactMap { try settlement(of: $0, mark.subject) }
    }

    private func closings(of mark: LateUsageTable.Mark) throws -> [String] {
        try windows(of: mark).closings(of: mark.subject.feature, after: mark.from, isBilled: true)
    }

    private func windows(of mark: LateUsageTable.Mark) -> MeteredWindowTable {
        MeteredWindowTable(
            connection: scope.connection, customer: mark.subject.customer, resource: mark.subject.resource)
    }

    /// Nil where nothing changes.
    private func settlement(of id: String, _ subject: LateSubject) throws -> Settlement? {
        guard var closed = try scope.closed.find(id, of: subject.customer), let billed = closed.billed else {
            return nil
        }
        let now = try closed.terms.price(in: scope, waived: billed.waived).billed
        let lines = Self.difference(from: billed, to: now, closed.terms).map { line in
            var line = line.of(closed.id)
            line.turn = scope.now.microseconds
            return line
        }
        guard now != billed || !lines.isEmpty else { return nil }
        closed.billed = now
        return Settlement(closed: closed, lines: lines)
    }

    /// New less billed. Each part is rounded as the whole is, so that all lines of the time add up to its price. They
    /// bring their own discount and tax: those of the invoice that bills them do not apply.
    static func difference(from old: BilledLines, to new: BilledLines, _ terms: UsageTerms) -> [QuoteLine] {
        var lines: [QuoteLine] = []
        var left = old.lines
        for line in new.lines {
            let before = left.firstIndex { $0.isSame(as: line) }.map { left.remove(at: $0) }
            if let late = QuoteLine(late: line, billed: before) { lines.append(late) }
        }
        // What is covered no more has no line any more.
        for line in left { if let late = QuoteLine(late: line.without, billed: line) { lines.append(late) } }
        let sum = lines.reduce(Amount.zero) { $0 + $1.amount }
        let discount = new.discount - old.discount
        if discount != .zero {
            lines.append(QuoteLine(.discount, "Discount on usage that came late", terms, amount: -discount))
        }
        let tax = new.gross - old.gross - sum + discount
        if tax != .zero {
            let name = terms.tax?.displayName ?? "Tax"
            lines.append(QuoteLine(.tax, "\(name) on usage that came late", terms, amount: tax))
        }
        return lines
    }
}

extension QuoteLine {
    fileprivate func isSame(as other: QuoteLine) -> Bool {
        kind == other.kind && featureID == other.featureID && packageID == other.packageID
            && description == other.description
    }

    /// With its tax in a line of its own.
    func untaxed(_ addition: String) -> QuoteLine {
        var line = QuoteLine(
            kind: kind, description: description + addition, packageID: packageID, featureID: featureID,
            quantity: quantity, unitPrice: unitPrice, amount: amount, isMinimumSpend: isMinimumSpend,
            terms: PaidTerms(), window: window)
        (line.through, line.turn) = (through, turn)
        return line.of(origin)
    }

    var without: QuoteLine {
        QuoteLine(
            kind: kind, description: description, packageID: packageID, featureID: featureID, quantity: .zero,
            unitPrice: unitPrice, amount: .zero, window: window)
    }

    /// What is billed of a line in addition; nil where nothing of it has changed.
    fileprivate init?(late line: QuoteLine, billed: QuoteLine?) {
        let amount = line.amount - (billed?.amount ?? .zero)
        let isCover = line.kind == .covered
        let quantity = isCover ? Amount(1) : line.quantity - (billed?.quantity ?? .zero)
        guard amount != .zero || !isCover && quantity != .zero else { return nil }
        var name = "\(line.description), came late"
        var price = isCover ? amount : line.unitPrice
        if quantity.times(price) != amount {
            // Other tiers, or a price by volume: the whole says more than the difference.
            price = quantity == .zero ? amount : amount.divided(by: quantity) ?? amount
            name += ": \(line.quantity) for \(line.amount)"
            if let billed { name += ", billed were \(billed.quantity) for \(billed.amount)" }
        }
        self.init(
            kind: line.kind, description: name, packageID: line.packageID, featureID: line.featureID,
            quantity: quantity, unitPrice: price, amount: amount, terms: PaidTerms(), window: line.window)
        through = line.through ?? (isCover ? -line.amount : line.amount)
    }

    fileprivate init(_ kind: Kind, _ description: String, _ terms: UsageTerms, amount: Amount) {
        self.init(
            kind: kind, description: description, packageID: terms.record.planID, quantity: Amount(1),
            unitPrice: amount, amount: amount, terms: PaidTerms(), window: terms.windows.lazy.compactMap(\.range).first)
    }
}
