import Synchronization

/// One metric: what it is called, what it tells, and which labels it has.
public struct Metric: Sendable, Hashable {
    public enum Kind: String, Sendable { case counter, gauge, histogram }

    public let name: String
    public let kind: Kind
    public let help: String
    public let labels: [String]
    /// Upper bounds of a histogram's buckets, in seconds.
    public let bounds: [Double]

    public init(_ name: String, _ kind: Kind, _ help: String, labels: [String] = [], bounds: [Double] = []) {
        self.name = name
        self.kind = kind
        self.help = help
        self.labels = labels
        self.bounds = bounds
    }
}

/// The numbers of one process, written as Prometheus text. A metric has so many series at most: what would be one more
/// counts under `other`.
public final class MetricRegistry: Sendable {
    static let seriesMax = 200

    private struct Series {
        var value = 0.0
        /// Of a histogram: how many observations were in each bucket, the last one without a bound.
        var buckets: [UInt64] = []
        var sum = 0.0
    }

    private let families = Mutex([Metric: [[String]: Series]]())

    public init() {}

    public func add(_ metric: Metric, _ labels: [String] = [], by amount: Double = 1) {
        change(metric, labels) { $0.value += amount }
    }

    public func set(_ metric: Metric, _ labels: [String] = [], to value: Double) {
        change(metric, labels) { $0.value = value }
    }

    public func observe(_ metric: Metric, _ labels: [String] = [], _ duration: Duration) {
        let seconds = duration / .seconds(1)
        change(metric, labels) { series in
            if series.buckets.isEmpty { series.buckets = Array(repeating: 0, count: metric.bounds.count + 1) }
            series.buckets[metric.bounds.firstIndex { seconds <= $0 } ?? metric.bounds.count] += 1
            series.sum += seconds
        }
    }

    /// Takes the place of all series of a gauge.
    public func replace(_ metric: Metric, with values: [(labels: [String], value: Double)]) {
        families.withLock { families in
            var series: [[String]: Series] = [:]
            for (labels, value) in values.prefix(Self.seriesMax) { series[labels] = Series(value: value) }
            families[metric] = series
        }
    }

    private func change(_ metric: Metric, _ labels: [String], _ body: (inout Series) -> Void) {
        families.withLock { families in
            var known = families[metric, default: [:]]
            // The set is handed back below: one copy at most, of a bounded size.
            families[metric] = nil
            let isKnown = known[labels] != nil || known.count < Self.seriesMax || labels.isEmpty
            body(&known[isKnown ? labels : labels.map { _ in "other" }, default: Series()])
            families[metric] = known
        }
    }

    // MARK: - Text

    /// All of it in text format 0.0.4.
    public func text() -> String {
        let families = families.withLock { $0 }
        var text = ""
        for (metric, series) in families.sorted(by: { $0.key.name < $1.key.name }) where !series.isEmpty {
            text += "# HELP \(metric.name) \(metric.help)\n# TYPE \(metric.name) \(metric.kind.rawValue)\n"
            for (labels, series) in series.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
                guard metric.kind == .histogram else {
                    text += "\(metric.name)\(Self.braced(metric.labels, labels)) \(Self.number(series.value))\n"
                    continue
                }
                var count: UInt64 = 0
                for (index, bucket) in series.buckets.enumerated() {
                    count += bucket
                    let bound = index < metric.bounds.count ? Self.number(metric.bounds[index]) : "+Inf"
                    let names = Self.braced(metric.labels + ["le"], labels + [bound])
                    text += "\(metric.name)_bucket\(names) \(count)\n"
                }
                let names = Self.braced(metric.labels, labels)
                text += "\(metric.name)_sum\(names) \(series.sum)\n\(metric.name)_count\(names) \(count)\n"
            }
        }
        return text
    }

    private static func braced(_ names: [String], _ values: [String]) -> String {
        guard !names.isEmpty else { return "" }
        return "{" + zip(names, values).map { "\($0)=\"\(escaped($1))\"" }.joined(separator: ",") + "}"
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && value.magnitude < 1e15 ? "\(Int64(value))" : "\(value)"
    }
}
