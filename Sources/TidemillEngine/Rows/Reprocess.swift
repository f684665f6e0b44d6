public import TidemillCore
public import TidemillOperations
import TidemillStore

/// An order to put stored events through the rules again, and how far it is.
public struct Reprocess: Sendable {
    /// Which events are meant: those for which all holds that is said.
    public struct Selection: Sendable, Hashable {
        public var delivery: DeliveryID?
        /// Whom they name, or whom a mapping has moved them to.
        public var customer: CustomerID?
        /// As they were delivered.
        public var event: String?
        /// Half open, by their timestamps as delivered.
        public var from: Timestamp?
        public var to: Timestamp?

        public init(
            delivery: DeliveryID? = nil, customer: CustomerID? = nil, event: String? = nil, from: Timestamp? = nil,
            to: Timestamp? = nil
        ) {
            self.delivery = delivery
            self.customer = customer
            self.event = event
            self.from = from
            self.to = to
        }
    }

    /// What is done, one after the other.
    enum Step: String, ColumnValue {
        case events, usage, rejected, wallets, done
    }

    /// What the events came to.
    public struct Counts: Sendable, Hashable {
        /// Those that were looked at; each is one of the next six.
        public var events: Int64 = 0
        public var unchanged: Int64 = 0
        /// They counted and count, in another form; or another filter drops them.
        public var changed: Int64 = 0
        public var newlyApplied: Int64 = 0
        public var noLongerApplied: Int64 = 0
        public var newlyRejected: Int64 = 0
        /// They were rejected before, and are repeats of what came later.
        public var duplicate: Int64 = 0
        /// Of voided deliveries, which were not asked for by name.
        public var voided: Int64 = 0
        /// Events of the delivery that blocks held, repeats too.
        var found: Int64 = 0
        /// Events that are meant and not kept any more, as far as that can be told.
        public var notKept: Int64 = 0

        public static let all: [(name: String, value: any WritableKeyPath<Counts, Int64> & Sendable)] = [
            ("events", \.events), ("unchanged", \.unchanged), ("changed", \.changed),
            ("newlyApplied", \.newlyApplied), ("noLongerApplied", \.noLongerApplied),
            ("newlyRejected", \.newlyRejected), ("duplicate", \.duplicate), ("voided", \.voided),
            ("notKept", \.notKept), ("found", \.found),
        ]

        public init() {}
    }

    public let id: String
    public let askedAt: Timestamp
    public let askedBy: String
    public let reason: String
    public let selection: Selection
    public let version: ScriptVersionID
    var step: Step
    /// The last block that it looks at.
    var lastBlock: Int64
    /// The last block that it has looked at.
    var position: Int64
    /// The last rejected record that it has looked at.
    var atDelivery = ""
    var atRecord: Int64 = 0
    public internal(set) var counts = Counts()
    public internal(set) var report: Payload?
    public internal(set) var finishedAt: Timestamp?
}

extension Reprocess.Counts {
    var payload: Payload {
        .object(TextMap(Self.all.map { ($0.name, .integer(self[keyPath: $0.value])) }, uniquingKeysWith: { $1 }))
    }

    init(_ payload: Payload) {
        self.init()
        for (name, value) in Self.all {
            if case .integer(let count)? = payload[name] { self[keyPath: value] = count }
        }
    }
}
