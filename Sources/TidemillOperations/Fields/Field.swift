import TidemillCore

/// One field of an object: its name, where the value lives, its kind, and what leaving it out means.
public struct Field<Root: Sendable, Value: Sendable>: Sendable {
    let name: String
    let aliases: [String]
    let description: FieldDescription
    let read: @Sendable (TextMap<Payload>, FieldPath) throws(InputProblem) -> Value
    let write: @Sendable (Root, Nulls) -> Payload?

    init(
        _ name: String, aliases: [String], isRequired: Bool, isNullable: Bool, type: String, bounds: String?,
        fields: [FieldDescription], about: String,
        read: @escaping @Sendable (TextMap<Payload>, FieldPath) throws(InputProblem) -> Value,
        write: @escaping @Sendable (Root, Nulls) -> Payload?
    ) {
        self.name = name
        self.aliases = aliases
        description = FieldDescription(
            name: name, aliases: aliases, type: type, bounds: bounds, isRequired: isRequired, isNullable: isNullable,
            about: about, fields: fields)
        self.read = read
        self.write = write
    }

    /// The member under the field's name, or under one of its other names.
    static func member(_ members: TextMap<Payload>, _ name: String, _ aliases: [String]) -> Payload? {
        if let value = members[name] { return value }
        for alias in aliases {
            if let value = members[alias] { return value }
        }
        return nil
    }
}

extension Shaped {
    /// A field that must be there and not null.
    public static func required<Value>(
        _ name: String, _ get: @escaping @Sendable (Self) -> Value, _ kind: FieldKind<Value>, _ about: String,
        aliases: [String] = []
    ) -> Field<Self, Value> {
        Field(
            name, aliases: aliases, isRequired: true, isNullable: false, type: kind.type, bounds: kind.bounds,
            fields: kind.fields, about: about,
            read: { (members, path) throws(InputProblem) in
                guard let value = Field<Self, Value>.member(members, name, aliases) else {
                    throw .missing(path.member(name), expected: kind.expected)
                }
                return try kind.decode(value, path.member(name))
            },
            write: { root, nulls in kind.encode(get(root), nulls) })
    }

    /// A field that may be left out; null means the same.
    public static func optional<Value>(
        _ name: String, _ get: @escaping @Sendable (Self) -> Value?, _ kind: FieldKind<Value>, _ about: String,
        aliases: [String] = []
    ) -> Field<Self, Value?> {
        Field(
            name, aliases: aliases, isRequired: false, isNullable: false, type: kind.type, bounds: kind.bounds,
            fields: kind.fields, about: about,
            read: { (members, path) throws(InputProblem) in
                guard let value = Field<Self, Value?>.member(members, name, aliases), !value.isNull else { return nil }
                return try kind.decode(value, path.member(name))
            },
            write: { root, nulls in
                if let value = get(root) { return kind.encode(value, nulls) }
                return nulls == .explicit ? .null : nil
            })
    }

    /// A field with a value for when it is left out or null.
    public static func defaulted<Value>(
        _ name: String, _ get: @escaping @Sendable (Self) -> Value, _ kind: FieldKind<Value>, to fallback: Value,
        _ about: String, aliases: [String] = []
    ) -> Field<Self, Value> {
        Field(
            name, aliases: aliases, isRequired: false, isNullable: false, type: kind.type, bounds: kind.bounds,
            fields: kind.fields, about: about,
            read: { (members, path) throws(InputProblem) in
                guard let value = Field<Self, Value>.member(members, name, aliases), !value.isNull else {
                    return fallback
                }
                return try kind.decode(value, path.member(name))
            },
            write: { root, nulls in kind.encode(get(root), nulls) })
    }

    /// A field of an update: absent keeps, null clears.
    public static func clearable<Value>(
        _ name: String, _ get: @escaping @Sendable (Self) -> Change<Value>, _ kind: FieldKind<Value>, _ about: String
    ) -> Field<Self, Change<Value>> {
        Field(
            name, aliases: [], isRequired: false, isNullable: true, type: kind.type, bounds: kind.bounds,
            fields: kind.fields, about: about,
            read: { (members, path) throws(InputProblem) in
                guard let value = members[name] else { return .keep }
                if value.isNull { return .clear }
                return .set(try kind.decode(value, path.member(name)))
            },
            write: { root, nulls in
                switch get(root) {
                case .keep: nil
                case .clear: .null
                case .set(let value): kind.encode(value, nulls)
                }
            })
    }

    /// A field of an update that can be changed but not cleared: absent keeps, null is an error.
    public static func changeable<Value>(
        _ name: String, _ get: @escaping @Sendable (Self) -> Value?, _ kind: FieldKind<Value>, _ about: String
    ) -> Field<Self, Value?> {
        Field(
            name, aliases: [], isRequired: false, isNullable: false, type: kind.type, bounds: kind.bounds,
            fields: kind.fields, about: about,
            read: { (members, path) throws(InputProblem) in
                guard let value = members[name] else { return nil }
                guard !value.isNull else {
                    throw InputProblem(["'\(path.member(name))' cannot be cleared; leave it out to keep it"])
                }
                return try kind.decode(value, path.member(name))
            },
            write: { root, nulls in get(root).map { kind.encode($0, nulls) } })
    }
}
