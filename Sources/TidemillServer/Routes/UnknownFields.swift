import TidemillCore
import TidemillOperations

/// What an input has beyond the fields that the operation knows. A client may be newer than this program, so they are
/// passed over and named. In events and usage reports those that look like a misspelt known one are left where they are,
/// and refused (semantics.md, "Unknown top-level fields").
enum UnknownFields {
    /// So many are named; the rest is passed over without a word.
    static let namedMax = 20

    static func removed(from input: Payload, of row: OperationRow) -> (input: Payload, names: [String]) {
        var names: Set<String> = []
        let members = removed(
            from: input, row.input, "", keepsMisspelt: row.recordsField, isRecord: row.isRecord(input), &names)
        return (members, Array(names.sorted().prefix(namedMax)))
    }

    private static func removed(
        from value: Payload, _ fields: [FieldDescription], _ path: String, keepsMisspelt records: String?,
        isRecord: Bool, _ names: inout Set<String>
    ) -> Payload {
        switch value {
        case .array(let items):
            return .array(
                items.map {
                    removed(from: $0, fields, path, keepsMisspelt: records, isRecord: isRecord, &names)
                })
        case .object(let members):
            // A single event stands for a list of one: its fields are those of an item.
            let fields =
                isRecord && path.isEmpty && fields.count == 1 && records != nil ? fields[0].fields : fields
            guard !fields.isEmpty else { return value }
            var kept: TextMap<Payload> = [:]
            for (name, member) in members {
                guard let field = fields.first(where: { $0.name == name || $0.aliases.contains(name) }) else {
                    if isRecord, Misspelling.isLikely(name, of: fields.map(\.name)) {
                        kept[name] = member
                    } else {
                        names.insert(path.isEmpty ? name : "\(path).\(name)")
                    }
                    continue
                }
                kept[name] =
                    field.fields.isEmpty
                    ? member
                    : removed(
                        from: member, field.fields, path.isEmpty ? name : "\(path).\(name)", keepsMisspelt: nil,
                        isRecord: name == records, &names)
            }
            return .object(kept)
        default: return value
        }
    }
}

/// Unknown names that are most likely known ones, misspelt: the same rule as for records of deliveries.
enum Misspelling {
    private static let others: Set = [
        "time", "ts", "customer", "event", "event_id", "key", "dimension", "properties", "quantity", "amount",
    ]

    static func isLikely(_ name: String, of known: [String]) -> Bool {
        if others.contains(name) { return true }
        let folded = folded(name)
        return known.contains { Self.folded($0) == folded }
            || Suggestion.nearest(to: name, in: known, distanceMax: 1) != nil
    }

    private static func folded(_ name: String) -> String {
        String(name.lowercased().filter { $0 != "_" && $0 != "-" })
    }
}
