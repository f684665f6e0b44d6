import TidemillCore
import TidemillOperations
import TidemillPricing

extension ProvisionSubscription: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Output {
        let customer = try scope.customers.require(input.customerID, for: .provisionSubscription)
        guard customer.archivedAt == nil else { throw CustomerTable.archived(input.customerID, .provisionSubscription) }
        if let payer = input.payingCustomerID {
            try scope.customers.requireActive(payer, for: .provisionSubscription)
        }
        let session = try SubscriptionSession(customer, in: scope, for: .provisionSubscription)
        let placed = try SubscriptionOrder(input: input, session: session).place()
        try session.noteDue()
        let access = try GetEntitlements.perform(
            GetEntitlements.Input(customerID: input.customerID, resourceID: input.resourceID), in: scope)
        return Output(
            id: placed.record.id, status: .success,
            subscription: try session.answer(placed.record, dropped: placed.dropped),
            entitlements: access.entitlements.map { EntitlementAccess.shape.encode($0) },
            isScheduled: placed.isScheduled)
    }
}

/// One call of provisionSubscription: what is ordered, and what it meets (stigg.md B.10, B.11).
private struct SubscriptionOrder {
    let input: ProvisionSubscription.Input
    let session: SubscriptionSession

    private var scope: CallScope { session.scope }
    private var selection: PackageSelection { session.selection }
    private var now: Timestamp { session.now }

    func place() throws -> SubscriptionSession.Placed {
        let plan = try selection.plan(input.planID)
        let slot = try slot(for: plan)
        try checkID(slot, plan)
        let start = input.startDate?.wholeMilliseconds ?? now
        try checkDates(start)
        let history = try scope.subscriptions.all(of: input.customerID, product: plan.productID)
        let begins = max(start, slot.isEmpty ? start : now)
        let trial = try TrialTerms.agreed(
            for: plan, override: input.trialOverrideConfiguration, skipped: input.skipTrial ?? false,
            history: history, start: begins, now: now, zone: session.zone(at: begins), selection)

        let trialing = slot.first { $0.status == .inTrial }
        let base = slot.first { $0.status != .inTrial }
        // What ends before the new one begins is not changed by it.
        if let base, let over = base.effectiveEndDate, over <= start {
            return try begin(plan, resource: base.resourceID, start: start, trial: trial)
        }
        if slot.isEmpty { return try begin(plan, resource: input.resourceID, start: start, trial: trial) }
        if let trial {
            if let trialing { return try retry(trialing, trial) }
            if let base, base.status == .active {
                return try begin(plan, resource: base.resourceID, start: start, trial: trial)
            }
        }
        guard let base else { return try convert(trialing ?? slot[0], plan) }
        let placed = try change(base, start: start)
        if let trialing, !placed.isScheduled {
            try session.end(trialing, as: .canceled, .trialConverted, isFollowed: false)
        }
        return placed
    }

    // MARK: - What is there

    /// The open subscriptions that the order is about: of the same product, and of the same resource where a product
    /// allows several.
    private func slot(for plan: PackageVersion) throws -> [SubscriptionRecord] {
        let open = try scope.subscriptions.open(of: input.customerID).filter { $0.productID == plan.productID }
        if session.catalog.product(plan.productID)?.multipleSubscriptions ?? false {
            return open.filter { $0.resourceID.isSame(as: input.resourceID) }
        }
        if let resource = input.resourceID, let other = open.first(where: { !$0.resourceID.isSame(as: resource) }) {
            throw selection.failure(
                .tooManySubscriptionsPerCustomer,
                "the customer has the subscription \"\(other.id)\" of product \"\(plan.productID)\", which allows one; allow 'multipleSubscriptions', or change that one"
            )
        }
        return open
    }

    private func checkID(_ slot: [SubscriptionRecord], _ plan: PackageVersion) throws {
        guard let id = input.id, try scope.subscriptions.owner(of: id) != nil else { return }
        if let known = try scope.subscriptions.find(id), known.status.isOver {
            throw selection.failure(
                .duplicatedEntity,
                "the subscription \"\(id)\" exists already and is \(known.status.rawValue): it does not come back; choose another id, or leave it out"
            )
        }
        // The id of the one that is to change plan names it; the same order again is a repeat without a key.
        guard slot.contains(where: { $0.id == id && $0.planID != plan.id }) else {
            throw selection.failure(
                .duplicatedEntity,
                "the subscription \"\(id)\" exists already; change it with updateSubscription, or choose another id")
        }
    }

    private func checkDates(_ start: Timestamp) throws {
        try selection.check(start, named: "startDate", now: now)
        if let end = input.cancellationDate?.wholeMilliseconds, end <= max(now, start) {
            throw selection.failure(
                .invalidCancellationDate, "'cancellationDate' must be later than the start and than now, got \(end)")
        }
    }

    // MARK: - What comes of it

    private func begin(
        _ plan: PackageVersion, resource: String?, start: Timestamp, trial: TrialTerms?
    ) throws -> SubscriptionSession.Placed {
        // The id of the subscription that a trial runs beside is not the trial's.
        let wanted = try input.id.flatMap { try scope.subscriptions.owner(of: $0) == nil ? $0 : nil }
        let id = try wanted ?? session.freshID(plan.id)
        let draft = session.draft(of: plan, id: id, resource: resource, start: start)
        let revised = try discounted(selection.revise(draft, by: change(), customer: session.customer))
        if let trial, trial.end <= now {
            return .init(record: try beginPast(revised, trial), isScheduled: false)
        }
        return .init(record: try session.begin(revised, trial: trial), isScheduled: false)
    }

    /// A back-dated start whose trial is over by now: all happens at its own instant, as if it had been provisioned
    /// then. Only what it costs is decided now: as for every start in the past, the next period is charged first, or
    /// all periods since the trial at once.
    private func beginPast(_ draft: SubscriptionRecord, _ trial: TrialTerms) throws -> SubscriptionRecord {
        let past = try SubscriptionSession(
            session.customer, in: scope.scope(at: draft.startDate, engine: "lifecycle"), for: .provisionSubscription)
        try past.begin(draft, trial: trial)
        try past.noteDue()
        try Lifecycle.advance(draft.customerID, in: scope)
        guard var record = try scope.subscriptions.find(draft.id), record.status == .active else {
            return try scope.subscriptions.find(draft.id) ?? draft
        }
        let isCharged = Estimator(session: session).isCharged(record, from: trial.end)
        if !isCharged {
            record.unpaidUntil = record.currentBillingPeriodEnd
            try scope.subscriptions.update(record)
        }
        try session.chargeStart(record, at: trial.end, isCharged: isCharged, isDue: false)
        return record
    }

    /// Another trial in place of the one that runs.
    private func retry(_ old: SubscriptionRecord, _ trial: TrialTerms) throws -> SubscriptionSession.Placed {
        var revised = try selection.revise(old, by: change(planID: input.planID), customer: session.customer)
        revised.record = applyingRest(to: revised.record)
        revised.record.trialEndDate = trial.end
        revised.record.trialEndBehavior = trial.behavior
        revised.record.trialBudget = trial.budget
        revised.record.currentBillingPeriodEnd = trial.end
        revised.record.trialEndsSoonAt = TrialTerms.notice(end: trial.end, now: now)
        let direction = try PlanDirection.of(old, to: revised, selection)
        return .init(record: try session.adopt(revised, from: old, anchor: nil, direction), isScheduled: false)
    }

    /// Paid for now, what was tried out: the same plan or another one.
    private func convert(_ old: SubscriptionRecord, _ plan: PackageVersion) throws -> SubscriptionSession.Placed {
        let revised = try selection.revise(old, by: change(planID: input.planID), customer: session.customer)
        let record = try session.convert(discounted(revised), because: "PAID_SUBSCRIPTION_PROVISIONED")
        return .init(record: record, isScheduled: false)
    }

    private func change(_ base: SubscriptionRecord, start: Timestamp) throws -> SubscriptionSession.Placed {
        var wanted = change(planID: input.planID)
        let revised = try selection.revise(base, by: wanted, customer: session.customer)
        wanted.coupon = try coupon(for: revised)
        if base.status == .notStarted {
            var record = try selection.revise(base, by: wanted, customer: session.customer).record
            record = applyingRest(to: record)
            if input.startDate != nil { record.startDate = start }
            try session.save(record)
            try session.announce(.updated, record)
            return .init(record: record, isScheduled: false)
        }
        var placed = try session.place(
            wanted, on: base, strategy: input.scheduleStrategy, at: start > now ? start : nil,
            id: input.id == base.id ? nil : input.id)
        var finished = applyingRest(to: placed.record)
        if finished.payer != placed.record.payer { try session.closeUsage(of: placed.record, before: &finished) }
        if finished != placed.record {
            try session.save(finished)
            placed.record = finished
        }
        return placed
    }

    // MARK: - The order's parts

    private func change(planID: String? = nil) -> SubscriptionChange {
        var change = SubscriptionChange.nothing
        change.planID = planID
        change.billingPeriod = input.billingPeriod
        change.addons = input.addons
        change.charges = ChargeQuantity.all(input.charges, input.billableFeatures)
        change.unitQuantity = input.unitQuantity
        change.priceOverrides = input.priceOverrides
        change.entitlements = input.entitlements
        change.minimumSpend = input.minimumSpend
        change.billingCountryCode = input.billingCountryCode
        change.billingCycleAnchor = input.billingCycleAnchor
        change.billingInformation = input.billingInformation
        change.metadata = input.metadata
        return change
    }

    private func discounted(_ revised: RevisedSubscription) throws -> SubscriptionRecord {
        var record = applyingRest(to: revised.record)
        record.coupon = try coupon(for: revised) ?? record.coupon
        return record
    }

    private func coupon(for revised: RevisedSubscription) throws -> SubscribedCoupon? {
        let application = CouponApplication(
            session: session, coupon: input.appliedCoupon, promotionCode: input.promotionCode)
        guard !application.isNothing, !application.isRemoval else { return nil }
        return try application.discount(for: revised.record, costing: revised.order)
    }

    /// What has nothing to do with prices takes effect at once.
    private func applyingRest(to record: SubscriptionRecord) -> SubscriptionRecord {
        var record = record
        record.budget = input.budget ?? record.budget
        record.payingCustomerID =
            input.payingCustomerID.map { $0 == record.customerID ? nil : $0 } ?? record.payingCustomerID
        record.paymentCollectionMethod = input.paymentCollectionMethod ?? record.paymentCollectionMethod
        record.awaitsPaymentConfirmation = input.awaitPaymentConfirmation ?? record.awaitsPaymentConfirmation
        record.billingID = input.billingID ?? record.billingID
        record.salesforceID = input.salesforceID ?? record.salesforceID
        record.cancellationDate = input.cancellationDate?.wholeMilliseconds ?? record.cancellationDate
        return record
    }
}

extension ChargeQuantity {
    /// Both spellings together; nil where neither was given.
    static func all(_ charges: [ChargeQuantity]?, _ features: [BillableFeature]?) -> [ChargeQuantity]? {
        guard charges != nil || features != nil else { return nil }
        return (charges ?? []) + (features ?? []).map { ChargeQuantity(id: $0.featureID.text, quantity: $0.quantity) }
    }
}

extension RevisedSubscription {
    /// What a period of it comes to in advance: what promotion codes ask for.
    var order: Money? {
        var sum = Amount.zero
        for item in prices.items where item.isInAdvance || item.isOneOff {
            sum += item.exact.rounded(toDigits: prices.digits)
        }
        return Money(sum, prices.currency)
    }
}
