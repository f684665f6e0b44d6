/// Where the parts of a `catalog { … }` stand in their source.
struct CatalogLines {
    private let table: LiteralTable

    /// Nil where no such call is written there.
    init?(in source: String, line: Int) {
        // What is no Lua is told by whoever loads it.
        guard let block = try? LuaParser.block(of: source), let call = Self.call(in: block, line) else { return nil }
        table = LiteralTable(call)
    }

    /// The line of what the steps lead to, or of the nearest part around it.
    func line(of steps: [String]) -> Int { table.line(steps) }

    private static func call(in block: LuaBlock, _ line: Int) -> LuaExpression? {
        for statement in block.statements {
            switch statement {
            case .expression(let expression):
                guard case .call(let callee, let arguments) = expression.kind, case .name("catalog") = callee.kind,
                    expression.line == line || callee.line == line, let table = arguments.first, table.table != nil
                else { continue }
                return table
            case .block(let inner), .while(_, let inner), .repeat(let inner, _), .numericFor(_, _, let inner),
                .genericFor(_, _, let inner):
                if let found = call(in: inner, line) { return found }
            case .if(let branches):
                for (_, inner) in branches { if let found = call(in: inner, line) { return found } }
            case .local, .assignment, .localFunction, .jump: continue
            }
        }
        return nil
    }
}

extension Declaration {
    /// The line of a part of a catalog, by its steps, `["plans", "[0]", "id"]`; the declaration's where it is not written out.
    public func line(of steps: [String]) -> Int {
        guard kind == .catalog, let found = CatalogLines(in: source, line: line)?.line(of: steps), found > 0 else {
            return line
        }
        return found
    }
}
