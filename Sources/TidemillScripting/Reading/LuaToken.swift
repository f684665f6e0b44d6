/// One piece of a Lua source. Names, words of the language and operators are kept as they are written.
struct LuaToken: Hashable {
    enum Kind: Hashable {
        case name
        /// `if`, `(`, `..`: what the grammar writes in quotes.
        case symbol
        /// As written.
        case number
        /// Its text; bytes that are no UTF-8 are replaced.
        case string
        case end
    }

    var kind: Kind
    var text: String
    var line: Int

    /// The words that are no names (Lua 5.4, §3.1).
    static let words: Set<String> = [
        "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
        "not", "or", "repeat", "return", "then", "true", "until", "while",
    ]

    func `is`(_ symbol: String) -> Bool { kind == .symbol && text == symbol }
}

/// A source that is not what the grammar of Lua 5.4 says: whoever reads it says nothing about it.
struct LuaSyntaxError: Error {
    let line: Int
}
