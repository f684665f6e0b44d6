import TidemillCore
import TidemillOperations
public import TidemillStore

/// Whether the events that an engine has announced are what the table says of them.
public enum AnnouncedEvents {
    /// What of the store's outbox differs from the table, each once; and the types that were seen.
    public static func faults(in store: any Store) throws -> (faults: Set<String>, types: Set<String>) {
        let events = try store.read { connection in
            try connection.rows("SELECT type, payload FROM outbox") { ($0.text(0), try Payload(json: $0.text(1))) }
        }
        var faults: Set<String> = []
        for (type, event) in events {
            guard let row = EngineEventTable.row(type) else { continue }
            compare(event, EngineEventRow.common + row.fields, at: type, &faults)
        }
        return (faults, Set(events.map(\.0)))
    }

    private static func compare(
        _ value: Payload, _ fields: [FieldDescription], at place: String, _ faults: inout Set<String>
    ) {
        guard case .object(let members) = value else { return }
        for name in members.keys where !fields.contains(where: { $0.name == name }) {
            faults.insert("\(place).\(name) is not in the table")
        }
        for field in fields {
            let place = "\(place).\(field.name)"
            guard let member = members[field.name], !member.isNull else {
                if field.isRequired { faults.insert("\(place) should always be there") }
                continue
            }
            if !fits(member, field) { faults.insert("\(place) is \(member.kind), no \(field.type)") }
            guard !field.fields.isEmpty else { continue }
            for item in member.items ?? [member] { compare(item, field.fields, at: place, &faults) }
        }
    }

    private static func fits(_ value: Payload, _ field: FieldDescription) -> Bool {
        switch (field.type, value) {
        case (let type, .array): type.hasPrefix("list of")
        case (let type, _) where type.contains(" | "):
            value.text.map { type.split(separator: " | ").map(String.init).contains($0) } ?? false
        case ("boolean", .boolean), ("whole number", .integer), ("number", .integer), ("number", .number): true
        case ("boolean", _), ("whole number", _), ("number", _): false
        case (let type, .object): type.hasPrefix("map of") || type == "object" || !field.fields.isEmpty
        default: value.text != nil || field.type == "value"
        }
    }
}
