import TidemillCore
import TidemillOperations

extension ImportSubscriptions: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Output {
        for (index, imported) in input.subscriptions.enumerated() {
            do {
                try take(imported, in: scope)
            } catch let error as OperationError {
                throw error.located(at: "subscriptions[\(index)]", in: .importSubscriptions)
            }
        }
        var seen: Set<CustomerID> = []
        let customers = input.subscriptions.map(\.customerID).filter { seen.insert($0).inserted }
        try scope.auditImport(.importSubscriptions, of: customers)
        return Output(taskID: "import-" + scope.newID())
    }

    private static func take(_ imported: ImportedSubscription, in scope: CallScope) throws {
        let customer = try scope.customers.require(imported.customerID, for: .importSubscriptions)
        guard customer.archivedAt == nil else { throw CustomerTable.archived(customer.id, .importSubscriptions) }
        try scope.advance(customer.id)
        let session = try SubscriptionSession(customer, in: scope, for: .importSubscriptions)
        if let owner = try scope.subscriptions.owner(of: imported.id) {
            // The import of the day before, given again: what became of the subscription since is not undone.
            guard owner != customer.id else { return }
            throw session.selection.failure(
                .duplicatedEntity, "the subscription \"\(imported.id)\" is another customer's; choose another id")
        }
        let plan = try session.selection.plan(imported.planID)
        try checkRoom(for: imported, plan, session)
        let start = imported.startDate?.wholeMilliseconds ?? session.now
        var draft = session.draft(of: plan, id: imported.id, resource: imported.resourceID, start: start)
        draft.billingID = imported.billingID
        draft.endDate = imported.endDate?.wholeMilliseconds
        if let end = draft.endDate, end <= start {
            throw session.selection.failure(.badUserInput, "'endDate' must be later than 'startDate', got \(end)")
        }
        var change = SubscriptionChange.nothing
        change.billingPeriod = imported.billingPeriod
        change.addons = imported.addons
        change.charges = imported.charges
        change.metadata = imported.metadata
        let revised = try session.selection.revise(draft, by: change, customer: customer)
        let record = try session.begin(revised.record, trial: nil, isImported: true)
        if let end = record.endDate, end <= session.now {
            try session.end(record, as: .expired, .expired, isFollowed: false, isReplaced: true)
        }
        try session.noteDue()
    }

    private static func checkRoom(
        for imported: ImportedSubscription, _ plan: PackageVersion, _ session: SubscriptionSession
    ) throws {
        let isMultiple = session.catalog.product(plan.productID)?.multipleSubscriptions ?? false
        let other = try session.scope.subscriptions.open(of: imported.customerID).first {
            $0.productID == plan.productID && (!isMultiple || $0.resourceID.isSame(as: imported.resourceID))
        }
        guard let other else { return }
        throw session.selection.failure(
            .tooManySubscriptionsPerCustomer,
            "the customer has the subscription \"\(other.id)\" of product \"\(plan.productID)\" already; import one of them"
        )
    }
}
