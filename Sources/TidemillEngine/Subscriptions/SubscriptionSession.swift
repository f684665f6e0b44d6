import Foundation
import TidemillCore
import TidemillOperations

/// Subscriptions of one customer at one instant: what is known of them, and how they are stored and announced. What
/// happens to them is in its extensions.
struct SubscriptionSession {
    let scope: CallScope
    let customer: Customer
    let selection: PackageSelection

    init(_ customer: Customer, in scope: CallScope, for operation: OperationID) throws {
        self.scope = scope
        self.customer = customer
        selection = PackageSelection(catalog: try scope.catalog(), operation: operation)
    }

    var catalog: CatalogSnapshot { selection.catalog }
    var now: Timestamp { scope.now }

    func answer(_ record: SubscriptionRecord, dropped: [FutureUpdate] = []) throws -> Subscription {
        var answer = try Subscription(
            record, selection, at: now, invoices: InvoiceTable(connection: scope.connection))
        if !dropped.isEmpty { answer.droppedUpdates = dropped }
        return answer
    }

    /// The customer's time zone at an instant; nil for UTC.
    func zone(at instant: Timestamp) throws -> Zone? {
        try CustomerZones(connection: scope.connection).history(of: customer).zone(at: instant)
    }

    /// A subscription to a plan, before anything is said about it.
    func draft(
        of plan: PackageVersion, id: String, resource: String?, start: Timestamp
    ) -> SubscriptionRecord {
        SubscriptionRecord(
            id: id, customerID: customer.id, resourceID: resource, productID: plan.productID, planID: plan.id,
            planVersion: plan.version, parentVersions: catalog.parentVersions(of: plan),
            pricingType: plan.kindOfPrice, status: .notStarted, startDate: start, billingCycleAnchor: start,
            usageAnchor: start, usageResetAt: start, createdAt: now, updatedAt: now)
    }

    /// An id that is not taken, with the plan's name in it, as the API makes them.
    func freshID(_ plan: String) throws -> String {
        while true {
            let digits = scope.newID().filter { $0 != "-" }
            let id = "subscription-\(plan.prefix(200))-\(digits.prefix(12))"
            if try scope.subscriptions.owner(of: id) == nil { return id }
            // Only an id that was injected comes again; a longer one tells the two apart.
            let longer = "\(id)-\(now.microseconds)"
            if try scope.subscriptions.owner(of: longer) == nil { return longer }
        }
    }

    func save(_ record: SubscriptionRecord) throws {
        var record = record
        record.updatedAt = now
        try scope.subscriptions.update(record)
    }

    func announce(
        _ name: SubscriptionEvents.Name, _ record: SubscriptionRecord, _ more: TextMap<Payload> = [:]
    ) throws {
        let fields = SubscriptionEvents.block(record, of: customer, catalog).merging(more) { $1 }
        try scope.announce(EngineEvent(name.rawValue, customer.id, fields))
        scope.touch(record.resourceID)
    }

    /// Other subscriptions that are open for the same product and resource: a trial beside what is paid for.
    func beside(_ record: SubscriptionRecord) throws -> [SubscriptionRecord] {
        try scope.subscriptions.open(of: record.customerID).filter {
            $0.id != record.id && $0.productID == record.productID && $0.resourceID.isSame(as: record.resourceID)
        }
    }

    /// When a change takes effect; nil for now. The product's rule for downgrades is `prorateAtEndOfBillingPeriod`: true
    /// lets them wait for the end of the period. Within a trial nothing is paid for, so nothing is held back by itself.
    func instant(
        for record: SubscriptionRecord, _ direction: PlanDirection, _ strategy: ScheduleStrategy?
    ) -> Timestamp? {
        guard record.status.isLive, let end = record.currentBillingPeriodEnd else { return nil }
        switch strategy {
        case .immediate: return nil
        case .endOfBillingPeriod: return end
        case .endOfBillingMonth:
            return record.status == .inTrial ? end : min(end, record.billingMonths.window(containing: now).end)
        case nil:
            let settings = catalog.product(record.productID)?.productSettings
            let waits = settings?.prorateAtEndOfBillingPeriod ?? false
            return direction == .downgrade && waits && record.status == .active ? end : nil
        }
    }
}

extension PackageVersion {
    /// Where nothing is said, a package without prices is free.
    var kindOfPrice: PricingType { pricingType ?? (charges.isEmpty ? .free : .paid) }
    var isFree: Bool { kindOfPrice == .free }
}
