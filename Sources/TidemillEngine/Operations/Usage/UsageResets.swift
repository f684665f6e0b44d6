import TidemillCore
import TidemillOperations
import TidemillStore

/// When a customer's usage of a feature began anew, as checks count it: with each period of the limit that holds now, by
/// the zones that the customer had, and with changes of the subscription. A level never does. Before the subscription that
/// holds now, those that are over tell.
struct UsageResets {
    struct Reset: Hashable {
        let at: Timestamp
        let kind: UsageMarker.Kind
    }

    /// Since when the usage at the range's start counts; nil for all that there was.
    private(set) var countedFrom: Timestamp?
    /// Within the range, later than its start, in order.
    private(set) var resets: [Reset] = []

    /// Periods that one history shows.
    private static let resetsMax = 10_000

    private let range: Range<Timestamp>
    private let zones: ZoneHistory

    init(
        of feature: Feature, _ customer: CustomerID, _ resource: String?, in range: Range<Timestamp>, _ scope: CallScope
    ) throws {
        // What is to come has not begun anew yet.
        let now = scope.now.advanced(byMicroseconds: 1)
        self.range = range.lowerBound..<max(range.lowerBound, min(range.upperBound, now))
        guard feature.isCounted, feature.meterType != .fluctuating else {
            zones = ZoneHistory(first: nil)
            return
        }
        let resolver = EntitlementResolver(scope: scope)
        let subject = try resolver.subject(customer, resource, feature: feature.id)
        zones = subject.zones
        guard subject.denial == nil else { return }
        let winner = try resolver.state(of: feature.id, for: subject).winner
        var held: SubscriptionRecord?
        switch winner?.source {
        case .promotional(let id):
            let start = subject.promotional.first { $0.id == id }?.startDate ?? range.lowerBound
            try add(winner?.terms, anchor: start, from: .distantPast, until: .distantFuture)
            return
        case .subscription(let id): held = try scope.subscriptions.find(id)
        case nil: break
        }
        for (record, until) in try Self.stretches(held, of: feature.id, customer, resource, scope) {
            // Usage of before the subscription counts for nothing; where there was none, nothing begins anew.
            let before = try UsageInPeriod.current(
                customer, resource, feature, UsageWindow(end: record.startDate), on: scope.connection)
            if record.startDate <= range.lowerBound || before ?? .zero != .zero { begin(at: record.startDate) }
            try add(record, feature.id, until: until, catalog: scope.catalog())
        }
    }

    /// Former subscriptions that one history goes back to.
    private static let formerMax = 100

    /// The subscriptions that gave the feature, one after the other, and until when: the one whose limit holds now, and
    /// before it those that are over.
    private static func stretches(
        _ held: SubscriptionRecord?, of feature: FeatureID, _ customer: CustomerID, _ resource: String?,
        _ scope: CallScope
    ) throws -> [(SubscriptionRecord, until: Timestamp)] {
        let catalog = try scope.catalog()
        typealias Stretch = (SubscriptionRecord, until: Timestamp)
        let former = try scope.subscriptions.all(of: customer).compactMap { record -> Stretch? in
            guard record.status.isOver, let end = record.endDate, record.id != held?.id,
                record.resourceID == nil || record.resourceID.isSame(as: resource),
                EntitledSubscription(record, catalog)?.terms(of: feature)?.isGranted == true
            else { return nil }
            return (record, end)
        }
        var stretches = held.map { [($0, until: Timestamp.distantFuture)] } ?? []
        var next = held?.startDate ?? .distantFuture
        for (record, end) in former.sorted(by: { $0.until > $1.until }).prefix(formerMax) {
            let until = min(end, next)
            guard record.startDate < until else { continue }
            stretches.append((record, until: until))
            next = record.startDate
        }
        return stretches.reversed()
    }

    /// The eras of a subscription, each by the terms of its plan.
    private mutating func add(
        _ record: SubscriptionRecord, _ feature: FeatureID, until end: Timestamp, catalog: CatalogSnapshot
    ) throws {
        var eras = record.usageEras
        if eras.isEmpty, record.usageResetAt > record.startDate {
            // Before eras were kept, only the last change was.
            eras = [
                UsageEra(
                    until: record.usageResetAt, usageAnchor: record.usageAnchor, planID: record.planID,
                    planVersion: record.planVersion, ofPeriodsOnly: false)
            ]
        }
        var from = record.startDate
        for era in eras {
            var then = record
            (then.planID, then.planVersion, then.parentVersions) = (era.planID, era.planVersion, [:])
            let terms = EntitledSubscription(then, catalog)?.terms(of: feature)
            try add(terms, anchor: era.usageAnchor, from: from, until: era.until)
            if !era.ofPeriodsOnly || terms?.resetPeriod != nil { begin(at: era.until) }
            from = era.until
        }
        try add(
            EntitledSubscription(record, catalog)?.terms(of: feature), anchor: record.usageAnchor, from: from,
            until: end)
    }

    /// A change began usage anew, or the subscription began.
    private mutating func begin(at instant: Timestamp) {
        guard instant > range.lowerBound else { return countedFrom = instant }
        guard range.contains(instant) else { return }
        resets.removeAll { $0.at == instant }
        resets.append(Reset(at: instant, kind: .subscriptionChangeReset))
    }

    /// The periods that begin between two instants, both left out.
    private mutating func add(
        _ terms: EntitlementTerms?, anchor: Timestamp, from: Timestamp, until: Timestamp
    ) throws {
        guard let terms, let period = terms.resetPeriod, from < range.upperBound, from < until else { return }
        let last = until.advanced(byMicroseconds: -1)
        var window = UsageWindow.of(
            period, terms.resetConfiguration, from: anchor, zones: zones, at: max(from, min(range.lowerBound, last)))
        if let start = window.start, start > from, start <= range.lowerBound {
            countedFrom = max(countedFrom ?? start, start)
        }
        while let next = window.end, next < min(until, range.upperBound) {
            resets.append(Reset(at: next, kind: .periodicReset))
            guard resets.count <= Self.resetsMax else {
                throw OperationError(
                    .badUserInput,
                    "getUsageHistory: usage begins anew more than \(Self.resetsMax) times between 'startDate' and 'endDate'; ask for a shorter time"
                )
            }
            window = UsageWindow.of(period, terms.resetConfiguration, from: anchor, zones: zones, at: next)
        }
    }

    /// The stretches of the range in which usage counts on, with their points: those of the grid, and the end.
    func segments(_ grid: HistoryGrid) -> [HistorySegment] {
        guard let first = grid.bounds.first, let last = grid.bounds.last else { return [] }
        var starts: [(at: Timestamp, kind: UsageMarker.Kind?)] = resets.map { ($0.at, $0.kind) }
        if starts.first?.at != first { starts.insert((first, nil), at: 0) }
        return starts.indices.map { index in
            let (start, kind) = starts[index]
            let end = index + 1 < starts.count ? starts[index + 1].at : last
            return HistorySegment(
                countedFrom: kind == nil ? countedFrom : start, start: start, kind: kind,
                bounds: grid.bounds.filter { $0 > start && $0 < end } + [end])
        }
    }
}

/// A stretch of a history in which usage counts on.
struct HistorySegment {
    /// Since when; nil for all that there was.
    let countedFrom: Timestamp?
    let start: Timestamp
    /// Why usage begins anew with it; nil where it does not.
    let kind: UsageMarker.Kind?
    /// Its points; the last is its end.
    let bounds: [Timestamp]
}

extension [HistorySegment] {
    /// One line of a chart: the total at each point, none before the first usage, and nothing where it begins anew.
    func points(_ values: [[Amount?]]) -> [UsagePoint] {
        var points: [UsagePoint] = []
        for (segment, values) in zip(self, values) {
            let isKnown = !points.isEmpty
            if segment.kind != nil, isKnown || values.contains(where: { $0 != nil }) {
                points.append(UsagePoint(timestamp: segment.start, value: .zero, isResetPoint: true))
            }
            for (bound, value) in zip(segment.bounds, values) {
                guard let value = value ?? (points.isEmpty ? nil : .zero) else { continue }
                points.append(UsagePoint(timestamp: bound, value: value, isResetPoint: false))
            }
        }
        return points
    }

    var markers: [UsageMarker] {
        compactMap { segment in segment.kind.map { UsageMarker(timestamp: segment.start, type: $0) } }
    }
}

extension Timestamp {
    fileprivate static var distantPast: Timestamp { Timestamp(microseconds: .min) }
    fileprivate static var distantFuture: Timestamp { Timestamp(microseconds: .max) }
    fileprivate func advanced(byMicroseconds count: Int64) -> Timestamp {
        Timestamp(microseconds: microseconds + count)
    }
}
