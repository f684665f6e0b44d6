import TidemillCore
import TidemillOperations

extension SubscriptionSession {
    /// Where a change ended up.
    struct Placed {
        var record: SubscriptionRecord
        var isScheduled: Bool
        /// What waited until then, and waits no more.
        var dropped: [FutureUpdate] = []
    }

    /// Makes a change now, or stores it for later: by the strategy that was asked for, else a downgrade by the
    /// product's rule (stigg.md B.10). One without effect leaves what waits alone; else what waits gives way as
    /// `Rescheduling` says. `id`: a subscription that is replaced now goes on under this one.
    func place(
        _ change: SubscriptionChange, on old: SubscriptionRecord, strategy: ScheduleStrategy?,
        at date: Timestamp? = nil, id: String? = nil
    ) throws -> Placed {
        let revised = try selection.revise(old, by: change, customer: customer)
        let direction = try PlanDirection.of(old, to: revised, selection)
        let (parts, anchor, asked) = (change.parts, change.billingCycleAnchor, change)
        var rescheduling = Rescheduling(change, from: old, to: revised.record)
        let isNothing = revised.record == old && anchor != .now && id == nil
        if isNothing, rescheduling.schedule == old.schedule { return Placed(record: old, isScheduled: false) }
        let instant = date ?? self.instant(for: old, direction, strategy)
        guard let instant, instant > now, !isNothing else {
            var change = revised
            change.record.schedule = rescheduling.schedule
            change.record.id = id ?? old.id
            let adopted = try adopt(change, from: old, anchor: anchor, direction)
            tell(rescheduling.dropped)
            tellOverrides(of: old, to: adopted, by: asked)
            return Placed(record: adopted, isScheduled: false, dropped: rescheduling.dropped)
        }
        var record = old
        var held = change
        if strategy == nil, date == nil {
            // The product holds back what is less; what costs nothing happens now.
            record = try selection.revise(old, by: parts.free, customer: customer).record
            held = parts.priced
        }
        rescheduling.add(
            ScheduledUpdate(
                at: instant, status: .scheduled,
                kinds: held.kinds(isDowngrade: direction == .downgrade, from: old),
                targetPlanID: revised.record.planID == old.planID ? nil : revised.record.planID, change: held))
        record.schedule = rescheduling.schedule
        try save(record)
        try announce(.updated, record, ["isUpgrade": false, "isDowngrade": false])
        tell(rescheduling.dropped)
        return Placed(record: record, isScheduled: true, dropped: rescheduling.dropped)
    }

    /// Lets the audit name prices of the subscription's own that went with the plan or add-on that they were made for.
    private func tellOverrides(of old: SubscriptionRecord, to new: SubscriptionRecord, by change: SubscriptionChange) {
        guard change.priceOverrides == nil else { return }
        let gone = old.priceOverrides.filter { !new.priceOverrides.contains($0) }
        guard !gone.isEmpty else { return }
        scope.auditDetails["droppedPriceOverrides"] = .array(
            gone.map { PriceOverride.shape.encode($0, nulls: .omitted) })
    }

    /// Lets the audit name what does not wait any more.
    func tell(_ dropped: [FutureUpdate]) {
        guard !dropped.isEmpty else { return }
        scope.auditDetails["droppedUpdates"] = .array(
            dropped.map { FutureUpdate.shape.encode($0, nulls: .omitted) })
    }

    /// The time of a scheduled change has come. What the new plan has no charge for is left out; one that the catalog no
    /// longer allows fails, and the subscription goes on as it was. Answers what was left out.
    @discardableResult
    func applyPending(_ old: SubscriptionRecord) throws -> [String] {
        guard let pending = old.pendingUpdate else { return [] }
        func isIt(_ update: ScheduledUpdate) -> Bool { update.status == .scheduled && update.at == pending.at }
        do {
            let (change, dropped) = try selection.fitted(pending.change, to: old)
            var revised = try selection.revise(old, by: change, customer: customer)
            let direction = try PlanDirection.of(old, to: revised, selection)
            revised.record.schedule.removeAll(where: isIt)
            try adopt(revised, from: old, anchor: change.billingCycleAnchor, direction)
            return dropped
        } catch let error as OperationError where !error.isStoreFailure {
            var record = old
            record.schedule = record.schedule.map { update in
                var update = update
                if isIt(update) { update.status = .failed }
                return update
            }
            try save(record)
            try announce(.updated, record, ["error": error.payload])
            return []
        }
    }
}

extension SubscriptionChange {
    /// How `futureUpdates` lists it.
    func kinds(isDowngrade: Bool, from record: SubscriptionRecord) -> [FutureUpdate.Kind] {
        var kinds: [FutureUpdate.Kind] = []
        if let planID, planID != record.planID { kinds.append(isDowngrade ? .downgrade : .plan) }
        if let billingPeriod, billingPeriod != record.billingPeriod { kinds.append(.billingPeriod) }
        if charges != nil || unitQuantity != nil { kinds.append(.unitAmount) }
        if addons != nil { kinds.append(.addon) }
        if priceOverrides != nil || minimumSpend != nil || clearsMinimumSpend { kinds.append(.priceOverride) }
        if coupon != nil || clearsCoupon { kinds.append(.coupon) }
        if migrates { kinds.append(.migrateToLatest) }
        if metadata != nil { kinds.append(.additionalMetadata) }
        if billingInformation != nil { kinds.append(.billingInfoMetadata) }
        return kinds.isEmpty ? [isDowngrade ? .downgrade : .plan] : kinds
    }
}
