import CJSON
import Foundation
public import TidemillCore

/// A JSON value as it travels between the surfaces and the backends. Numbers keep their digits: nothing here is binary
/// floating point.
public enum Payload: Sendable, Hashable {
    case null
    case boolean(Bool)
    case integer(Int64)
    /// A number that is no 64-bit integer, as its JSON digits: `0.1`, `1e3`, `12345678901234567890`.
    case number(String)
    case string(String)
    case array([Payload])
    case object(TextMap<Payload>)

    /// An object with a dictionary's members.
    public static func object(_ members: [String: Payload]) -> Payload { .object(TextMap(members)) }

    /// A JSON number with the exact digits of `amount`.
    public init(_ amount: Amount) {
        let (units, fraction) = amount.nanos.quotientAndRemainder(dividingBy: Amount.nanosPerUnit)
        self = fraction == 0 && amount.isWithinBound ? .integer(Int64(units)) : .number(amount.description)
    }

    public init(_ timestamp: Timestamp) {
        self = .string(timestamp.description)
    }

    /// Texts are the same where their bytes are (semantics.md); an integer and a number are never one.
    public static func == (left: Payload, right: Payload) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.boolean(let left), .boolean(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.number(let left), .number(let right)), (.string(let left), .string(let right)): left.isSame(as: right)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .boolean(let value): hasher.combine(value)
        case .integer(let value): hasher.combine(value)
        case .number(let text), .string(let text): hasher.combine(text: text)
        case .array(let items): hasher.combine(items)
        case .object(let members): hasher.combine(members)
        }
    }

    /// The member of an object; nil where there is none or this is no object.
    public subscript(key: String) -> Payload? {
        if case .object(let members) = self { members[key] } else { nil }
    }

    /// Whether each member that is here is there, too, and each item of a list.
    public func isPart(of whole: Payload) -> Bool {
        switch (self, whole) {
        case (.object(let mine), .object(let theirs)):
            mine.allSatisfy { name, member in member.isPart(of: theirs[name] ?? .null) }
        case (.array(let mine), .array(let theirs)):
            mine.count == theirs.count && zip(mine, theirs).allSatisfy { $0.isPart(of: $1) }
        default: self == whole
        }
    }

    public var text: String? { if case .string(let text) = self { text } else { nil } }
    /// An id in somebody else's document: text, or a whole number as its digits.
    public var idText: String? {
        switch self {
        case .string(let text): text
        case .integer(let number): String(number)
        case .number(let digits) where digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }):
            digits
        default: nil
        }
    }
    public var items: [Payload]? { if case .array(let items) = self { items } else { nil } }
    public var isNull: Bool { if case .null = self { true } else { false } }

    /// Levels of nesting: none of what holds nothing else.
    public var depth: Int {
        switch self {
        case .array(let items): 1 + (items.lazy.map(\.depth).max() ?? 0)
        case .object(let members): 1 + (members.values.lazy.map(\.depth).max() ?? 0)
        default: 0
        }
    }

    /// The value's kind in an error message: "a string".
    public var kind: String {
        switch self {
        case .null: "null"
        case .boolean: "a boolean"
        case .integer, .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

// Not by `nil`: of two branches, a value and nil, the compiler would make null where none is meant.
extension Payload: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
    public init(arrayLiteral elements: Payload...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, Payload)...) {
        var members = TextMap<Payload>(minimumCapacity: elements.count)
        for (name, value) in elements { members[name] = value }
        self = .object(members)
    }
}

// MARK: - JSON text

extension Payload {
    /// The deepest nesting that is read.
    public static let depthMax = 64

    /// Why a text is no JSON.
    public struct JSONError: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    /// Parses one JSON document. Where an object repeats a key, the last one counts.
    /// - Parameter uniqueNames: refuses a name that two members of one object have: nobody can tell which is meant.
    public init(json: some Collection<UInt8>, uniqueNames: Bool = false) throws(JSONError) {
        guard let parser = cjson_open(Self.depthMax) else { throw JSONError(description: "out of memory") }
        defer { cjson_close(parser) }
        var nodes: UnsafePointer<cjson_node>?
        var count = 0
        let bytes = Array(json)
        let problem = bytes.withUnsafeBytes {
            cjson_parse(parser, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count, &nodes, &count)
        }
        if let problem { throw JSONError(description: String(cString: problem)) }
        guard var cursor = nodes else { throw JSONError(description: "the document is empty") }
        if uniqueNames, let twin = cjson_twin(cursor, count) {
            throw JSONError(
                description:
                    "\"\(Self.text(twin.pointee).escapingControls)\" stands twice in one object; leave one out, nobody can tell which is meant"
            )
        }
        self = Self.value(at: &cursor)
    }

    public init(json text: String) throws(JSONError) {
        try self.init(json: Array(text.utf8))
    }

    /// How many values and names a JSON text has at most, told without reading them.
    public static func count(inJSON bytes: [UInt8]) -> Int {
        bytes.withUnsafeBytes { cjson_count($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count) }
    }

    private static func value(at cursor: inout UnsafePointer<cjson_node>) -> Payload {
        let node = cursor.pointee
        cursor += 1
        switch cjson_type(UInt32(node.type)) {
        case CJSON_FALSE: return .boolean(false)
        case CJSON_TRUE: return .boolean(true)
        case CJSON_INTEGER: return .integer(node.integer)
        case CJSON_NUMBER: return .number(text(node))
        case CJSON_STRING: return .string(text(node))
        case CJSON_ARRAY:
            return .array((0..<node.count).map { _ in value(at: &cursor) })
        case CJSON_OBJECT:
            var members = TextMap<Payload>(minimumCapacity: Int(node.count))
            for _ in 0..<node.count {
                let key = text(cursor.pointee)
                cursor += 1
                members[key] = value(at: &cursor)
            }
            return .object(members)
        default: return .null
        }
    }

    private static func text(_ node: cjson_node) -> String {
        let bytes = UnsafeRawBufferPointer(start: node.text, count: Int(node.count))
        return String(decoding: bytes, as: UTF8.self)
    }
}
