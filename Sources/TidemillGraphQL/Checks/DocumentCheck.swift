import TidemillCore
import TidemillOperations

/// Checks a document before anything of it is performed, as the language's own rules of validation say (specification,
/// section 5); whether fields of one name are the same is seen where they are collected (`FieldPlan`).
struct DocumentCheck {
    private let document: Document
    private let schema: Schema
    private let fragments: [String: FragmentDefinition]
    private var problems: [Problem] = []
    /// Of the operation or fragment that is looked at.
    private var used: [(name: String, location: Location)] = []
    private var spread: Set<String> = []
    private var variables: [String: VariableDefinition] = [:]
    /// Fragments use the variables of whatever operation spreads them.
    private var place: Place = .fragment

    private enum Place { case operation, fragment }

    private init(_ document: Document, _ schema: Schema) {
        self.document = document
        self.schema = schema
        fragments = Dictionary(document.fragments.map { ($0.name, $0) }) { first, _ in first }
    }

    static func problems(of document: Document, in schema: Schema) -> [Problem] {
        var check = DocumentCheck(document, schema)
        check.run()
        return Array(check.problems.prefix(Bounds.problemsMax))
    }

    private mutating func note(_ message: String, at location: Location) {
        guard problems.count < Bounds.problemsMax else { return }
        problems.append(Problem(.document, message, at: location))
    }

    // MARK: - Definitions

    private mutating func run() {
        names()
        var uses: [String: (variables: [(name: String, location: Location)], spreads: Set<String>)] = [:]
        for fragment in document.fragments {
            (used, spread, place) = ([], [], .fragment)
            if schema.possible(fragment.typeName).isEmpty {
                note(
                    Self.notComposite(fragment.typeName, schema, "Fragment \"\(fragment.name)\""), at: fragment.location
                )
            } else {
                directives(fragment.directives)
                check(fragment.selections, on: fragment.typeName)
            }
            uses[fragment.name] = (used, spread)
        }
        cycles(uses.mapValues(\.spreads))
        var reached: Set<String> = []
        for operation in document.operations {
            (used, spread, place) = ([], [], .operation)
            guard operation.kind != .subscription else {
                note("subscriptions are not offered here; ask again from time to time", at: operation.location)
                continue
            }
            define(operation)
            directives(operation.directives)
            check(operation.selections, on: schema.root(operation.kind))
            var open = Array(spread)
            var within: Set<String> = []
            while let name = open.popLast() {
                guard within.insert(name).inserted, let use = uses[name] else { continue }
                used += use.variables
                open += use.spreads
            }
            reached.formUnion(within)
            variablesUsed(operation)
        }
        for fragment in document.fragments where !reached.contains(fragment.name) {
            note("Fragment \"\(fragment.name)\" is never used.", at: fragment.location)
        }
    }

    private mutating func names() {
        var seen: Set<String> = []
        for operation in document.operations {
            guard let name = operation.name else {
                if document.operations.count > 1 {
                    note("This anonymous operation must be the only defined operation.", at: operation.location)
                }
                continue
            }
            if !seen.insert(name).inserted {
                note("There can be only one operation named \"\(name)\".", at: operation.location)
            }
        }
        seen = []
        for fragment in document.fragments where !seen.insert(fragment.name).inserted {
            note("There can be only one fragment named \"\(fragment.name)\".", at: fragment.location)
        }
    }

    /// A fragment that spreads itself, by others or at once.
    private mutating func cycles(_ spreads: [String: Set<String>]) {
        var done: Set<String> = []
        for fragment in document.fragments where !done.contains(fragment.name) {
            var path: Set<String> = []
            // Each entry is entered and left; nothing here grows with the number of ways through the fragments.
            var stack: [(name: String, isLeaving: Bool)] = [(fragment.name, false)]
            while let (name, isLeaving) = stack.popLast() {
                if isLeaving {
                    path.remove(name)
                    done.insert(name)
                    continue
                }
                if done.contains(name) { continue }
                guard path.insert(name).inserted else { continue }
                stack.append((name, true))
                for next in (spreads[name] ?? []).sorted() {
                    if path.contains(next) {
                        note(
                            "Cannot spread fragment \"\(next)\" within itself.",
                            at: fragments[name]?.location ?? fragment.location)
                    } else {
                        stack.append((next, false))
                    }
                }
            }
        }
    }

    private mutating func define(_ operation: OperationDefinition) {
        variables = [:]
        for variable in operation.variables {
            if variables.updateValue(variable, forKey: variable.name) != nil {
                note("There can be only one variable named \"$\(variable.name)\".", at: variable.location)
            }
        }
    }

    private mutating func variablesUsed(_ operation: OperationDefinition) {
        let name = operation.name.map { " by operation \"\($0)\"" } ?? ""
        for use in used where variables[use.name] == nil {
            note("Variable \"$\(use.name)\" is not defined\(name).", at: use.location)
        }
        let names = Set(used.map(\.name))
        for variable in operation.variables where !names.contains(variable.name) {
            note("Variable \"$\(variable.name)\" is never used.", at: variable.location)
        }
    }

    // MARK: - Selections

    private mutating func check(_ selections: [Selection], on type: String) {
        for selection in selections {
            switch selection {
            case .field(let field): check(field, on: type)
            case .spread(let name, let directives, let location):
                self.directives(directives)
                guard let fragment = fragments[name] else {
                    note("Unknown fragment \"\(name)\".", at: location)
                    continue
                }
                spread.insert(name)
                meets(fragment.typeName, type, "Fragment \"\(name)\"", at: location)
            case .inline(let name, let directives, let selections, let location):
                self.directives(directives)
                let inner = name ?? type
                guard !schema.possible(inner).isEmpty else {
                    note(Self.notComposite(inner, schema, "Fragment"), at: location)
                    continue
                }
                meets(inner, type, "Fragment", at: location)
                check(selections, on: inner)
            }
        }
    }

    private static func notComposite(_ type: String, _ schema: Schema, _ what: String) -> String {
        schema.isInput(type)
            ? "\(what) cannot condition on non composite type \"\(type)\"." : "Unknown type \"\(type)\"."
    }

    private mutating func meets(_ inner: String, _ outer: String, _ what: String, at location: Location) {
        let possible = schema.possible(inner)
        guard !possible.isEmpty, Set(possible).isDisjoint(with: schema.possible(outer)) else { return }
        note(
            "\(what) cannot be spread here as objects of type \"\(outer)\" can never be of type \"\(inner)\".",
            at: location)
    }

    private mutating func check(_ field: FieldSelection, on type: String) {
        // What is told is complete.
        guard problems.count < Bounds.problemsMax else { return }
        directives(field.directives)
        if field.name == "__typename" {
            if !field.selections.isEmpty { note(Self.leafWithFields(field.name, "String!"), at: field.location) }
            return arguments(field, [:], on: type)
        }
        guard let definition = schema.objects[type]?.fields[field.name] else {
            return note(unknown(field.name, on: type), at: field.location)
        }
        // What stands in a field that is refused need not be known.
        if definition.isRefused { return }
        arguments(field, definition.arguments, on: type)
        let inner = definition.type.name
        if schema.isLeaf(inner) {
            if !field.selections.isEmpty {
                note(Self.leafWithFields(field.name, "\(definition.type)"), at: field.location)
            }
        } else if field.selections.isEmpty {
            note(
                "Field \"\(field.name)\" of type \"\(definition.type)\" must have a selection of subfields. Did you mean \"\(field.name) { ... }\"?",
                at: field.location)
        } else {
            check(field.selections, on: inner)
        }
    }

    private static func leafWithFields(_ name: String, _ type: String) -> String {
        "Field \"\(name)\" must not have a selection since type \"\(type)\" has no subfields."
    }

    private func unknown(_ name: String, on type: String) -> String {
        if name.hasPrefix("__") {
            return "Cannot query field \"\(name)\" on type \"\(type)\": introspection is not offered."
        }
        var message = "Cannot query field \"\(name)\" on type \"\(type)\"."
        let known = schema.objects[type].map { $0.fields.keys.sorted() } ?? []
        if let nearest = Suggestion.nearest(to: name, in: known) { message += " Did you mean \"\(nearest)\"?" }
        return message
    }

    // MARK: - Arguments

    private mutating func arguments(_ field: FieldSelection, _ known: [String: TypeReference], on type: String) {
        var seen: Set<String> = []
        for argument in field.arguments {
            if !seen.insert(argument.name).inserted {
                note("There can be only one argument named \"\(argument.name)\".", at: argument.location)
            }
            members(argument.value, at: argument.location)
            used += argument.value.variables
            guard let expected = known[argument.name] else {
                note("Unknown argument \"\(argument.name)\" on field \"\(type).\(field.name)\".", at: argument.location)
                continue
            }
            if case .variable(let name, let location) = argument.value { position(name, expected, at: location) }
            if case .value(.null) = argument.value, expected.isRequired {
                note("Expected value of type \"\(expected)\", found null.", at: argument.location)
            }
        }
        for (name, expected) in known.sorted(by: { $0.key < $1.key }) where expected.isRequired && !seen.contains(name)
        {
            note(
                "Field \"\(field.name)\" argument \"\(name)\" of type \"\(expected)\" is required, but it was not provided.",
                at: field.location)
        }
    }

    /// Names of an object that is written out stand once.
    private mutating func members(_ value: Literal, at location: Location) {
        switch value {
        case .object(let members):
            var seen: Set<String> = []
            for member in members {
                if !seen.insert(member.name).inserted {
                    note("There can be only one input field named \"\(member.name)\".", at: member.location)
                }
                self.members(member.value, at: member.location)
            }
        case .list(let items): for item in items { members(item, at: location) }
        case .variable, .value, .word: break
        }
    }

    /// A variable is what its place takes. In fragments that is seen where the operation is known: by the operation itself.
    private mutating func position(_ name: String, _ expected: TypeReference, at location: Location) {
        guard place == .operation, let variable = variables[name] else { return }
        var given = variable.type
        if let fallback = variable.fallback, !given.isRequired {
            if case .value(.null) = fallback {} else { given = .required(given) }
        }
        guard !Self.fits(given, expected) else { return }
        note(
            "Variable \"$\(name)\" of type \"\(variable.type)\" used in position expecting type \"\(expected)\".",
            at: location)
    }

    private static func fits(_ given: TypeReference, _ expected: TypeReference) -> Bool {
        switch (given, expected) {
        case (.required(let given), .required(let expected)): fits(given, expected)
        case (.required(let given), _): fits(given, expected)
        case (_, .required): false
        case (.list(let given), .list(let expected)): fits(given, expected)
        case (.named(let given), .named(let expected)): given == expected
        default: false
        }
    }

    private mutating func directives(_ directives: [Directive]) {
        var seen: Set<String> = []
        for directive in directives {
            guard directive.name == "include" || directive.name == "skip" else {
                note("Unknown directive \"@\(directive.name)\".", at: directive.location)
                continue
            }
            if !seen.insert(directive.name).inserted {
                note(
                    "The directive \"@\(directive.name)\" can only be used once at this location.",
                    at: directive.location)
            }
            for argument in directive.arguments {
                used += argument.value.variables
                if argument.name != "if" {
                    note(
                        "Unknown argument \"\(argument.name)\" on directive \"@\(directive.name)\".",
                        at: argument.location)
                }
            }
            switch directive.argument("if") {
            case .variable(let name, let location)?: position(name, .required(.named("Boolean")), at: location)
            case .value(.boolean)?: break
            case nil:
                note(
                    "Directive \"@\(directive.name)\" argument \"if\" of type \"Boolean!\" is required, but it was not provided.",
                    at: directive.location)
            default: note("Boolean cannot represent a non boolean value.", at: directive.location)
            }
        }
    }
}
