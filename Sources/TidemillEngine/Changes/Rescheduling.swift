import TidemillCore
import TidemillOperations

/// What a change leaves of those that wait for their time (docs/billing.md). Each order is kept as it was
/// made; those of one instant take effect together.
struct Rescheduling {
    private(set) var schedule: [ScheduledUpdate] = []
    /// What no longer waits.
    private(set) var dropped: [FutureUpdate] = []
    private let old: SubscriptionRecord
    private let new: SubscriptionRecord
    private let asked: SubscriptionChange

    /// `new` is what the change makes of `old`. What it leaves as it was is no matter of what waits.
    init(_ change: SubscriptionChange, from old: SubscriptionRecord, to new: SubscriptionRecord) {
        (self.old, self.new, asked) = (old, new, change)
        // Who names a plan says which one it shall be; a new cycle has other ends than those that are waited for.
        let replacesPlan =
            change.planID != nil || change.migrates || change.billingCycleAnchor == .now
            || old.billingPeriod != new.billingPeriod
        let hasEffect = new != old
        for update in old.schedule {
            guard update.status == .scheduled else {
                // One that failed is told of until something is changed.
                if !hasEffect { schedule.append(update) }
                continue
            }
            let orders = update.change
            if replacesPlan, orders.planID != nil || orders.billingPeriod != nil || orders.migrates {
                drop(update.kinds, of: update)
                continue
            }
            var left = update
            left.change = rest(of: orders)
            guard left.change != orders else {
                schedule.append(update)
                continue
            }
            let kinds = left.change.kindsLeft(of: update.kinds)
            drop(orders.kindsDropped(leaving: left.change), of: update)
            left.kinds = kinds
            if left.change != .nothing, !kinds.isEmpty { schedule.append(left) }
        }
    }

    /// Waits too. The same order once more replaces nothing.
    mutating func add(_ update: ScheduledUpdate) {
        if old.schedule.contains(update) { dropped.removeAll { update.answers.contains($0.scheduled) } }
        schedule.append(update)
    }

    private mutating func drop(_ kinds: [FutureUpdate.Kind], of update: ScheduledUpdate) {
        dropped += update.answers.filter { kinds.contains($0.subscriptionScheduleType) }.map { answer in
            var answer = answer
            answer.scheduleStatus = .canceled
            return answer
        }
    }

    /// Without what is changed now.
    private func rest(of orders: SubscriptionChange) -> SubscriptionChange {
        var rest = orders
        // What only follows from another plan is no matter of what waits.
        let named = Set((asked.charges ?? []).map(\.id))
        let units = Set(old.quantities.keys).union(new.quantities.keys).filter { id in
            old.quantities[id] != new.quantities[id] && (asked.unitQuantity != nil || named.contains(id.text))
        }
        let credits = named.filter { old.creditQuantities[$0] != new.creditQuantities[$0] }
        rest.charges = orders.charges?.filter { charge in
            switch charge.type {
            case .feature: !units.contains(FeatureID(charge.id))
            case .credit: !credits.contains(charge.id)
            }
        }
        if rest.charges?.isEmpty == true { rest.charges = nil }
        if !units.isEmpty { rest.unitQuantity = nil }
        if asked.addons != nil { rest.addons = orders.addons.flatMap { addons($0) } }
        if old.coupon != new.coupon { (rest.coupon, rest.clearsCoupon) = (nil, false) }
        if old.minimumSpend != new.minimumSpend { (rest.minimumSpend, rest.clearsMinimumSpend) = (nil, false) }
        if asked.priceOverrides != nil, old.priceOverrides != new.priceOverrides { rest.priceOverrides = nil }
        if old.entitlements != new.entitlements { rest.entitlements = nil }
        if old.metadata != new.metadata { rest.metadata = nil }
        return rest
    }

    /// The add-ons that are to be, with those that are changed now as they are now; nil where nothing is left to do.
    private func addons(_ wanted: [AddonQuantity]) -> [AddonQuantity]? {
        func quantities(_ record: SubscriptionRecord) -> TextMap<Int64> {
            TextMap(record.addons.map { ($0.id, $0.quantity) }) { first, _ in first }
        }
        let (before, after) = (quantities(old), quantities(new))
        let changed = Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }
        guard !changed.isEmpty else { return wanted }
        var left = wanted.filter { !changed.contains($0.id) }
        for id in changed.sorted() {
            if let quantity = after[id] { left.append(AddonQuantity(id: id, quantity: quantity)) }
        }
        let isDone =
            TextMap(left.map { ($0.id, $0.quantity) }) { first, _ in first }.filter { $0.value > 0 } == after
        return isDone ? nil : left
    }
}

extension FutureUpdate {
    /// The same while it waited.
    fileprivate var scheduled: FutureUpdate {
        var update = self
        update.scheduleStatus = .scheduled
        return update
    }
}

extension SubscriptionChange {
    /// Which kinds of it are told of, in part or whole.
    private var isKind: [(kind: FutureUpdate.Kind, value: [AnyHashable?])] {
        [
            (.unitAmount, [charges, unitQuantity]), (.addon, [addons]),
            (.priceOverride, [priceOverrides, minimumSpend, clearsMinimumSpend ? true : nil]),
            (.coupon, [coupon, clearsCoupon ? true : nil]), (.additionalMetadata, [metadata]),
        ]
    }

    fileprivate func kindsDropped(leaving left: SubscriptionChange) -> [FutureUpdate.Kind] {
        zip(isKind, left.isKind).filter { $0.value != $1.value }.map(\.0.kind)
    }

    /// Of these kinds, those of which something is left.
    fileprivate func kindsLeft(of kinds: [FutureUpdate.Kind]) -> [FutureUpdate.Kind] {
        let gone = isKind.filter { $0.value.allSatisfy { $0 == nil } }.map(\.kind)
        return kinds.filter { !gone.contains($0) }
    }

    /// This one, and then `later`.
    func followed(by later: SubscriptionChange) -> SubscriptionChange {
        var both = self
        both.planID = later.planID ?? planID
        both.migrates = migrates || later.migrates
        both.billingPeriod = later.billingPeriod ?? billingPeriod
        both.addons = later.addons ?? addons
        if later.unitQuantity != nil {
            (both.unitQuantity, both.charges) = (later.unitQuantity, later.charges)
        } else if let more = later.charges {
            let named = Set(more.map(\.id))
            (both.unitQuantity, both.charges) = (nil, (charges ?? []).filter { !named.contains($0.id) } + more)
        }
        both.priceOverrides = later.priceOverrides ?? priceOverrides
        both.entitlements = later.entitlements ?? entitlements
        if later.minimumSpend != nil || later.clearsMinimumSpend {
            (both.minimumSpend, both.clearsMinimumSpend) = (later.minimumSpend, later.clearsMinimumSpend)
        }
        if later.coupon != nil || later.clearsCoupon {
            (both.coupon, both.clearsCoupon) = (later.coupon, later.clearsCoupon)
        }
        both.billingCountryCode = later.billingCountryCode ?? billingCountryCode
        both.billingCycleAnchor = later.billingCycleAnchor ?? billingCycleAnchor
        both.billingInformation = later.billingInformation?.filled(from: billingInformation) ?? billingInformation
        both.metadata = later.metadata ?? metadata
        return both
    }
}

extension PackageSelection {
    /// A change that waited, without what the plan that it leads to has no charge for by now, and what that is.
    func fitted(
        _ change: SubscriptionChange, to record: SubscriptionRecord
    ) throws -> (change: SubscriptionChange, dropped: [String]) {
        guard let id = change.planID, id != record.planID else { return (change, []) }
        let plan = try plan(id)
        var (fitted, dropped) = (change, [String]())
        if let wanted = change.addons {
            let ids = Set(
                compatible(wanted.map { SubscribedAddon(id: $0.id, version: 0, quantity: $0.quantity) }, with: plan)
                    .map(\.id))
            fitted.addons = wanted.filter { ids.contains($0.id) }
            dropped += wanted.map(\.id).filter { !ids.contains($0) }
        }
        let addons =
            fitted.addons.map { $0.filter { $0.quantity > 0 }.map(\.id) }
            ?? compatible(record.addons, with: plan).map(\.id)
        let charges = plan.charges + addons.compactMap { catalog.addon($0) }.flatMap(\.charges)
        func isSold(_ wanted: ChargeQuantity) -> Bool {
            switch wanted.type {
            case .feature:
                charges.contains { $0.billingModel == .perUnit && $0.featureID == FeatureID(wanted.id) }
            case .credit:
                charges.contains { ($0.topUpCustomCurrencyID ?? $0.creditRate?.currencyID) == wanted.id }
            }
        }
        if let wanted = change.charges {
            fitted.charges = wanted.filter(isSold)
            dropped += wanted.filter { !isSold($0) }.map(\.id)
        }
        if change.unitQuantity != nil, !charges.contains(where: { $0.billingModel == .perUnit }) {
            fitted.unitQuantity = nil
            dropped.append("unitQuantity")
        }
        if let overrides = change.priceOverrides {
            let all = charges + plan.overageCharges
            fitted.priceOverrides = overrides.filter { override in
                if let addon = override.addonID { return addons.contains(addon) }
                guard let feature = override.featureID else { return true }
                return all.contains { $0.featureID == feature }
            }
            dropped += overrides.filter { !(fitted.priceOverrides ?? []).contains($0) }
                .compactMap { $0.featureID?.text ?? $0.addonID }
        } else {
            // Those that were made for the plan, or for an add-on that goes.
            dropped += record.priceOverrides.filter { $0.addonID.map { !addons.contains($0) } ?? true }
                .map { "priceOverride \($0.featureID?.text ?? $0.addonID ?? $0.creditCurrencyID ?? "baseCharge")" }
        }
        return (fitted, dropped)
    }
}
