import TidemillCore
import TidemillOperations

extension UpdateSubscription: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Subscription {
        let (record, session) = try scope.openSubscription(input.id, for: .updateSubscription)
        var current = try applyingDates(of: input, to: record, session)
        current.budget = input.budget.applied(to: current.budget)
        current.awaitsPaymentConfirmation = input.awaitPaymentConfirmation ?? current.awaitsPaymentConfirmation
        current.salesforceID = input.salesforceID.applied(to: current.salesforceID)
        if current != record { try session.save(current) }

        let wanted = try change(input, of: current, session)
        var dropped: [FutureUpdate] = []
        if wanted != .nothing {
            let placed = try session.place(wanted, on: current, strategy: input.scheduleStrategy)
            (current, dropped) = (placed.record, placed.dropped)
        } else if current != record {
            try session.announce(.updated, current, ["isUpgrade": false, "isDowngrade": false])
            try RecurringCredits.subscriptionChanged(current, in: scope)
        }
        try session.noteDue()
        return try session.answer(current, dropped: dropped)
    }

    private static func applyingDates(
        of input: Input, to old: SubscriptionRecord, _ session: SubscriptionSession
    ) throws -> SubscriptionRecord {
        var record = old
        if let end = input.trialEndDate?.wholeMilliseconds {
            guard old.status == .inTrial || (old.status == .notStarted && old.trialEndDate != nil) else {
                throw session.selection.failure(
                    .invalidSubscriptionStatus,
                    "'trialEndDate' can be changed during a trial only, the subscription is \(old.status.rawValue)")
            }
            guard end > max(session.now, old.startDate) else {
                throw session.selection.failure(
                    .invalidArgument, "'trialEndDate' must be later than the start and than now, got \(end)")
            }
            record.trialEndDate = end
            if old.status == .inTrial {
                record.currentBillingPeriodEnd = end
                record.trialEndsSoonAt = TrialTerms.notice(end: end, now: session.now)
            }
        }
        switch input.cancellationDate {
        case .keep: break
        case .clear:
            record.cancellationDate = nil
            record.endsWithoutSuccessor = false
            record.proratesEnd = nil
        case .set(let given):
            let end = given.wholeMilliseconds
            guard old.status != .inTrial else { throw session.selection.trialEndsNow }
            guard end > max(session.now, old.startDate) else {
                throw session.selection.failure(
                    .invalidCancellationDate,
                    "'cancellationDate' must be later than the start and than now, got \(end)")
            }
            record.cancellationDate = end
            record.proratesEnd = nil
        }
        return record
    }

    private static func change(
        _ input: Input, of record: SubscriptionRecord, _ session: SubscriptionSession
    ) throws -> SubscriptionChange {
        var change = SubscriptionChange.nothing
        change.billingPeriod = input.billingPeriod
        change.addons = input.addons
        change.charges = ChargeQuantity.all(input.charges, input.billableFeatures)
        change.unitQuantity = input.unitQuantity
        change.priceOverrides = input.priceOverrides
        change.entitlements = input.entitlements
        switch input.minimumSpend {
        case .keep: break
        case .clear: change.clearsMinimumSpend = true
        case .set(let spend): change.minimumSpend = spend
        }
        change.billingCycleAnchor = input.billingCycleAnchor
        change.billingInformation = input.billingInformation
        change.metadata = input.metadata
        let coupon = CouponApplication(
            session: session, coupon: AppliedCoupon(asked: input.appliedCoupon), promotionCode: input.promotionCode)
        if coupon.isRemoval {
            change.clearsCoupon = true
        } else if !coupon.isNothing {
            let revised = try session.selection.revise(record, by: change, customer: session.customer)
            change.coupon = try coupon.discount(for: revised.record, costing: revised.order)
        }
        return change
    }
}
