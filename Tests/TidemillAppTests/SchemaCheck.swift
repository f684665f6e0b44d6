import TidemillCore
import TidemillOperations

/// Holds values against JSON Schemas, as far as the schemas of this project go.
enum SchemaCheck {
    /// What is wrong with a value, each with its place.
    static func faults(_ value: Payload, _ schema: Payload, at place: String = "$") -> [String] {
        guard case .object(let members) = schema else { return [] }
        var faults: [String] = []
        if let either = members["anyOf"]?.items {
            let all = either.map { Self.faults(value, $0, at: place) }
            if !all.contains([]) { faults.append("\(place) is none of: \(all.map { $0.first ?? "" })") }
        }
        if let choices = members["enum"]?.items, !choices.contains(value) {
            faults.append("\(place) is \(value.json.prefix(80)), none of \(choices.map(\.json))")
        }
        if let type = members["type"] {
            let names = type.text.map { [$0] } ?? type.items.compactMap(\.text)
            guard names.contains(where: { isA($0, value) }) else {
                return faults + ["\(place) is \(value.json.prefix(80)), not \(names)"]
            }
        }
        if case .object(let own) = value {
            for name in members["required"]?.items.compactMap(\.text) ?? [] where own[name] == nil {
                faults.append("\(place) has no \(name)")
            }
            if case .object(let properties)? = members["properties"] {
                for (name, member) in own {
                    if let schema = properties[name] { faults += Self.faults(member, schema, at: "\(place).\(name)") }
                }
                // What is printed is described.
                let extra = own.keys.filter { properties[$0] == nil }.sorted()
                if !extra.isEmpty { faults.append("\(place) has \(extra), which the schema does not") }
            }
        }
        if case .array(let items) = value, let schema = members["items"] {
            for (index, item) in items.enumerated() { faults += Self.faults(item, schema, at: "\(place)[\(index)]") }
        }
        return faults
    }

    private static func isA(_ type: String, _ value: Payload) -> Bool {
        switch (type, value) {
        case ("null", .null), ("boolean", .boolean), ("string", .string), ("array", .array), ("object", .object),
            ("integer", .integer), ("number", .integer), ("number", .number):
            true
        default: false
        }
    }
}
