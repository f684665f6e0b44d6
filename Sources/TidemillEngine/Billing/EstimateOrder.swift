import TidemillCore
import TidemillOperations
import TidemillPricing

/// An order of a plan: what it meets decides whether it is a new subscription, a trial, or a change of one that runs.
struct EstimateOrder {
    let estimator: Estimator
    var customerID: CustomerID
    var planID: String
    var resourceID: String?
    var payingCustomerID: CustomerID?
    var startDate: Timestamp?
    var skipsTrial = false
    var trialOverride: TrialOverride?
    /// A price for each charge per unit, as older clients give it.
    var unitPrice: Amount?
    var change: SubscriptionChange
    var terms: Estimator.Terms

    private var session: SubscriptionSession { estimator.session }
    private var now: Timestamp { session.now }

    func estimate() throws -> Estimate {
        let plan = try session.selection.plan(planID)
        let slot = try slot(for: plan)
        let start = startDate?.wholeMilliseconds ?? now
        try session.selection.check(start, named: "startDate", now: now)
        let history = try session.scope.subscriptions.all(of: customerID, product: plan.productID)
        let begins = max(start, slot.isEmpty ? start : now)
        let trial = try TrialTerms.agreed(
            for: plan, override: trialOverride, skipped: skipsTrial, history: history, start: begins, now: now,
            zone: session.zone(at: begins), session.selection)
        var change = change
        if let unitPrice { change.priceOverrides = overrides(of: plan, at: unitPrice) }
        let trialing = slot.first { $0.status == .inTrial }
        let base = slot.first { $0.status != .inTrial }
        // What ends before the new one begins is not changed by it.
        if let over = base?.effectiveEndDate, over <= start {
            return try begin(plan, change, start: start, trial: trial)
        }
        guard let held = base ?? trialing, trial == nil || base?.status != .active else {
            return try begin(plan, change, start: start, trial: trial)
        }
        change.planID = planID
        if let trial, trialing != nil {
            return try estimator.new(held, by: change, terms, start: max(start, now), trialEnd: trial.end)
        }
        // What was tried out is paid for from now on; what did not begin yet is paid for when it does.
        if base == nil { return try estimator.new(held, by: change, terms, start: max(start, now), trialEnd: nil) }
        if held.status == .notStarted {
            return try estimator.new(
                held, by: change, terms, start: startDate == nil ? held.startDate : start, trialEnd: trial?.end)
        }
        return try estimator.change(held, by: change, terms, at: start > now ? start : nil)
    }

    private func begin(
        _ plan: PackageVersion, _ change: SubscriptionChange, start: Timestamp, trial: TrialTerms?
    ) throws -> Estimate {
        var draft = session.draft(of: plan, id: "estimate", resource: resourceID, start: start)
        draft.payingCustomerID = payingCustomerID
        // A trial that is over by now has led to the first period that is paid for.
        if let trial, trial.end <= now, trial.behavior == .convertToPaid {
            return try estimator.new(draft, by: change, terms, start: trial.end, trialEnd: nil)
        }
        return try estimator.new(draft, by: change, terms, start: start, trialEnd: trial?.end)
    }

    /// The open subscriptions that the order is about: of the same product, and of the same resource where a product
    /// allows several.
    private func slot(for plan: PackageVersion) throws -> [SubscriptionRecord] {
        let open = try session.scope.subscriptions.open(of: customerID).filter { $0.productID == plan.productID }
        guard session.catalog.product(plan.productID)?.multipleSubscriptions ?? false else { return open }
        return open.filter { $0.resourceID.isSame(as: resourceID) }
    }

    private func overrides(of plan: PackageVersion, at price: Amount) -> [PriceOverride] {
        let features = Set(plan.charges.filter { $0.billingModel == .perUnit }.compactMap(\.featureID))
        return features.sorted().map { PriceOverride(featureID: $0, amount: price) }
    }
}

extension EstimateOrder {
    init(_ input: EstimateSubscription.Input, in scope: CallScope) throws {
        estimator = try Estimator(
            scope, input.customerID, payer: input.payingCustomerID, for: .estimateSubscription)
        customerID = input.customerID
        planID = input.planID
        resourceID = input.resourceID
        payingCustomerID = input.payingCustomerID
        startDate = input.startDate
        skipsTrial = input.skipTrial
        trialOverride = input.trialOverrideConfiguration
        unitPrice = input.priceUnitAmount
        terms = Estimator.Terms(appliedCoupon: input.appliedCoupon, promotionCode: input.promotionCode)
        change = .nothing
        change.billingPeriod = input.billingPeriod
        change.addons = input.addons
        change.charges = ChargeQuantity.all(input.charges, input.billableFeatures)
        change.unitQuantity = input.unitQuantity
        change.billingCountryCode = input.billingCountryCode
        change.billingInformation = input.billingInformation
    }

    init(_ input: PreviewSubscription.Input, in scope: CallScope) throws {
        estimator = try Estimator(
            scope, input.customerID, payer: input.payingCustomerID, for: .previewSubscription)
        customerID = input.customerID
        planID = input.planID
        resourceID = input.resourceID
        payingCustomerID = input.payingCustomerID
        startDate = input.startDate
        trialOverride = input.trialOverrideConfiguration
        terms = Estimator.Terms(appliedCoupon: input.appliedCoupon, strategy: input.scheduleStrategy)
        change = .nothing
        change.billingPeriod = input.billingPeriod
        change.addons = input.addons
        change.charges = ChargeQuantity.all(input.charges, input.billableFeatures)
        change.unitQuantity = input.unitQuantity
        change.billingCountryCode = input.billingCountryCode
        change.billingCycleAnchor = input.billingCycleAnchor
        change.billingInformation = input.billingInformation
    }
}

extension Estimator {
    /// For a customer who may subscribe, paid for by one who may.
    init(_ scope: CallScope, _ customer: CustomerID, payer: CustomerID?, for operation: OperationID) throws {
        try scope.customers.requireActive(customer, for: operation)
        if let payer { try scope.customers.requireActive(payer, for: operation) }
        session = try SubscriptionSession(
            scope.customers.require(customer, for: operation), in: scope, for: operation)
    }
}
