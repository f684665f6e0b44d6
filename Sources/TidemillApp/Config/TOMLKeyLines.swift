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
        var scanner = TOMLScanner(text)
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
