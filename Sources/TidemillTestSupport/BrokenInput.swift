import TidemillCore
public import TidemillOperations

/// An input with one thing wrong.
public struct BrokenInput {
    public let input: Payload
    /// The field that is wrong.
    public let path: String
    public let how: String
    /// Whether the description leaves open that this is fine.
    public var mayWork = false

    /// Every way to break the fields of `base`.
    public static func all(of base: Payload, _ fields: [FieldDescription]) -> [BrokenInput] {
        var found: [BrokenInput] = []
        breakObject(base, fields, path: "", into: &found) { $0 }
        return found
    }

    /// Breaks each field of one object; `whole` puts the object back into the input.
    private static func breakObject(
        _ object: Payload, _ fields: [FieldDescription], path: String, into found: inout [BrokenInput],
        _ whole: @escaping (Payload) -> Payload
    ) {
        guard case .object(let members) = object else { return }
        func at(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
        func add(
            _ field: FieldDescription, _ value: Payload?, _ how: String, at place: String? = nil, mayWork: Bool = false
        ) {
            var changed = members
            for alias in field.aliases { changed[alias] = nil }
            changed[field.name] = value
            found.append(
                BrokenInput(
                    input: whole(.object(changed)), path: place ?? at(field.name), how: how, mayWork: mayWork))
        }
        var strange = members
        strange["zzzUnknown"] = 1
        found.append(BrokenInput(input: whole(.object(strange)), path: at("zzzUnknown"), how: "an unknown field"))

        // A union's required fields are those of one of its sides.
        let isUnion = fields.contains { $0.type == "FEATURE | CREDIT" }
        for field in fields {
            if field.isRequired, !isUnion {
                add(field, nil, "nothing")
                add(field, .null, "null")
            } else {
                add(field, .null, "null", mayWork: true)
            }
            for (value, how) in wrongTypes(field) { add(field, value, how) }
            for (value, how) in outOfBounds(field, given: members[field.name]) { add(field, value, how) }
            guard !field.fields.isEmpty else { continue }
            // Inside: the example's own object or first item, or one that has the broken field alone.
            if field.type.hasPrefix("list of") {
                let items = members[field.name]?.items ?? []
                breakObject(items.first ?? [:], field.fields, path: at(field.name) + "[0]", into: &found) { inner in
                    var changed = members
                    changed[field.name] = .array([inner] + items.dropFirst())
                    return whole(.object(changed))
                }
            } else {
                breakObject(members[field.name] ?? [:], field.fields, path: at(field.name), into: &found) { inner in
                    var changed = members
                    changed[field.name] = inner
                    return whole(.object(changed))
                }
            }
        }
    }

    /// A value of each JSON type that the field's type excludes.
    private static func wrongTypes(_ field: FieldDescription) -> [(Payload, String)] {
        let type = field.type
        guard type != "value" else { return [] }
        var values: [(Payload, String)] = []
        let isList = type.hasPrefix("list of")
        if !type.contains("boolean") || type.hasPrefix("map") { values.append((true, "a boolean")) }
        if !type.contains("number") || type.hasPrefix("map") { values.append((7, "a number")) }
        if type == "boolean" || type == "number" { values.append((.number("1e30"), "a huge number")) }
        if !["text", "id"].contains(type), !type.hasPrefix("text,"), !type.hasPrefix("id,") {
            values.append(("§§", "a text"))
        }
        values.append(([["zzz": 1]], "an array"))
        if type != "object" { values.append((["zzz": ["zzz": 1]], "an object")) }
        if isList { values.append(([[true]], "an array in an array")) }
        return values
    }

    private static func outOfBounds(_ field: FieldDescription, given: Payload?) -> [(Payload, String)] {
        guard let bounds = field.bounds else { return [] }
        var values: [(Payload, String)] = []
        let isText = field.type == "text" || field.type == "id"
        let range = bounds.split(separator: " ").first?.split(separator: "–").compactMap { Int64($0) } ?? []
        if isText {
            let most = range.count == 2 ? range[1] : 255
            if most <= 100_000 {
                values.append((.string(String(repeating: "x", count: Int(most) + 1)), "a text too long"))
            }
            if range.first == 1 || bounds.hasPrefix("1 to 255") { values.append(("", "an empty text")) }
            values.append(("a\u{0}b", "a NUL character"))
        } else if field.type == "whole number", range.count == 2 {
            if range[1] < .max { values.append((.integer(range[1] + 1), "a number too large")) }
            if range[0] > .min { values.append((.integer(range[0] - 1), "a number too small")) }
            values.append((.number("1.5"), "a fraction"))
        } else if field.type == "number" {
            values.append((.number("1000000000000000000"), "nineteen digits"))
            values.append((.number("0.0000000001"), "ten decimals"))
            values.append(("1,5", "a text that is no number"))
            if bounds.hasPrefix("a number above 0") { values.append((0, "zero")) }
            if bounds.hasPrefix("a number above 0") || bounds.hasPrefix("a number from 0") {
                values.append((-1, "a number below zero"))
            }
            if range.count == 2 { values.append((.integer(range[1] + 1), "a number too large")) }
        } else if field.type.hasPrefix("list of"), range.count == 2 {
            if range[0] > 0 { values.append(([], "an empty list")) }
            if range[1] <= 1000, let item = given?.items?.first {
                values.append((.array(Array(repeating: item, count: Int(range[1]) + 1)), "a list too long"))
            }
        }
        return values
    }
}
