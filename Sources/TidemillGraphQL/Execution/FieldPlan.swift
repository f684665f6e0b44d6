import TidemillCore
import TidemillOperations

/// A field of the answer: what a document asks for, its fragments in their places and its variables filled in. All of it is
/// made before anything is performed.
struct PlannedField: Sendable {
    /// What the answer calls it.
    let key: String
    let name: String
    let location: Location
    /// Nil for `__typename`.
    let definition: FieldDefinition?
    let arguments: TextMap<Payload>
    /// What is asked of the object below, by each type that it may be.
    let fields: [String: [PlannedField]]
}

struct FieldPlan {
    private let schema: Schema
    private let variables: TextMap<Payload>
    private let fragments: [String: FragmentDefinition]

    /// - Parameter document: one that passed `DocumentCheck` and `Bounds`.
    init(_ document: Document, _ schema: Schema, _ variables: TextMap<Payload>) {
        self.schema = schema
        self.variables = variables
        fragments = Dictionary(document.fragments.map { ($0.name, $0) }) { first, _ in first }
    }

    func fields(of operation: OperationDefinition) throws(Problem) -> [PlannedField] {
        try fields([operation.selections], on: schema.root(operation.kind))
    }

    /// Fields of one key are one, and what stands in them is put together.
    private func fields(_ selections: [[Selection]], on type: String) throws(Problem) -> [PlannedField] {
        var order: [String] = []
        var groups: [String: [FieldSelection]] = [:]
        for selections in selections { try collect(selections, on: type, &order, &groups) }
        var planned: [PlannedField] = []
        for key in order {
            guard let group = groups[key], let first = group.first else { continue }
            let arguments = arguments(of: first)
            for other in group.dropFirst()
            where other.location != first.location
                && (other.name != first.name || self.arguments(of: other) != arguments)
            {
                throw Problem(
                    Problem.Code.document.rawValue,
                    other.name != first.name
                        ? "Fields \"\(key)\" conflict because \"\(first.name)\" and \"\(other.name)\" are different fields. Use different aliases on the fields to fetch both if this was intentional."
                        : "Fields \"\(key)\" conflict because they have differing arguments. Use different aliases on the fields to fetch both if this was intentional.",
                    at: [first.location, other.location])
            }
            let definition = schema.objects[type]?.fields[first.name]
            var inner: [String: [PlannedField]] = [:]
            if let definition, !definition.isRefused {
                for possible in schema.possible(definition.type.name) {
                    inner[possible] = try fields(group.map(\.selections), on: possible)
                }
            }
            planned.append(
                PlannedField(
                    key: key, name: first.name, location: first.location, definition: definition, arguments: arguments,
                    fields: inner))
        }
        return planned
    }

    private func collect(
        _ selections: [Selection], on type: String, _ order: inout [String], _ groups: inout [String: [FieldSelection]]
    ) throws(Problem) {
        for selection in selections {
            switch selection {
            case .field(let field):
                guard try isWanted(field.directives) else { continue }
                if groups[field.key] == nil { order.append(field.key) }
                groups[field.key, default: []].append(field)
            case .inline(let name, let directives, let selections, _):
                guard try isWanted(directives), schema.possible(name ?? type).contains(type) else { continue }
                try collect(selections, on: type, &order, &groups)
            case .spread(let name, let directives, _):
                guard try isWanted(directives), let fragment = fragments[name],
                    schema.possible(fragment.typeName).contains(type)
                else { continue }
                try collect(fragment.selections, on: type, &order, &groups)
            }
        }
    }

    private func isWanted(_ directives: [Directive]) throws(Problem) -> Bool {
        for directive in directives {
            let condition = directive.argument("if")?.payload(variables)
            guard case .boolean(let isSo)? = condition else {
                throw Problem(
                    .variables, "@\(directive.name) needs true or false for 'if', got \(condition?.kind ?? "nothing")",
                    at: directive.location)
            }
            if isSo == (directive.name == "skip") { return false }
        }
        return true
    }

    private func arguments(of field: FieldSelection) -> TextMap<Payload> {
        var values: TextMap<Payload> = [:]
        for argument in field.arguments { values[argument.name] = argument.value.payload(variables) }
        return values
    }
}
