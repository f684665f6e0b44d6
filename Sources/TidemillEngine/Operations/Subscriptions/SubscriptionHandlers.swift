import TidemillCore
import TidemillOperations
import TidemillStore

extension CallScope {
    /// The subscription, brought up to the present; SubscriptionNotFound when there is none.
    func subscription(_ id: String, for operation: OperationID) throws -> SubscriptionRecord {
        guard let owner = try subscriptions.owner(of: id) else { throw Self.noSubscription(id, operation) }
        try advance(owner)
        guard let record = try subscriptions.find(id) else { throw Self.noSubscription(id, operation) }
        return record
    }

    /// The same for one that can still be changed.
    func openSubscription(
        _ id: String, for operation: OperationID
    ) throws -> (SubscriptionRecord, SubscriptionSession) {
        let record = try subscription(id, for: operation)
        guard !record.status.isOver else {
            let refused = OperationError(
                .subscriptionAlreadyCanceledOrExpired,
                "\(operation.rawValue): the subscription \"\(id)\" is \(record.status.rawValue); provision a new one")
            guard operation == .cancelSubscription, record.status == .canceled else { throw refused }
            throw refused.presenting(try shown(record, for: operation))
        }
        let customer = try customers.require(record.customerID, for: operation)
        return (record, try SubscriptionSession(customer, in: self, for: operation))
    }

    fileprivate func shown(_ record: SubscriptionRecord, for operation: OperationID) throws -> Subscription {
        try Subscription(
            record, PackageSelection(catalog: try catalog(), operation: operation), at: now, invoices: invoices.table)
    }

    private static func noSubscription(_ id: String, _ operation: OperationID) -> OperationError {
        OperationError(
            .subscriptionNotFound,
            "\(operation.rawValue): there is no subscription \"\(id)\"; listSubscriptions lists them")
    }
}

extension GetSubscription: EmbeddedOperation {
    static func perform(_ input: SubscriptionReference, in scope: CallScope) throws -> Subscription {
        try scope.shown(try scope.subscription(input.id, for: .getSubscription), for: .getSubscription)
    }
}

extension ListSubscriptions: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Page<Subscription> {
        if input.customerID == nil { try scope.advanceEveryone() }
        var query = PageQuery(table: "subscriptions", column: "body")
        query.require("bucket", input.customerID.map { .integer(Bucket($0).number) })
        query.require("customer_id", input.customerID.map { .text($0.text) })
        query.require("resource_id", input.resourceID.map { .text($0) })
        query.require("product_id", input.productID.map { .text($0) })
        query.require("plan_id", input.planID.map { .text($0) })
        query.require("status", oneOf: input.status?.map(\.rawValue))
        query.require("pricing_type", oneOf: input.pricingType?.map(\.rawValue))
        query.require(createdAt: input.createdAt)
        let selection = PackageSelection(catalog: try scope.catalog(), operation: .listSubscriptions)
        return try query.page(input.paging, on: scope.connection) { row in
            let record = try SubscriptionRecord(stored: try StoredBody.parse(row.text(2)))
            return try Subscription(record, selection, at: scope.now, invoices: scope.invoices.table)
        }
    }
}

extension MigrateSubscription: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Subscription {
        let (record, session) = try scope.openSubscription(input.id, for: .migrateSubscription)
        let catalog = session.catalog
        let isLatest =
            (catalog.plan(record.planID)?.version ?? record.planVersion) == record.planVersion
            && catalog.chain(of: record).dropFirst().allSatisfy { $0.isLatest }
            && record.addons.allSatisfy { (catalog.addon($0.id)?.version ?? $0.version) == $0.version }
        guard !isLatest else {
            throw session.selection.failure(
                .subscriptionAlreadyOnLatestPlan,
                "the subscription \"\(record.id)\" has the newest version of all it holds; there is nothing to do"
            ).presenting(try session.answer(record))
        }
        var change = SubscriptionChange.nothing
        change.migrates = true
        let strategy: ScheduleStrategy =
            input.subscriptionMigrationTime == .immediate ? .immediate : .endOfBillingPeriod
        let placed = try session.place(change, on: record, strategy: strategy)
        try session.noteDue()
        return try session.answer(placed.record, dropped: placed.dropped)
    }
}

extension CancelSubscriptionUpdates: EmbeddedOperation {
    static func perform(_ input: SubscriptionReference, in scope: CallScope) throws -> SubscriptionReference {
        var (record, session) = try scope.openSubscription(input.id, for: .cancelSubscriptionUpdates)
        guard record.pendingUpdate != nil else {
            throw session.selection.failure(
                .futureUpdateNotFound,
                "the subscription \"\(record.id)\" has no change that waits; a cancellation is taken back with updateSubscription and the cancellationDate null"
            ).presenting(SubscriptionReference(id: record.id))
        }
        session.tell(record.schedule.filter { $0.status == .scheduled }.flatMap(\.answers))
        record.schedule.removeAll { $0.status == .scheduled }
        try session.save(record)
        try session.announce(.updated, record, ["isUpgrade": false, "isDowngrade": false])
        try session.noteDue()
        return SubscriptionReference(id: record.id)
    }
}

extension TransferSubscription: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Subscription {
        let (old, session) = try scope.openSubscription(input.id, for: .transferSubscription)
        var record = old
        guard !record.resourceID.isSame(as: input.destinationResourceID) else { return try session.answer(record) }
        let taken = try scope.subscriptions.open(of: record.customerID).first {
            $0.id != record.id && $0.productID == record.productID
                && $0.resourceID.isSame(as: input.destinationResourceID)
        }
        if let taken {
            throw session.selection.failure(
                .duplicatedEntity,
                "the resource \"\(input.destinationResourceID)\" has the subscription \"\(taken.id)\" of the same product; cancel that one first"
            )
        }
        try session.closeUsage(of: old, before: &record)
        record.resourceID = input.destinationResourceID
        record.updatedAt = scope.now
        try scope.subscriptions.move(record, from: record.customerID)
        try session.announce(.updated, record, ["isUpgrade": false, "isDowngrade": false])
        try MovedCredits.move(from: old, to: record, in: scope)
        try RecurringCredits.subscriptionChanged(record, in: scope)
        // Who lost access is told as well as who has it now.
        scope.touch(old.resourceID)
        try session.noteDue()
        return try session.answer(record)
    }
}

extension DelegateSubscription: EmbeddedOperation {
    /// Whose it is changes; who pays stays, unless that is the new owner (stigg.md A.4).
    static func perform(_ input: Input, in scope: CallScope) throws -> Subscription {
        let (old, session) = try scope.openSubscription(input.id, for: .delegateSubscription)
        let target = try scope.customers.require(input.targetCustomerID, for: .delegateSubscription)
        guard target.archivedAt == nil else { throw CustomerTable.archived(target.id, .delegateSubscription) }
        guard target.id != old.customerID else {
            throw session.selection.failure(
                .invalidArgument, "'targetCustomerId' must be another customer, \"\(target.id)\" has it already"
            ).presenting(try session.answer(old))
        }
        try scope.advance(target.id)
        let isMultiple = session.catalog.product(old.productID)?.multipleSubscriptions ?? false
        let taken = try scope.subscriptions.open(of: target.id).first {
            $0.productID == old.productID && (!isMultiple || $0.resourceID.isSame(as: old.resourceID))
        }
        if let taken {
            throw session.selection.failure(
                .tooManySubscriptionsPerCustomer,
                "the customer \"\(target.id)\" has the subscription \"\(taken.id)\" of the same product; cancel that one first"
            )
        }
        var record = old
        try session.closeUsage(of: old, before: &record)
        let payer = old.payingCustomerID ?? old.customerID
        record.customerID = target.id
        record.payingCustomerID = payer == target.id ? nil : payer
        record.creditsGranted = try RecurringCredits.handedOver(by: old, in: scope)
        record.updatedAt = scope.now
        try scope.subscriptions.move(record, from: old.customerID)
        let receiving = try SubscriptionSession(target, in: scope, for: .delegateSubscription)
        try receiving.announce(.updated, record, ["isUpgrade": false, "isDowngrade": false])
        try MovedCredits.move(from: old, to: record, in: scope)
        try RecurringCredits.subscriptionChanged(record, in: scope)
        try session.noteDue()
        scope.touch(record.resourceID)
        try receiving.noteDue()
        return try receiving.answer(record)
    }
}

/// What the archiving of a customer does to what it has.
enum ArchivedCustomer {
    /// Ends every subscription: an archived customer has access to nothing. Unarchiving does not bring them back.
    static func endSubscriptions(of customer: Customer, in scope: CallScope) throws {
        let open = try scope.subscriptions.open(of: customer.id)
        guard !open.isEmpty else { return }
        let session = try SubscriptionSession(customer, in: scope, for: .archiveCustomer)
        for record in open { try session.end(record, as: .canceled, .customerArchived, isFollowed: false) }
        try session.noteDue()
    }
}
