/// Reads a Lua source by its grammar (Lua 5.4, §9).
struct LuaParser {
    /// How deep expressions and blocks may go, one in another: whoever walks through them calls itself as often.
    static let depthMax = 600

    private let tokens: [LuaToken]
    private var at = 0
    private var nesting = 0
    /// The depth of the deepest expression of the function that is read.
    private var deepest = 0

    private init(_ tokens: [LuaToken]) {
        self.tokens = tokens
    }

    static func block(of text: String) throws(LuaSyntaxError) -> LuaBlock {
        var parser = LuaParser(try LuaLexer.tokens(of: text))
        let block = try parser.block()
        guard parser.token.kind == .end else { throw LuaSyntaxError(line: parser.token.line) }
        return block
    }

    // MARK: - Tokens

    private var token: LuaToken { tokens[at] }
    private var following: LuaToken { tokens[min(at + 1, tokens.count - 1)] }

    private var wrong: LuaSyntaxError { LuaSyntaxError(line: token.line) }

    private mutating func skip() { at = min(at + 1, tokens.count - 1) }

    private mutating func take(_ symbol: String) -> Bool {
        guard token.is(symbol) else { return false }
        skip()
        return true
    }

    private mutating func expect(_ symbol: String) throws(LuaSyntaxError) {
        guard take(symbol) else { throw wrong }
    }

    private mutating func name() throws(LuaSyntaxError) -> LuaName {
        guard token.kind == .name else { throw wrong }
        defer { skip() }
        return LuaName(text: token.text, line: token.line)
    }

    private mutating func nested<T>(_ body: (inout LuaParser) throws(LuaSyntaxError) -> T) throws(LuaSyntaxError) -> T {
        guard nesting < Self.depthMax else { throw wrong }
        nesting += 1
        defer { nesting -= 1 }
        return try body(&self)
    }

    // MARK: - Statements

    private mutating func block() throws(LuaSyntaxError) -> LuaBlock {
        try nested { parser throws(LuaSyntaxError) in
            var block = LuaBlock()
            while !parser.isBlockEnd {
                if parser.take("return") {
                    block.returned =
                        parser.isBlockEnd || parser.token.is(";") ? [] : try parser.expressions()
                    _ = parser.take(";")
                    break
                }
                if parser.take(";") { continue }
                let first = parser.token.line
                block.statements.append(try parser.statement())
                block.lines.append(first...max(first, parser.tokens[max(parser.at - 1, 0)].line))
            }
            return block
        }
    }

    private var isBlockEnd: Bool {
        token.kind == .end || ["end", "else", "elseif", "until"].contains { token.is($0) }
    }

    private mutating func statement() throws(LuaSyntaxError) -> LuaStatement {
        guard token.kind == .symbol else { return try expressionStatement() }
        switch token.text {
        case "local":
            skip()
            if take("function") {
                let name = try name()
                return .localFunction(name, try function(line: name.line))
            }
            return try local()
        case "function": return try functionStatement()
        case "do":
            skip()
            return .block(try closed())
        case "while":
            skip()
            let condition = try expression()
            try expect("do")
            return .while(condition, try closed())
        case "repeat":
            skip()
            let body = try block()
            try expect("until")
            return .repeat(body, until: try expression())
        case "if": return try conditional()
        case "for": return try loop()
        case "break":
            skip()
            return .jump
        case "goto":
            skip()
            _ = try name()
            return .jump
        case "::":
            skip()
            _ = try name()
            try expect("::")
            return .jump
        default: return try expressionStatement()
        }
    }

    /// A block and its `end`.
    private mutating func closed() throws(LuaSyntaxError) -> LuaBlock {
        let body = try block()
        try expect("end")
        return body
    }

    private mutating func local() throws(LuaSyntaxError) -> LuaStatement {
        var names: [LuaName] = []
        repeat {
            names.append(try name())
            if take("<") {
                _ = try name()
                try expect(">")
            }
        } while take(",")
        return .local(names, take("=") ? try expressions() : [])
    }

    /// `function a.b:c() end` is an assignment.
    private mutating func functionStatement() throws(LuaSyntaxError) -> LuaStatement {
        let line = token.line
        skip()
        let first = try name()
        var target = LuaExpression(kind: .name(first.text), line: first.line, depth: 1)
        var isMethod = false
        while !isMethod, token.is(".") || token.is(":") {
            isMethod = token.is(":")
            skip()
            target = try index(target, try name())
        }
        let function = try function(line: line, isMethod: isMethod)
        return .assignment([target], [try node(.function(function), line, below: function.depth)])
    }

    private mutating func conditional() throws(LuaSyntaxError) -> LuaStatement {
        var branches: [(LuaExpression?, LuaBlock)] = []
        repeat {
            skip()
            let condition = try expression()
            try expect("then")
            branches.append((condition, try block()))
        } while token.is("elseif")
        if take("else") { branches.append((nil, try block())) }
        try expect("end")
        return .if(branches)
    }

    private mutating func loop() throws(LuaSyntaxError) -> LuaStatement {
        skip()
        var names = [try name()]
        if take("=") {
            let range = try expressions()
            try expect("do")
            return .numericFor(names[0], range, try closed())
        }
        while take(",") { names.append(try name()) }
        try expect("in")
        let values = try expressions()
        try expect("do")
        return .genericFor(names, values, try closed())
    }

    private mutating func expressionStatement() throws(LuaSyntaxError) -> LuaStatement {
        var targets = [try suffixed()]
        guard token.is("=") || token.is(",") else { return .expression(targets[0]) }
        while take(",") { targets.append(try suffixed()) }
        try expect("=")
        return .assignment(targets, try expressions())
    }

    // MARK: - Expressions

    private mutating func expressions() throws(LuaSyntaxError) -> [LuaExpression] {
        var list = [try expression()]
        while take(",") { list.append(try expression()) }
        return list
    }

    private mutating func node(
        _ kind: LuaExpression.Kind, _ line: Int, over parts: [LuaExpression] = [], below: Int = 0
    ) throws(LuaSyntaxError) -> LuaExpression {
        let depth = parts.reduce(below) { max($0, $1.depth) } + 1
        guard depth <= Self.depthMax else { throw LuaSyntaxError(line: line) }
        deepest = max(deepest, depth)
        return LuaExpression(kind: kind, line: line, depth: depth)
    }

    private mutating func index(_ object: LuaExpression, _ name: LuaName) throws(LuaSyntaxError) -> LuaExpression {
        let key = LuaExpression(kind: .string(name.text), line: name.line, depth: 1)
        return try node(.index(object, key: key), name.line, over: [object])
    }

    /// The operators with how strongly they bind to the left and to the right (lparser.c).
    private static let priorities: [String: (left: Int, right: Int)] = [
        "or": (1, 1), "and": (2, 2), "<": (3, 3), ">": (3, 3), "<=": (3, 3), ">=": (3, 3), "~=": (3, 3), "==": (3, 3),
        "|": (4, 4), "~": (5, 5), "&": (6, 6), "<<": (7, 7), ">>": (7, 7), "..": (9, 8), "+": (10, 10), "-": (10, 10),
        "*": (11, 11), "/": (11, 11), "//": (11, 11), "%": (11, 11), "^": (14, 13),
    ]
    private static let unaryPriority = 12

    private mutating func expression(above limit: Int = 0) throws(LuaSyntaxError) -> LuaExpression {
        try nested { parser throws(LuaSyntaxError) in
            var left: LuaExpression
            let line = parser.token.line
            if parser.take("-") {
                let operand = try parser.expression(above: Self.unaryPriority)
                left = try parser.node(.negative(operand), line, over: [operand])
            } else if parser.take("not") || parser.take("#") || parser.take("~") {
                let operand = try parser.expression(above: Self.unaryPriority)
                left = try parser.node(.unary(operand), line, over: [operand])
            } else {
                left = try parser.simple()
            }
            while parser.token.kind == .symbol, let priority = Self.priorities[parser.token.text], priority.left > limit
            {
                parser.skip()
                let right = try parser.expression(above: priority.right)
                left = try parser.node(.binary(left, right), line, over: [left, right])
            }
            return left
        }
    }

    private mutating func simple() throws(LuaSyntaxError) -> LuaExpression {
        let line = token.line
        switch token.kind {
        case .number:
            defer { skip() }
            return try node(.number(token.text), line)
        case .string:
            defer { skip() }
            return try node(.string(token.text), line)
        case .symbol:
            switch token.text {
            case "nil", "true", "false", "...":
                defer { skip() }
                let kind: LuaExpression.Kind =
                    token.is("nil") ? .nil : token.is("...") ? .vararg : .boolean(token.is("true"))
                return try node(kind, line)
            case "{": return try table()
            case "function":
                skip()
                let function = try function(line: line)
                return try node(.function(function), line, below: function.depth)
            default: return try suffixed()
            }
        case .name, .end: return try suffixed()
        }
    }

    private mutating func suffixed() throws(LuaSyntaxError) -> LuaExpression {
        let line = token.line
        var result: LuaExpression
        if take("(") {
            let inner = try expression()
            try expect(")")
            result = try node(.parentheses(inner), line, over: [inner])
        } else {
            let name = try name()
            result = try node(.name(name.text), line)
        }
        while true {
            let line = token.line
            switch (token.kind, token.text) {
            case (.symbol, "."):
                skip()
                result = try index(result, try name())
            case (.symbol, "["):
                skip()
                let key = try expression()
                try expect("]")
                result = try node(.index(result, key: key), line, over: [result, key])
            case (.symbol, ":"):
                skip()
                let name = try name()
                let arguments = try arguments()
                result = try node(.method(result, name: name, arguments), name.line, over: [result] + arguments)
            case (.symbol, "("), (.symbol, "{"), (.string, _):
                let arguments = try arguments()
                result = try node(.call(result, arguments), line, over: [result] + arguments)
            default: return result
            }
        }
    }

    private mutating func arguments() throws(LuaSyntaxError) -> [LuaExpression] {
        if token.kind == .string || token.is("{") { return [try simple()] }
        try expect("(")
        if take(")") { return [] }
        let list = try expressions()
        try expect(")")
        return list
    }

    private mutating func table() throws(LuaSyntaxError) -> LuaExpression {
        try nested { parser throws(LuaSyntaxError) in
            let first = parser.token.line
            try parser.expect("{")
            var fields: [LuaTableField] = []
            while !parser.token.is("}") {
                let line = parser.token.line
                var key = LuaTableField.Key.position
                if parser.token.kind == .name, parser.following.is("=") {
                    key = .name(parser.token.text)
                    parser.skip()
                    parser.skip()
                } else if parser.take("[") {
                    let computed = try parser.expression()
                    key = computed.text.map { .name($0) } ?? .computed(computed)
                    try parser.expect("]")
                    try parser.expect("=")
                }
                fields.append(LuaTableField(key: key, value: try parser.expression(), line: line))
                guard parser.take(",") || parser.take(";") else { break }
            }
            try parser.expect("}")
            return try parser.node(.table(fields), first, over: fields.map(\.value))
        }
    }

    private mutating func function(line: Int, isMethod: Bool = false) throws(LuaSyntaxError) -> LuaFunction {
        let outer = deepest
        deepest = 0
        defer { deepest = max(deepest, outer) }
        try expect("(")
        var parameters = isMethod ? [LuaName(text: "self", line: line)] : []
        while !token.is(")") {
            if take("...") { break }
            parameters.append(try name())
            guard take(",") else { break }
        }
        try expect(")")
        let body = try closed()
        return LuaFunction(parameters: parameters, body: body, line: line, depth: deepest)
    }
}
