import TidemillOperations

/// A piece of a document.
struct Token: Hashable {
    enum Kind: Hashable {
        case name(String)
        /// Its digits, as they stand.
        case integer(String)
        case number(String)
        case text(String)
        /// `! $ & ( ) ... : = @ [ ] { | }`.
        case mark(String)
        case end
    }

    let kind: Kind
    let location: Location

    /// As a message names it.
    var shown: String {
        switch kind {
        case .name(let name): "Name \"\(name)\""
        case .integer(let digits): "Int \"\(digits)\""
        case .number(let digits): "Float \"\(digits)\""
        case .text: "String"
        case .mark(let mark): "\"\(mark)\""
        case .end: "<EOF>"
        }
    }
}

/// Cuts a document into tokens (GraphQL specification, October 2021, section 2.1).
struct Lexer {
    private let bytes: [UInt8]
    private var index = 0
    private var line = 1
    /// Where the line begins, and how many of its bytes begin no character.
    private var lineStart = 0
    private var followers = 0

    init(_ text: [UInt8]) {
        bytes = text
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { (index, lineStart) = (3, 3) }
    }

    var location: Location { Location(line: line, column: index - lineStart - followers + 1) }

    mutating func next() throws(Problem) -> Token {
        skipIgnored()
        let start = location
        guard let byte = peek() else { return Token(kind: .end, location: start) }
        switch byte {
        case UInt8(ascii: "."):
            guard peek(1) == byte, peek(2) == byte else { throw unexpected(at: start) }
            index += 3
            return Token(kind: .mark("..."), location: start)
        case UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "("), UInt8(ascii: ")"),
            UInt8(ascii: ":"), UInt8(ascii: "="), UInt8(ascii: "@"), UInt8(ascii: "["), UInt8(ascii: "]"),
            UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"):
            index += 1
            return Token(kind: .mark(String(UnicodeScalar(byte))), location: start)
        case UInt8(ascii: "\""):
            if peek(1) == byte, peek(2) == byte { return try block(start) }
            return try text(start)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number(start)
        case let byte where Self.beginsName(byte):
            let from = index
            while let byte = peek(), Self.beginsName(byte) || Self.isDigit(byte) { index += 1 }
            return Token(kind: .name(String(decoding: bytes[from..<index], as: UTF8.self)), location: start)
        default: throw unexpected(at: start)
        }
    }

    private func peek(_ ahead: Int = 0) -> UInt8? { index + ahead < bytes.count ? bytes[index + ahead] : nil }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func beginsName(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_")
    }

    private func unexpected(at location: Location) -> Problem {
        guard let byte = peek() else {
            return Problem(.syntax, "Syntax Error: the document ends in the middle of something.", at: location)
        }
        let character = String(decoding: bytes[index..<min(index + 4, bytes.count)], as: UTF8.self).first
        let shown = byte < 0x20 || byte == 0x7F ? "a control character" : "\"\(character ?? "?")\""
        return Problem(.syntax, "Syntax Error: Unexpected character: \(shown).", at: location)
    }

    private mutating func newLine() {
        line += 1
        lineStart = index
        followers = 0
    }

    /// Takes one byte that is no mark of its own: counts lines and characters.
    private mutating func advance() {
        let byte = bytes[index]
        index += 1
        if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") && peek() != UInt8(ascii: "\n") { return newLine() }
        if byte & 0xC0 == 0x80 { followers += 1 }
    }

    private mutating func skipIgnored() {
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: ","), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                advance()
            case UInt8(ascii: "#"):
                while let byte = peek(), byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") { advance() }
            default:
                // A byte order mark may stand anywhere between tokens.
                guard byte == 0xEF, peek(1) == 0xBB, peek(2) == 0xBF else { return }
                for _ in 0..<3 { advance() }
            }
        }
    }

    // MARK: - Numbers

    private mutating func number(_ start: Location) throws(Problem) -> Token {
        let from = index
        if peek() == UInt8(ascii: "-") { index += 1 }
        if peek() == UInt8(ascii: "0") {
            index += 1
            if let byte = peek(), Self.isDigit(byte) {
                throw Problem(
                    .syntax, "Syntax Error: Invalid number, unexpected digit after 0: \"\(UnicodeScalar(byte))\".",
                    at: location)
            }
        } else {
            try digits()
        }
        var isWhole = true
        if peek() == UInt8(ascii: ".") {
            isWhole = false
            index += 1
            try digits()
        }
        if let byte = peek(), byte | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            index += 1
            if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { index += 1 }
            try digits()
        }
        if let byte = peek(), byte == UInt8(ascii: ".") || Self.beginsName(byte) { throw notADigit() }
        let digits = String(decoding: bytes[from..<index], as: UTF8.self)
        return Token(kind: isWhole ? .integer(digits) : .number(digits), location: start)
    }

    private mutating func digits() throws(Problem) {
        guard let byte = peek(), Self.isDigit(byte) else { throw notADigit() }
        while let byte = peek(), Self.isDigit(byte) { index += 1 }
    }

    private func notADigit() -> Problem {
        let shown = peek().map { $0 < 0x80 ? "\"\(UnicodeScalar($0))\"" : "another character" } ?? "<EOF>"
        return Problem(.syntax, "Syntax Error: Invalid number, expected digit but got: \(shown).", at: location)
    }

    // MARK: - Texts

    private func unterminated() -> Problem { Problem(.syntax, "Syntax Error: Unterminated string.", at: location) }

    private mutating func text(_ start: Location) throws(Problem) -> Token {
        index += 1
        var value: [UInt8] = []
        while true {
            guard let byte = peek(), byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") else {
                throw unterminated()
            }
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                return Token(kind: .text(String(decoding: value, as: UTF8.self)), location: start)
            case UInt8(ascii: "\\"): value += try escape()
            default:
                value.append(byte)
                advance()
            }
        }
    }

    private mutating func escape() throws(Problem) -> [UInt8] {
        let start = location
        index += 1
        guard let byte = peek() else { throw unterminated() }
        let plain: [UInt8: UInt8] = [
            UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "\\"): UInt8(ascii: "\\"),
            UInt8(ascii: "/"): UInt8(ascii: "/"), UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12, UInt8(ascii: "n"): 10,
            UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9,
        ]
        if let value = plain[byte] {
            index += 1
            return [value]
        }
        let invalid = Problem(.syntax, "Syntax Error: Invalid character escape sequence.", at: start)
        guard byte == UInt8(ascii: "u") else { throw invalid }
        index += 1
        var code = try unicode(invalid)
        if (0xD800..<0xDC00).contains(code) {
            guard peek() == UInt8(ascii: "\\"), peek(1) == UInt8(ascii: "u") else { throw invalid }
            index += 2
            let low = try unicode(invalid)
            guard (0xDC00..<0xE000).contains(low) else { throw invalid }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = UnicodeScalar(code) else { throw invalid }
        return Array(String(Character(scalar)).utf8)
    }

    /// Four hexadecimal digits, or some in braces: what stands behind `\u`.
    private mutating func unicode(_ invalid: Problem) throws(Problem) -> UInt32 {
        let isOpen = peek() == UInt8(ascii: "{")
        if isOpen { index += 1 }
        let from = index
        while let byte = peek(), index - from < (isOpen ? 8 : 4),
            Self.isDigit(byte) || (0x61...0x66).contains(byte | 0x20)
        {
            index += 1
        }
        let count = index - from
        guard isOpen ? count > 0 : count == 4,
            let code = UInt32(String(decoding: bytes[from..<index], as: UTF8.self), radix: 16)
        else { throw invalid }
        if isOpen {
            guard peek() == UInt8(ascii: "}") else { throw invalid }
            index += 1
        }
        return code
    }

    private mutating func block(_ start: Location) throws(Problem) -> Token {
        index += 3
        var value: [UInt8] = []
        while let byte = peek() {
            if byte == UInt8(ascii: "\""), peek(1) == byte, peek(2) == byte {
                index += 3
                return Token(kind: .text(BlockText.value(String(decoding: value, as: UTF8.self))), location: start)
            }
            if byte == UInt8(ascii: "\\"), peek(1) == UInt8(ascii: "\""), peek(2) == UInt8(ascii: "\""),
                peek(3) == UInt8(ascii: "\"")
            {
                value += Array("\"\"\"".utf8)
                index += 4
            } else {
                value.append(byte)
                advance()
            }
        }
        throw unterminated()
    }
}

/// What a block of text says: without the indentation that all its lines share, and without blank lines around it.
enum BlockText {
    static func value(_ raw: String) -> String {
        var lines = raw.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
            .split(separator: "\n", omittingEmptySubsequences: false)
        func indent(_ line: Substring) -> Int { line.prefix { $0 == " " || $0 == "\t" }.count }
        func isBlank(_ line: Substring) -> Bool { indent(line) == line.count }
        if let common = lines.dropFirst().filter({ !isBlank($0) }).map(indent).min() {
            for place in lines.indices.dropFirst() { lines[place] = lines[place].dropFirst(common) }
        }
        while let first = lines.first, isBlank(first) { lines.removeFirst() }
        while let last = lines.last, isBlank(last) { lines.removeLast() }
        return lines.joined(separator: "\n")
    }
}
