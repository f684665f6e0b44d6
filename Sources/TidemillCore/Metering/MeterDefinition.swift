/// How a feature's usage is computed from raw events: which events count, and what of them is added up.
public struct MeterDefinition: Sendable, Hashable {
    public var aggregation: Aggregation
    /// OR of AND: an event counts when all conditions of one filter hold. No filter at all lets every event count.
    public var filters: [[Condition]]
    /// Dimensions by which usage is kept apart as events arrive, so that `--group-by` of them needs no raw events. At
    /// most `groupByMax`.
    public var groupBy: [String]

    public static let groupByMax = 3

    public init(aggregation: Aggregation, filters: [[Condition]] = [], groupBy: [String] = []) {
        self.aggregation = aggregation
        self.filters = filters
        self.groupBy = groupBy
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.aggregation == right.aggregation && left.filters == right.filters
            && left.groupBy.elementsEqual(right.groupBy) { $0.isSame(as: $1) }
    }
}

extension MeterDefinition {
    public struct Aggregation: Sendable, Hashable {
        public var function: Function
        /// What is aggregated; nil with COUNT only.
        public var field: EventField?

        public init(_ function: Function, of field: EventField? = nil) {
            self.function = function
            self.field = field
        }
    }

    /// Spelled as on the wire.
    public enum Function: String, Sendable, Hashable, CaseIterable {
        case sum = "SUM"
        case count = "COUNT"
        case max = "MAX"
        case min = "MIN"
        case avg = "AVG"
        case unique = "UNIQUE"

        public var needsField: Bool {
            switch self {
            case .sum, .max, .min, .avg, .unique: true
            case .count: false
            }
        }
    }

    /// One test of one field. `value` is text on the wire, whatever the event holds (semantics.md, "Meters").
    public struct Condition: Sendable, Hashable {
        public var field: EventField
        public var operation: Operation
        /// The operand; nil for IS_NULL, IS_NOT_NULL and IN.
        public var value: String?
        /// The operands of IN; empty for all others.
        public var values: [String]

        public init(_ field: EventField, _ operation: Operation, value: String? = nil, values: [String] = []) {
            self.field = field
            self.operation = operation
            self.value = value
            self.values = values
        }

        public static func == (left: Self, right: Self) -> Bool {
            left.field == right.field && left.operation == right.operation && left.value.isSame(as: right.value)
                && left.values.elementsEqual(right.values) { $0.isSame(as: $1) }
        }
    }

    public enum Operation: String, Sendable, Hashable, CaseIterable {
        case equals = "EQUALS"
        case notEquals = "NOT_EQUALS"
        case greaterThan = "GREATER_THAN"
        case greaterThanOrEqual = "GREATER_THAN_OR_EQUAL"
        case lessThan = "LESS_THAN"
        case lessThanOrEqual = "LESS_THAN_OR_EQUAL"
        case isNull = "IS_NULL"
        case isNotNull = "IS_NOT_NULL"
        case contains = "CONTAINS"
        case startsWith = "STARTS_WITH"
        case endsWith = "ENDS_WITH"
        case `in` = "IN"

        public enum Operand: Sendable {
            case none
            case one
            case list
        }

        public var operand: Operand {
            switch self {
            case .isNull, .isNotNull: .none
            case .in: .list
            case .equals, .notEquals, .greaterThan, .greaterThanOrEqual, .lessThan, .lessThanOrEqual, .contains,
                .startsWith, .endsWith:
                .one
            }
        }
    }

    /// What a meter reads of an event.
    public enum EventField: Sendable, Hashable, CustomStringConvertible {
        case eventName
        case customerID
        case resourceID
        case dimension(String)

        public static func == (left: Self, right: Self) -> Bool {
            switch (left, right) {
            case (.eventName, .eventName), (.customerID, .customerID), (.resourceID, .resourceID): true
            case (.dimension(let left), .dimension(let right)): left.isSame(as: right)
            default: false
            }
        }

        /// `eventName`, `customerId`, `resourceId`, or a dimension's key; `dimensions.KEY` means the dimension even
        /// where the key is one of those three names.
        public init(_ text: String) {
            switch text {
            case "eventName": self = .eventName
            case "customerId": self = .customerID
            case "resourceId": self = .resourceID
            default:
                let prefix = "dimensions."
                self = .dimension(text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text)
            }
        }

        /// The shortest text that `init(_:)` reads back to the same field.
        public var description: String {
            switch self {
            case .eventName: "eventName"
            case .customerID: "customerId"
            case .resourceID: "resourceId"
            case .dimension(let key):
                EventField(key) == self ? key : "dimensions." + key
            }
        }
    }
}

/// One meter of one feature as it is in force, or was. Events are metered once per version; answers come from the
/// current one (storage.md, "A changed meter is a new meter version").
public struct MeterVersion: Sendable, Hashable {
    public enum State: String, Sendable {
        /// Stored events are still being counted; new ones already are.
        case filling
        case current
        /// Replaced by a later version. It goes on counting, for the closed time that is billed by it.
        case kept
        /// Replaced by a later version, and nothing is billed by it any more.
        case retired
    }

    public let id: Int64
    public let featureID: FeatureID
    /// 1, 2, … per feature.
    public let version: Int64
    public let meter: MeterDefinition
    /// Whether it counts for closed time only.
    public let isKept: Bool

    public init(id: Int64, featureID: FeatureID, version: Int64, meter: MeterDefinition, isKept: Bool = false) {
        self.isKept = isKept
        self.id = id
        self.featureID = featureID
        self.version = version
        self.meter = meter
    }
}
