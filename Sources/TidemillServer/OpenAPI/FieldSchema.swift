import Foundation
import TidemillCore
public import TidemillOperations

/// Fields of the table as JSON Schema 2020-12.
public enum FieldSchema {
    /// - Parameter nulls: whether fields that may be left out come as null: in answers.
    public static func object(_ fields: [FieldDescription], nulls: Bool) -> Payload {
        var members: TextMap<Payload> = ["type": "object"]
        guard !fields.isEmpty else { return .object(members) }
        var properties: TextMap<Payload> = [:]
        for field in fields {
            let isNullable = nulls && !field.isRequired || field.isNullable
            guard case .object(var schema) = schema(field, isNullable: isNullable, nulls: nulls) else { continue }
            schema["description"] = .string(field.about)
            properties[field.name] = .object(schema)
        }
        members["properties"] = .object(properties)
        // Which fields an entitlement must have depends on what it is to: the description does not tell.
        let isEither = fields.contains { $0.name == "type" && $0.type == FieldKind<EntitlementType>.choice.type }
        let required = isEither ? [] : fields.filter(\.isRequired).map(\.name).sorted()
        if !required.isEmpty { members["required"] = .array(required.map { .string($0) }) }
        return .object(members)
    }

    static func schema(_ field: FieldDescription, isNullable: Bool = false, nulls: Bool) -> Payload {
        let plain = type(field.type, field.fields, field.bounds, nulls: nulls)
        guard isNullable, case .object(var members) = plain else { return plain }
        if case .string(let name)? = members["type"] {
            members["type"] = [.string(name), "null"]
            if let choices = members["enum"]?.items { members["enum"] = .array(choices + [.null]) }
            return .object(members)
        }
        return members.isEmpty ? plain : ["anyOf": [plain, ["type": "null"]]]
    }

    private static func type(
        _ type: String, _ fields: [FieldDescription], _ bounds: String?, nulls: Bool
    ) -> Payload {
        if type.hasSuffix(", or null") {
            let plain = Self.type(String(type.dropLast(", or null".count)), fields, bounds, nulls: nulls)
            return plain == [:] ? plain : ["anyOf": [plain, ["type": "null"]]]
        }
        if let end = type.range(of: ", or a list") {
            let one = Self.type(String(type[..<end.lowerBound]), fields, bounds, nulls: nulls)
            return one == [:] ? one : ["anyOf": [one, ["type": "array", "items": one]]]
        }
        if type.hasPrefix("list of") {
            return ["type": "array", "items": fields.isEmpty ? [:] : object(fields, nulls: nulls)]
        }
        if !fields.isEmpty { return object(fields, nulls: nulls) }
        if type.hasPrefix("map of") { return ["type": "object"] }
        let words = type.split(separator: "|").map { $0.trimmingBlanks }
        if words.count > 1, words.allSatisfy({ !$0.contains(" ") }) {
            return ["type": "string", "enum": .array(words.map { .string($0) })]
        }
        switch type {
        case "boolean": return ["type": "boolean"]
        case "whole number": return ["type": "integer"]
        case "number": return ["type": ["number", "string"]]
        case "time": return ["type": "string", "format": "date-time"]
        case "object": return ["type": "object"]
        case "text", "id", "cursor", "time zone", "currency code", "country code": return text(bounds)
        default: return [:]
        }
    }

    /// `1–255 characters`.
    private static func text(_ bounds: String?) -> Payload {
        var members: TextMap<Payload> = ["type": "string"]
        if let bounds, bounds.hasSuffix(" characters") {
            let ends = bounds.dropLast(" characters".count).split(separator: "–").compactMap { Int64($0) }
            if ends.count == 2 {
                members["minLength"] = .integer(ends[0])
                members["maxLength"] = .integer(ends[1])
            }
        }
        return .object(members)
    }
}

extension Substring {
    fileprivate var trimmingBlanks: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
