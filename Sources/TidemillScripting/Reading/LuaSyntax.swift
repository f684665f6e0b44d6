/// A Lua source as its grammar sees it (Lua 5.4, §9), with the lines of what messages name.
struct LuaBlock {
    var statements: [LuaStatement] = []
    /// The lines of each statement.
    var lines: [ClosedRange<Int>] = []
    /// The expressions of `return`, which ends a block; nil without one.
    var returned: [LuaExpression]?
}

struct LuaName: Hashable {
    var text: String
    var line: Int
}

indirect enum LuaStatement {
    case expression(LuaExpression)
    case local([LuaName], [LuaExpression])
    case assignment([LuaExpression], [LuaExpression])
    case localFunction(LuaName, LuaFunction)
    case block(LuaBlock)
    case `while`(LuaExpression, LuaBlock)
    case `repeat`(LuaBlock, until: LuaExpression)
    /// Each condition with its block; the last one may have none.
    case `if`([(LuaExpression?, LuaBlock)])
    case numericFor(LuaName, [LuaExpression], LuaBlock)
    case genericFor([LuaName], [LuaExpression], LuaBlock)
    /// `break`, `goto` and labels.
    case jump
}

final class LuaFunction {
    let parameters: [LuaName]
    let body: LuaBlock
    let line: Int
    /// Of its deepest expression.
    let depth: Int

    init(parameters: [LuaName], body: LuaBlock, line: Int, depth: Int) {
        self.parameters = parameters
        self.body = body
        self.line = line
        self.depth = depth
    }
}

struct LuaExpression {
    indirect enum Kind {
        case `nil`
        case boolean(Bool)
        /// As written.
        case number(String)
        case string(String)
        case vararg
        case function(LuaFunction)
        case name(String)
        case index(LuaExpression, key: LuaExpression)
        case call(LuaExpression, [LuaExpression])
        case method(LuaExpression, name: LuaName, [LuaExpression])
        case table([LuaTableField])
        case binary(LuaExpression, LuaExpression)
        case negative(LuaExpression)
        /// `not`, `#`, `~`.
        case unary(LuaExpression)
        case parentheses(LuaExpression)
        /// A name or a call with what it stands for, where whoever reads the source has found that out.
        case bound(LuaBinding)
    }

    var kind: Kind
    var line: Int
    /// How deep it goes below here.
    var depth: Int

    /// The text of a constant string.
    var text: String? { if case .string(let text) = kind { text } else { nil } }
    var table: [LuaTableField]? { if case .table(let fields) = kind { fields } else { nil } }
    var function: LuaFunction? { if case .function(let function) = kind { function } else { nil } }
    /// Whether it may be several values, as the last one of a list.
    var isMultiple: Bool {
        switch kind {
        case .call, .method, .vararg: true
        default: false
        }
    }
}

struct LuaTableField {
    enum Key {
        case position
        case name(String)
        case computed(LuaExpression)
    }

    var key: Key
    var value: LuaExpression
    var line: Int
}
