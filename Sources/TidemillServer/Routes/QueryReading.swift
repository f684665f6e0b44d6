import TidemillCore
import TidemillOperations

/// Reads a query as the fields of an input: lists as `a,b`, as repeated names and as `name[]`, objects as `name[part]`.
enum QueryReading {
    static func members(
        _ query: [WireTarget.Pair], _ fields: [FieldDescription]
    ) throws(WireError) -> TextMap<Payload> {
        var members: TextMap<Payload> = [:]
        for pair in query {
            let (name, part) = split(pair.name)
            let field = fields.first { $0.name == name || $0.aliases.contains(name) }
            if let part, !part.isEmpty {
                guard case .object(var inner) = members[name] ?? .object([:]), inner[part] == nil else {
                    throw WireError(.badRequest, "'\(shown(pair.name))' is given twice in the query")
                }
                let type = field?.fields.first { $0.name == part }?.type ?? "text"
                inner[part] = scalar(pair.value, type)
                members[name] = .object(inner)
            } else if let field, field.takesList {
                let items = pair.value.split(separator: ",", omittingEmptySubsequences: true).map {
                    Payload.string(String($0))
                }
                members[name] = .array((members[name]?.items ?? []) + items)
            } else {
                guard members[name] == nil else {
                    throw WireError(.badRequest, "'\(shown(pair.name))' is given twice in the query")
                }
                members[name] = scalar(pair.value, field?.type ?? "text")
            }
        }
        return members
    }

    /// `createdAt[gte]` is a part of `createdAt`; `status[]` is another item of `status`.
    private static func split(_ name: String) -> (name: String, part: String?) {
        guard name.utf8.last == UInt8(ascii: "]"), let bracket = name.firstIndex(of: "["), bracket != name.startIndex
        else {
            return (name, nil)
        }
        return (String(name[..<bracket]), String(name[name.index(after: bracket)...].dropLast()))
    }

    /// A value that is no text in JSON. What cannot be one stays text, and the field says what it wants.
    private static func scalar(_ text: String, _ type: String) -> Payload {
        switch type {
        case "boolean": text == "true" ? true : text == "false" ? false : .string(text)
        case "whole number": Int64(text).map { .integer($0) } ?? .string(text)
        default: .string(text)
        }
    }

    private static func shown(_ name: String) -> String { String(name.prefix(60)) }
}

extension FieldDescription {
    /// Whether several values may be given: `list of plans`, `text, or a list of values`, `A | B, or a list`.
    var takesList: Bool {
        // Few have a comma, and each field of each query is asked.
        type.hasPrefix("list of") || type.utf8.contains(UInt8(ascii: ",")) && type.contains(", or a list")
    }
}
