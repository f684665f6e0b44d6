import TidemillCore

/// Why somebody does something, as the audit keeps it and terminals show it: words, by whatever door they come.
public enum Reason {
    public static let length = 1...1000
    public static let expected = "words that say why, at most 1000 characters, in one line"

    /// What a text has or lacks that is no reason; nil for one that is.
    public static func problem(_ text: String) -> String? {
        if text.allSatisfy(\.isWhitespace) { return text.isEmpty ? "nothing" : "only spaces" }
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: return "a control character"
            default: break
            }
        }
        return length.contains(text.count) ? nil : "\(text.count) characters"
    }
}

// Kinds of what operators give and see.

extension FieldKind where Value == String {
    /// Why somebody does something.
    static var reason: FieldKind {
        let text = FieldKind<String>.text(Reason.length)
        return FieldKind(
            expected: Reason.expected, type: text.type, bounds: text.bounds,
            decode: { (payload, path) throws(InputProblem) in
                let reason = try text.decode(payload, path)
                if let problem = Reason.problem(reason) {
                    throw .expected(Reason.expected, at: path, got: problem)
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
