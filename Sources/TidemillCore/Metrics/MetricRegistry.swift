import Synchronization

/// The numbers of one process, written as Prometheus text.
public final class MetricRegistry: Sendable {
    /// Where nobody reads: nothing is kept, and counting costs nothing.
    public static let unread = MetricRegistry(isRead: false)

    /// Whether anybody may ask for its text.
    public let isRead: Bool

    private struct Series {
        var value = 0.0
        /// Of a counter of money, in place of `value`.
        var amount: Amount?
        /// Of a histogram: how many observations were in each bucket, the last one without a bound.
        var buckets: [UInt64] = []
        var sum = 0.0

        init(_ metric: Metric, value: Double = 0) {
            self.value = value
            if metric.kind == .histogram { buckets = Array(repeating: 0, count: metric.bounds.count + 1) }
        }
    }

    private typealias Families = [Metric: [[String]: Series]]

    private let families: Mutex<Families>

    public convenience init() { self.init(isRead: true) }

    private init(isRead: Bool) {
        self.isRead = isRead
        var begun: Families = [:]
        if isRead {
            for metric in Metric.all where !metric.known.isEmpty {
                begun[metric] = Dictionary(metric.known.map { ($0, Series(metric)) }) { first, _ in first }
            }
        }
        families = Mutex(begun)
    }

    public func add(_ metric: Metric, _ labels: [String] = [], by amount: Double = 1) {
        change(metric, labels) { $0.value += amount }
    }

    public func set(_ metric: Metric, _ labels: [String] = [], to value: Double) {
        change(metric, labels) { $0.value = value }
    }

    public func observe(_ metric: Metric, _ labels: [String] = [], _ duration: Duration) {
        change(metric, labels) { Self.observe(duration, metric, &$0) }
    }

    /// Takes the place of all series of a gauge, or of a counter that is kept elsewhere.
    public func replace(_ metric: Metric, with values: [(labels: [String], value: Double)]) {
        guard isRead else { return }
        families.withLock { families in
            var series: [[String]: Series] = [:]
            for (labels, value) in values.prefix(metric.setsMax) { series[labels] = Series(metric, value: value) }
            families[metric] = series
        }
    }

    /// What a transaction came to.
    public func take(_ notes: [MetricNote]) {
        guard isRead, !notes.isEmpty else { return }
        families.withLock { families in
            for note in notes {
                Self.change(note.metric, note.labels, in: &families) { series in
                    switch note.change {
                    case .add(let amount): series.value += amount
                    case .addAmount(let amount): series.amount = (series.amount ?? .zero) + amount
                    case .observe(let duration): Self.observe(duration, note.metric, &series)
                    }
                }
            }
        }
    }

    private static func observe(_ duration: Duration, _ metric: Metric, _ series: inout Series) {
        let seconds = duration / .seconds(1)
        series.buckets[metric.bounds.firstIndex { seconds <= $0 } ?? metric.bounds.count] += 1
        series.sum += seconds
    }

    private func change(_ metric: Metric, _ labels: [String], _ body: (inout Series) -> Void) {
        guard isRead else { return }
        families.withLock { Self.change(metric, labels, in: &$0, body) }
    }

    private static func change(
        _ metric: Metric, _ labels: [String], in families: inout Families, _ body: (inout Series) -> Void
    ) {
        change(metric, labels, of: &families[metric, default: [:]], body)
    }

    private static func change(
        _ metric: Metric, _ labels: [String], of known: inout [[String]: Series], _ body: (inout Series) -> Void
    ) {
        if let index = known.index(forKey: labels) { return body(&known.values[index]) }
        let hasRoom = known.count + metric.others < metric.setsMax
        let closed = metric.labels.allSatisfy { !$0.values.isEmpty }
        body(&known[hasRoom || closed ? labels : other(than: labels, metric), default: Series(metric)])
    }

    private static func other(than labels: [String], _ metric: Metric) -> [String] {
        zip(metric.labels, labels).map { label, value in label.values.isEmpty ? "other" : value }
    }

    // MARK: - Text

    /// All of it in text format 0.0.4.
    public func text() -> String {
        let families = families.withLock { $0 }
        var text = ""
        for (metric, series) in families.sorted(by: { $0.key.name < $1.key.name }) where !series.isEmpty {
            text += "# HELP \(metric.name) \(metric.help)\n# TYPE \(metric.name) \(metric.kind.rawValue)\n"
            let names = metric.labels.map(\.name)
            for (labels, series) in series.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
                guard metric.kind == .histogram else {
                    let value = series.amount?.description ?? Self.number(series.value)
                    text += "\(metric.name)\(Self.braced(names, labels)) \(value)\n"
                    continue
                }
                var count: UInt64 = 0
                for (index, bucket) in series.buckets.enumerated() {
                    count += bucket
                    let bound = index < metric.bounds.count ? Self.number(metric.bounds[index]) : "+Inf"
                    text += "\(metric.name)_bucket\(Self.braced(names + ["le"], labels + [bound])) \(count)\n"
                }
                let braced = Self.braced(names, labels)
                text += "\(metric.name)_sum\(braced) \(series.sum)\n\(metric.name)_count\(braced) \(count)\n"
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
