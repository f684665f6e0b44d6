import TidemillCore

/// The first place of a TOML text at which the parser would end the process instead of reporting it: it asserts that a
/// table's name begins behind `[`, a value in a list and a time behind a date, and it follows names and values to any depth.
struct TOMLFault {
    enum Kind {
        /// `[`, `[[`, `[=]`, `[.a]`, `[é]`.
        case noName
        /// `x = [1, }`.
        case noValue
        /// `x = 2026-01-01T:`.
        case noTime
        /// `a.a.a.a… = 1`, `x = [[[[…`.
        case tooDeep
    }

    /// Tables and lists one inside of the other, dotted names included.
    static let depthMax = 128

    let kind: Kind
    let line: Int
    /// What stands at the place.
    let found: String

    /// The first fault of `text`, and what stands before its statement, for the parser to judge first.
    static func first(in text: String) -> (before: String, fault: TOMLFault)? {
        var scanner = TOMLScanner(text)
        var headerDepth = 0
        while scanner.skipToStatement() {
            let start = scanner.index
            if scanner.take("[") {
                scanner.skipBlanks()
                if scanner.take("[") { scanner.skipBlanks() }
                if scanner.current.map(beginsName) ?? false {
                    headerDepth = scanner.key().count
                    if headerDepth > depthMax { scanner.note(.tooDeep) }
                    scanner.skipLine()
                } else {
                    scanner.note(.noName)
                }
            } else {
                let depth = headerDepth + scanner.key().count
                scanner.skipValue(at: depth)
            }
            if let fault = scanner.fault {
                return (String(decoding: scanner.text[..<start], as: UTF8.self), fault)
            }
        }
        return nil
    }

    init(_ kind: Kind, line: Int, before rest: ArraySlice<UInt8>) {
        self.kind = kind
        self.line = line
        guard let character = String(decoding: rest.prefix(32), as: UTF8.self).first else {
            found = "the end of the file"
            return
        }
        found =
            character == "\n" || character == "\r\n"
            ? "the end of the line" : "\"\(String(character).escapingControls)\""
    }

    func problem(in file: String) -> ConfigProblem {
        switch kind {
        case .noName:
            ConfigProblem(
                .syntax, file: file, line: line,
                "not TOML: after \"[\" the name of a table must follow, such as [spool] or [[spool.inbox]], got \(found)",
                hint: "a name is made of letters from A to Z, digits, \"_\" and \"-\"; any other text stands in quotes")
        case .noValue:
            ConfigProblem(
                .syntax, file: file, line: line, "not TOML: a value must follow here, got \(found)",
                hint: "write texts in quotes, and end a list with \"]\"")
        case .noTime:
            ConfigProblem(
                .syntax, file: file, line: line,
                "not TOML: after the date a time such as 07:32:00 must follow, got \(found)",
                hint: "write dates as text, in quotes")
        case .tooDeep:
            ConfigProblem(
                .syntax, file: file, line: line,
                "more than \(Self.depthMax) names, tables and lists stand one inside of the other here",
                hint: "no setting needs more than three")
        }
    }

    /// A bare name or a quoted one; a name that is missing (`[]`) and a text that ends, the parser reports by itself.
    private static func beginsName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "\""),
            UInt8(ascii: "'"), UInt8(ascii: "]"):
            true
        default: false
        }
    }
}
