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
        try scope.advance(input.customerID)
        let resets = try UsageResets(
            of: feature, input.customerID, input.resourceID, in: input.startDate..<end, scope)
        let segments = resets.segments(grid)
        guard let meter = feature.meter?.definition else {
            return Output(series: [try calculated(input, segments, scope)], markers: segments.markers)
        }
        let history = try MeteredHistory(input: input, grid: grid, segments: segments, scope: scope)
        return Output(series: try history.series(meter.aggregation.function), markers: segments.markers)
    }

    private static let yearsMax: Int64 = 20 * 366 * 86_400 * 1_000_000

    private static func calculated(
        _ input: Input, _ segments: [HistorySegment], _ scope: CallScope
    ) throws -> UsageSeries {
        let counter = UsageCounter(
            customerID: input.customerID, featureID: input.featureID, resourceID: input.resourceID)
        let values = try segments.map { segment in
            segment.countedFrom == nil
                ? try scope.usage.levels(of: counter, bounds: [segment.start] + segment.bounds)
                : try scope.usage.running(of: counter, since: segment.countedFrom, bounds: segment.bounds)
        }
        return UsageSeries(points: segments.points(values), tags: [])
    }
}

extension CalculatedUsage {
    /// What was reported since an instant, up to each of the bounds: a SET says what it comes to so far. Nil before the
    /// first report.
    fileprivate func running(
        of counter: UsageCounter, since start: Timestamp?, bounds: [Timestamp]
    ) throws -> [Amount?] {
        guard let end = bounds.last else { return [] }
        var levels: [Amount?] = []
        var level: Amount?
        try connection.query(
            """
            SELECT behavior, value_units, value_nanos, at FROM usage_reports
             WHERE \(Self.isCounted) AND at >= $5 AND at < $6 ORDER BY at, sequence
            """, counter.key + [.integer(start?.microseconds ?? .min), .integer(end.microseconds)]
        ) { row in
            while bounds[levels.count].microseconds <= row.integer(3) { levels.append(level) }
            let value = row.amount(1)
            level = row.text(0) == "SET" ? value : (level ?? .zero) + value
        }
        while levels.count < bounds.count { levels.append(level) }
        return levels
    }
}

/// The running total of usage that is counted from events, one series for each group.
private struct MeteredHistory {
    private let input: GetUsageHistory.Input
    private let grid: HistoryGrid
    private let segments: [HistorySegment]
    private let scope: CallScope
    private let reader: UsageReader

    init(
        input: GetUsageHistory.Input, grid: HistoryGrid, segments: [HistorySegment], scope: CallScope
    ) throws {
        self.input = input
        self.grid = grid
        self.segments = segments
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

    /// What was before each stretch, then window by window.
    private func running(_ combine: (Amount, Amount) -> Amount) throws -> [UsageSeries] {
        try ordered { segment in
            guard let end = segment.bounds.last else { return [:] }
            var before: [TextMap<Payload>: Amount] = [:]
            if segment.countedFrom != segment.start {
                for row in try rows(from: segment.countedFrom, to: segment.start, window: nil) {
                    before[row.dimensions] = row.value
                }
            }
            var windows: [TextMap<Payload>: [Int: Amount]] = before.mapValues { _ in [:] }
            for row in try rows(from: segment.start, to: end, window: grid.window) {
                let instant = max(row.windowStart ?? segment.start, segment.start)
                let index = segment.bounds.firstIndex { $0 > instant } ?? segment.bounds.count - 1
                windows[row.dimensions, default: [:]][index] = row.value
            }
            return windows.reduce(into: [:]) { levels, group in
                var level = before[group.key]
                levels[group.key] = segment.bounds.indices.map { index -> Amount? in
                    if let value = group.value[index] { level = level.map { combine($0, value) } ?? value }
                    return level
                }
            }
        }
    }

    private func asked() throws -> [UsageSeries] {
        try ordered { segment in
            var levels: [TextMap<Payload>: [Amount?]] = [:]
            for (index, bound) in segment.bounds.enumerated() {
                for row in try rows(from: segment.countedFrom, to: bound, window: nil) {
                    levels[row.dimensions, default: Array(repeating: nil, count: segment.bounds.count)][index] =
                        row.value
                }
            }
            return levels
        }
    }

    /// One series for each group, of the values in each stretch.
    private func ordered(
        _ values: (HistorySegment) throws -> [TextMap<Payload>: [Amount?]]
    ) throws -> [UsageSeries] {
        let found = try segments.map(values)
        let groups = Set(found.flatMap(\.keys)).sorted { Payload.object($0).json < Payload.object($1).json }
        return groups.map { group in
            let tags = (input.groupBy ?? []).compactMap { name in
                group[name].map { UsageTag(key: name, value: $0.text ?? $0.json) }
            }
            let values = zip(segments, found).map { segment, levels in
                levels[group] ?? Array(repeating: nil, count: segment.bounds.count)
            }
            return UsageSeries(points: segments.points(values), tags: tags)
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
