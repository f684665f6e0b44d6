import TidemillCore

/// An event that the engine announces: what references, editor stubs and samples know of it. The engine's own code builds
/// the fields; a test holds what it sends against these rows.
public struct EngineEventRow: Sendable {
    public let type: String
    /// When it is announced.
    public let about: String
    /// The fields beside `type`, `messageId` and `timestamp`. One that is not required is null where it does not apply, or
    /// is not there.
    public let fields: [FieldDescription]

    init(_ type: String, _ about: String, _ fields: [FieldDescription]) {
        self.type = type
        self.about = about
        self.fields = fields
    }

    /// What every event has.
    public static let common: [FieldDescription] = [
        .event("type", "text", "The event's type."),
        .event("messageId", "id", "The event's own id: a repeat of it starts nothing."),
        .event("timestamp", "time", "When it happened."),
    ]
}

extension FieldDescription {
    static func event(
        _ name: String, _ type: String, _ about: String, always: Bool = true, _ fields: [FieldDescription] = []
    ) -> FieldDescription {
        FieldDescription(
            name: name, aliases: [], type: type, bounds: nil, isRequired: always, isNullable: false, about: about,
            fields: fields)
    }
}

extension EngineEventRow {
    /// A webhook of this shape with values that could be: every field that is always there, and what people are called.
    public func sample(messageID: String, timestamp: String) -> Payload {
        var members = Self.members(fields, family: String(type.prefix { $0 != "." }), timestamp)
        members["type"] = .string(type)
        members["messageId"] = .string(messageID)
        members["timestamp"] = .string(timestamp)
        return .object(members)
    }

    private static let spoken: Set<String> = ["name", "email", "customerId", "customer"]

    private static func members(
        _ fields: [FieldDescription], family: String, _ timestamp: String
    ) -> TextMap<Payload> {
        var members: TextMap<Payload> = [:]
        for field in fields where field.isRequired || spoken.contains(field.name) {
            members[field.name] = value(of: field, family, timestamp)
        }
        return members
    }

    private static func value(of field: FieldDescription, _ family: String, _ timestamp: String) -> Payload {
        if field.type.hasPrefix("list of") { return [] }
        if !field.fields.isEmpty { return .object(members(field.fields, family: field.name, timestamp)) }
        if field.type.hasPrefix("map of") { return [:] }
        if field.type.contains(" | ") { return .string(String(field.type.prefix { $0 != " " })) }
        switch field.type {
        case "time": return .string(timestamp)
        case "number", "whole number": return 1
        case "boolean": return true
        case "currency code": return "usd"
        default: return .string(word(field.name, family))
        }
    }

    private static func word(_ name: String, _ family: String) -> String {
        switch (name, family) {
        case ("customerId", _), ("id", "customer"), ("entityId", "customer"): "acme"
        case ("name", "customer"): "Acme Inc."
        case ("email", _): "billing@acme.example"
        case ("id", _), ("entityId", _), ("name", _): "\(family)-1"
        default: name.hasSuffix("Id") ? "\(name.dropLast(2))-1" : name
        }
    }
}
