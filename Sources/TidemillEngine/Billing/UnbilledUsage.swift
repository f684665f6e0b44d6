import CEvents
import TidemillCore
import TidemillOperations
import TidemillPricing
import TidemillStore

/// Usage that is on no invoice, by why: what was used in a trial is not billed, what was used in paid time must be.
public struct UnbilledUsage: Sendable {
    /// Why usage is not billed.
    public enum Reason: String, Sendable, CaseIterable {
        case trial = "TRIAL"
        case freePlan = "FREE_PLAN"
        case noPrice = "NO_PRICE"
        case imported = "BEFORE_IMPORT"
        case datedBack = "BEFORE_DATED_BACK_START"
        case noSubscription = "NO_SUBSCRIPTION"
        case credits = "CREDITS"
    }

    /// How many have such usage: a feature of a customer, or of one of its resources, counts once.
    public var subjects: [Reason: Int64] = [:]
    /// Paid time that is in no window, a sentence each.
    var gaps: [String] = []
    /// The first whose usage of a priced feature no subscription bills.
    public var unsubscribed: String?

    /// Rows of usage in one read.
    private static let pageMax = 1000

    /// Goes through all usage of the store, some at a time.
    static func survey(_ store: any Store, _ settings: EngineSettings, now: Timestamp) throws -> UnbilledUsage {
        var found = UnbilledUsage()
        var after: UsageCounter?
        repeat {
            let from = after
            after = try store.read { connection in
                let page = try CalculatedUsage(connection: connection).keys(after: from, limit: pageMax)
                let survey = try Survey(settings, now, on: connection)
                for counter in page {
                    try survey.classify(counter, &found) { body in
                        try connection.query(
                            """
                            SELECT at FROM usage_reports WHERE \(CalculatedUsage.isCounted)
                            """, counter.key
                        ) { try body(Timestamp(microseconds: $0.integer(0))) }
                    }
                }
                return page.count < pageMax ? nil : page.last
            }
        } while after != nil
        for bucket in 0..<Int64(Bucket.count) {
            try store.read { connection in
                guard let events = try EventHours(bucket: bucket, on: connection) else { return }
                let survey = try Survey(settings, now, on: connection)
                for (counter, hours) in events.hours {
                    try survey.classify(counter, &found) { body in
                        for hour in hours.sorted() { try body(Timestamp.hour(hour)) }
                    }
                }
            }
        }
        return found
    }
}

/// In which hours events counted, of a bucket's customers.
private struct EventHours {
    var hours: [UsageCounter: Set<Int64>] = [:]

    /// Nil where no feature has a meter.
    init?(bucket: Int64, on connection: any SQLConnection) throws {
        let versions = try MeterRegistry.versions(on: connection).filter { !$0.isKept }
        guard !versions.isEmpty else { return nil }
        let features = Dictionary(versions.map { ($0.id, $0.featureID) }) { first, _ in first }
        func add(_ meter: Int64, _ customer: String, _ resource: String, _ hour: Int64) {
            guard let feature = features[meter] else { return }
            let counter = UsageCounter(
                customerID: CustomerID(customer), featureID: feature, resourceID: resource.isEmpty ? nil : resource)
            hours[counter, default: []].insert(hour)
        }
        try connection.query(
            "SELECT meter, customer_id, resource_id, cells FROM usage_days WHERE bucket = $1", [.integer(bucket)]
        ) { row in
            for cell in try row.withBlob(3, { try UsageStore.dayCells($0) }) {
                add(row.integer(0), row.text(1), row.text(2), cell.hour)
            }
        }
        try connection.query(
            "SELECT DISTINCT meter, customer_id, resource_id, hour FROM usage_values WHERE bucket = $1",
            [.integer(bucket)]
        ) { add($0.integer(0), $0.text(1), $0.text(2), $0.integer(3)) }
        try UsageStore.readDeltas(shard: UsageStore.shard(ofBucket: bucket), on: connection) { key, cell in
            if key.bucket == bucket { add(key.meter, key.customer, key.resource, cell.hour) }
        }
    }
}

/// Tells why usage of an instant is not billed. What is known of the customer that was looked at last is kept.
private final class Survey {
    private let connection: any SQLConnection
    private let scope: CallScope
    private let catalog: CatalogSnapshot
    private var customer: CustomerID?
    private var records: [SubscriptionRecord] = []
    private var closed: [ClosedUsage] = []
    private var unpriced: Set<String> = []
    private var charges = TextMap<Bool>()

    init(_ settings: EngineSettings, _ now: Timestamp, on connection: any SQLConnection) throws {
        self.connection = connection
        scope = settings.scope(
            CallContext(.engine("verify"), now: now), on: connection, mayWrite: false, keepsNothing: true)
        catalog = try scope.catalog()
    }

    /// `instants` hands out when something was used.
    func classify(
        _ counter: UsageCounter, _ found: inout UnbilledUsage, _ instants: ((Timestamp) throws -> Void) throws -> Void
    ) throws {
        try look(at: counter.customerID)
        let own = closed.filter { $0.resourceID.isSame(as: counter.resourceID) }
        let windows = own.flatMap { closing in
            closing.terms.windows.filter { $0.feature == counter.featureID }.flatMap(\.spans)
        }
        let subscribed = records.filter { $0.resourceID.isSame(as: counter.resourceID) }
        var reasons: Set<UnbilledUsage.Reason> = []
        var gap: Timestamp?
        try instants { at in
            // An hour that a window has a part of has its bounds within it.
            let hour = Timestamp(microseconds: at.microseconds + 3_600_000_000)
            guard !windows.contains(where: { $0.start < hour && at < $0.end }) else { return }
            switch why(at, counter.featureID, subscribed, own) {
            case .reason(let reason): reasons.insert(reason)
            case .gap: gap = min(gap ?? at, at)
            case .running: break
            }
        }
        for reason in reasons { found.subjects[reason, default: 0] += 1 }
        let resource = counter.resourceID.map { " for \($0)" } ?? ""
        let name = "\"\(counter.featureID)\" of \(counter.customerID)\(resource)"
        if let gap { found.gaps.append("\(name) was used at \(gap), in paid time that no window has") }
        if reasons.contains(.noSubscription), found.unsubscribed == nil { found.unsubscribed = name }
    }

    private func look(at customer: CustomerID) throws {
        guard customer != self.customer else { return }
        self.customer = customer
        records = try SubscriptionTable(connection: connection).all(of: customer)
        closed = try ClosedUsageTable(connection: connection).all(of: customer)
        unpriced = Set(
            try connection.rows(
                "SELECT subscription_id FROM invoices WHERE state = 'DRAFT' AND problem IS NOT NULL AND customer_id = $1",
                [.text(customer.text)]
            ) { $0.text(0) })
    }

    private enum Finding {
        case reason(UnbilledUsage.Reason)
        case gap
        /// It will be billed, or what would is in hand.
        case running
    }

    private func why(
        _ at: Timestamp, _ feature: FeatureID, _ records: [SubscriptionRecord], _ closed: [ClosedUsage]
    ) -> Finding {
        guard !catalog.creditRatedFeatures.contains(feature) else { return .reason(.credits) }
        guard catalog.isPriced(feature) else { return .reason(.noPrice) }
        // A level is billed as it is at a period's end, whenever it was reported.
        guard catalog.feature(feature)?.meterType != .fluctuating else { return .running }
        let held = records.filter { record in
            let end = record.endDate ?? record.cancellationDate
            return record.startDate <= at && end.map { at < $0 } ?? true
        }
        guard !held.isEmpty else { return .reason(.noSubscription) }
        guard !held.contains(where: { unpriced.contains($0.id) }) else { return .running }
        guard let record = held.first(where: { bills(feature, $0) }) else {
            if held.contains(where: { isTrial($0, at) }) { return .reason(.trial) }
            return .reason(held.allSatisfy { $0.pricingType == .free } ? .freePlan : .noPrice)
        }
        if isTrial(record, at) { return .reason(.trial) }
        if let start = record.currentBillingPeriodStart, record.status == .active,
            at >= max(start, record.usageBilledAt ?? start)
        {
            return .running
        }
        if at < record.createdAt {
            let isImported =
                record.usageBilledAt == record.createdAt
                || closed.contains { $0.subscriptionID == record.id && $0.range.start == record.createdAt }
            return .reason(isImported ? .imported : .datedBack)
        }
        let own = closed.filter { $0.subscriptionID == record.id && !$0.terms.windows.isEmpty }
            .sorted { $0.range.start < $1.range.start }
        let before = own.last { $0.range.end <= at }
        let next = own.first { $0.range.start > at }
        // Between the ends of two periods, or since one, with the same plan.
        if let before, before.terms.until == nil {
            if let next, next.terms.record.isSamePlan(before.terms.record) { return .gap }
            let isOver = record.currentBillingPeriodStart.map { at < $0 } ?? false
            if next == nil, record.status == .active, isOver, record.isSamePlan(before.terms.record) { return .gap }
        }
        // After a change of plan, or before an end. What does not add up may be billed with what came instead.
        guard catalog.feature(feature)?.addsUp ?? false else { return .running }
        if let next {
            if isOfMonth(at, feature, next) { return .gap }
            return before != nil && isPaid(at, feature, by: next.terms.record) ? .gap : .running
        }
        // Before the first of all nothing tells whether there were invoices yet.
        let isOver = record.status.isOver || record.currentBillingPeriodStart.map { at < $0 } ?? false
        guard before != nil, isOver, isPaid(at, feature, by: record) else { return .running }
        // What was replaced by the same plan under another id goes on there.
        let isReplaced = records.contains {
            $0.id != record.id && $0.startDate == record.endDate && $0.planID == record.planID
        }
        return isReplaced ? .running : .gap
    }

    /// Whether the instant belongs to the month that was closed, since its plan was ordered.
    private func isOfMonth(_ at: Timestamp, _ feature: FeatureID, _ closed: ClosedUsage) -> Bool {
        let record = closed.terms.record
        guard record.status == .active, let start = record.currentBillingPeriodStart else { return false }
        let month = record.billingMonths.window(containing: closed.range.start).start
        return at >= max(start, record.usageBilledAt ?? start, month)
            && closed.terms.windows.contains { $0.feature == feature }
    }

    /// Whether the subscription had its plan then, all versions of which bill the feature.
    private func isPaid(_ at: Timestamp, _ feature: FeatureID, by record: SubscriptionRecord) -> Bool {
        guard let since = record.paidSince, at >= max(since, record.usageBilledAt ?? since) else { return false }
        return (1...max(1, record.planVersion)).allSatisfy {
            catalog.plan(record.planID, version: $0)?.bills(feature) ?? false
        }
    }

    private func isTrial(_ record: SubscriptionRecord, _ at: Timestamp) -> Bool {
        record.trialEndDate.map { at < $0 } ?? (record.status == .inTrial)
    }

    /// Whether its plan as it is charges for the feature by what is used.
    private func bills(_ feature: FeatureID, _ record: SubscriptionRecord) -> Bool {
        let key = "\(record.id)\n\(feature)"
        if let known = charges[key] { return known }
        let packages =
            [catalog.plan(record.planID, version: record.planVersion)]
            + record.addons.map { catalog.addon($0.id, version: $0.version) }
        let bills = packages.compactMap { $0 }.contains { $0.bills(feature) }
        charges[key] = bills
        return bills
    }
}

extension SubscriptionRecord {
    fileprivate func isSamePlan(_ other: SubscriptionRecord) -> Bool {
        planID == other.planID && planVersion == other.planVersion && billingPeriod == other.billingPeriod
    }
}
