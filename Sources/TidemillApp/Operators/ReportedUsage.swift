import TidemillCore
import TidemillEngine
import TidemillStore

/// The usage of a feature that the application reports itself: a level, not a sum of events.
struct ReportedUsage {
    let query: UsageQuery
    let connection: any SQLConnection

    /// One level for each counter, or one for each of its windows.
    func rows() throws -> [UsageRow] {
        let usage = CalculatedUsage(connection: connection)
        let counters = try usage.counters(
            customer: query.customer, feature: query.feature, resource: query.resource)
        var rows: [UsageRow] = []
        for (counter, now) in counters {
            guard let window = query.window else {
                let level = try query.to.map { try usage.level(of: counter, before: $0) } ?? now
                if let level { rows.append(row(counter, level, nil)) }
                continue
            }
            guard let span = try usage.span(of: counter) else { continue }
            let bounds = bounds(window, span)
            for (start, level) in zip(bounds, try usage.levels(of: counter, bounds: bounds)) {
                if let level { rows.append(row(counter, level, start)) }
            }
        }
        return rows
    }

    private func row(_ counter: UsageCounter, _ level: Amount, _ start: Timestamp?) -> UsageRow {
        UsageRow(
            customer: counter.customerID, feature: counter.featureID, resource: counter.resourceID ?? "",
            windowStart: start, value: level)
    }

    /// The starts of all windows that the query and the reports cover, and the end of the last.
    private func bounds(_ window: UsageQuery.Window, _ span: ClosedRange<Timestamp>) -> [Timestamp] {
        let zone = query.timeZone == "UTC" ? nil : Zone(identifier: query.timeZone)
        let period: CalendarPeriod =
            switch window {
            case .hour: .hours
            case .day: .days(in: zone)
            case .month: .months(in: zone)
            }
        let end = query.to ?? span.upperBound.advanced(bySeconds: 1)
        var index = period.window(containing: max(query.from ?? span.lowerBound, span.lowerBound)).index
        var bounds: [Timestamp] = []
        while true {
            let at = period.bound(index)
            bounds.append(bounds.isEmpty ? at : min(at, query.to ?? at))
            guard at < end else { return bounds }
            index += 1
        }
    }
}
