public import TidemillOperations

/// Where a trigger may come from.
public enum TriggerSource: String, Sendable, CaseIterable {
    case inbox
    case engine
}

/// A job with its options read; what was not given has its default (scripts.md, "Jobs").
public struct JobDeclaration: Sendable, Hashable {
    public enum Overlap: String, Sendable, CaseIterable {
        case skip
        case bufferOne = "buffer_one"
        case bufferAll = "buffer_all"
        case cancelOther = "cancel_other"
        case allowAll = "allow_all"
    }

    public enum Serial: Sendable, CaseIterable {
        /// Those of a customer.
        case customer
        case all
    }

    /// Which of the slots missed within `window` are made up for.
    public struct CatchUp: Sendable, Hashable {
        public enum Mode: String, Sendable, CaseIterable {
            case none
            case one
            case all
        }

        public var window: Duration = .seconds(86_400)
        public var mode = Mode.one

        public init() {}
    }

    public struct Retries: Sendable, Hashable {
        /// How often a failed run is tried again.
        public var max = 10
        public var first: Duration = .seconds(10)
        public var factor = 2.0
        public var cap: Duration = .seconds(3600)

        public init() {}
    }

    public var name: String
    public var file: String
    public var line: Int
    /// As written: cron, nickname, or `every 30s`. Whoever runs schedules reads it and reports what is wrong.
    public var schedule: String?
    public var timezone: String?
    /// Types of webhooks and engine events; empty: none start it.
    public var on: [NamePattern] = []
    /// Documents without a type that start it, by file name.
    public var files: NamePattern?
    /// Nil: both.
    public var source: TriggerSource?
    public var overlap = Overlap.skip
    public var catchUp = CatchUp()
    public var jitter: Duration?
    /// Whose runs come one at a time, in arrival order. Nil: nobody's.
    public var serial: Serial?
    /// Wall clock of one attempt.
    public var timeout: Duration = .seconds(600)
    public var retries = Retries()
    /// Nil: all operations.
    public var operations: Set<OperationID>?
    public var isEnabled = true

    public init(name: String, file: String = "", line: Int = 0) {
        self.name = name
        self.file = file
        self.line = line
    }
}

/// A recharge policy with its options read.
public struct RechargeDeclaration: Sendable, Hashable {
    public var name: String
    public var file: String
    public var line: Int
    public var currencyID: String
}

/// A grant rule with its options read.
public struct GrantDeclaration: Sendable, Hashable {
    /// What happens to a live grant of the same feature.
    public enum Existing: String, Sendable, CaseIterable {
        case keep
        case replace
        case extend
    }

    public var name: String
    public var file: String
    public var line: Int
    public var on: [NamePattern] = []
    public var source: TriggerSource?
    public var schedule: String?
    public var timezone: String?
    public var existing = Existing.keep
}
