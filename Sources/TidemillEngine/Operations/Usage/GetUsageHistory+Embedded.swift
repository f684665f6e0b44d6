import TidemillCore
import TidemillOperations
import TidemillStore

extension GetUsageHistory: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Output {
        let feature = try scope.features.require(input.featureID, for: .getUsageHistory)
        let end = input.endDate ?? max(scope.now, input.startDate.advanced(bySeconds: 1))
        guard end.microseconds - input.startDate.microseconds <= yearsMax else {
            throw OperationError(
                .badUserInput, "getUsageHistory: 'startDate' and 'endDate' must be at most 20 years apart")
        }
        let grid = HistoryGrid(from: input.startDate, to: end)
        guard let meter = feature.meter?.definition else {
            return Output(series: [try calculated(input, grid, scope)], markers: [])
        }
        let history = try MeteredHistory(input: input, grid: grid, scope: scope)
        return Output(series: try history.series(meter.aggregation.function), markers: [])
    }

    private static let yearsMax: Int64 = 20 * 366 * 86_400 * 1_000_000

    private static func calculated(_ input: Input, _ grid: HistoryGrid, _ scope: CallScope) throws -> UsageSeries {
        let counter = UsageCounter(
            customerID: input.customerID, featureID: input.featureID, resourceID: input.resourceID)
        let levels = try scope.usage.levels(of: counter, bounds: grid.bounds)
        return UsageSeries(points: points(levels, grid), tags: [])
    }

    /// One point at the end of each window; none before the first usage.
    static func points(_ values: [Amount?], _ grid: HistoryGrid) -> [UsagePoint] {
        zip(grid.bounds.dropFirst(), values).compactMap { instant, value in
            value.map { UsagePoint(timestamp: instant, value: $0, isResetPoint: false) }
        }
    }
}

/// The running total of usage that is counted from events, one series for each group.
private struct MeteredHistory {
    private let input: GetUsageHistory.Input
    private let grid: HistoryGrid
    private let scope: CallScope
    private let reader: UsageReader

    init(input: GetUsageHistory.Input, grid: HistoryGrid, scope: CallScope) throws {
        self.input = input
        self.grid = grid
        self.scope = scope
        reader = try UsageReader.forStore(on: scope.connection)
    }

    func series(_ function: MeterDefinition.Function) throws -> [UsageSeries] {
        switch function {
        case .sum, .count: try running { $0 + $1 }
        case .max: try running { max($0, $1) }
        case .min: try running { min($0, $1) }
        // Neither averages nor numbers of distinct values come of those of the parts: each point is asked for.
        case .avg, .unique: try asked()
        }
    }

    private func rows(from: Timestamp?, to: Timestamp, window: UsageQuery.Window?) throws -> [UsageRow] {
        let query = UsageQuery(
            feature: input.featureID, customer: input.customerID, resource: input.resourceID ?? "", from: from, to: to,
            groupBy: input.groupBy ?? [], window: window)
        return try reader.usage(query, on: scope.connection)?.rows ?? []
    }

    /// What was before the start, then window by window.
    private func running(_ combine: (Amount, Amount) -> Amount) throws -> [UsageSeries] {
        let (start, end) = (grid.bounds[0], grid.bounds[grid.bounds.count - 1])
        var before: [TextMap<Payload>: Amount] = [:]
        for row in try rows(from: nil, to: start, window: nil) { before[row.dimensions] = row.value }
        var windows: [TextMap<Payload>: [Int: Amount]] = before.mapValues { _ in [:] }
        for row in try rows(from: start, to: end, window: grid.window) {
            windows[row.dimensions, default: [:]][grid.index(of: max(row.windowStart ?? start, start))] = row.value
        }
        return ordered(
            windows.map { dimensions, values in
                var level = before[dimensions]
                let levels = (0..<(grid.bounds.count - 1)).map { index -> Amount? in
                    if let value = values[index] { level = level.map { combine($0, value) } ?? value }
                    return level
                }
                return (dimensions, levels)
            })
    }

    private func asked() throws -> [UsageSeries] {
        var levels: [TextMap<Payload>: [Amount?]] = [:]
        let count = grid.bounds.count - 1
        for (index, bound) in grid.bounds.dropFirst().enumerated() {
            for row in try rows(from: nil, to: bound, window: nil) {
                levels[row.dimensions, default: Array(repeating: nil, count: count)][index] = row.value
            }
        }
        return ordered(levels.map { ($0.key, $0.value) })
    }

    private func ordered(_ groups: [(dimensions: TextMap<Payload>, levels: [Amount?])]) -> [UsageSeries] {
        let ordered = groups.sorted { Payload.object($0.dimensions).json < Payload.object($1.dimensions).json }
        return ordered.map { group in
            let tags = (input.groupBy ?? []).compactMap { name in
                group.dimensions[name].map { UsageTag(key: name, value: $0.text ?? $0.json) }
            }
            return UsageSeries(points: GetUsageHistory.points(group.levels, grid), tags: tags)
        }
    }
}

extension UsageReader {
    /// A reader with the store's own key. A store without one has never taken an event.
    static func forStore(on connection: any SQLConnection) throws -> UsageReader {
        let key = try connection.first("SELECT value FROM store_secrets WHERE name = 'identity'") {
            [UInt8]($0.blob(0))
        }
        return UsageReader(identityKey: key ?? [UInt8](repeating: 0, count: 16))
    }
}
