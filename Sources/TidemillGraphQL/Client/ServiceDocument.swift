import TidemillCore
public import TidemillOperations

/// A document that asks the hosted service for an operation that its REST API has no route for. It is the schema of our own
/// door, read the other way round: each field whose value stands in our answer is asked for, and put there.
public struct ServiceDocument: Sendable {
    public let text: String
    /// The root field, which the answer's `data` has.
    public let root: String
    /// The variable's name, which is that of the field's argument.
    private let argument: String
    private let input: TypeReference
    private let answer: Part
    private let schema: Schema

    private static let asked = Schema(trusted: SchemaText.all + [SchemaText.asked])
    private static let askedOverage = Schema(trusted: SchemaText.all + [SchemaText.askedOverage])

    /// What is kept of a field of the service's answer.
    private struct Part: Sendable {
        let name: String
        let type: TypeReference
        let source: Place
        /// By the types that it may be; empty where it has no fields.
        var members: [String: [Part]] = [:]

        enum Place: Sendable {
            case path([String])
            case money(amount: [String], currency: [String])
        }
    }

    /// Nil for what REST has.
    public init?(_ operation: OperationID) {
        let schema = operation == .listAddonOverageCharges ? Self.askedOverage : Self.asked
        for kind in [OperationDefinition.Kind.query, .mutation] {
            guard
                let field = schema.objects[schema.root(kind)]?.fields.values
                    .first(where: { $0.performance?.operation == operation }), let input = field.arguments.first
            else { continue }
            var reading = Reading(schema: schema)
            let members = reading.members(field.type.name, OperationTable.row(operation).output, [])
            let part = Part(name: field.name, type: field.type, source: .path([]), members: members)
            self.schema = schema
            root = field.name
            argument = input.key
            self.input = input.value
            answer = part
            let word = kind == .query ? "query" : "mutation"
            text =
                "\(word) Tidemill($\(input.key): \(input.value)) { \(field.name)(\(input.key): $\(input.key))"
                + "\(Self.selection(part, schema)) }"
            return
        }
        return nil
    }

    private static func selection(_ part: Part, _ schema: Schema) -> String {
        guard !part.members.isEmpty else { return "" }
        let types = part.members.sorted { $0.key < $1.key }
        guard schema.unions[part.type.name] != nil else {
            return " { " + types.flatMap(\.value).map { $0.name + selection($0, schema) }.joined(separator: " ") + " }"
        }
        let each = types.map { type, parts in
            "... on \(type) { \(parts.map { $0.name + selection($0, schema) }.joined(separator: " ")) }"
        }
        return " { __typename \(each.joined(separator: " ")) }"
    }

    /// Finds the fields whose values our answer has.
    private struct Reading {
        let schema: Schema

        mutating func members(
            _ type: String, _ output: [FieldDescription], _ around: [String]
        ) -> [String: [Part]] {
            guard !schema.isLeaf(type), !around.contains(type) else { return [:] }
            var members: [String: [Part]] = [:]
            for possible in schema.possible(type) {
                let fields = (schema.objects[possible]?.fields.values).map { $0.sorted { $0.name < $1.name } } ?? []
                members[possible] = fields.compactMap { part($0, output, around + [type]) }
            }
            return members.filter { !$0.value.isEmpty }
        }

        private mutating func part(
            _ field: FieldDefinition, _ output: [FieldDescription], _ around: [String]
        ) -> Part? {
            guard field.arguments.isEmpty else { return nil }
            for source in field.sources {
                switch source {
                case .path(let path):
                    guard let inner = Self.fields(path.steps, of: output) else { continue }
                    var part = Part(name: field.name, type: field.type, source: .path(path.steps))
                    part.members = members(field.type.name, inner, around)
                    guard schema.isLeaf(field.type.name) || !part.members.isEmpty else { continue }
                    return part
                case .money(let amount, let currency):
                    guard Self.fields(amount.steps, of: output) != nil else { continue }
                    var part = Part(
                        name: field.name, type: field.type,
                        source: .money(amount: amount.steps, currency: currency.steps))
                    part.members = members(
                        field.type.name, ServiceDocument.money, around)
                    return part
                case .none, .uuid, .ask, .constant, .made: continue
                }
            }
            // What our door makes of others has our name all the same, where our answer has one.
            guard let inner = Self.fields([field.name], of: output), !schema.isLeaf(field.type.name) else { return nil }
            var part = Part(name: field.name, type: field.type, source: .path([field.name]))
            part.members = members(field.type.name, inner, around)
            return part.members.isEmpty ? nil : part
        }

        /// What stands at a path of our answer; nil where nothing does.
        private static func fields(_ steps: [String], of output: [FieldDescription]) -> [FieldDescription]? {
            var fields = output
            for step in steps {
                // A page's own fields are those of its items, too, where an object stands for all of them.
                guard let field = fields.first(where: { $0.name == step }) else { return nil }
                fields = field.fields
            }
            return fields
        }
    }

    // MARK: - Asking

    public func variables(_ members: Payload) -> Payload {
        .object([argument: given(members, input)])
    }

    private func given(_ value: Payload, _ type: TypeReference) -> Payload {
        if value.isNull { return value }
        if let items = type.items { return .array((value.items ?? [value]).map { given($0, items) }) }
        if let input = schema.inputs[type.name] { return input.given(value) { given($0, $1) } }
        if let list = schema.enums[type.name], case .string(let name) = value {
            return .string(list.answered(name) ?? name)
        }
        return value
    }

    // MARK: - Answers

    /// The operation's answer, of the service's `data`.
    public func answer(of data: Payload) -> Payload {
        var members: TextMap<Payload> = [:]
        put(data[root] ?? .null, answer, into: &members)
        return .object(members)
    }

    private func put(_ value: Payload, _ part: Part, into members: inout TextMap<Payload>) {
        switch part.source {
        case .path(let steps):
            // What stands in the object itself joins it: of a list, its first.
            guard !steps.isEmpty else {
                guard let object = value.items?.first ?? (value.items == nil ? value : nil) else { return }
                for inner in inner(of: object, part) { put(object[inner.name] ?? .null, inner, into: &members) }
                return
            }
            Self.set(read(value, part), at: steps[...], in: &members)
        case .money(let amount, let currency):
            guard !value.isNull else { return Self.set(.null, at: amount[...], in: &members) }
            Self.set(value["amount"] ?? .null, at: amount[...], in: &members)
            Self.set(value["currency"] ?? .null, at: currency[...], in: &members)
        }
    }

    private func inner(of object: Payload, _ part: Part) -> [Part] {
        guard schema.unions[part.type.name] != nil else { return part.members.values.first ?? [] }
        return object["__typename"]?.text.flatMap { part.members[$0] } ?? []
    }

    private func read(_ value: Payload, _ part: Part) -> Payload {
        switch value {
        case .null: return .null
        case .array(let items): return .array(items.map { read($0, part) })
        case .object where !part.members.isEmpty:
            var members: TextMap<Payload> = [:]
            for inner in inner(of: value, part) { put(value[inner.name] ?? .null, inner, into: &members) }
            if let type = value["__typename"]?.text, let mark = schema.objects[type]?.mark {
                Self.set(.string(mark.value), at: mark.path.steps[...], in: &members)
            }
            return .object(members)
        case .string(let name):
            // A value that this program does not know keeps the service's spelling.
            return schema.enums[part.type.name].map { .string($0.given(name)) } ?? value
        default: return value
        }
    }

    private static func set(_ value: Payload, at steps: ArraySlice<String>, in members: inout TextMap<Payload>) {
        guard let step = steps.first else { return }
        guard steps.count > 1 else {
            // Two fields of theirs may stand for one of ours: what says something counts.
            if members[step].map(\.isNull) ?? true { members[step] = value }
            return
        }
        var inner: TextMap<Payload> = [:]
        if case .object(let known)? = members[step] { inner = known }
        set(value, at: steps.dropFirst(), in: &inner)
        members[step] = .object(inner)
    }

    private static let money = OperationTable.row(.grantCredits).output.first { $0.name == "cost" }?.fields ?? []
}

extension InputType {
    /// An operation's input in the names of the service; what it does not have is left out where that is declared.
    func given(_ value: Payload, _ inner: (Payload, TypeReference) -> Payload) -> Payload {
        guard case .object(let members) = value else { return value }
        var given: TextMap<Payload> = [:]
        for (name, member) in members {
            let declared = fields.filter { ($0.value.to ?? $0.key) == name && !$0.value.isRefused }
                .min { $0.key < $1.key }
            guard let (key, field) = declared else {
                given[name] = member
                continue
            }
            if field.isDropped { continue }
            let value = inner(member, field.type)
            given[key] = field.isComparison ? .object(["eq": value]) : value
        }
        return .object(given)
    }
}
