import TidemillCore
import TidemillOperations

/// A document as it is written, without the parts of the language that only schemas have.
struct Document {
    var operations: [OperationDefinition] = []
    var fragments: [FragmentDefinition] = []
}

struct OperationDefinition {
    enum Kind: String { case query, mutation, subscription }

    let kind: Kind
    let name: String?
    let variables: [VariableDefinition]
    let directives: [Directive]
    let selections: [Selection]
    let location: Location
}

struct VariableDefinition {
    let name: String
    let type: TypeReference
    let fallback: Literal?
    let location: Location
}

struct FragmentDefinition {
    let name: String
    let typeName: String
    let directives: [Directive]
    let selections: [Selection]
    let location: Location
}

enum Selection {
    case field(FieldSelection)
    case spread(name: String, directives: [Directive], location: Location)
    case inline(typeName: String?, directives: [Directive], selections: [Selection], location: Location)
}

struct FieldSelection {
    let alias: String?
    let name: String
    let arguments: [Argument]
    let directives: [Directive]
    let selections: [Selection]
    let location: Location

    /// What the answer calls it.
    var key: String { alias ?? name }
}

struct Argument {
    let name: String
    let value: Literal
    let location: Location
}

struct Directive {
    let name: String
    let arguments: [Argument]
    let location: Location

    func argument(_ name: String) -> Literal? { arguments.first { $0.name == name }?.value }
}

/// A value as it is written.
indirect enum Literal {
    case variable(String, Location)
    /// Anything that is the same in JSON; of enumerations the name.
    case value(Payload)
    case word(String)
    case list([Literal])
    case object([Argument])

    /// The variables in it, with where they stand.
    var variables: [(name: String, location: Location)] {
        switch self {
        case .variable(let name, let location): [(name, location)]
        case .value, .word: []
        case .list(let items): items.flatMap(\.variables)
        case .object(let members): members.flatMap(\.value.variables)
        }
    }

    /// The value, with the variables as they are given; nil for a variable that is not.
    func payload(_ given: TextMap<Payload>) -> Payload? {
        switch self {
        case .variable(let name, _): return given[name]
        case .value(let value): return value
        case .word(let word): return .string(word)
        case .list(let items): return .array(items.map { $0.payload(given) ?? .null })
        case .object(let members):
            var made: TextMap<Payload> = [:]
            for member in members { made[member.name] = member.value.payload(given) }
            return .object(made)
        }
    }
}

/// `[Name!]!`.
indirect enum TypeReference: Hashable, Sendable, CustomStringConvertible {
    case named(String)
    case list(TypeReference)
    case required(TypeReference)

    /// The name within.
    var name: String {
        switch self {
        case .named(let name): name
        case .list(let type), .required(let type): type.name
        }
    }

    var isRequired: Bool { if case .required = self { true } else { false } }
    /// Without the mark.
    var nullable: TypeReference { if case .required(let type) = self { type } else { self } }
    /// What a list holds; nil where it is none.
    var items: TypeReference? { if case .list(let type) = nullable { type } else { nil } }

    var description: String {
        switch self {
        case .named(let name): name
        case .list(let type): "[\(type)]"
        case .required(let type): "\(type)!"
        }
    }
}
