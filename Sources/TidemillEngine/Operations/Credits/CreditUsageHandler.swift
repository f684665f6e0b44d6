import TidemillCore
import TidemillOperations
import TidemillStore

extension GetCreditUsage: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Output {
        try scope.customers.requirePresence(input.customerID, for: .getCreditUsage)
        guard let currency = try currency(input, in: scope) else {
            return Output(
                currency: nil, series: [], totalCredits: .zero, pagination: Pagination(next: nil, prev: nil))
        }
        let wallet = Wallet(customerID: input.customerID, currencyID: currency.id, resourceID: input.resourceID)
        let end = input.endDate ?? Timestamp(microseconds: scope.now.microseconds + 1)
        let start = input.startDate ?? input.timeRange.start(before: input.endDate ?? scope.now)
        guard start < end else {
            throw OperationError(.badUserInput, "getCreditUsage: 'startDate' must be before \(end), got \(start)")
        }
        var series: [Key: Tally] = [:]
        let step = Step(from: start, to: end)
        let rows = CreditUsageRows(wallet, input.groupBy, on: scope.connection)
        try rows.entries(from: start, to: end) { entry in
            series[Key(values: entry.values), default: Tally()].add(
                entry.credits, events: entry.events, at: step.start(of: entry.at))
        }
        let total = series.values.reduce(Amount.zero) { $0 + $1.total }
        let ordered = series.sorted { ($1.value.total, $0.key) < ($0.value.total, $1.key) }
        let (page, pagination) = try page(of: ordered.count, input)
        let catalog = try scope.catalog()
        return Output(
            currency: Currency(
                currencyID: currency.id, displayName: currency.displayName, singular: currency.units?.singular,
                plural: currency.units?.plural, symbol: currency.symbol),
            series: ordered[page].map { key, series in series.shown(key, input.groupBy, catalog) },
            totalCredits: total, pagination: pagination)
    }

    /// The currency that is asked for, or the only one that the customer has credits of.
    private static func currency(_ input: Input, in scope: CallScope) throws -> CustomCurrency? {
        if let id = input.currencyID { return try scope.currencies.require(id, for: .getCreditUsage) }
        let used: [String] = try scope.connection.values(
            "SELECT currency_id FROM credit_wallets WHERE bucket = $1 AND customer_id = $2 AND resource_id = $3",
            input.customerID.key + [.text(input.resourceID ?? "")])
        guard used.count <= 1 else {
            throw OperationError(
                .badUserInput,
                "getCreditUsage: 'currencyId' is required: the customer has credits in \(used.sorted().joined(separator: ", "))"
            )
        }
        return try used.first.map { try scope.currencies.require($0, for: .getCreditUsage) }
    }

    private static func page(of count: Int, _ input: Input) throws -> (Range<Int>, Pagination) {
        func offset(_ cursor: Cursor?) throws -> Int? {
            guard let cursor else { return nil }
            guard let offset = Int(cursor.id), (0...count).contains(offset) else {
                throw OperationError(
                    .badUserInput, "getCreditUsage: 'after' and 'before' must be cursors of an earlier answer of it")
            }
            return offset
        }
        func cursor(_ offset: Int) -> Cursor { Cursor(createdAt: Timestamp(microseconds: 0), id: String(offset)) }
        let size = Int(input.limit)
        let end = try offset(input.before)
        let start = try offset(input.after) ?? max(0, (end ?? 0) - size)
        let upper = min(end ?? count, start + size, count)
        return (
            start..<upper,
            Pagination(next: upper < count ? cursor(upper) : nil, prev: start > 0 ? cursor(start) : nil)
        )
    }

    /// What a series stands for: a feature, and the values of dimensions, in the order in which they were asked for.
    private struct Key: Hashable, Comparable {
        var values: [ByteText?]

        static func < (left: Key, right: Key) -> Bool {
            left.values.map { $0 ?? "" }.lexicographicallyPrecedes(right.values.map { $0 ?? "" })
        }
    }

    private struct Tally {
        var total = Amount.zero
        var events: Int64 = 0
        var points: [Timestamp: (value: Amount, events: Int64)] = [:]

        mutating func add(_ value: Amount, events count: Int64, at: Timestamp) {
            total += value
            events += count
            let old = points[at] ?? (.zero, 0)
            points[at] = (old.value + value, old.events + count)
        }

        func shown(_ key: Key, _ groupBy: [String], _ catalog: CatalogSnapshot) -> GetCreditUsage.Series {
            var feature: String?
            var tags: [Tag] = []
            for (name, value) in zip(groupBy, key.values) {
                if name == "featureId" {
                    feature = value?.text
                } else {
                    tags.append(Tag(key: name, value: value?.text ?? ""))
                }
            }
            return GetCreditUsage.Series(
                featureID: feature, featureName: feature.flatMap { catalog.feature(FeatureID($0))?.displayName },
                tags: tags.isEmpty ? nil : tags, totalCredits: total, eventCount: max(0, events),
                points: points.sorted { $0.key < $1.key }.map { at, point in
                    Point(timestamp: at, value: point.value, eventCount: max(0, point.events))
                })
        }
    }

    /// How fine the points are: hours up to two days, months beyond 100 days, else days; in UTC.
    private struct Step {
        private let period: CalendarPeriod

        init(from start: Timestamp, to end: Timestamp) {
            let days = (end.microseconds - start.microseconds) / 86_400_000_000
            period = days <= 2 ? .hours : days > 100 ? .months(in: nil) : .days(in: nil)
        }

        func start(of instant: Timestamp) -> Timestamp { period.window(containing: instant).start }
    }
}

extension GetCreditUsage.Span {
    fileprivate func start(before end: Timestamp) -> Timestamp {
        switch self {
        case .lastDay: end.advanced(bySeconds: -86_400)
        case .lastWeek: end.advanced(bySeconds: -7 * 86_400)
        case .lastMonth: end.adding(months: -1)
        case .lastYear: end.adding(months: -12)
        }
    }
}
