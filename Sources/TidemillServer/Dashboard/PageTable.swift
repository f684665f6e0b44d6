import TidemillOperations

/// A table of a page: columns with what they are, and rows of cells.
struct PageTable {
    enum Kind: Sendable {
        case text, code, number, state, time
    }

    struct Column: Sendable {
        var title: String
        var kind: Kind
        /// What is left out first on a narrow screen.
        var isMinor = false

        static func text(_ title: String, minor: Bool = false) -> Column {
            Column(title: title, kind: .text, isMinor: minor)
        }
        static func code(_ title: String, minor: Bool = false) -> Column {
            Column(title: title, kind: .code, isMinor: minor)
        }
        static func number(_ title: String, minor: Bool = false) -> Column {
            Column(title: title, kind: .number, isMinor: minor)
        }
        static func state(_ title: String, minor: Bool = false) -> Column {
            Column(title: title, kind: .state, isMinor: minor)
        }
        static func time(_ title: String, minor: Bool = false) -> Column {
            Column(title: title, kind: .time, isMinor: minor)
        }
    }

    let caption: String
    let columns: [Column]
    private var rows: [[HTML]] = []

    init(_ caption: String, _ columns: [Column]) {
        self.caption = caption
        self.columns = columns
    }

    /// One cell a column; the first names the row.
    mutating func add(_ cells: [HTML]) {
        precondition(cells.count == columns.count)
        rows.append(cells)
    }

    var isEmpty: Bool { rows.isEmpty }

    var html: HTML {
        let head = columns.map { column -> HTML in
            "<th scope=\"col\"\(Self.style(column))>\(column.title)</th>"
        }
        let body = rows.map { cells -> HTML in
            let drawn = zip(columns, cells).enumerated().map { index, pair -> HTML in
                let (column, cell) = pair
                return index == 0
                    ? "<th scope=\"row\"\(Self.style(column))>\(cell)</th>" : "<td\(Self.style(column))>\(cell)</td>"
            }
            return "<tr>\(drawn)</tr>\n"
        }
        return """
            <div class="scroll" tabindex="0" role="group" aria-label="\(caption), as a table"><table><caption class="skip">\(caption)</caption>
            <thead><tr>\(head)</tr></thead>
            <tbody>
            \(body)</tbody></table></div>
            """
    }

    private static func style(_ column: Column) -> HTML {
        var classes: [HTML] = []
        if column.kind == .number { classes.append("r") }
        if column.kind == .time { classes.append("m") }
        if column.kind == .text { classes.append("e") }
        if column.isMinor { classes.append("minor") }
        return classes.isEmpty ? "" : " class=\"\(HTML.joined(classes, separator: " "))\""
    }
}
