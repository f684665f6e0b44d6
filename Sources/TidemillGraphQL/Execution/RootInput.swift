import TidemillCore
import TidemillOperations

/// What a root field performs with: its arguments, as the operation's input.
struct RootInput {
    var members: TextMap<Payload>
    let first: Int
    let after: String?
    var object: Payload { .object(members) }

    static let firstMax = 100

    init(
        _ arguments: TextMap<Payload>, _ definition: FieldDefinition, _ performance: Performance, _ schema: Schema
    ) throws(Problem) {
        var members: TextMap<Payload> = [:]
        var paging: Payload = .null
        for (name, type) in definition.arguments {
            guard let value = arguments[name], !value.isNull else { continue }
            switch name {
            case "paging":
                try Self.check(paging: value)
                paging = try schema.mapped(value, as: type, at: name)
            case "sorting": try Self.check(sorting: try schema.mapped(value, as: type, at: name))
            default:
                guard case .object(let mapped) = try schema.mapped(value, as: type, at: name) else { continue }
                members.merge(mapped) { _, new in new }
            }
        }
        if let inner = members.removeValue(forKey: "paging") { paging = inner }
        try Self.check(paging: paging)
        for name in ["before", "last"] where paging[name].map({ !$0.isNull }) ?? false {
            throw Problem(.notOffered, "paging by '\(name)' is not offered here; use 'first' and 'after'")
        }
        switch paging["first"] {
        case nil, .null?: first = 20
        case .integer(let number)? where (1...Int64(Self.firstMax)).contains(number): first = Int(number)
        default:
            throw Problem(.variables, "'first' must be a whole number from 1 to \(Self.firstMax)")
        }
        after = paging["after"]?.text
        if !performance.isConnection, !paging.isNull {
            members["limit"] = .integer(Int64(first))
            if let after { members["after"] = .string(after) }
        }
        members.merge(performance.defaults) { given, _ in given }
        self.members = members
    }

    private static func check(paging: Payload) throws(Problem) {
        switch paging {
        case .null: return
        case .object where paging["after"]?.text != nil || (paging["after"] ?? .null).isNull: return
        default:
            throw Problem(
                .variables,
                "'paging' must be an object such as {first: 20, after: \"…\"}, got \(paging.json.prefix(100))")
        }
    }

    /// Lists are in the order in which things were made.
    private static func check(sorting: Payload) throws(Problem) {
        for entry in sorting.items ?? [sorting] {
            guard entry["field"]?.text == "createdAt", entry["direction"]?.text == "ASC" else {
                throw Problem(
                    .notOffered, "lists are sorted by 'createdAt', ascending; leave 'sorting' out")
            }
        }
    }
}
