import TidemillCore
import TidemillOperations
import TidemillStore

extension GetUsageHistory: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Output {
        let feature = try scope.features.require(input.featureID, for: .getUsageHistory)
        let end = input.endDate ?? max(scope.now, input.startDate.advanced(bySeconds: 1))
        let bounds = HistoryGrid.bounds(from: input.startDate, to: end)
        let counter = UsageCounter(
            customerID: input.customerID, featureID: feature.id, resourceID: input.resourceID)
        let levels = try scope.usage.levels(of: counter, bounds: bounds)
        let points = zip(bounds.dropFirst(), levels).compactMap { instant, level in
            level.map { UsagePoint(timestamp: instant, value: $0, isResetPoint: false) }
        }
        return Output(series: [UsageSeries(points: points, tags: [])], markers: [])
    }
}

/// Where a chart has its points: every hour, day or month of UTC, whichever gives a readable number, and at the end.
enum HistoryGrid {
    private static let hour: Int64 = 3_600_000_000
    private static let day = hour * 24

    /// The range's start, the full hours, days or months inside it, and its end.
    static func bounds(from start: Timestamp, to end: Timestamp) -> [Timestamp] {
        let length = end.microseconds - start.microseconds
        let step = length <= 4 * day ? hour : max(day, (length / 100).flooredDivision(by: day) * day)
        var bounds = [start]
        var next = (start.microseconds.flooredDivision(by: step) + 1) * step
        while next < end.microseconds {
            bounds.append(Timestamp(microseconds: next))
            next += step
        }
        return bounds + [end]
    }
}
