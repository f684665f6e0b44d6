public import TidemillCore

/// What became of records over time.
public enum GetThroughput: ClientOperation {
    public struct Input: Ranged {
        public var from: Timestamp?
        public var to: Timestamp?
        public var stepSeconds: Int64

        public static let shape = Shape(
            optional("from", \.from, .timestamp, "From this instant on; an hour before `to` when left out."),
            optional("to", \.to, .timestamp, "Up to this instant; now when left out."),
            defaulted(
                "stepSeconds", \.stepSeconds, .integer(60...86_400), to: 60,
                "How long a span is, in whole minutes or whole hours. Minutes are kept for 7 days, hours for 400."),
            make: Self.init, check: check)

        private static func check(_ input: Self, _ path: FieldPath) throws(InputProblem) {
            guard input.stepSeconds % 60 == 0 else {
                throw InputProblem([
                    "'stepSeconds' \(input.stepSeconds) is not a whole number of minutes; give 60, 300 or 3600"
                ])
            }
            try checkRange(input, path)
        }

        /// The bounds, and at most so many spans.
        public func range(now: Timestamp) throws(OperationError) -> (from: Timestamp, to: Timestamp) {
            let end = to ?? now
            let start = from ?? end.advanced(bySeconds: -3600)
            guard start < end, (end.microseconds - start.microseconds) / 1_000_000 / stepSeconds < spansMax else {
                throw OperationError(
                    .badUserInput,
                    "getThroughput: from \(start) to \(end) are not 1 to \(spansMax) spans of \(stepSeconds) s; choose a shorter time or longer spans"
                )
            }
            return (start, end)
        }
    }

    static let spansMax: Int64 = 10_000

    public struct Output: Shaped {
        public var from: Timestamp
        public var to: Timestamp
        public var stepSeconds: Int64
        public var spans: [ThroughputEntry]

        public init(from: Timestamp, to: Timestamp, stepSeconds: Int64, spans: [ThroughputEntry]) {
            self.from = from
            self.to = to
            self.stepSeconds = stepSeconds
            self.spans = spans
        }

        public static let shape = Shape(
            required("from", \.from, .timestamp, "From this instant on."),
            required("to", \.to, .timestamp, "Up to this instant."),
            required("stepSeconds", \.stepSeconds, .count, "How long a span is."),
            required(
                "spans", \.spans, .list(of: .object("span"), "spans", 0...OperatorPaging.itemsMax),
                "Those in which anything came, the oldest first."),
            make: Self.init)
    }

    public static let row = OperationRow(
        operator: .getThroughput, of: Self.self,
        summary: "What became of the records that came in, by minutes, hours or days.",
        effect: .read,
        example: OperationRow.Example(["stepSeconds": 300]))
}

/// A span of time, and what came in it.
public struct ThroughputEntry: Shaped {
    public var start: Timestamp
    public var applied: Int64
    public var filtered: Int64
    public var duplicate: Int64
    public var rejected: Int64
    public var bytes: Int64

    public init(start: Timestamp, applied: Int64, filtered: Int64, duplicate: Int64, rejected: Int64, bytes: Int64) {
        self.start = start
        self.applied = applied
        self.filtered = filtered
        self.duplicate = duplicate
        self.rejected = rejected
        self.bytes = bytes
    }

    public static let shape = Shape(
        required("start", \.start, .timestamp, "When it begins, by UTC; records count by when they were committed."),
        required("applied", \.applied, .count, "Records that were applied."),
        required("filtered", \.filtered, .count, "Records that a filter dropped."),
        required("duplicate", \.duplicate, .count, "Records that were known."),
        required("rejected", \.rejected, .count, "Records that were rejected."),
        required("bytes", \.bytes, .count, "The size of all their texts."),
        make: Self.init)
}
