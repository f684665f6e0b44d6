import TidemillCore

// Kinds of what operators give and see.

extension FieldKind where Value == String {
    /// Why somebody does something: words, not only spaces.
    static var reason: FieldKind {
        let text = FieldKind<String>.text(1...1000)
        let expected = "words that say why, at most 1000 characters"
        return FieldKind(
            expected: expected, type: text.type, bounds: text.bounds,
            decode: { (payload, path) throws(InputProblem) in
                let reason = try text.decode(payload, path)
                guard !reason.allSatisfy(\.isWhitespace) else {
                    throw .expected(expected, at: path, got: "only spaces")
                }
                return reason
            },
            encode: text.encode)
    }

    static var deliveryID: FieldKind { .text(1...255) }

    /// What a key of the HTTP door is called.
    static var keyName: FieldKind {
        let text = FieldKind<String>.text(KeyName.length)
        return FieldKind(
            expected: KeyName.expected, type: text.type, bounds: text.bounds,
            decode: { (payload, path) throws(InputProblem) in
                let name = try text.decode(payload, path)
                guard KeyName.isName(name) else {
                    throw .expected(KeyName.expected, at: path, got: InputProblem.shown(name))
                }
                return name
            },
            encode: text.encode)
    }

    /// Text of an answer, of whatever length.
    static var anyText: FieldKind {
        FieldKind(
            expected: "text", type: "text",
            decode: { (payload, path) throws(InputProblem) in
                guard case .string(let text) = payload else { throw .expected("text", at: path, got: payload.kind) }
                return text
            },
            encode: { value, _ in .string(value) })
    }
}

extension FieldKind where Value == Int64 {
    /// A whole number of an answer.
    static var count: FieldKind {
        let number = FieldKind<Int64>.integer(.min ... .max)
        return FieldKind(
            expected: "a whole number", type: number.type, decode: number.decode, encode: number.encode)
    }
}

extension FieldKind where Value == TextMap<Int64> {
    /// How many of each.
    static var counts: FieldKind {
        FieldKind(
            expected: "a map of whole numbers", type: "map of whole numbers",
            decode: { (payload, path) throws(InputProblem) in
                guard case .object(let members) = payload else {
                    throw .expected("a map of whole numbers", at: path, got: payload.kind)
                }
                var counts: TextMap<Int64> = [:]
                for (name, value) in members {
                    counts[name] = try FieldKind<Int64>.count.decode(value, path.member(name))
                }
                return counts
            },
            encode: { value, _ in .object(value.mapValues { .integer($0) }) })
    }
}

extension FieldKind {
    /// A value that an answer always tells, as null where there is none.
    static func orNull<Some>(_ kind: FieldKind<Some>) -> FieldKind where Value == Some? {
        FieldKind(
            expected: "\(kind.expected), or null", type: "\(kind.type), or null", fields: kind.fields,
            decode: { (payload, path) throws(InputProblem) in payload.isNull ? nil : try kind.decode(payload, path) },
            encode: { value, nulls in value.map { kind.encode($0, nulls) } ?? .null })
    }
}
