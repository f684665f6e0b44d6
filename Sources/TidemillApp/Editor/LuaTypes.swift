import Foundation
import TidemillCore
import TidemillOperations

/// The record types and enumerations of the table as LuaCATS classes and aliases: one name for each content, however often
/// it occurs.
struct LuaTypes {
    /// Whether a value is given or got: what is given may be any kind of number, and null where that clears.
    enum Direction: String {
        case input = "Input"
        case output = "Output"
    }

    static let prefix = "tidemill."

    private var text = ""
    private var names: [String: String] = [:]
    private var taken: Set<String> = []

    /// Names that others define.
    init(taken: [String]) { self.taken = Set(taken) }

    /// The definitions since the last call.
    mutating func definitions() -> String {
        defer { text = "" }
        return text
    }

    /// The name of the class with these fields.
    mutating func record(_ fields: [FieldDescription], named wanted: String, _ direction: Direction) -> String {
        var body = ""
        for field in fields {
            let mark = field.isRequired ? "" : "?"
            let null = field.isNullable && direction == .input ? "|tidemill.Null" : ""
            body +=
                "---@field \(field.name)\(mark) \(valueType(of: field, in: wanted, direction))\(null) \(field.about.oneLine)\n"
        }
        return defined(body, as: wanted, direction) { "---@class \($0)\n\(body)\n" }
    }

    /// The type of a field of the class `owner`.
    mutating func valueType(of field: FieldDescription, in owner: String, _ direction: Direction) -> String {
        var words = field.type
        var isNullable = false
        if words.hasSuffix(", or null") {
            words.removeLast(", or null".count)
            isNullable = true
        }
        if let end = words.range(of: ", or a list") {
            let one = plain(String(words[..<end.lowerBound]), field, owner, direction)
            return "\(one)|(\(one))[]"
        }
        let found = plain(words, field, owner, direction)
        return isNullable ? "\(found)|nil" : found
    }

    private mutating func plain(
        _ words: String, _ field: FieldDescription, _ owner: String, _ direction: Direction
    ) -> String {
        if words.hasPrefix("list of") {
            guard field.fields.isEmpty else {
                return record(
                    field.fields, named: Self.className(String(words.dropFirst(8)), isPlural: true), direction)
                    + "[]"
            }
            return ["list of values", "list of objects"].contains(words) ? "any[]" : "string[]"
        }
        if !field.fields.isEmpty { return record(field.fields, named: Self.className(words), direction) }
        if words.contains(" | ") { return choice(words, field.name, owner, direction) }
        switch words {
        case "boolean": return "boolean"
        case "whole number": return "integer"
        case "number": return direction == .input ? "tidemill.Number" : "tidemill.Amount"
        case "map of texts": return "table<string, string>"
        case "map of whole numbers": return "table<string, integer>"
        case "map of texts, numbers and booleans": return "table<string, string|number|boolean>"
        case "text, number or boolean": return "string|number|boolean"
        case "object": return "table"
        case "value": return "any"
        default: return "string"
        }
    }

    /// An enumeration, named for the field; what every second record calls so is named for its record, too.
    private mutating func choice(
        _ words: String, _ name: String, _ owner: String, _ direction: Direction
    ) -> String {
        let union = words.replacing(" | ", with: "\"|\"")
        let isCommon = ["type", "status", "state", "kind", "cause", "reason", "scope", "code"].contains(name)
        let wanted = (isCommon ? owner : "") + name.capitalizedFirst
        return defined("\"\(union)\"", as: wanted, direction) { "---@alias \($0) \"\(union)\"\n\n" }
    }

    private mutating func defined(
        _ content: String, as wanted: String, _ direction: Direction, _ definition: (String) -> String
    ) -> String {
        if let name = names[content] { return name }
        let further = [wanted, wanted + direction.rawValue] + (2...99).map { "\(wanted)\($0)" }
        let name = further.first { !taken.contains($0) } ?? wanted
        taken.insert(name)
        names[content] = Self.prefix + name
        text += definition(Self.prefix + name)
        return Self.prefix + name
    }

    /// `usage reports` is `UsageReport`.
    static func className(_ words: String, isPlural: Bool = false) -> String {
        var name = words.split { !$0.isLetter && !$0.isNumber }.map { String($0).capitalizedFirst }.joined()
        guard isPlural else { return name }
        if name.hasSuffix("ies") {
            name = name.dropLast(3) + "y"
        } else if name.hasSuffix("s"), !name.hasSuffix("ss") {
            name.removeLast()
        }
        return name
    }
}

extension String {
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
    var oneLine: String { replacing("\n", with: " ") }
}

extension Payload {
    /// As a Lua expression.
    var luaText: String {
        switch self {
        case .null: "json.null"
        case .boolean(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .number(let digits): digits
        case .string(let text):
            "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\""
        case .array(let items): items.isEmpty ? "{}" : "{ " + items.map(\.luaText).joined(separator: ", ") + " }"
        case .object(let members):
            members.isEmpty
                ? "{}"
                : "{ "
                    + members.sorted { $0.key < $1.key }.map { "\(Self.luaKey($0.key)) = \($0.value.luaText)" }
                    .joined(separator: ", ") + " }"
        }
    }

    private static let luaWords: Set<String> = [
        "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
        "not",
        "or", "repeat", "return", "then", "true", "until", "while",
    ]

    private static func luaKey(_ key: String) -> String {
        let isName =
            key.first?.isNumber == false && key.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        return isName && !luaWords.contains(key) ? key : "[\(Payload.string(key).luaText)]"
    }
}
