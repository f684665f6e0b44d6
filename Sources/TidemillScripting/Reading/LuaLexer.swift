/// Takes a Lua source apart (Lua 5.4, §3.1). Sources come here after Lua has compiled them, so that what is wrong with one
/// is told by Lua, and not here.
struct LuaLexer {
    private let bytes: [UInt8]
    private var at = 0
    private var line = 1

    init(_ text: String) {
        bytes = Array(text.utf8)
        // The first line may be one for the shell.
        if bytes.first == UInt8(ascii: "#") { at = bytes.firstIndex(of: 10) ?? bytes.count }
    }

    /// All tokens, the last one is the end.
    static func tokens(of text: String) throws(LuaSyntaxError) -> [LuaToken] {
        var lexer = LuaLexer(text)
        var tokens: [LuaToken] = []
        while true {
            let token = try lexer.next()
            tokens.append(token)
            if token.kind == .end { return tokens }
        }
    }

    private func byte(_ offset: Int = 0) -> UInt8? { at + offset < bytes.count ? bytes[at + offset] : nil }

    private mutating func next() throws(LuaSyntaxError) -> LuaToken {
        try skipSpace()
        let line = line
        guard let first = byte() else { return LuaToken(kind: .end, text: "", line: line) }
        if Self.isNameStart(first) {
            let name = takeWhile { Self.isNameStart($0) || Self.isDigit($0) }
            return LuaToken(kind: LuaToken.words.contains(name) ? .symbol : .name, text: name, line: line)
        }
        if Self.isDigit(first) || (first == UInt8(ascii: ".") && byte(1).map(Self.isDigit) == true) {
            return LuaToken(kind: .number, text: takeNumber(), line: line)
        }
        if first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") {
            return LuaToken(kind: .string, text: try takeString(first), line: line)
        }
        if first == UInt8(ascii: "["), let level = longBracket() {
            return LuaToken(kind: .string, text: try takeLong(level), line: line)
        }
        for length in [3, 2, 1] {
            guard at + length <= bytes.count else { continue }
            let text = String(decoding: bytes[at..<at + length], as: UTF8.self)
            if Self.operators.contains(text) {
                at += length
                return LuaToken(kind: .symbol, text: text, line: line)
            }
        }
        throw LuaSyntaxError(line: line)
    }

    private static let operators: Set<String> = [
        "...", "..", "==", "~=", "<=", ">=", "//", "::", "<<", ">>", "+", "-", "*", "/", "%", "^", "#", "&", "~", "|",
        "<", ">", "=", "(", ")", "{", "}", "[", "]", ";", ":", ",", ".",
    ]

    private static func isNameStart(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func hexadecimal(_ byte: UInt8) -> UInt32? {
        Character(UnicodeScalar(byte)).hexDigitValue.map { UInt32($0) }
    }

    private mutating func takeWhile(_ belongs: (UInt8) -> Bool) -> String {
        let start = at
        while let next = byte(), belongs(next) { at += 1 }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    /// Generous: what is no number has been refused before.
    private mutating func takeNumber() -> String {
        let start = at
        let isHexadecimal = byte() == UInt8(ascii: "0") && byte(1).map { $0 | 0x20 } == UInt8(ascii: "x")
        let exponent = UInt8(ascii: isHexadecimal ? "p" : "e")
        while let next = byte() {
            if next | 0x20 == exponent, let sign = byte(1), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
                at += 2
            } else if Self.isDigit(next) || Self.isNameStart(next) || next == UInt8(ascii: ".") {
                at += 1
            } else {
                break
            }
        }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    // MARK: - Spaces and comments

    private mutating func skipSpace() throws(LuaSyntaxError) {
        while let next = byte() {
            switch next {
            case 10:
                line += 1
                at += 1
            case 9, 11, 12, 13, 32: at += 1
            case UInt8(ascii: "-") where byte(1) == UInt8(ascii: "-"):
                at += 2
                if byte() == UInt8(ascii: "["), let level = longBracket() {
                    _ = try takeLong(level)
                } else {
                    while let next = byte(), next != 10 { at += 1 }
                }
            default: return
            }
        }
    }

    /// How many `=` a long bracket has that opens here; nil where none does.
    private func longBracket() -> Int? {
        var level = 0
        while byte(1 + level) == UInt8(ascii: "=") { level += 1 }
        return byte(1 + level) == UInt8(ascii: "[") ? level : nil
    }

    private mutating func takeLong(_ level: Int) throws(LuaSyntaxError) -> String {
        let first = line
        at += level + 2
        if byte() == 13 { at += 1 }
        if byte() == 10 {
            line += 1
            at += 1
        }
        let start = at
        while let next = byte() {
            if next == 10 { line += 1 }
            if next == UInt8(ascii: "]"), byte(level + 1) == UInt8(ascii: "]"),
                (0..<level).allSatisfy({ byte($0 + 1) == UInt8(ascii: "=") })
            {
                let text = String(decoding: bytes[start..<at], as: UTF8.self)
                at += level + 2
                return text
            }
            at += 1
        }
        throw LuaSyntaxError(line: first)
    }

    // MARK: - Strings

    private mutating func takeString(_ quote: UInt8) throws(LuaSyntaxError) -> String {
        let first = line
        var text: [UInt8] = []
        at += 1
        while let next = byte() {
            at += 1
            if next == quote { return String(decoding: text, as: UTF8.self) }
            if next == 10 { throw LuaSyntaxError(line: first) }
            if next == UInt8(ascii: "\\") { try takeEscape(&text) } else { text.append(next) }
        }
        throw LuaSyntaxError(line: first)
    }

    private mutating func takeEscape(_ text: inout [UInt8]) throws(LuaSyntaxError) {
        guard let next = byte() else { throw LuaSyntaxError(line: line) }
        at += 1
        switch next {
        case UInt8(ascii: "n"): text.append(10)
        case UInt8(ascii: "t"): text.append(9)
        case UInt8(ascii: "r"): text.append(13)
        case UInt8(ascii: "a"): text.append(7)
        case UInt8(ascii: "b"): text.append(8)
        case UInt8(ascii: "f"): text.append(12)
        case UInt8(ascii: "v"): text.append(11)
        case 10:
            line += 1
            text.append(10)
        case UInt8(ascii: "z"):
            while let space = byte(), space == 32 || (9...13).contains(space) {
                if space == 10 { line += 1 }
                at += 1
            }
        case UInt8(ascii: "x"):
            guard let high = byte().flatMap(Self.hexadecimal), let low = byte(1).flatMap(Self.hexadecimal) else {
                throw LuaSyntaxError(line: line)
            }
            text.append(UInt8(truncatingIfNeeded: high << 4 | low))
            at += 2
        case UInt8(ascii: "u"):
            guard byte() == UInt8(ascii: "{") else { throw LuaSyntaxError(line: line) }
            at += 1
            var value: UInt32 = 0
            while let digit = byte().flatMap(Self.hexadecimal), value < 0x1000_0000 {
                value = value << 4 | digit
                at += 1
            }
            guard byte() == UInt8(ascii: "}") else { throw LuaSyntaxError(line: line) }
            at += 1
            // Beyond Unicode, and surrogates: as good as any letter that nothing is called by.
            text += Array(String(UnicodeScalar(value).map(Character.init) ?? "\u{FFFD}").utf8)
        case _ where Self.isDigit(next):
            var value = UInt32(next - UInt8(ascii: "0"))
            for _ in 0..<2 {
                guard let digit = byte(), Self.isDigit(digit) else { break }
                value = value * 10 + UInt32(digit - UInt8(ascii: "0"))
                at += 1
            }
            text.append(UInt8(truncatingIfNeeded: value))
        default: text.append(next)
        }
    }
}
