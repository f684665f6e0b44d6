import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore

extension Engine {
    /// Announces limits that the batch's events have come near. Where nobody is entitled to anything there is nothing to
    /// do, and two looks at the store tell; where nothing can have been reached, nothing is read of the customer.
    func alert(
        _ cells: borrowing CellTable, _ meters: MeterSet, now: Timestamp, _ state: State,
        on connection: any SQLConnection
    ) throws {
        guard !cells.cells.isEmpty else { return }
        try noteNegative(cells, meters, now: now, on: connection)
        guard !settings.usageAlerts.isEmpty else { return }
        let hasSubscriptions = try connection.hasRows("SELECT 1 FROM subscriptions WHERE is_open = 1 LIMIT 1")
        guard
            try hasSubscriptions
                || connection.hasRows("SELECT 1 FROM promotional_entitlements WHERE status = 'Active' LIMIT 1")
        else { return }
        let scope = settings.scope(CallContext(.engine("ingest"), now: now), on: connection)
        try state.standings.begin(
            connection.accessChanges(since: state), catalog: CatalogState.generation(on: connection))
        let features = Dictionary(
            meters.versions.map { ($0.id, $0.featureID) }, uniquingKeysWith: { first, _ in first })
        struct Touched: Hashable {
            let customer: CustomerID
            let counter: UsageStandings.Counter
        }
        var seen: Set<Touched> = []
        var subjects: [Touched: EntitlementSubject] = [:]
        let alerts = UsageAlerts(scope: scope)
        let resolver = EntitlementResolver(scope: scope)
        for cell in cells.cells {
            guard let feature = features[cell.meter] else { continue }
            let touched = Touched(
                customer: CustomerID(cell.customer.string),
                counter: UsageStandings.Counter(feature: feature, resource: cell.resource.string))
            guard seen.isEmpty || !seen.contains(touched),
                !state.standings.takes(cell, of: touched.customer, touched.counter, at: scope.now)
            else { continue }
            seen.insert(touched)
            let resource = touched.counter.resource
            // One look for a customer and resource, whatever the features.
            let whole = Touched(
                customer: touched.customer,
                counter: UsageStandings.Counter(feature: FeatureID(""), resource: resource))
            let subject: EntitlementSubject
            if let known = subjects[whole] {
                subject = known
            } else {
                try scope.advance(touched.customer)
                subject = try resolver.subject(touched.customer, resource.isEmpty ? nil : resource)
                subjects[whole] = subject
            }
            alerts.watchSpend(of: subject)
            guard
                subject.promotional.contains(where: { $0.featureID == feature })
                    || subject.subscriptions.contains(where: { $0.terms(of: feature) != nil })
            else {
                // What anything costs is held against a budget with each batch.
                guard subject.budgeted.isEmpty else { continue }
                state.standings.keep(
                    UsageStandings.Standing(ofNothing: subject, at: scope.now), of: touched.customer, touched.counter)
                continue
            }
            alerts.watch(subject, feature)
        }
        try alerts.finish { found, subject in
            guard subject.budgeted.isEmpty, let feature = found.feature?.id else { return }
            state.standings.keep(
                UsageStandings.Standing(found, settings.usageAlerts), of: subject.customerID,
                UsageStandings.Counter(feature: feature, resource: subject.resourceID ?? ""))
        }
    }

    /// Subjects of one batch whose usage is looked at for that.
    private static let negativeMax = 100

    /// Names usage that events took below zero, also where nobody has a limit to hold it against.
    private func noteNegative(
        _ cells: borrowing CellTable, _ meters: MeterSet, now: Timestamp, on connection: any SQLConnection
    ) throws {
        var seen: Set<UsageCounter> = []
        let features = FeatureTable(connection: connection)
        for cell in cells.cells where cell.kind == .sum && cell.total < 0 {
            guard let id = meters.versions.first(where: { $0.id == cell.meter })?.featureID else { continue }
            let resource = cell.resource.string
            let counter = UsageCounter(
                customerID: CustomerID(cell.customer.string), featureID: id,
                resourceID: resource.isEmpty ? nil : resource)
            guard seen.insert(counter).inserted, let feature = try features.find(id),
                feature.meter?.definition.aggregation.function == .sum
            else { continue }
            guard seen.count <= Self.negativeMax else { return }
            try NegativeUsage.note(
                counter,
                UsageInPeriod.current(counter.customerID, counter.resourceID, feature, .allTime, on: connection),
                at: now, on: connection)
        }
    }
}
