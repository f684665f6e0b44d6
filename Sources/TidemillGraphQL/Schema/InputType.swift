import TidemillCore
import TidemillOperations

/// What a document gives, as the operation's input has it. Members that are not declared keep their name; the operation
/// says whether it knows them. `@strict` marks those that are read before an operation is asked, or in place of one.
struct InputType: Sendable {
    let fields: [String: InputField]
    /// Members that are not declared are refused: what a list leaves out must not be passed over.
    private let isStrict: Bool

    struct InputField: Sendable {
        let type: TypeReference
        /// What the operation calls it.
        let to: String?
        /// Passed over: it says nothing here.
        let isDropped: Bool
        /// Refused unless it is null.
        let isRefused: Bool
        /// Its members join those of the object around it, with these.
        let spread: TextMap<Payload>?
        /// `{eq: X}` and `{in: [X]}`.
        let isComparison: Bool
    }

    init(_ parser: inout Parser, _ directives: [Directive]) throws(Problem) {
        isStrict = directives.contains { $0.name == "strict" }
        let pairs = try parser.many("{", "}") { parser throws(Problem) in
            let name = try parser.name()
            try parser.expect(":")
            let type = try parser.typeReference()
            let directives = try parser.directives(isConstant: true)
            func has(_ name: String) -> Bool { directives.contains { $0.name == name } }
            var spread: TextMap<Payload>?
            if let directive = directives.first(where: { $0.name == "spread" }) {
                var members: TextMap<Payload> = [:]
                for argument in directive.arguments { members[argument.name] = argument.value.payload([:]) }
                spread = members
            }
            return (
                name,
                InputField(
                    type: type, to: directives.first { $0.name == "to" }?.text("name"), isDropped: has("dropped"),
                    isRefused: has("refused"), spread: spread, isComparison: has("comparison"))
            )
        }
        fields = Dictionary(pairs) { first, _ in first }
    }

    func mapped(_ value: Payload, at place: String, _ schema: Schema) throws(Problem) -> Payload {
        guard case .object(let members) = value else {
            throw Problem(.variables, "'\(place)' must be an object, got \(value.kind)")
        }
        var mapped: TextMap<Payload> = [:]
        /// Two names of one thing give it once: nobody can tell which of two was meant.
        func put(_ value: Payload?, as target: String) throws(Problem) {
            guard let value, !value.isNull else {
                if mapped[target] == nil { mapped[target] = value }
                return
            }
            if let other = mapped[target], !other.isNull, other != value {
                throw Problem(
                    .variables,
                    "'\(place)' gives '\(target)' twice, as \(other.json.prefix(100)) and \(value.json.prefix(100)); give it once"
                )
            }
            mapped[target] = value
        }
        for (name, member) in members.sorted(by: { $0.key < $1.key }) {
            guard let field = fields[name] else {
                if name == "environmentId" { continue }
                guard !isStrict || member.isNull else { throw Self.refusal("\(place).\(name)") }
                // The operation's own name of a field that these documents call otherwise.
                if let known = fields.first(where: { $0.value.to == name })?.key {
                    throw Problem(.variables, "'\(place).\(name)' is not known (did you mean '\(known)'?)")
                }
                try put(member, as: name)
                continue
            }
            if field.isDropped || field.isRefused && member.isNull { continue }
            guard !field.isRefused else { throw Self.refusal("\(place).\(name)") }
            let inner = try schema.mapped(member, as: field.type, at: "\(place).\(name)")
            if let spread = field.spread {
                guard case .object(let members) = inner else { continue }
                for (name, member) in members { try put(member, as: name) }
                for (name, member) in spread { try put(member, as: name) }
            } else if field.isComparison {
                try put(Self.compared(inner, at: "\(place).\(name)"), as: field.to ?? name)
            } else {
                try put(inner, as: field.to ?? name)
            }
        }
        return .object(mapped)
    }

    /// Of what compares, the two ways that the lists of the table have.
    private static func compared(_ value: Payload, at place: String) throws(Problem) -> Payload? {
        guard case .object(let members) = value else { return value }
        let asked = members.filter { !$0.value.isNull }
        guard let first = asked.first else {
            // Compared with nothing: all would be taken where one was meant.
            guard members.isEmpty else {
                throw Problem(.variables, "'\(place)' compares with null; give a value, or leave it out")
            }
            return nil
        }
        guard asked.count == 1, first.key == "eq" || first.key == "in" else {
            throw Problem(
                .notOffered,
                "'\(place)': of comparisons 'eq' and 'in' are offered, one at a time; got \(asked.keys.sorted())")
        }
        return first.value
    }

    private static func refusal(_ place: String) -> Problem {
        Problem(.notOffered, "'\(place)' is not offered here; leave it out")
    }
}

extension Schema {
    /// What a document gives for a type, as the operation table spells it.
    func mapped(_ value: Payload, as type: TypeReference, at place: String) throws(Problem) -> Payload {
        if value.isNull { return value }
        if let items = type.items {
            guard case .array(let values) = value else { return .array([try mapped(value, as: items, at: place)]) }
            var mapped: [Payload] = []
            for (index, value) in values.enumerated() {
                mapped.append(try self.mapped(value, as: items, at: "\(place)[\(index)]"))
            }
            return .array(mapped)
        }
        if let input = inputs[type.name] { return try input.mapped(value, at: place, self) }
        if let list = enums[type.name], case .string(let name) = value { return .string(list.given(name)) }
        return value
    }
}
