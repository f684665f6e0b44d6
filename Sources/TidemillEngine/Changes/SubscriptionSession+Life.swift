import TidemillCore
import TidemillOperations
import TidemillPricing
import TidemillStore

/// What becomes of subscriptions. Every step stores what it did, announces it and tells the
/// recurring credits, all in the transaction of the call.
///
///     NOT_STARTED ─start─▶ IN_TRIAL ─trial end─▶ ACTIVE ─period end─▶ ACTIVE …
///          │      └────────────────────────────▶   │
///          └──────────── cancellation, fixed end ──┴──▶ CANCELED or EXPIRED
extension SubscriptionSession {
    // MARK: - Beginning

    /// Stores a new subscription: as begun, or as one whose start lies ahead. What is `imported` was paid for elsewhere.
    @discardableResult
    func begin(
        _ draft: SubscriptionRecord, trial: TrialTerms?, isImported: Bool = false
    ) throws -> SubscriptionRecord {
        var record = draft
        record.trialEndDate = trial?.end
        record.trialEndBehavior = trial?.behavior
        record.trialBudget = trial?.budget
        let begins = record.startDate <= now
        if begins { try open(&record) }
        let isCharged = Estimator(session: self).isCharged(record, from: record.startDate)
        let isPaid = record.status == .active && !isImported
        // What was paid elsewhere is no more credited here than what was not charged.
        if record.status == .active, isImported || !isCharged { record.unpaidUntil = record.currentBillingPeriodEnd }
        // Nor is what was used there billed here.
        if record.status == .active, isImported, record.startDate < now { record.usageBilledAt = now }
        try scope.subscriptions.insert(record)
        try announce(.created, record)
        if begins { try tellBeginning(of: &record) }
        if isPaid { try chargeStart(record, at: record.startDate, isCharged: isCharged, isDue: false) }
        return record
    }

    /// What is agreed becomes what is: the trial, or the first billing period.
    private func open(_ record: inout SubscriptionRecord) throws {
        guard let end = record.trialEndDate, end > now else {
            record.status = .active
            record.enterPeriod(containing: now)
            if record.pricingType != .free { record.paidSince = record.startDate }
            try notePayment(&record)
            return
        }
        record.status = .inTrial
        record.currentBillingPeriodStart = record.startDate
        record.currentBillingPeriodEnd = end
        record.trialEndsSoonAt = TrialTerms.notice(end: end, now: now)
    }

    private func tellBeginning(of record: inout SubscriptionRecord) throws {
        if record.status == .inTrial { try announce(.trialStarted, record) }
        try RecurringCredits.takeOver(for: &record, in: scope)
        try RecurringCredits.periodBegan(record, at: record.currentBillingPeriodStart ?? now, in: scope)
    }

    /// The start of one that was provisioned ahead has come.
    func start(_ old: SubscriptionRecord) throws {
        var record = old
        try open(&record)
        try save(record)
        try announce(.updated, record)
        try tellBeginning(of: &record)
        if record.status == .active { try chargeStart(record, at: now, isDue: true) }
    }

    // MARK: - Going on

    /// A billing period ends, the next one begins.
    func renew(_ old: SubscriptionRecord) throws {
        let taken = try chargeRenewal(old)
        var record = old
        record.enterPeriod(containing: now)
        try notePayment(&record)
        // Also of the usage that is on the same invoice.
        if !taken.isEmpty { record.paid = record.paid?.using(taken, anew: true) }
        try save(record)
        try announce(.updated, record)
        try RecurringCredits.periodBegan(record, at: now, in: scope)
    }

    /// A billing month within a year has ended.
    func invoiceUsage(_ old: SubscriptionRecord) throws {
        let taken = try chargeRenewal(old)
        var record = old
        record.paid = record.paid?.using(taken)
        record.awaitUsageInvoice(after: now)
        try scope.subscriptions.update(record)
    }

    /// Why time converts a trial.
    static let trialEnd = "TRIAL_ENDED"

    /// The trial becomes a paid subscription, whose billing cycle begins now. What the customer had beside it ends.
    @discardableResult
    func convert(_ old: SubscriptionRecord, because reason: String) throws -> SubscriptionRecord {
        var record = old
        record.status = .active
        record.trialEndsSoonAt = nil
        record.trialEndDate = record.trialEndDate.map { min($0, now) }
        record.restartCycle(at: now)
        beginPaidUsage(&record, from: old)
        if record.pricingType != .free { record.paidSince = record.paidSince ?? now }
        try notePayment(&record)
        try save(record)
        // Who leaves a trial for a free plan was not won over.
        if record.pricingType == .free {
            try announce(.updated, record, ["isUpgrade": false, "isDowngrade": true])
        } else {
            try announce(.trialConverted, record, ["reason": .string(reason)])
        }
        for other in try beside(record) { try end(other, as: .canceled, .upgradeOrDowngrade, isFollowed: false) }
        try chargeStart(record, at: now, isDue: reason == Self.trialEnd)
        try RecurringCredits.cutOff(old, for: &record, by: .endOfTrial, in: scope)
        try RecurringCredits.takeOver(for: &record, in: scope)
        try RecurringCredits.periodBegan(record, at: now, in: scope)
        return record
    }

    /// A billing month ends in an hour: what was used of it is told with it.
    func announceMonthEnd(_ old: SubscriptionRecord) throws {
        var record = old
        let month = record.billingMonths.window(containing: now)
        record.awaitMonthEnd(after: now)
        try scope.subscriptions.update(record)
        try scope.advance(customer.id)
        let access = try EntitlementResolver(scope: scope).everything(for: customer.id, record.resourceID)
        try announce(
            .billingMonthEndsSoon, record,
            [
                "currentBillingMonthStart": Payload(month.start), "currentBillingMonthEnd": Payload(month.end),
                "entitlements": .array(access.entitlements.map { EntitlementAccess.shape.encode($0) }),
            ])
    }

    func announceTrialEnd(_ old: SubscriptionRecord) throws {
        var record = old
        record.trialEndsSoonAt = nil
        try scope.subscriptions.update(record)
        try announce(.trialEndsSoon, record)
    }

    /// Puts what a change made of a subscription in its place: the billing cycle, the usage that counts, the store.
    @discardableResult
    func adopt(
        _ revised: RevisedSubscription, from old: SubscriptionRecord, anchor: BillingCycleAnchorChange?,
        _ direction: PlanDirection, isMigration: Bool = false
    ) throws -> SubscriptionRecord {
        var record = revised.record
        var begins = false
        var isNewCycle = false
        var quote: SubscriptionQuote?
        let renews = record.status == .active && old.currentBillingPeriodEnd == now
        if record.status == .active {
            // The rule of estimates, so that what is estimated is what happens.
            let held = try selection.prices(of: old)
            let estimator = Estimator(session: self)
            isNewCycle = estimator.beginsPeriod(from: old, held, to: revised.prices, asked: anchor, at: now)
            // A new version of what is subscribed to costs its new price from the next period on, the first one too. One
            // that is sold for other periods or in another currency only leaves no period to go on with.
            let goesOn = record.billingPeriod == old.billingPeriod && held.currency == revised.prices.currency
            if isMigration, old.status == .active, goesOn { isNewCycle = false }
            if old.status == .active, !renews, isNewCycle || !isMigration {
                quote = try estimator.quote(
                    from: old, held, to: record, revised.prices, in: old.runningPeriod(at: now), at: now,
                    beginsPeriod: anchor == .now)
            }
            if isNewCycle {
                record.billingCycleAnchor = now
                record.unpaidUntil = nil
            }
            if isNewCycle || record.planID != old.planID {
                record.usageBilledAt = now
            } else if !renews, !isMigration, held.bills(otherwiseThan: revised.prices) {
                try closeUsage(of: old, before: &record)
            }
            record.enterPeriod(containing: now)
            begins = record.currentBillingPeriodStart != old.currentBillingPeriodStart
            if record.pricingType != .free { record.paidSince = record.paidSince ?? now }
            cutOffUsage(&record, from: old, isNewCycle: isNewCycle)
            if let quote {
                record.paid = quote.paid
            } else if renews || old.status != .active {
                try notePayment(&record, revised.prices)
            }
        }
        var details: TextMap<Payload> = [:]
        details["isUpgrade"] = .boolean(direction == .upgrade)
        details["isDowngrade"] = .boolean(direction == .downgrade)
        if record.id == old.id {
            try save(record)
            try announce(.updated, record, details)
        } else {
            try end(old, as: .canceled, .upgradeOrDowngrade, isFollowed: false, isReplaced: true)
            record.startDate = now
            record.createdAt = now
            record.updatedAt = now
            try scope.subscriptions.insert(record)
            try announce(.created, record, details)
            begins = true
        }
        if renews { try chargeRenewal(old, next: (record, revised.prices)) }
        if let quote { try chargeChange(quote, from: old, to: record, revised.prices, isNewCycle: isNewCycle) }
        if isNewCycle || record.id != old.id {
            let behavior = record.billingInformation?.prorationBehavior ?? .invoiceImmediately
            let reckoning = isNewCycle ? try creditTerms(of: old, isKept: behavior == .none) : .goingOn
            try RecurringCredits.cutOff(old, for: &record, by: reckoning, in: scope)
            if isNewCycle { try RecurringCredits.takeOver(for: &record, in: scope) }
        }
        if begins {
            try RecurringCredits.periodBegan(record, at: record.currentBillingPeriodStart ?? now, in: scope)
        } else {
            try RecurringCredits.subscriptionChanged(record, in: scope)
        }
        return record
    }

    /// How the credits are reckoned of a period that ends now. `isKept`: its unused time is not given back now; what was
    /// given back before makes a difference too.
    private func creditTerms(of old: SubscriptionRecord, isKept: Bool) throws -> RecurringCredits.Reckoning {
        if old.status == .inTrial { return .endOfTrial }
        let held = try selection.prices(of: old)
        let period = old.runningPeriod(at: now)
        let estimator = Estimator(session: self)
        let paid = try estimator.paidPeriod(of: old, held, in: period)
        let kept = try estimator.priced {
            () throws(PricingError) in
            try isKept && !old.isUnpaid(at: now) ? paid.packagesPaid(holding: held, in: period) : []
        }
        return .newPeriod(paidFor: kept, sold: held.packagesInAdvance.union(paid.packagesInAdvance))
    }

    /// A change of plan or billing period resets usage by the product's rule (stigg.md B.4). What periods are counted
    /// from moves with the billing cycle only, so that both stay aligned.
    private func cutOffUsage(_ record: inout SubscriptionRecord, from old: SubscriptionRecord, isNewCycle: Bool) {
        let isTransition = record.planID != old.planID || record.billingPeriod != old.billingPeriod
        switch catalog.usageResetCutoff(ofProduct: record.productID) {
        case .neverReset: return
        case .alwaysReset: if !isTransition { return }
        case .billingPeriodChange: if !isNewCycle { return }
        }
        record.restartUsage(at: now, from: old, ofPeriodsOnly: false)
        if isNewCycle { record.usageAnchor = now }
    }

    /// A trial that becomes paid is a transition that moves the cycle: the product's rule is asked. What the trial used
    /// of a limit with a reset period is no part of what is paid for; levels, and what never begins anew, go on.
    private func beginPaidUsage(_ record: inout SubscriptionRecord, from old: SubscriptionRecord) {
        switch catalog.usageResetCutoff(ofProduct: record.productID) {
        case .neverReset: return
        case .alwaysReset, .billingPeriodChange:
            record.restartUsage(at: now, from: old, ofPeriodsOnly: true)
            record.usageAnchor = now
        }
    }

    // MARK: - Ending

    /// Ends a subscription now. `isFollowed`: whether the product's rule for the end of subscriptions applies.
    /// `isReplaced`: it goes on under another id, and nothing is credited or left to be billed. `prorates`: whether
    /// unused time is credited, where somebody says so.
    @discardableResult
    func end(
        _ old: SubscriptionRecord, as status: SubscriptionStatus, _ reason: CancelReason, isFollowed: Bool,
        isReplaced: Bool = false, prorates: Bool? = nil
    ) throws -> SubscriptionRecord {
        var record = old
        if !isReplaced { record.paid = record.paid?.giving(try chargeEnd(old, prorates: prorates)) }
        record.status = status
        record.cancelReason = reason
        record.endDate = now
        if status == .canceled { record.cancellationDate = now }
        record.trialEndsSoonAt = nil
        record.schedule.removeAll { $0.status == .scheduled }
        // What takes its place knows what was consumed ahead.
        if isReplaced { record.creditsGranted = record.creditsGranted.filter { !RecurringCredits.isAhead($0.key) } }
        try save(record)
        if reason == .trialEnded { try announce(.trialExpired, record) }
        try announce(status == .expired ? .expired : .canceled, record)
        if let currency = record.currency {
            // Perhaps no invoice will bill what waits.
            try scope.accounts.look(
                at: record.account(in: currency), next: now.advanced(bySeconds: AccountTable.supplementSeconds))
        }
        if isReplaced {
            try RecurringCredits.subscriptionChanged(record, in: scope)
        } else {
            // Of what cannot be priced any more nothing was paid.
            var reckoning = RecurringCredits.Reckoning.newPeriod(paidFor: [], sold: [])
            let isCredited = proratesEnd(of: old, prorates)
            try unlessUnpriced { reckoning = try creditTerms(of: old, isKept: !isCredited) }
            try RecurringCredits.ended(old, as: &record, by: reckoning, isCredited: isCredited, in: scope)
        }
        if isFollowed, !record.endsWithoutSuccessor { try follow(record) }
        return record
    }

    /// Where the product says so, a free plan follows what was paid for.
    private func follow(_ ended: SubscriptionRecord) throws {
        let settings = catalog.product(ended.productID)?.productSettings
        guard settings?.subscriptionEndSetup == .downgradeToFree, ended.pricingType != .free,
            try beside(ended).isEmpty,
            let plan = settings?.downgradePlanID ?? catalog.plans(ofProduct: ended.productID).first(where: \.isFree)?.id
        else { return }
        try give(plan, resource: ended.resourceID, isTrial: false) { draft in
            draft.billingCountryCode = ended.billingCountryCode
            draft.billingPeriod = ended.billingPeriod
        }
    }

    /// Begins what a product's settings give by themselves. What led here stands even where that is not possible: a
    /// person has to mend the settings.
    private func give(
        _ planID: String, resource: String?, isTrial: Bool, _ adjust: (inout SubscriptionRecord) -> Void = { _ in }
    ) throws {
        do {
            let plan = try selection.plan(planID)
            var draft = draft(of: plan, id: try freshID(plan.id), resource: resource, start: now)
            adjust(&draft)
            let trial = try TrialTerms.agreed(
                for: plan, override: nil, skipped: !isTrial, history: [], start: now, now: now, zone: zone(at: now),
                selection)
            try begin(selection.revise(draft, by: .nothing, customer: customer).record, trial: trial)
        } catch let error as OperationError where !error.isStoreFailure {
            try scope.announce(
                EngineEvent(
                    "subscription.create_failed", customer.id,
                    [
                        "input": ["customerId": .string(customer.id.text), "planId": .string(planID)],
                        "error": error.payload,
                    ]))
        }
    }

    /// What a new customer begins with, where a product says so (stigg.md B.10, `subscriptionStartSetup`).
    func welcome() throws {
        for product in catalog.productsWithStart {
            guard let settings = product.productSettings,
                let plan = settings.subscriptionStartPlanID
                    ?? catalog.plans(ofProduct: product.id).first(where: \.isFree)?.id
            else { continue }
            try give(plan, resource: nil, isTrial: settings.subscriptionStartSetup == .trialPeriod)
        }
        try noteDue()
    }

    /// Notes when time alone changes something next.
    func noteDue() throws {
        try scope.schedule(.subscription, of: customer.id)
        try EntitlementEvents.subscriptionsChanged(of: customer.id, in: scope)
    }
}
