import TidemillCore
import TidemillOperations

extension SubscriptionSession {
    /// Where a change ended up.
    struct Placed {
        var record: SubscriptionRecord
        var isScheduled: Bool
    }

    /// Makes a change now, or stores it for later: by the strategy that was asked for, else a downgrade by the
    /// product's rule (stigg.md B.10). A change of what costs something replaces the one that waits. `id`: a
    /// subscription that is replaced now goes on under this one.
    func place(
        _ change: SubscriptionChange, on old: SubscriptionRecord, strategy: ScheduleStrategy?,
        at date: Timestamp? = nil, id: String? = nil
    ) throws -> Placed {
        let revised = try selection.revise(old, by: change, customer: customer)
        let direction = try PlanDirection.of(old, to: revised, selection)
        let (parts, anchor) = (change.parts, change.billingCycleAnchor)
        guard let instant = date ?? self.instant(for: old, direction, strategy), instant > now else {
            var change = revised
            if parts.priced != .nothing { change.record.schedule = [] }
            if change.record == old, anchor != .now, id == nil { return Placed(record: old, isScheduled: false) }
            change.record.id = id ?? old.id
            let adopted = try adopt(change, from: old, anchor: anchor, direction)
            return Placed(record: adopted, isScheduled: false)
        }
        var record = old
        var held = change
        if strategy == nil, date == nil {
            // The product holds back what is less; what costs nothing happens now.
            record = try selection.revise(old, by: parts.free, customer: customer).record
            held = parts.priced
        }
        record.schedule = [
            ScheduledUpdate(
                at: instant, status: .scheduled,
                kinds: held.kinds(isDowngrade: direction == .downgrade, from: old),
                targetPlanID: revised.record.planID == old.planID ? nil : revised.record.planID, change: held)
        ]
        try save(record)
        try announce(.updated, record, ["isUpgrade": false, "isDowngrade": false])
        return Placed(record: record, isScheduled: true)
    }

    /// The time of a scheduled change has come. One that the catalog no longer allows fails, and the subscription goes
    /// on as it was.
    func applyPending(_ old: SubscriptionRecord) throws {
        guard let pending = old.pendingUpdate else { return }
        do {
            var revised = try selection.revise(old, by: pending.change, customer: customer)
            let direction = try PlanDirection.of(old, to: revised, selection)
            revised.record.schedule.removeAll { $0 == pending }
            try adopt(revised, from: old, anchor: pending.change.billingCycleAnchor, direction)
        } catch let error as OperationError where !error.isStoreFailure {
            var record = old
            record.schedule = record.schedule.map { update in
                var update = update
                if update == pending { update.status = .failed }
                return update
            }
            try save(record)
            try announce(.updated, record, ["error": error.payload])
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
