import TidemillCore
import TidemillOperations

/// The types that documents may ask for, and where each field's value comes from. It is written down in the language's own
/// notation (`SchemaText`), with directives that name operations and members of their answers.
struct Schema: Sendable {
    private(set) var objects: [String: ObjectType] = [:]
    private(set) var unions: [String: [String]] = [:]
    private(set) var enums: [String: EnumType] = [:]
    private(set) var inputs: [String: InputType] = [:]
    private(set) var scalars: Set<String> = []

    /// The one that is served.
    static let served = Schema(trusted: SchemaText.all)

    /// Of texts of this program: one that cannot be read is a programmer's mistake.
    init(trusted texts: [String]) {
        do { try self.init(texts) } catch { preconditionFailure("the schema cannot be read: \(error)") }
    }

    init(_ texts: [String]) throws(Problem) {
        for text in texts {
            var parser = try Parser(text.utf8)
            while parser.token.kind != .end { try definition(&parser) }
        }
    }

    private mutating func definition(_ parser: inout Parser) throws(Problem) {
        let word = try parser.name()
        let name = try parser.name()
        let directives = try parser.directives(isConstant: true)
        switch word {
        case "scalar": scalars.insert(name)
        case "union":
            try parser.expect("=")
            var members = [try parser.name()]
            while try parser.skip("|") { members.append(try parser.name()) }
            unions[name] = members
        case "enum": enums[name] = try EnumType(&parser, directives)
        case "input": inputs[name] = try InputType(&parser, directives)
        case "type": objects[name] = try ObjectType(name, &parser, directives)
        default: throw parser.unexpected()
        }
    }

    func root(_ kind: OperationDefinition.Kind) -> String { kind == .query ? "Query" : "Mutation" }

    /// What an object of the type may be: itself, or a union's members.
    func possible(_ type: String) -> [String] { unions[type] ?? (objects[type] == nil ? [] : [type]) }

    func isLeaf(_ type: String) -> Bool { scalars.contains(type) || enums[type] != nil }
    func isInput(_ type: String) -> Bool { isLeaf(type) || inputs[type] != nil }
}

/// An object of the answer.
struct ObjectType: Sendable {
    let name: String
    let fields: [String: FieldDefinition]
    /// How it is told from the other members of its union: what the path must lead to.
    let mark: (path: Path, value: String)?

    init(_ name: String, _ parser: inout Parser, _ directives: [Directive]) throws(Problem) {
        self.name = name
        var fields: [String: FieldDefinition] = [:]
        for field in try parser.many("{", "}", { parser throws(Problem) in try FieldDefinition(&parser) }) {
            fields[field.name] = field
        }
        self.fields = fields
        let mark = directives.first { $0.name == "when" }
        self.mark = mark.flatMap { mark in
            guard let path = mark.text("path"), let value = mark.text("is") else { return nil }
            return (Path(path), value)
        }
    }
}

struct FieldDefinition: Sendable {
    let name: String
    let type: TypeReference
    let arguments: [String: TypeReference]
    /// Where the value comes from: the first that has one.
    let sources: [Source]
    /// Of a root field: what is performed.
    let performance: Performance?
    /// The service has it, and this program does not: a root field that is refused, with what stands in it.
    let isRefused: Bool

    init(_ parser: inout Parser) throws(Problem) {
        let name = try parser.name()
        self.name = name
        var arguments: [String: TypeReference] = [:]
        if parser.isAt("(") {
            let pairs = try parser.many("(", ")") { parser throws(Problem) in
                let name = try parser.name()
                try parser.expect(":")
                return (name, try parser.typeReference())
            }
            for (name, type) in pairs { arguments[name] = type }
        }
        self.arguments = arguments
        try parser.expect(":")
        type = try parser.typeReference()
        let directives = try parser.directives(isConstant: true)
        isRefused = directives.contains { $0.name == "refused" }
        performance = try directives.first { $0.name == "perform" || $0.name == "made" && !arguments.isEmpty }.map {
            directive throws(Problem) -> Performance in try Performance(directive, directives)
        }
        var sources: [Source] = []
        for directive in directives {
            if let source = try Source(directive) { sources.append(source) }
        }
        self.sources = sources.isEmpty ? [.path(Path(name))] : sources
    }
}

/// The values of an enumeration where they are spelled otherwise than in the operation table.
struct EnumType: Sendable {
    /// `FLUCTUATING` there is `Fluctuating` here.
    private let isCamel: Bool
    /// By our spelling, and by theirs.
    private var theirs: [String: String] = [:]
    private var ours: [String: String] = [:]

    init(_ parser: inout Parser, _ directives: [Directive]) throws(Problem) {
        isCamel = directives.contains { $0.name == "camel" }
        guard parser.isAt("{") else { return }
        let values = try parser.many("{", "}") { parser throws(Problem) in
            (try parser.name(), try parser.directives(isConstant: true))
        }
        for (name, directives) in values {
            let value = directives.first?.text("value") ?? name
            theirs[value] = name
            ours[name] = value
        }
    }

    /// Nil for what clients do not know, where the values are listed.
    func answered(_ value: String) -> String? {
        if !theirs.isEmpty { return theirs[value] }
        guard isCamel, value.allSatisfy({ $0.isUppercase || $0 == "_" }) else { return value }
        return value.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst().lowercased() }.joined()
    }

    func given(_ name: String) -> String {
        if let value = ours[name] { return value }
        guard isCamel else { return name }
        return name.reduce(into: "") { text, letter in
            if letter.isUppercase, !text.isEmpty { text += "_" }
            text += letter.uppercased()
        }
    }
}

extension Directive {
    func text(_ name: String) -> String? {
        if case .value(.string(let text))? = argument(name) { text } else { nil }
    }
}
