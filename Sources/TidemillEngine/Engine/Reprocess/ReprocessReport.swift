import TidemillCore
import TidemillOperations
import TidemillPricing
import TidemillStore

/// What an order comes to for customers: the first of each kind, and how many there are.
struct ReprocessReport {
    let engine: Engine
    let now: Timestamp
    let connection: any SQLConnection

    /// Rows that are shown of each kind.
    private static let rowsMax = 100

    init(engine: Engine, now: Timestamp, on connection: any SQLConnection) {
        self.engine = engine
        self.now = now
        self.connection = connection
    }

    func payload() throws -> Payload {
        let table = ReprocessTable(connection: connection)
        let invoices = try drafts(table) + invoices()
        return [
            "usage": .array(try usage(table)), "usageCount": .integer(try table.subjectCount()),
            "credits": .array(try credits(table)), "creditsCount": .integer(try table.walletCount()),
            "invoices": .array(Array(invoices.prefix(Self.rowsMax))), "invoicesCount": .integer(Int64(invoices.count)),
        ]
    }

    private func usage(_ table: ReprocessTable) throws -> [Payload] {
        try table.subjects(limit: Self.rowsMax).map { subject in
            var row: TextMap<Payload> = [
                "customerId": .string(subject.whose.customer.text), "featureId": .string(subject.whose.feature.text),
                "events": .integer(subject.events), "before": Payload(subject.before ?? .zero),
                "after": Payload(try engine.usage(of: subject.whose, on: connection)),
            ]
            row["resourceId"] = subject.whose.resource.map { .string($0) }
            return .object(row)
        }
    }

    private func credits(_ table: ReprocessTable) throws -> [Payload] {
        try table.wallets(limit: Self.rowsMax) { row, before in
            let wallet = Wallet(
                customerID: CustomerID(row.text(0)), currencyID: row.text(1), resourceID: row.text(2))
            let after = try WalletState.load(wallet, on: connection)?.balance.balance ?? .zero
            var members: TextMap<Payload> = [
                "customerId": .string(wallet.customerID.text), "currencyId": .string(wallet.currencyID),
                "before": Payload(before), "after": Payload(after),
            ]
            members["resourceId"] = wallet.resourceID.map { .string($0) }
            return .object(members)
        }
    }

    /// Drafts that come to something else.
    private func drafts(_ table: ReprocessTable) throws -> [Payload] {
        let scope = engine.settings.scope(
            CallContext(.engine("invoices"), now: now), on: connection, mayWrite: false, keepsNothing: true)
        return try table.drafts(limit: Self.rowsMax).compactMap { id, before -> Payload? in
            guard let draft = try scope.invoices.table.find(id) else { return nil }
            let after = try scope.invoices.shown(draft).body.total
            guard after != before else { return nil }
            return [
                "customerId": .string(draft.customerID.text), "payerId": .string(draft.key.payer.text),
                "invoiceId": .string(id), "subscriptionId": .string(draft.key.subscriptionID),
                "description": .string("the draft comes to \(after), it came to \(before)"),
                "amount": Payload(after - before), "currency": .string(draft.currency),
            ]
        }
    }

    /// The lines by which closed time is billed anew, of all usage that came late and is not billed yet.
    private func invoices() throws -> [Payload] {
        let scope = engine.settings.scope(
            CallContext(.engine("invoices"), now: now), on: connection, mayWrite: false)
        let late = LateUsage(scope: scope)
        return try scope.late.marks(until: now, limit: Self.rowsMax).flatMap { mark -> [Payload] in
            do {
                return try late.settlements(of: mark).flatMap { settlement in
                    settlement.lines.map { Self.line($0, settlement.closed) }
                }
            } catch is WriteNeeded {
                // What is due there by time alone comes first: the worker does it, and bills then.
                return []
            } catch let error as OperationError where !error.isStoreFailure {
                return [
                    [
                        "customerId": .string(mark.subject.customer.text),
                        "featureId": .string(mark.subject.feature.text), "problem": .string(error.message),
                    ]
                ]
            }
        }
    }

    private static func line(_ line: QuoteLine, _ closed: ClosedUsage) -> Payload {
        let range = line.window ?? closed.range
        var members: TextMap<Payload> = [
            "customerId": .string(closed.customerID.text), "payerId": .string(closed.account.payer.text),
            "invoiceId": .string(closed.id), "subscriptionId": .string(closed.subscriptionID),
            "description": .string(line.description), "from": Payload(range.start), "to": Payload(range.end),
            "quantity": Payload(line.quantity), "amount": Payload(line.amount),
            "currency": .string(closed.account.currency),
        ]
        members["featureId"] = line.featureID.map { .string($0) }
        return .object(members)
    }
}
