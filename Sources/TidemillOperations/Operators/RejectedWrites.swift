/// Which open records are meant. All of them must be said.
public struct RejectedChoice: Shaped {
    public var ids: [String]?
    public var rule: String?
    public var code: String?
    public var delivery: String?
    public var all: Bool

    public static let shape = Shape(
        optional("ids", \.ids, .list(of: .text(1...512), "ids", 1...1000), "Those with these ids."),
        optional("rule", \.rule, .text(1...255), "Only records that this rule rejected."),
        optional("code", \.code, .text(1...255), "Only records with this code."),
        optional("delivery", \.delivery, .deliveryID, "Only records of this delivery."),
        defaulted("all", \.all, .boolean, to: false, "All open records."),
        make: Self.init, check: check)

    private static func check(_ input: Self, _ path: FieldPath) throws(InputProblem) {
        let isChosen = input.ids != nil || input.rule != nil || input.code != nil || input.delivery != nil
        guard isChosen == input.all else { return }
        throw InputProblem([
            isChosen
                ? "'all' takes all; leave the other choices out"
                : "choose with 'ids', 'rule', 'code', 'delivery' or 'all'"
        ])
    }
}

/// Performs rejected records again, under the rules of now; what is rejected again stays open.
public enum RetryRejected: ClientOperation {
    public typealias Input = RejectedChoice
    public struct Output: Shaped {
        public var retried: Int64
        public var applied: Int64
        public var filtered: Int64
        public var duplicate: Int64
        public var rejected: Int64

        public init(retried: Int64, applied: Int64, filtered: Int64, duplicate: Int64, rejected: Int64) {
            self.retried = retried
            self.applied = applied
            self.filtered = filtered
            self.duplicate = duplicate
            self.rejected = rejected
        }

        public static let shape = Shape(
            required("retried", \.retried, .count, "How many."),
            required("applied", \.applied, .count, "Of them: applied."),
            required("filtered", \.filtered, .count, "Of them: dropped by a filter."),
            required("duplicate", \.duplicate, .count, "Of them: known already."),
            required("rejected", \.rejected, .count, "Of them: rejected again."),
            make: Self.init)
    }

    public static let row = OperationRow(
        operator: .retryRejected, of: Self.self,
        summary: "Performs rejected records again, under the rules of now; what is rejected again stays open.",
        effect: .write, errors: [.notFound],
        example: OperationRow.Example(["all": true]))
}

/// Gives rejected records up: they stay in the store as dropped, and are not retried.
public enum DropRejected: ClientOperation {
    public typealias Input = RejectedChoice
    public struct Output: Shaped {
        public var dropped: Int64

        public init(dropped: Int64) {
            self.dropped = dropped
        }

        public static let shape = Shape(
            required("dropped", \.dropped, .count, "How many."),
            make: Self.init)
    }

    public static let row = OperationRow(
        operator: .dropRejected, of: Self.self,
        summary: "Gives rejected records up: they stay in the store as dropped, and are not retried.",
        effect: .write, errors: [.notFound],
        example: OperationRow.Example(["code": "rule_error"]))
}
