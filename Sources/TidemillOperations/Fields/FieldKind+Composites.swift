public import TidemillCore

extension FieldKind where Value: Shaped {
    /// An object with fields of its own. `type` names it in help: "usage report".
    public static func object(_ type: String) -> FieldKind {
        let shape = Value.shape
        return FieldKind(
            expected: "an object (\(type))", type: type, fields: shape.fields,
            decode: { (payload, path) throws(InputProblem) in
                // A script's empty table is an object too.
                if case .array(let items) = payload, items.isEmpty { return try shape.read(.object([:]), path) }
                return try shape.read(payload, path)
            },
            encode: { value, nulls in shape.write(value, nulls) })
    }
}

extension FieldKind {
    /// A list of values of one kind. `items` names them in messages: "usage reports".
    public static func list<Item>(of item: FieldKind<Item>, _ items: String, _ count: ClosedRange<Int>) -> FieldKind
    where Value == [Item] {
        let expected =
            count.lowerBound == 0
            ? "a list of at most \(count.upperBound) \(items)"
            : "a list of \(count.lowerBound) to \(count.upperBound) \(items)"
        return FieldKind(
            expected: expected, type: "list of \(items)", bounds: "\(count.lowerBound)–\(count.upperBound) items",
            fields: item.fields,
            decode: { (payload, path) throws(InputProblem) in
                let values: [Payload]
                switch payload {
                case .array(let given): values = given
                // A script's empty table may arrive as an object.
                case .object(let members) where members.isEmpty: values = []
                case .null, .boolean, .integer, .number, .string, .object:
                    throw .expected(expected, at: path, got: payload.kind)
                }
                guard count.contains(values.count) else {
                    throw .expected(expected, at: path, got: values.isEmpty ? "none" : "\(values.count)")
                }
                return try readEach(values, path, item)
            },
            encode: { value, nulls in .array(value.map { item.encode($0, nulls) }) })
    }

    /// One value or a list of them: the filters of lists.
    public static func oneOrMore<Item>(of item: FieldKind<Item>) -> FieldKind where Value == [Item] {
        FieldKind(
            expected: "\(item.expected), or a list of them", type: "\(item.type), or a list", fields: item.fields,
            decode: { (payload, path) throws(InputProblem) in
                guard case .array(let values) = payload else { return [try item.decode(payload, path)] }
                return try readEach(values, path, item)
            },
            encode: { value, nulls in .array(value.map { item.encode($0, nulls) }) })
    }
}

/// Reads every item, and reports the problems of all.
private func readEach<Item>(
    _ values: [Payload], _ path: FieldPath, _ item: FieldKind<Item>
) throws(InputProblem) -> [Item] {
    var findings: [InputProblem.Finding] = []
    var items: [Item] = []
    items.reserveCapacity(values.count)
    for (index, value) in values.enumerated() {
        do throws(InputProblem) {
            items.append(try item.decode(value, path.item(index)))
        } catch {
            findings += error.findings
            if findings.count > InputProblem.sentencesMax { break }
        }
    }
    guard findings.isEmpty else { throw InputProblem(findings) }
    return items
}

extension FieldKind where Value == TextMap<String> {
    /// A map from text to text: `metadata`.
    public static var metadata: FieldKind {
        let value = FieldKind<String>.text(max: 4096)
        let expected = "a map of texts"
        return FieldKind(
            expected: expected, type: "map of texts", bounds: "at most 100 entries",
            decode: { (payload, path) throws(InputProblem) in
                let members = try readMap(payload, path, expected: expected)
                guard members.count <= 100 else {
                    throw .expected("a map of at most 100 texts", at: path, got: "\(members.count)")
                }
                var result: TextMap<String> = [:]
                for key in members.keys.sorted() {
                    _ = try FieldKind<String>.text(1...255).decode(.string(key), path.member(key))
                    result[key] = try value.decode(members[key] ?? .null, path.member(key))
                }
                return result
            },
            encode: { value, _ in .object(value.mapValues { .string($0) }) })
    }
}

extension FieldKind where Value == TextMap<Payload> {
    /// A map from text to text, number or boolean: `dimensions`. Null entries are absent.
    public static var dimensions: FieldKind {
        let expected = "a map of texts, numbers and booleans"
        return FieldKind(
            expected: expected, type: "map of texts, numbers and booleans",
            decode: { (payload, path) throws(InputProblem) in
                var result: TextMap<Payload> = [:]
                for (key, value) in try readMap(payload, path, expected: expected).sorted(by: { $0.key < $1.key }) {
                    switch value {
                    case .null: continue
                    case .boolean, .integer, .number: result[key] = value
                    case .string(let text):
                        guard !text.utf8.contains(0) else {
                            throw .expected("text", at: path.member(key), got: "a text with a NUL character")
                        }
                        result[key] = value
                    case .array, .object:
                        throw .expected("a text, a number or a boolean", at: path.member(key), got: value.kind)
                    }
                }
                return result
            },
            encode: { value, _ in .object(value) })
    }

    /// An object that is kept as it came: settings that only a payment provider reads.
    public static var anyObject: FieldKind {
        FieldKind(
            expected: "an object", type: "object",
            decode: { (payload, path) throws(InputProblem) in try readMap(payload, path, expected: "an object") },
            encode: { value, _ in .object(value) })
    }
}

private func readMap(
    _ payload: Payload, _ path: FieldPath, expected: String
) throws(InputProblem) -> TextMap<Payload> {
    switch payload {
    case .object(let members): return members
    // A script's empty table may arrive as a list.
    case .array(let items) where items.isEmpty: return [:]
    case .null, .boolean, .integer, .number, .string, .array:
        throw .expected(expected, at: path, got: payload.kind)
    }
}

extension FieldKind where Value == Payload {
    /// An object that must have the fields of `Item`, handed on exactly as it came.
    public static func delivered<Item: Shaped>(_ item: Item.Type, _ type: String) -> FieldKind {
        let shape = item.shape
        return FieldKind(
            expected: "an object (\(type))", type: type, fields: shape.fields,
            decode: { (payload, path) throws(InputProblem) in
                _ = try shape.read(payload, path)
                return payload
            },
            encode: { value, _ in value })
    }
}

extension FieldKind where Value == Payload {
    /// Whatever it is: another shape will read it.
    public static var anything: FieldKind {
        FieldKind(expected: "a value", type: "value", decode: { payload, _ in payload }, encode: { value, _ in value })
    }
}
