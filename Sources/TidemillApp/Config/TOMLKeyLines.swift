/// The line of every key of a TOML text, by path: `spool.settle`, `spool.inbox[0].path`. The parser keeps no places for
/// the values it read; this looks at a text that it has accepted already, and may therefore be lenient.
struct TOMLKeyLines {
    private var lines: [String: Int] = [:]

    /// The line of `path`, or of the nearest table around it.
    func line(of path: String) -> Int {
        var path = Substring(path)
        while true {
            if let line = lines[String(path)] { return line }
            guard let end = path.lastIndex(where: { $0 == "." || $0 == "[" }) else { return 1 }
            path = path[..<end]
        }
    }

    init(_ text: String) {
        var scanner = Scanner(text: Array(text.utf8))
        var table = ""
        var arrayCounts: [String: Int] = [:]
        while scanner.skipToStatement() {
            let line = scanner.line
            if scanner.take("[") {
                let isArray = scanner.take("[")
                let path = Self.resolve(scanner.key(), arrayCounts, openLast: isArray)
                if isArray {
                    let index = arrayCounts[path, default: 0]
                    arrayCounts[path] = index + 1
                    table = "\(path)[\(index)]"
                    if index == 0 { lines[path] = line }
                } else {
                    table = path
                }
                lines[table] = line
                scanner.skipLine()
            } else {
                var path = table
                for part in scanner.key() {
                    path += path.isEmpty ? part : ".\(part)"
                    if lines[path] == nil { lines[path] = line }
                }
                scanner.skipValue()
            }
        }
    }

    /// `[spool.inbox.x]` after `[[spool.inbox]]` belongs to the last element.
    private static func resolve(_ parts: [String], _ counts: [String: Int], openLast: Bool) -> String {
        var path = ""
        for (index, part) in parts.enumerated() {
            path += path.isEmpty ? part : ".\(part)"
            if let count = counts[path], !(openLast && index == parts.count - 1) { path += "[\(count - 1)]" }
        }
        return path
    }
}

/// Walks over statements: keys are read, values skipped.
private struct Scanner {
    let text: [UInt8]
    var index = 0
    var line = 1

    init(text: [UInt8]) {
        self.text = text
    }

    private var current: UInt8? { index < text.count ? text[index] : nil }

    private mutating func advance() {
        if current == UInt8(ascii: "\n") { line += 1 }
        index += 1
    }

    private func starts(with quotes: String) -> Bool { text[index...].starts(with: quotes.utf8) }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard current == UInt8(ascii: character) else { return false }
        advance()
        return true
    }

    /// Moves to the next key or table header; false at the end.
    mutating func skipToStatement() -> Bool {
        while let byte = current {
            switch byte {
            case UInt8(ascii: "#"): skipLine()
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): advance()
            default: return true
            }
        }
        return false
    }

    mutating func skipLine() {
        while let byte = current, byte != UInt8(ascii: "\n") { advance() }
    }

    /// A dotted key with bare and quoted parts, up to `=` or `]`.
    mutating func key() -> [String] {
        var parts: [String] = []
        var part: [UInt8] = []
        while let byte = current {
            switch byte {
            case UInt8(ascii: "="), UInt8(ascii: "]"), UInt8(ascii: "\n"):
                advance()
                return parts + [String(decoding: part, as: UTF8.self)]
            case UInt8(ascii: "."):
                parts.append(String(decoding: part, as: UTF8.self))
                part = []
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                advance()
                while let inner = current, inner != byte {
                    part.append(inner)
                    advance()
                }
            case UInt8(ascii: " "), UInt8(ascii: "\t"): break
            default: part.append(byte)
            }
            advance()
        }
        return parts + [String(decoding: part, as: UTF8.self)]
    }

    /// To the end of the value's last line: brackets may span lines, strings may hold anything.
    mutating func skipValue() {
        var depth = 0
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\n") where depth == 0: return
            case UInt8(ascii: "#"):
                skipLine()
                continue
            case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                skipString(quote: byte)
                continue
            default: break
            }
            advance()
        }
    }

    private mutating func skipString(quote: UInt8) {
        let triple = String(repeating: Character(Unicode.Scalar(quote)), count: 3)
        let isLong = starts(with: triple)
        for _ in 0..<(isLong ? 3 : 1) { advance() }
        while let byte = current {
            if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                advance()
            } else if isLong ? starts(with: triple) : byte == quote {
                for _ in 0..<(isLong ? 3 : 1) { advance() }
                return
            }
            if current != nil { advance() }
        }
    }
}
