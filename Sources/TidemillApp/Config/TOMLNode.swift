import TOMLKit
import TidemillOperations

/// A TOML value, free of the parser that read it.
indirect enum TOMLNode: Sendable, Hashable {
    case string(String)
    case integer(Int)
    /// As its shortest decimal digits; nil for nan and inf, which no setting takes.
    case number(String?)
    case boolean(Bool)
    case time
    case array([TOMLNode])
    case table([String: TOMLNode])

    init(_ value: any TOMLValueConvertible) {
        switch value.type {
        case .table: self = TOMLNode(value.table ?? TOMLTable())
        case .array: self = .array((value.array ?? TOMLArray()).map { TOMLNode($0) })
        case .string: self = .string(value.string ?? "")
        case .int: self = .integer(value.int ?? 0)
        case .double: self = .number(value.double.flatMap { $0.isFinite ? "\($0)" : nil })
        case .bool: self = .boolean(value.bool ?? false)
        case .date, .time, .dateTime: self = .time
        }
    }

    init(_ table: TOMLTable) {
        self = .table(Dictionary(uniqueKeysWithValues: table.map { ($0.0, TOMLNode($0.1)) }))
    }

    /// The kind in an error message.
    var kind: String {
        switch self {
        case .string: "a string"
        case .integer: "an integer"
        case .number: "a number"
        case .boolean: "a boolean"
        case .time: "a date or time"
        case .array: "an array"
        case .table: "a table"
        }
    }

    /// The value as scripts see it in `vars`; nil where JSON has no such value.
    var payload: Payload? {
        switch self {
        case .string(let text): return .string(text)
        case .integer(let value): return .integer(Int64(value))
        case .number(let digits): return digits.map { .number($0) }
        case .boolean(let value): return .boolean(value)
        case .time: return nil
        case .array(let items):
            let payloads = items.compactMap(\.payload)
            return payloads.count == items.count ? .array(payloads) : nil
        case .table(let members):
            let payloads = members.compactMapValues(\.payload)
            return payloads.count == members.count ? .object(payloads) : nil
        }
    }
}
