import CEvents
import CLuaSupport
import Foundation
import TidemillCore
import TidemillIngest
import TidemillOperations

/// The meters in force, compiled for the hot path: fields become indexes into a part's values, operands become bytes and
/// exact numbers. Immutable once made.
///
/// Unchecked: its pointers are written in init only, and `live` is touched under the engine's lock.
final class MeterSet: MeteredFields, @unchecked Sendable {
    /// What of a cell a function needs.
    enum Kind: UInt8 {
        case count, sum, max, min, unique

        init(_ function: MeterDefinition.Function) {
            self =
                switch function {
                case .count: .count
                case .sum, .avg: .sum
                case .max: .max
                case .min: .min
                case .unique: .unique
                }
        }
    }

    struct Operand {
        let bytes: UnsafeMutablePointer<UInt8>
        let count: Int
        let hasAmount: Bool
        let nanos: Int128
    }

    struct Condition {
        let field: Int
        let operation: MeterDefinition.Operation
        let firstOperand: Int
        let operandCount: Int
    }

    struct Meter {
        let id: Int64
        let kind: Kind
        /// Index of the aggregated field; -1 with COUNT.
        let field: Int
        let filters: Range<Int>
        let groups: Range<Int>
        /// Whether it counts for closed time only: it says nothing of an event.
        let isKept: Bool
    }

    let versions: [MeterVersion]
    /// Tells one set from another: batches are decoded for a generation.
    let generation: Int64
    let fields: [MeterDefinition.EventField]
    private let numeric: Set<MeterDefinition.EventField>
    let meters: [Meter]
    private let filterRanges: [Range<Int>]
    private let conditions: [Condition]
    private let operands: [Operand]
    private let groupFields: [Int]
    private var live: Set<Int64> = []

    /// Whether the store knows from which block on new events feed the version.
    func isLive(_ version: Int64) -> Bool { live.contains(version) }
    func markLive(_ version: Int64) { live.insert(version) }

    init(_ versions: [MeterVersion], generation: Int64) {
        self.versions = versions
        self.generation = generation
        var fields: [MeterDefinition.EventField] = []
        var numeric: Set<MeterDefinition.EventField> = []
        func index(_ field: MeterDefinition.EventField) -> Int {
            if let known = fields.firstIndex(of: field) { return known }
            fields.append(field)
            return fields.count - 1
        }
        var filterRanges: [Range<Int>] = []
        var conditions: [Condition] = []
        var operands: [Operand] = []
        var groupFields: [Int] = []
        meters = versions.map { version in
            let definition = version.meter
            let firstFilter = filterRanges.count
            for filter in definition.filters {
                let firstCondition = conditions.count
                for condition in filter {
                    let texts =
                        condition.operation.operand == .list ? condition.values : condition.value.map { [$0] } ?? []
                    conditions.append(
                        Condition(
                            field: index(condition.field), operation: condition.operation, firstOperand: operands.count,
                            operandCount: texts.count))
                    operands += texts.map(Operand.init)
                }
                filterRanges.append(firstCondition..<conditions.count)
            }
            let firstGroup = groupFields.count
            groupFields += definition.groupBy.map { index(.dimension($0)) }
            let kind = Kind(definition.aggregation.function)
            if let field = definition.aggregation.field, kind != .unique { numeric.insert(field) }
            return Meter(
                id: version.id, kind: kind, field: definition.aggregation.field.map(index) ?? -1,
                filters: firstFilter..<filterRanges.count, groups: firstGroup..<groupFields.count,
                isKept: version.isKept)
        }
        self.fields = fields
        self.numeric = numeric
        self.filterRanges = filterRanges
        self.conditions = conditions
        self.operands = operands
        self.groupFields = groupFields
    }

    deinit {
        for operand in operands { operand.bytes.deallocate() }
    }

    /// Tells the decoder which values to extract.
    func configure(_ decoder: OpaquePointer) -> Bool {
        var keys: [UnsafeMutableBufferPointer<CChar>] = []
        defer { for key in keys { key.deallocate() } }
        let described = fields.map { field in
            var source = CEV_DIMENSION
            var name = ""
            switch field {
            case .eventName: source = CEV_EVENT_NAME
            case .customerID: source = CEV_CUSTOMER_ID
            case .resourceID: source = CEV_RESOURCE_ID
            case .dimension(let key): name = key
            }
            let bytes = UnsafeMutableBufferPointer<CChar>.allocate(capacity: name.utf8.count)
            _ = bytes.initialize(from: name.utf8.lazy.map { CChar(bitPattern: $0) })
            keys.append(bytes)
            return cev_field(
                source: UInt8(source.rawValue), name: cls_text(bytes: bytes.baseAddress, length: UInt32(bytes.count)),
                numeric: numeric.contains(field))
        }
        return cev_decoder_set_fields(decoder, described, UInt32(described.count))
    }
}

extension MeterSet.Operand {
    init(_ text: String) {
        count = text.utf8.count
        bytes = .allocate(capacity: max(1, count))
        for (index, byte) in text.utf8.enumerated() { bytes[index] = byte }
        let amount = Amount(text)
        hasAmount = amount != nil
        nanos = amount?.nanos ?? 0
    }
}

extension cev_value {
    @inline(__always) var nanos128: Int128 { Int128(units) * 1_000_000_000 + Int128(nanos) }
}

// MARK: - Evaluation

extension MeterSet {
    /// Whether the meter counts an event with these values: OR of AND; no filter lets all through.
    @inline(__always)
    func matches(_ meter: Meter, _ values: UnsafePointer<cev_value>) -> Bool {
        if meter.filters.isEmpty { return true }
        next: for filter in meter.filters {
            for index in filterRanges[filter] where !holds(conditions[index], values) { continue next }
            return true
        }
        return false
    }

    private func holds(_ condition: Condition, _ values: UnsafePointer<cev_value>) -> Bool {
        let value = values[condition.field]
        // A missing field fails all but IS_NULL.
        if value.type == CEV_ABSENT.rawValue { return condition.operation == .isNull }
        switch condition.operation {
        case .isNull: return false
        case .isNotNull: return true
        case .equals: return equals(value, operands[condition.firstOperand])
        case .notEquals: return !equals(value, operands[condition.firstOperand])
        case .in:
            for offset in 0..<condition.operandCount where equals(value, operands[condition.firstOperand + offset]) {
                return true
            }
            return false
        case .greaterThan, .greaterThanOrEqual, .lessThan, .lessThanOrEqual:
            let operand = operands[condition.firstOperand]
            guard value.has_amount, operand.hasAmount else { return false }
            let left = value.nanos128
            switch condition.operation {
            case .greaterThan: return left > operand.nanos
            case .greaterThanOrEqual: return left >= operand.nanos
            case .lessThan: return left < operand.nanos
            default: return left <= operand.nanos
            }
        case .contains, .startsWith, .endsWith:
            return contains(value, operands[condition.firstOperand], condition.operation)
        }
    }

    /// Numbers compare as numbers, strings by their bytes, booleans as `true` and `false` (semantics.md, "Meters").
    private func equals(_ value: cev_value, _ operand: Operand) -> Bool {
        switch UInt32(value.type) {
        case CEV_NUMBER.rawValue where value.has_amount && operand.hasAmount: return value.nanos128 == operand.nanos
        case CEV_NUMBER.rawValue, CEV_STRING.rawValue:
            return Int(value.text.length) == operand.count
                && memcmp(value.text.bytes, operand.bytes, operand.count) == 0
        case CEV_TRUE.rawValue: return operand.count == 4 && memcmp("true", operand.bytes, 4) == 0
        case CEV_FALSE.rawValue: return operand.count == 5 && memcmp("false", operand.bytes, 5) == 0
        default: return false
        }
    }

    private func contains(_ value: cev_value, _ operand: Operand, _ operation: MeterDefinition.Operation) -> Bool {
        let length = Int(value.text.length)
        guard operand.count <= length, value.type != CEV_TRUE.rawValue, value.type != CEV_FALSE.rawValue else {
            return false
        }
        if operand.count == 0 { return true }
        switch operation {
        case .startsWith: return memcmp(value.text.bytes, operand.bytes, operand.count) == 0
        case .endsWith: return memcmp(value.text.bytes + (length - operand.count), operand.bytes, operand.count) == 0
        default:
            return (0...(length - operand.count)).contains {
                memcmp(value.text.bytes + $0, operand.bytes, operand.count) == 0
            }
        }
    }

    /// Adds the event to the cells of every meter that counts it, in its UTC hour; `addition` takes up what that came to.
    func meter(
        _ part: cev_part, _ values: UnsafePointer<cev_value>, key: UnsafePointer<UInt8>, into cells: inout CellTable,
        _ addition: inout Addition
    ) {
        meter(
            part, values, key: key, slot: part.timestamp.flooredDivision(by: 3_600_000_000), into: &cells, &addition)
    }

    /// As above, in a slot of time that the caller names.
    func meter(
        _ part: cev_part, _ values: UnsafePointer<cev_value>, key: UnsafePointer<UInt8>, slot: Int64,
        into cells: inout CellTable, _ addition: inout Addition
    ) {
        var unsaid = Addition()
        for meter in meters {
            guard meter.isKept ? counts(meter, values, &unsaid) : counts(meter, values, &addition) else { continue }
            var amount: Int128 = 0
            cells.beginGroup()
            for index in meter.groups { cells.appendGroup(values[groupFields[index]]) }
            switch meter.kind {
            case .count: break
            case .unique: cells.appendDistinct(Self.distinct(values[meter.field], key))
            case .sum, .max, .min: amount = values[meter.field].nanos128
            }
            cells.add(part, meter: meter, hour: slot, amount: amount)
        }
    }

    /// What the meters made of an event, its parts together.
    struct Addition {
        /// Whether a meter counts it.
        var isAny = false
        /// The first value that is no number where a meter would add it up.
        private var wrong: Refused?
        /// The first field that a meter would add up, and that is not there.
        private var missing: Refused?

        typealias Refused = (field: Int, value: UnsafePointer<cev_value>)

        /// The value for which the event does not count as it should. A field that is not there is one only where nothing
        /// else counts: events of several kinds share meters.
        var refused: Refused? { wrong ?? (isAny ? nil : missing) }

        @inline(__always)
        fileprivate mutating func refuse(_ field: Int, _ value: UnsafePointer<cev_value>) {
            if value.pointee.type == CEV_ABSENT.rawValue {
                if missing == nil { missing = (field, value) }
            } else if wrong == nil {
                wrong = (field, value)
            }
        }
    }

    /// Whether the event counts: the filters let it through, and the aggregated field has a value that can be.
    @inline(__always)
    func counts(_ meter: Meter, _ values: UnsafePointer<cev_value>) -> Bool {
        var addition = Addition()
        return counts(meter, values, &addition)
    }

    @inline(__always)
    func counts(_ meter: Meter, _ values: UnsafePointer<cev_value>, _ addition: inout Addition) -> Bool {
        guard matches(meter, values) else { return false }
        switch meter.kind {
        case .count: break
        case .unique: guard values[meter.field].type != CEV_ABSENT.rawValue else { return false }
        case .sum, .max, .min:
            guard values[meter.field].has_amount else {
                addition.refuse(meter.field, values + meter.field)
                return false
            }
        }
        addition.isAny = true
        return true
    }

    /// What tells JSON scalars apart: 1 and 1.0 are one, 1 and "1" are two.
    private static func distinct(_ value: cev_value, _ key: UnsafePointer<UInt8>) -> cev_hash {
        var hash: cev_hash
        if value.type == CEV_NUMBER.rawValue, value.has_amount {
            var nanos = value.nanos128
            hash = withUnsafeBytes(of: &nanos) { cev_hash_bytes(key, $0.baseAddress, $0.count) }
        } else {
            hash = cev_hash_bytes(key, value.text.bytes, Int(value.text.length))
        }
        hash.high ^= UInt64(value.type) &* 0x9e37_79b9_7f4a_7c15
        return hash
    }
}
