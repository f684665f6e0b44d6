import TidemillCore
import TidemillOperations
import TidemillPricing

extension InvoiceBook {
    /// It is void, and the account has back what it paid of it. What it charged is waived; or `rebills`: all its lines
    /// wait for the next invoice as they were, with their discounts and their tax. What windows among them come to by now
    /// is billed by difference, as ever.
    func void(_ invoice: inout InvoiceRecord, because reason: String, rebills: Bool) throws {
        let account = invoice.account
        invoice.isRebilled = rebills
        invoice.state = .canceled
        invoice.endedAt = scope.now
        invoice.endReason = reason
        try table.end(invoice)
        if invoice.body.creditUsed != .zero {
            try scope.accounts.add(
                credit: invoice.body.creditUsed, to: account, .void, of: invoice.key.subscriptionID,
                invoice: invoice.id,
                at: scope.now)
        }
        if rebills {
            for line in Self.rebilled(invoice) { try wait(line, of: invoice) }
        } else {
            try waive(invoice)
        }
        try announce("voided", invoice)
    }

    private func wait(_ line: InvoicedLine, of invoice: InvoiceRecord) throws {
        try scope.accounts.add(
            line: line.line, to: invoice.account, .void, of: line.subscriptionID ?? invoice.key.subscriptionID,
            at: scope.now)
    }

    private static func rebilled(_ invoice: InvoiceRecord) -> [InvoicedLine] {
        let body = invoice.body
        let number = invoice.number.map { InvoiceRecord.shown($0) } ?? invoice.id
        var lines = invoice.lines.map { line in
            let again = line.line.untaxed(", of invoice \(number)").of(line.origin(in: invoice))
            return InvoicedLine(again, of: line.subscriptionID)
        }
        func add(_ kind: QuoteLine.Kind, _ description: String, _ amount: Amount) {
            guard amount != .zero else { return }
            lines.append(
                InvoicedLine(
                    QuoteLine(
                        kind: kind, description: description, quantity: Amount(1), unitPrice: amount, amount: amount,
                        terms: PaidTerms())))
        }
        for taken in body.discounts { add(.discount, "\(taken.name), of invoice \(number)", -taken.amount) }
        add(.tax, "Tax of invoice \(number)", body.gross - body.subTotal + body.discount)
        return lines
    }

    // MARK: - Waived

    /// What it charged counts as not charged, and is not owed. What waited and gives back on balance, as a change's unused
    /// time does, waits once more; what else it gave back beyond what it charged of time is the account's.
    private func waive(_ invoice: InvoiceRecord) throws {
        var charges: [String: Set<Int64>] = [:]
        var usage: [String: [QuoteLine]] = [:]
        let bundles = Dictionary(grouping: invoice.lines.enumerated()) { Bundle($0.element, of: invoice) }.values
        for bundle in bundles.sorted(by: { $0[0].offset < $1[0].offset }) {
            let lines = bundle.map(\.element)
            guard let first = lines.first, let origin = first.origin(in: invoice) else { continue }
            if let charge = ChargeSource.charge(origin) {
                if first.hasWaited, lines.reduce(.zero, { $0 + $1.line.amount }) < .zero {
                    for line in lines { try wait(line, of: invoice) }
                } else {
                    charges[first.subscriptionID ?? invoice.key.subscriptionID, default: []].insert(charge)
                }
            } else {
                usage[origin, default: []] += lines.map(\.line)
            }
        }
        for (subscription, gone) in charges.sorted(by: { $0.key < $1.key }) {
            try waive(gone, of: subscription, on: invoice)
        }
        for (closing, lines) in usage.sorted(by: { $0.key < $1.key }) { try waive(lines, of: closing, on: invoice) }
        guard invoice.body.excess != .zero else { return }
        try scope.accounts.add(
            credit: invoice.body.excess, to: invoice.account, .void, of: invoice.key.subscriptionID, at: scope.now)
    }

    /// Lines of one cause.
    private struct Bundle: Hashable {
        let subscription: String?
        let origin: String?

        init(_ line: InvoicedLine, of invoice: InvoiceRecord) {
            subscription = line.subscriptionID
            origin = line.origin(in: invoice)
        }
    }

    private func waive(_ charges: Set<Int64>, of subscription: String, on invoice: InvoiceRecord) throws {
        guard let old = try scope.subscriptions.find(subscription) else { return }
        // It may go on under another id.
        let others = try old.status.isOver ? scope.subscriptions.open(of: old.customerID) : []
        let records = others.filter {
            $0.productID == old.productID && $0.resourceID.isSame(as: old.resourceID)
        }
        var given = Amount.zero
        for var record in [old] + records {
            guard let paid = record.paid else { continue }
            let waived = paid.waiving(charges)
            guard waived != paid else { continue }
            given = max(given, charges.reduce(.zero) { $0 + (paid.given[$1] ?? .zero) })
            record.paid = waived
            try scope.subscriptions.update(record)
        }
        try takeBack(given, subscription, on: invoice)
    }

    /// What was given back of a charge before it was waived was given for nothing: the account has it no more, and what
    /// was used of it is due with the next invoice.
    private func takeBack(_ given: Amount, _ subscription: String, on invoice: InvoiceRecord) throws {
        let credit = try min(max(given, .zero), max(scope.accounts.credit(of: invoice.account), .zero))
        if credit > .zero {
            try scope.accounts.add(credit: -credit, to: invoice.account, .void, of: subscription, at: scope.now)
        }
        let rest = given - credit
        guard rest > .zero else { return }
        let number = invoice.number.map { InvoiceRecord.shown($0) } ?? invoice.id
        let line = QuoteLine(
            kind: .debit, description: "Given back of invoice \(number) before it was waived", quantity: Amount(1),
            unitPrice: rest, amount: rest, terms: PaidTerms())
        try scope.accounts.add(line: line, to: invoice.account, .void, of: subscription, at: scope.now)
    }

    private func waive(_ lines: [QuoteLine], of closing: String, on invoice: InvoiceRecord) throws {
        guard var closed = try find(closing, of: invoice), var billed = closed.billed else { return }
        let isChanged = billed.waive(lines)
        closed.billed = try closed.terms.billed(billed)
        try scope.closed.update(closed)
        guard isChanged, let window = closed.terms.windows.first(where: { $0.range != nil }), let range = window.range
        else { return }
        let subject = LateSubject(customer: closed.customerID, resource: closed.resourceID, feature: window.feature)
        try scope.late.note(subject, from: range.start)
    }

    /// Its customer may be any whose time the account pays.
    private func find(_ closing: String, of invoice: InvoiceRecord) throws -> ClosedUsage? {
        for customer in try [invoice.customerID] + scope.accounts.paid(by: invoice.key.payer) {
            guard let found = try scope.closed.find(closing, of: customer) else { continue }
            if found.account == invoice.account { return found }
        }
        return nil
    }
}

extension BilledLines {
    /// Lines that billed some of it are waived. Answers whether there is something to be billed, or given back, for that.
    mutating func waive(_ gone: [QuoteLine]) -> Bool {
        var left = gone.filter(\.isWaivable)
        var isChanged = false
        while let first = left.first {
            let own = left.filter { first.isOf($0) }
            left.removeAll { first.isOf($0) }
            if waive(line: own) { isChanged = true }
        }
        return isChanged
    }

    /// What they charged on balance counts as billed, as the last of them left it; what they gave back on balance counts
    /// no more.
    private mutating func waive(line own: [QuoteLine]) -> Bool {
        let turns = own.enumerated().map { (turn: $0.element.turn ?? 0, offset: $0.offset) }
        guard let newest = turns.max(by: { ($0.turn, $0.offset) < ($1.turn, $1.offset) }) else { return false }
        let last = own[newest.offset]
        let sum = own.reduce(Amount.zero) { $0 + $1.charged }
        let index = lines.firstIndex { last.isOf($0) } ?? lines.endIndex
        if index == lines.endIndex { lines.append(last.without) }
        guard sum > .zero else {
            lines[index] = lines[index].with(charged: lines[index].charged - sum)
            return sum != .zero
        }
        var all = waived.firstIndex { $0.isOf(lines[index]) }.map { waived.remove(at: $0) } ?? WaivedUsage(lines[index])
        all.add(sum, below: last.through ?? last.charged)
        waived.append(all)
        lines[index].through = lines[index].through ?? lines[index].charged
        return all.reachesBeyond(lines[index])
    }
}

extension InvoicedLine {
    /// What it bills; usage is closed under the id of its own invoice.
    fileprivate func origin(in invoice: InvoiceRecord) -> String? {
        line.origin ?? (!hasWaited && line.isWaivable ? invoice.id : nil)
    }
}
