import Foundation
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
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: query.timeZone) ?? .gmt
        let unit: Calendar.Component =
            switch window {
            case .hour: .hour
            case .day: .day
            case .month: .month
            }
        func date(_ at: Timestamp) -> Date { Date(timeIntervalSince1970: TimeInterval(at.microseconds) / 1_000_000) }
        let first = date(max(query.from ?? span.lowerBound, span.lowerBound))
        let end = query.to ?? span.upperBound.advanced(bySeconds: 1)
        guard var start = calendar.dateInterval(of: unit, for: first)?.start else { return [] }
        var bounds: [Timestamp] = []
        while true {
            let at = Timestamp(microseconds: Int64(start.timeIntervalSince1970.rounded()) * 1_000_000)
            bounds.append(bounds.isEmpty ? at : min(at, query.to ?? at))
            guard at < end, let next = calendar.date(byAdding: unit, value: 1, to: start) else { return bounds }
            start = next
        }
    }
}
