import TidemillCore
import TidemillOperations

/// How a usage report moves what its customer's entitlement counts.
struct ReportedUsage {
    private let counter: UsageCounter
    private let subject: EntitlementSubject
    private let before: EntitlementState
    private let levelBefore: Amount?

    /// Looks at how things stand before the report.
    init(_ counter: UsageCounter, in scope: CallScope) throws {
        self.counter = counter
        let resolver = EntitlementResolver(scope: scope)
        subject = try resolver.subject(counter.customerID, counter.resourceID, feature: counter.featureID)
        before = try resolver.state(of: counter.featureID, for: subject)
        levelBefore = try scope.usage.level(of: counter)
    }

    /// The answer to a report that was stored just now; it is announced, and watched for limits.
    func measure(_ report: StoredReport, in scope: CallScope, _ alerts: UsageAlerts) throws -> UsageMeasurement {
        if let winner = before.winner, let feature = before.feature {
            let (from, until) = UsageInPeriod.bounds(of: feature, winner.window, countedFrom: winner.countedFrom)
            try scope.usage.keepUsage(of: counter, from, until, now: scope.now)
        }
        let after = try EntitlementResolver(scope: scope).state(of: counter.featureID, for: subject)
        let measurement = try measurement(report, after, in: scope)
        let past = before.usage ?? inLargeUnits(levelBefore) ?? .zero
        try EntitlementEvents.measured(
            (measurement.currentUsage ?? .zero) - past, measurement.currentUsage, after, of: subject, in: scope)
        alerts.watchSpend(of: subject)
        if after.winner != nil {
            alerts.watch(subject, counter.featureID, before: before, after: after)
        } else {
            try NegativeUsage.note(counter, measurement.currentUsage, at: scope.now, on: scope.connection)
        }
        return measurement
    }

    /// The answer to a report that was stored before: how things stand now.
    func standing(_ report: StoredReport, in scope: CallScope) throws -> UsageMeasurement {
        try measurement(report, before, in: scope)
    }

    /// Of a feature without an entitlement, the usage is its level over all time.
    private func measurement(
        _ report: StoredReport, _ state: EntitlementState, in scope: CallScope
    ) throws -> UsageMeasurement {
        let access = state.access()
        return UsageMeasurement(
            id: report.id, createdAt: report.createdAt, customerID: counter.customerID, featureID: counter.featureID,
            resourceID: counter.resourceID, timestamp: report.at, value: report.value,
            currentUsage: try state.usage ?? inLargeUnits(scope.usage.level(of: counter)),
            usagePeriodStart: access.usagePeriodStart, usagePeriodEnd: access.usagePeriodEnd,
            nextResetDate: access.usagePeriodEnd, credit: nil)
    }

    private func inLargeUnits(_ level: Amount?) -> Amount? {
        guard let level else { return nil }
        return before.feature?.inLargeUnits(level) ?? level
    }
}
