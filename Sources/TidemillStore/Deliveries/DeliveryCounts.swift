public import TidemillCore

/// What became of a delivery's records, and what is noticed of them on the way.
///
/// A counter is declared here: a property, and its line in `counters`, whose name is its column in `deliveries` (made by a
/// migration) and its name in every document. What reads, adds, stores and shows counters goes by that list.
public struct DeliveryCounts: Sendable, Hashable {
    // Each record is exactly one of these four.
    public var applied: Int64 = 0
    public private(set) var filtered: Int64 = 0
    public var duplicate: Int64 = 0
    public var rejected: Int64 = 0
    /// Of the duplicates: repeats of a known identity whose content is another.
    public var differs: Int64 = 0
    /// Of the applied and filtered: events more than 35 days older than their arrival.
    public var late: Int64 = 0
    /// Of the applied: events that cost no credits because their cost formula has no value.
    public var unrated: Int64 = 0
    /// Records that are events and not rejected.
    public var events: Int64 = 0
    /// Of the events: those without an idempotency key, which count each time they come.
    public var withoutKey: Int64 = 0
    /// Of the applied: events that add nothing, with a value that a meter would add up and that is no number.
    public var notANumber: Int64 = 0
    /// Of the applied: other events that add nothing, for no meter counts them.
    public var noMeter: Int64 = 0
    /// Of the applied: events of customers that are not provisioned. They are metered all the same.
    public var unknownCustomer: Int64 = 0
    /// Of the applied: webhooks that start no job and no grant rule, and are about no money of ours.
    public var noJob: Int64 = 0
    /// Records as delivered, rejected ones too, with fields that their kind does not have and that are not near a known one.
    public var unknownField: Int64 = 0
    /// How many records each filter dropped, by the filter's name.
    public private(set) var filteredBy: TextMap<Int64> = [:]

    /// A counter's name everywhere, and how people are told: nil where a line of counts leaves it out.
    public struct Counter: Sendable {
        public let name: String
        public let value: any WritableKeyPath<DeliveryCounts, Int64> & Sendable
        let mark: String?

        init(_ name: String, _ value: any WritableKeyPath<DeliveryCounts, Int64> & Sendable, mark: String? = nil) {
            self.name = name
            self.value = value
            self.mark = mark
        }
    }

    public static let counters: [Counter] = [
        Counter("applied", \.applied), Counter("filtered", \.filtered), Counter("duplicate", \.duplicate),
        Counter("differs", \.differs), Counter("late", \.late, mark: "late"),
        Counter("unrated", \.unrated, mark: "unrated"), Counter("events", \.events),
        Counter("without_key", \.withoutKey), Counter("not_a_number", \.notANumber, mark: "not a number"),
        Counter("no_meter", \.noMeter, mark: "counted by no meter"), Counter("unknown_customer", \.unknownCustomer),
        Counter("no_job", \.noJob, mark: "webhooks that start nothing"),
        Counter("unknown_field", \.unknownField, mark: "with unknown fields"), Counter("rejected", \.rejected),
    ]

    public init(
        applied: Int64 = 0, filteredBy: TextMap<Int64> = [:], duplicate: Int64 = 0, differs: Int64 = 0,
        late: Int64 = 0, rejected: Int64 = 0
    ) {
        self.applied = applied
        self.duplicate = duplicate
        self.differs = differs
        self.late = late
        self.rejected = rejected
        for (rule, records) in filteredBy { filter(records, by: rule) }
    }

    /// Whether something may have been named. The counters alone do not tell: a value that is no number for one meter is
    /// named also where another counts its event.
    var mayHaveRemarks: Bool { applied > 0 || unknownField > 0 }

    public var records: Int64 { applied + filtered + duplicate + rejected }

    /// Counts what a filter dropped.
    public mutating func filter(_ records: Int64, by rule: String) {
        filtered += records
        filteredBy[rule, default: 0] += records
    }

    public static func += (left: inout DeliveryCounts, right: DeliveryCounts) {
        for counter in counters { left[keyPath: counter.value] += right[keyPath: counter.value] }
        left.filteredBy.merge(right.filteredBy, uniquingKeysWith: +)
    }

    /// What people are told beside the outcomes, none left out.
    public var marks: [(text: String, records: Int64)] {
        Self.counters.compactMap { counter in
            counter.mark.map { ($0, self[keyPath: counter.value]) }
        }.filter { $0.records > 0 }
    }

    /// The counters that people are told of, and how.
    public static let marks: [(name: String, text: String)] = counters.compactMap { counter in
        counter.mark.map { (counter.name, $0) }
    }
}

extension DeliveryCounts {
    static let columns = counters.map(\.name).joined(separator: ", ")

    /// From a row that has `columns` from `first` on; without the names of filters.
    init(_ row: any SQLRow, from first: Int) {
        self.init()
        for (index, counter) in Self.counters.enumerated() { self[keyPath: counter.value] = row.integer(first + index) }
    }

    /// `applied = applied + $5, …`, with the parameters from `first` on.
    static func additions(from first: Int) -> String {
        counters.enumerated().map { index, counter in "\(counter.name) = \(counter.name) + $\(first + index)" }
            .joined(separator: ", ")
    }

    var arguments: [SQLValue] { Self.counters.map { .integer(self[keyPath: $0.value]) } }

    /// Takes in the names of the filters, whose sum is known.
    mutating func name(filters: TextMap<Int64>) { filteredBy = filters }
}
