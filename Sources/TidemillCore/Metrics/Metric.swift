/// One metric: what it is called, what it tells, which labels it has, and how many series it may have.
public struct Metric: Sendable, Hashable {
    public enum Kind: String, Sendable { case counter, gauge, histogram }

    /// A label whose values are known, or, with none, names that scripts and operations have.
    public struct Label: Sendable, ExpressibleByStringLiteral {
        public let name: String
        public let values: [String]

        public init(stringLiteral name: String) { self.init(name, []) }

        init(_ name: String, _ values: [String]) {
            self.name = name
            self.values = values
        }
    }

    public let name: String
    public let kind: Kind
    public let help: String
    public let labels: [Label]
    /// Upper bounds of a histogram's buckets, in seconds.
    public let bounds: [Double]
    /// How many sets of labels there are at most; one more counts under `other`.
    public let setsMax: Int

    init(
        _ name: String, _ kind: Kind, _ help: String, labels: [Label] = [], bounds: [Double] = [], atMost: Int = 100
    ) {
        self.name = name
        self.kind = kind
        self.help = help
        self.labels = labels
        self.bounds = bounds
        setsMax = labels.allSatisfy { !$0.values.isEmpty } ? labels.reduce(1) { $0 * $1.values.count } : atMost
    }

    /// With everything in use.
    public var seriesMax: Int { setsMax * (kind == .histogram ? bounds.count + 3 : 1) }

    /// The sets of labels that are told from the beginning: a counter that begins with its first count has no rise to see.
    var known: [[String]] {
        guard kind != .gauge else { return [] }
        return labels.reduce([[]]) { sets, label in sets.flatMap { set in label.values.map { set + [$0] } } }
    }

    /// How many sets `other` may take.
    var others: Int { labels.reduce(1) { $0 * max(1, $1.values.count) } }

    /// A metric is its name.
    public static func == (left: Metric, right: Metric) -> Bool { left.name == right.name }
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// Something to be counted once its transaction has committed.
public struct MetricNote: Sendable {
    public enum Change: Sendable {
        case add(Double)
        /// Money: added up as exactly as everywhere.
        case addAmount(Amount)
        case observe(Duration)
    }

    public let metric: Metric
    public let labels: [String]
    public let change: Change

    public init(_ metric: Metric, _ labels: [String], _ change: Change) {
        self.metric = metric
        self.labels = labels
        self.change = change
    }
}
