import TidemillDisplay

/// What changed from one text of a file to the next, by lines.
struct SourceDifference {
    enum Change {
        case same, added, removed
    }

    /// Lines about a change that are shown with it.
    private static let around = 3
    /// Beyond so many changed lines a file counts as replaced: the work grows with their square.
    private static let changedMax = 3000

    let lines: [(change: Change, text: Substring)]

    init(from old: String, to new: String) {
        let before = old.split(separator: "\n", omittingEmptySubsequences: false)
        let after = new.split(separator: "\n", omittingEmptySubsequences: false)
        let head = zip(before, after).prefix { $0.utf8.elementsEqual($1.utf8) }.count
        let rest = min(before.count, after.count) - head
        let tail = zip(before.reversed(), after.reversed()).prefix(rest).prefix { $0.utf8.elementsEqual($1.utf8) }.count
        let (gone, come) = (before[head..<before.count - tail], after[head..<after.count - tail])
        var lines = before.prefix(head).map { (change: Change.same, text: $0) }
        lines += Self.middle(Array(gone), Array(come))
        lines += before.suffix(tail).map { (change: Change.same, text: $0) }
        self.lines = lines
    }

    private static func middle(_ gone: [Substring], _ come: [Substring]) -> [(change: Change, text: Substring)] {
        guard max(gone.count, come.count) <= changedMax else {
            return gone.map { (.removed, $0) } + come.map { (.added, $0) }
        }
        let difference = come.difference(from: gone) { $0.utf8.elementsEqual($1.utf8) }
        var removed: Set<Int> = []
        var added: Set<Int> = []
        for change in difference {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): added.insert(offset)
            }
        }
        var lines: [(change: Change, text: Substring)] = []
        var (old, new) = (0, 0)
        while old < gone.count || new < come.count {
            if removed.contains(old) {
                lines.append((.removed, gone[old]))
                old += 1
            } else if added.contains(new) {
                lines.append((.added, come[new]))
                new += 1
            } else {
                lines.append((.same, gone[old]))
                old += 1
                new += 1
            }
        }
        return lines
    }

    var isEmpty: Bool { lines.allSatisfy { $0.change == .same } }

    /// The changed lines with what stands about them.
    var html: HTML {
        let changed = lines.indices.filter { lines[$0].change != .same }
        var shown: Set<Int> = []
        for index in changed {
            shown.formUnion(max(0, index - Self.around)...min(lines.count - 1, index + Self.around))
        }
        var pieces = HTML.empty
        var last = -1
        for index in shown.sorted() {
            if index > last + 1 { pieces += "<span class=\"m\">  …</span>\n" }
            last = index
            let text = lines[index].text
            switch lines[index].change {
            case .same: pieces += "  \(whole: text)\n"
            case .added: pieces += "<ins>+ \(whole: text)</ins>\n"
            case .removed: pieces += "<del>− \(whole: text)</del>\n"
            }
        }
        if last < lines.count - 1 { pieces += "<span class=\"m\">  …</span>\n" }
        return "<pre class=\"difference\">\(pieces)</pre>"
    }
}
