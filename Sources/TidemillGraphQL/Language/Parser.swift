import TidemillCore
import TidemillOperations

/// Reads documents by recursive descent (GraphQL specification, October 2021, section 2).
struct Parser {
    /// The longest document that is read.
    static let bytesMax = 64 << 10
    /// How deep selections, values and types stand in each other: before anything is counted, so that no document ends the
    /// stack.
    static let nestingMax = 40
    static let definitionsMax = 200

    private var lexer: Lexer
    private(set) var token: Token
    private var nesting = 0

    init(_ text: some Collection<UInt8>) throws(Problem) {
        guard text.count <= Self.bytesMax else {
            throw Problem(
                .tooComplex,
                "the document has \(text.count) bytes, at most \(Self.bytesMax) are read; send less at a time")
        }
        lexer = Lexer(Array(text))
        token = try lexer.next()
    }

    static func document(_ text: String) throws(Problem) -> Document {
        var parser = try Parser(text.utf8)
        var document = Document()
        repeat {
            guard document.operations.count + document.fragments.count < definitionsMax else {
                throw Problem(
                    .tooComplex, "the document has more than \(definitionsMax) operations and fragments",
                    at: parser.token.location)
            }
            try parser.definition(&document)
        } while parser.token.kind != .end
        return document
    }

    // MARK: - Tokens

    mutating func advance() throws(Problem) { token = try lexer.next() }

    func isAt(_ mark: String) -> Bool { token.kind == .mark(mark) }

    mutating func skip(_ mark: String) throws(Problem) -> Bool {
        guard isAt(mark) else { return false }
        try advance()
        return true
    }

    mutating func expect(_ mark: String) throws(Problem) {
        guard isAt(mark) else {
            throw Problem(.syntax, "Syntax Error: Expected \"\(mark)\", found \(token.shown).", at: token.location)
        }
        try advance()
    }

    mutating func name() throws(Problem) -> String {
        guard case .name(let name) = token.kind else {
            throw Problem(.syntax, "Syntax Error: Expected Name, found \(token.shown).", at: token.location)
        }
        try advance()
        return name
    }

    func unexpected() -> Problem {
        Problem(.syntax, "Syntax Error: Unexpected \(token.shown).", at: token.location)
    }

    mutating func nested<T>(_ body: (inout Parser) throws(Problem) -> T) throws(Problem) -> T {
        guard nesting < Self.nestingMax else {
            throw Problem(
                .tooComplex,
                "braces and brackets stand more than \(Self.nestingMax) levels deep in each other, whatever is in them; of fields at most \(Bounds.depthMax) levels are answered",
                at: token.location)
        }
        nesting += 1
        defer { nesting -= 1 }
        return try body(&self)
    }

    /// One or more of something between two marks.
    mutating func many<T>(
        _ open: String, _ close: String, _ item: (inout Parser) throws(Problem) -> T
    ) throws(Problem) -> [T] {
        try expect(open)
        var items: [T] = []
        repeat { items.append(try item(&self)) } while try !skip(close)
        return items
    }

    // MARK: - Definitions

    private mutating func definition(_ document: inout Document) throws(Problem) {
        let start = token.location
        if isAt("{") {
            document.operations.append(
                OperationDefinition(
                    kind: .query, name: nil, variables: [], directives: [], selections: try selectionSet(),
                    location: start))
            return
        }
        guard case .name(let word) = token.kind else { throw unexpected() }
        if let kind = OperationDefinition.Kind(rawValue: word) {
            try advance()
            var name: String?
            if case .name = token.kind { name = try self.name() }
            let variables = isAt("(") ? try many("(", ")") { parser throws(Problem) in try parser.variable() } : []
            document.operations.append(
                OperationDefinition(
                    kind: kind, name: name, variables: variables, directives: try directives(),
                    selections: try selectionSet(), location: start))
        } else if word == "fragment" {
            try advance()
            if case .name("on") = token.kind { throw unexpected() }
            let name = try self.name()
            guard case .name("on") = token.kind else {
                throw Problem(.syntax, "Syntax Error: Expected \"on\", found \(token.shown).", at: token.location)
            }
            try advance()
            document.fragments.append(
                FragmentDefinition(
                    name: name, typeName: try self.name(), directives: try directives(),
                    selections: try selectionSet(), location: start))
        } else {
            throw unexpected()
        }
    }

    private mutating func variable() throws(Problem) -> VariableDefinition {
        let start = token.location
        try expect("$")
        let name = try name()
        try expect(":")
        let type = try typeReference()
        let fallback = try skip("=") ? try literal(isConstant: true) : nil
        _ = try directives()
        return VariableDefinition(name: name, type: type, fallback: fallback, location: start)
    }

    mutating func typeReference() throws(Problem) -> TypeReference {
        try nested { parser throws(Problem) in
            var type: TypeReference
            if try parser.skip("[") {
                type = .list(try parser.typeReference())
                try parser.expect("]")
            } else {
                type = .named(try parser.name())
            }
            if try parser.skip("!") { type = .required(type) }
            return type
        }
    }

    // MARK: - Selections

    private mutating func selectionSet() throws(Problem) -> [Selection] {
        try nested { parser throws(Problem) in
            try parser.many("{", "}") { parser throws(Problem) in try parser.selection() }
        }
    }

    private mutating func selection() throws(Problem) -> Selection {
        let start = token.location
        guard try skip("...") else { return .field(try field()) }
        if case .name(let word) = token.kind, word != "on" {
            try advance()
            return .spread(name: word, directives: try directives(), location: start)
        }
        var typeName: String?
        if case .name("on") = token.kind {
            try advance()
            typeName = try name()
        }
        return .inline(
            typeName: typeName, directives: try directives(), selections: try selectionSet(), location: start)
    }

    private mutating func field() throws(Problem) -> FieldSelection {
        let start = token.location
        let first = try name()
        let second = try skip(":") ? try name() : nil
        return FieldSelection(
            alias: second == nil ? nil : first, name: second ?? first, arguments: try arguments(isConstant: false),
            directives: try directives(), selections: isAt("{") ? try selectionSet() : [], location: start)
    }

    mutating func arguments(isConstant: Bool) throws(Problem) -> [Argument] {
        guard isAt("(") else { return [] }
        return try many("(", ")") { parser throws(Problem) in try parser.argument(isConstant: isConstant) }
    }

    private mutating func argument(isConstant: Bool) throws(Problem) -> Argument {
        let start = token.location
        let name = try name()
        try expect(":")
        return Argument(name: name, value: try literal(isConstant: isConstant), location: start)
    }

    mutating func directives(isConstant: Bool = false) throws(Problem) -> [Directive] {
        var directives: [Directive] = []
        while isAt("@") {
            let start = token.location
            try advance()
            directives.append(
                Directive(name: try name(), arguments: try arguments(isConstant: isConstant), location: start))
        }
        return directives
    }

    // MARK: - Values

    mutating func literal(isConstant: Bool) throws(Problem) -> Literal {
        try nested { parser throws(Problem) in try parser.value(isConstant: isConstant) }
    }

    private mutating func value(isConstant: Bool) throws(Problem) -> Literal {
        let start = token.location
        switch token.kind {
        case .mark("$") where !isConstant:
            try advance()
            return .variable(try name(), start)
        case .mark("["):
            try advance()
            var items: [Literal] = []
            while try !skip("]") { items.append(try literal(isConstant: isConstant)) }
            return .list(items)
        case .mark("{"):
            try advance()
            var members: [Argument] = []
            while try !skip("}") { members.append(try argument(isConstant: isConstant)) }
            return .object(members)
        case .integer(let digits):
            try advance()
            return .value(Int64(digits).map { .integer($0) } ?? .number(digits))
        case .number(let digits):
            try advance()
            return .value(.number(digits))
        case .text(let text):
            try advance()
            return .value(.string(text))
        case .name(let word):
            try advance()
            switch word {
            case "true": return .value(true)
            case "false": return .value(false)
            case "null": return .value(.null)
            default: return .word(word)
            }
        default: throw unexpected()
        }
    }
}
