import CProcess

/// How many columns of a terminal a text takes: wide characters take two, combining ones none.
enum DisplayWidth {
    static func of(_ text: some StringProtocol) -> Int {
        // Most cells are ASCII.
        text.utf8.allSatisfy { $0 < 0x80 } ? text.utf8.count : text.reduce(0) { $0 + of($1) }
    }

    static func of(_ character: Character) -> Int {
        guard let first = character.unicodeScalars.first, first.value >= 0x80 else { return 1 }
        // Drawn as a picture, whatever its first scalar is alone.
        if character.unicodeScalars.contains(where: { $0.value == 0xFE0F }) { return 2 }
        return Int(cprocess_columns(first.value))
    }

    /// The text in so many columns, with "…" in place of what was cut: from its end, or from its middle, where the end
    /// tells texts apart as the beginning does.
    static func cut(_ text: String, to width: Int, inMiddle: Bool = false) -> String {
        guard of(text) > width else { return text }
        guard width > 1 else { return width == 1 ? "…" : "" }
        guard inMiddle else { return prefix(text, width - 1) + "…" }
        let tail = (width - 1) / 2
        return prefix(text, width - 1 - tail) + "…" + String(prefix(String(text.reversed()), tail).reversed())
    }

    /// As many whole characters from the start as fit.
    private static func prefix(_ text: String, _ width: Int) -> String {
        var left = width
        return String(
            text.prefix { character in
                left -= of(character)
                return left >= 0
            })
    }

    /// The text in lines of at most so many columns, broken at blanks; a word that is longer than a line is broken
    /// where the line ends.
    static func wrapped(_ text: String, to width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for var word in text.split(separator: " ", omittingEmptySubsequences: false).map(String.init) {
            if !line.isEmpty, of(line) + 1 + of(word) <= width {
                line += " " + word
                continue
            }
            if !line.isEmpty { lines.append(line) }
            while of(word) > width {
                let head = prefix(word, max(1, width))
                // A character that is wider than a line stands alone in it.
                let taken = head.isEmpty ? String(word.prefix(1)) : head
                lines.append(taken)
                word = String(word.dropFirst(taken.count))
            }
            line = word
        }
        if !line.isEmpty || lines.isEmpty { lines.append(line) }
        return lines
    }
}
