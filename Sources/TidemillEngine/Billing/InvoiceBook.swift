import TidemillCore
import TidemillOperations
import TidemillPricing
import TidemillStore

/// Makes invoices, in the transaction of their cause, and makes drafts final.
///
///     DRAFT ── its grace is over ──▶ OPEN ── paid ──▶ PAID
///       └──── nothing is due ──▶ PAID  └── voided ──▶ CANCELED
///
/// What has no metered line is final when it is made, unless billing is paused or the clock is in doubt.
struct InvoiceBook {
    let scope: CallScope

    init(_ scope: CallScope) { self.scope = scope }

    var table: InvoiceTable { InvoiceTable(connection: scope.connection) }

    /// So long after it could not be made final it is looked at again.
    static let retrySeconds: Int64 = 3600
    /// How long a draft waits for unfinished files; then it becomes final without them.
    static let waitMaxSeconds: Int64 = 72 * 3600

    /// What an invoice is made of.
    struct Order {
        let cause: InvoiceCause
        /// Nil where it cannot be priced: `problem` says why.
        let invoice: Invoice?
        let account: MoneyAccount
        let period: BillingRange?
        /// The instant of its cause, where it is not that of the scope.
        var at: Timestamp?
        /// What of the account it bills: its last lines.
        var waiting: [AccountTable.Line] = []
        /// The metered time that it bills.
        var terms: UsageTerms?
        /// What of time it gives back beyond what it charges of it.
        var excess = Amount.zero
        /// Whether the call that makes it tells what it comes to: usage that comes later does not join it.
        var isTold = false
        var problem: String?
        /// Of what it is made when it can be priced.
        var remake: InvoiceRemake?
    }

    /// Makes the invoice; one that was made for the same cause and instant stays as it is. Changes of one instant have
    /// one each.
    func make(_ order: Order, of record: SubscriptionRecord) throws {
        try scope.requireTrustedClock()
        var key = InvoiceRecord.Key(
            payer: order.account.payer, subscriptionID: record.id, cause: order.cause, at: order.at ?? scope.now)
        key.ordinal = try table.count(key)
        var unpriced: InvoiceRecord?
        if key.ordinal > 0, order.cause != .change {
            key.ordinal = 0
            unpriced = try table.find(key)
            guard let known = unpriced, known.remake != nil else { return }
            try table.takeBack(known)
        }
        // Time that was closed at this instant without an invoice has an id like one.
        while order.cause == .change, try scope.closed.find(key.id, of: record.customerID) != nil { key.ordinal += 1 }
        var body = InvoiceBody(planID: record.planID, planVersion: record.planVersion, period: order.period)
        var lines: [InvoicedLine] = []
        if let invoice = order.invoice {
            body.take(invoice)
            body.excess = order.excess
            let own = invoice.lines.dropLast(order.waiting.count).map { InvoicedLine($0) }
            lines =
                own
                + order.waiting.map { waiting in
                    let isOther = waiting.subscriptionID != record.id
                    return InvoicedLine(waiting.line, hasWaited: true, of: isOther ? waiting.subscriptionID : nil)
                }
        }
        let isDraft = order.terms != nil && !order.isTold && lines.contains { $0.isMetered }
        // From the later of the window's end and of its making.
        let grace = max(key.at, scope.recordedAt).advanced(bySeconds: scope.settings.invoiceGraceSeconds)
        let isAgain = unpriced != nil && order.problem != nil
        let next = isAgain ? scope.recordedAt.advanced(bySeconds: Self.retrySeconds) : scope.recordedAt
        var made = InvoiceRecord(
            key: key, id: key.id, customerID: record.customerID,
            madeAt: isAgain ? unpriced?.madeAt ?? scope.recordedAt : scope.recordedAt,
            currency: order.account.currency, state: .draft, finalAfter: isDraft ? grace : nil,
            lookAt: isDraft ? grace : next, problem: order.problem, remake: order.remake, body: body, lines: lines)
        made.body.pay(from: try credit(of: order.account))
        if made.problem != nil { made.triedWith = try CatalogState.generation(on: scope.connection) ?? "" }
        try table.insert(made)
        for line in order.waiting { try scope.accounts.bill(line, by: made, at: scope.now) }
        if let terms = order.terms {
            try close(terms, as: made.id, of: order.account, isBilled: !isDraft)
        }
        if unpriced == nil { try announce("created", made) }
        guard !isDraft, order.problem == nil, try Self.pause(now: scope.recordedAt, on: scope.connection) == nil else {
            return
        }
        try finish(&made, dueSeconds: dueSeconds(record))
    }

    /// Keeps which metered time is closed, and by what it is priced. `isBilled`: it is on an invoice, or waits for one.
    @discardableResult
    func close(_ terms: UsageTerms, as id: String, of account: MoneyAccount, isBilled: Bool) throws -> BilledLines? {
        guard !terms.windows.isEmpty else { return nil }
        let billed = isBilled ? try terms.price(in: scope).billed : nil
        try scope.closed.insert(
            ClosedUsage(
                id: id, subscriptionID: terms.record.id, customerID: terms.record.customerID,
                resourceID: terms.record.resourceID, account: account, terms: terms, billed: billed))
        return billed
    }

    /// Why nothing becomes final: billing or ingest is paused, or the clock is in doubt.
    static func pause(now: Timestamp, on connection: any SQLConnection) throws -> String? {
        for name in [Pauses.billing, Pauses.ingest] {
            if let pause = try Pauses.find(name, on: connection) {
                return "\(name) is paused by \(pause.pausedBy): \(pause.reason)"
            }
        }
        return try BillingDoubt.find(now: now, on: connection)
    }

    // MARK: - Final

    /// Prices a draft for the last time and gives it its number. `unfinished`: what of the files that arrived before its
    /// grace ended is not done; it is waited for, up to three days.
    func settle(_ id: String, unfinished: (Timestamp) throws -> Bool) throws {
        guard var draft = try table.find(id), draft.state == .draft else { return }
        let now = scope.recordedAt
        if let remake = draft.remake {
            do {
                return try scope.connection.savepoint { try self.remake(draft, of: remake) }
            } catch let error as OperationError where !error.isStoreFailure {
                draft.problem = error.message
                return try postpone(&draft, to: now.advanced(bySeconds: Self.retrySeconds))
            }
        }
        if let end = draft.finalAfter {
            guard end <= now else { return try postpone(&draft, to: end) }
            let since = draft.waitsSince ?? now
            let limit = since.advanced(bySeconds: Self.waitMaxSeconds)
            if limit > now, try unfinished(end) {
                draft.waitsSince = since
                return try postpone(&draft, to: min(limit, now.advanced(bySeconds: 15)))
            }
        }
        guard var closed = try scope.closed.find(id, of: draft.customerID), closed.billed == nil else {
            guard draft.problem == nil else { return try postpone(&draft, to: nil) }
            let record = try scope.subscriptions.find(draft.key.subscriptionID)
            return try finish(&draft, dueSeconds: record.map(dueSeconds) ?? scope.settings.invoiceDueSeconds)
        }
        do {
            closed.billed = try price(&draft, closed)
            try table.rewriteLines(of: draft)
            try scope.closed.update(closed)
            try finish(&draft, dueSeconds: dueSeconds(closed.terms.record))
        } catch let error as OperationError where !error.isStoreFailure {
            draft.problem = error.message
            try postpone(&draft, to: now.advanced(bySeconds: Self.retrySeconds))
        }
    }

    /// With the usage of now.
    private func price(_ draft: inout InvoiceRecord, _ closed: ClosedUsage) throws -> BilledLines {
        let waited = draft.lines.filter(\.hasWaited)
        let priced = try closed.terms.price(in: scope, waiting: waited.map(\.line))
        draft.problem = nil
        draft.body.take(priced.invoice)
        draft.lines = priced.invoice.lines.dropLast(waited.count).map { InvoicedLine($0) } + waited
        return priced.billed
    }

    // MARK: - Supplements

    /// Bills what waits in an account where no other invoice will, a day after the last subscription could.
    func supplement(_ account: MoneyAccount) throws {
        let accounts = scope.accounts
        let waiting = try accounts.lines(of: account)
        guard let first = waiting.first else { return try accounts.look(at: account, next: nil) }
        guard try !accounts.isAwaitingInvoice(account) else {
            // An end has it looked at sooner.
            return try accounts.look(at: account, next: scope.now.advanced(bySeconds: AccountTable.supplementSeconds))
        }
        guard let record = try scope.subscriptions.find(first.subscriptionID),
            let customer = try scope.customers.find(record.customerID)
        else { return try accounts.look(at: account, next: nil) }
        let estimator = Estimator(session: try SubscriptionSession(customer, in: scope, for: .getInvoice))
        let calculator = try estimator.calculator(for: record, in: account.currency)
        let invoice = try estimator.priced {
            () throws(PricingError) in
            try Invoice(
                [], in: account.currency, at: scope.now, waiting: waiting.map(\.line), tax: calculator.tax)
        }
        var order = Order(cause: .supplement, invoice: invoice, account: account, period: nil)
        order.waiting = waiting
        try make(order, of: record)
        try accounts.look(at: account, next: nil)
    }

    /// Nothing is due: it is final with 0.
    func finishEmpty(_ draft: inout InvoiceRecord) throws {
        draft.problem = nil
        draft.remake = nil
        try finish(&draft, dueSeconds: scope.settings.invoiceDueSeconds)
    }

    func postpone(_ draft: inout InvoiceRecord, to instant: Timestamp?) throws {
        draft.lookAt = instant
        draft.triedWith =
            draft.problem == nil ? nil : try CatalogState.generation(on: scope.connection) ?? ""
        try table.update(draft)
    }

    /// What the account will have when the drafts older than this one, or all, are final.
    func credit(of account: MoneyAccount, before draft: InvoiceRecord? = nil) throws -> Amount {
        var credit = try scope.accounts.credit(of: account)
        for var older in try table.drafts(of: account) {
            if older.id == draft?.id { break }
            if draft != nil { try priceAnew(&older) }
            older.body.pay(from: credit + older.held)
            credit += older.body.surplus - older.body.creditUsed + older.held
        }
        return credit
    }

    /// A draft with the usage that has joined it, and with what the account would pay of it by now; any other as it is.
    func shown(_ invoice: InvoiceRecord) throws -> InvoiceRecord {
        guard invoice.state == .draft else { return invoice }
        var shown = invoice
        try priceAnew(&shown)
        shown.body.pay(from: try credit(of: invoice.account, before: invoice) + invoice.held)
        return shown
    }

    /// What cannot be priced now stays as it was.
    private func priceAnew(_ draft: inout InvoiceRecord) throws {
        guard draft.remake == nil, let closed = try scope.closed.find(draft.id, of: draft.customerID),
            closed.billed == nil
        else { return }
        let problem = draft.problem
        do { _ = try price(&draft, closed) } catch let error as OperationError where !error.isStoreFailure {}
        draft.problem = problem
    }

    /// It has its number from now on, and the account pays of it what it has.
    private func finish(_ draft: inout InvoiceRecord, dueSeconds: Int64) throws {
        draft.body.pay(from: try scope.accounts.credit(of: draft.account) + draft.held)
        let change = draft.body.surplus - draft.body.creditUsed + draft.held
        if change != .zero {
            try scope.accounts.add(
                credit: change, to: draft.account, AccountCause(draft.key.cause), of: draft.key.subscriptionID,
                invoice: draft.id, at: scope.now)
        }
        let (number, previous) = try table.series(of: draft.key.payer)
        draft.number = number
        draft.finalizedAt = scope.recordedAt
        draft.lookAt = nil
        draft.body.dueAt = scope.recordedAt.advanced(bySeconds: dueSeconds)
        draft.state = draft.body.total == .zero ? .paid : .open
        draft.endedAt = draft.state == .paid ? scope.recordedAt : nil
        let hash = draft.digest(after: previous)
        draft.hash = hash
        try table.update(draft)
        try table.advanceSeries(of: draft.key.payer, to: number, hash)
        try announce("finalized", draft)
        if draft.state == .paid { try announce("paid", draft) }
    }

    private func dueSeconds(_ record: SubscriptionRecord) -> Int64 {
        record.billingInformation?.invoiceDaysUntilDue.map { $0 * 86_400 } ?? scope.settings.invoiceDueSeconds
    }

    // MARK: - Afterwards

    /// It is paid. False where that is known.
    func pay(_ invoice: inout InvoiceRecord) throws -> Bool {
        guard invoice.state != .paid else { return false }
        invoice.state = .paid
        invoice.endedAt = scope.now
        try table.end(invoice)
        try announce("paid", invoice)
        return true
    }

    func announce(_ name: String, _ invoice: InvoiceRecord) throws {
        guard case .object(let fields) = CustomerInvoice.shape.encode(CustomerInvoice(invoice), nulls: .omitted) else {
            return
        }
        try scope.announce(EngineEvent("invoice.\(name)", invoice.key.payer, ["invoice": .object(fields)]))
    }
}

extension CallScope {
    var invoices: InvoiceBook { InvoiceBook(self) }
}

extension CustomerInvoice {
    init(_ invoice: InvoiceRecord) {
        let body = invoice.body
        func range(_ range: BillingRange) -> BillingPeriodRange { BillingPeriodRange(range) }
        self.init(
            invoiceID: invoice.id, invoiceNumber: invoice.number.map { InvoiceRecord.shown($0) }, state: invoice.state,
            customerID: invoice.key.payer, subscriptionID: invoice.key.subscriptionID, cause: invoice.key.cause,
            billingReason: invoice.key.cause.billingReason, currency: invoice.currency, createdAt: invoice.key.at,
            issueDate: invoice.finalizedAt, dueDate: body.dueAt,
            paidDate: invoice.state == .paid ? invoice.endedAt : nil, billingPeriodRange: body.period.map(range),
            planID: body.planID, planVersion: body.planVersion,
            lineItems: invoice.lines.map { line in
                InvoiceLineItem(
                    description: line.line.description, quantity: line.line.quantity, unitPrice: line.line.unitPrice,
                    amount: line.line.amount, kind: line.line.kind.rawValue, packageID: line.line.packageID,
                    featureID: line.line.featureID.map { FeatureID($0) }, window: line.line.window.map(range))
            },
            subTotal: body.subTotal, discount: body.discount,
            discounts: body.discounts.map {
                InvoiceDiscount(amount: $0.amount, currency: invoice.currency, description: $0.name)
            },
            tax: body.tax, creditUsed: body.creditUsed, creditAdded: body.surplus, total: body.total,
            finalAfter: invoice.state == .draft ? invoice.finalAfter : nil,
            problem: invoice.state == .draft ? invoice.problem : nil,
            canceledAt: invoice.state == .canceled ? invoice.endedAt : nil, reason: invoice.endReason,
            hash: invoice.hash)
    }
}
