import TidemillCore
import TidemillDisplay

/// Columns aligned with blanks: texts to the left, numbers to the right. At a terminal no line is wider than it; in a pipe
/// nothing is cut.
struct TextTable {
    struct Column {
        enum Kind {
            /// A name or a message: cut from its end.
            case text
            /// An id, a path, a place: cut in its middle.
            case id
            case number
            /// One of a few words; those that say that something failed or waits are coloured.
            case state
            /// An instant in RFC 3339: relative to now at a terminal. Other text in its place stays as it is.
            case time
            /// Never cut, and not explained by colour: a code, an id that is to be typed again.
            case word

            var isCut: Bool { self == .text || self == .id }
        }

        var title: String
        var kind: Kind
        /// What is left out first where there is no room; 0 always stays.
        var rank: Int

        static func text(_ title: String, rank: Int = 0) -> Column { Column(title: title, kind: .text, rank: rank) }
        static func id(_ title: String, rank: Int = 0) -> Column { Column(title: title, kind: .id, rank: rank) }
        static func number(_ title: String, rank: Int = 0) -> Column { Column(title: title, kind: .number, rank: rank) }
        static func state(_ title: String, rank: Int = 0) -> Column { Column(title: title, kind: .state, rank: rank) }
        static func time(_ title: String, rank: Int = 0) -> Column { Column(title: title, kind: .time, rank: rank) }
        static func word(_ title: String, rank: Int = 0) -> Column { Column(title: title, kind: .word, rank: rank) }
    }

    let columns: [Column]
    private(set) var rows: [[String]] = []

    init(_ columns: Column...) {
        self.columns = columns
    }

    init(_ columns: [Column]) {
        self.columns = columns
    }

    /// Adds a row with one cell a column; cells are escaped here.
    mutating func add(_ cells: String...) {
        add(cells)
    }

    mutating func add(_ cells: [String]) {
        precondition(cells.count == columns.count)
        rows.append(cells.map(\.escapingControls))
    }

    func text(_ terminal: Terminal) -> String {
        let rows = terminal.width == nil ? rows : rows.map { shown($0, terminal) }
        let natural = columns.indices.map { column in
            rows.reduce(DisplayWidth.of(columns[column].title)) { max($0, DisplayWidth.of($1[column])) }
        }
        if isFacts, let width = terminal.width, natural[0] + 2 + natural[1] > width {
            return facts(rows, terminal, width: width, first: natural[0])
        }
        let layout = TableLayout(columns, natural: natural, width: terminal.width)
        if layout.isCards { return cards(rows, terminal, layout) }
        let titles = columns.map(\.title)
        return
            ([terminal.styled(line(titles, layout) { text, _ in text }, .bold)]
            + rows.map { row in line(row, layout) { Self.styled($0, row[$1], columns[$1].kind, terminal) } })
            .joined(separator: "\n")
    }

    private func shown(_ row: [String], _ terminal: Terminal) -> [String] {
        zip(columns, row).map { column, cell in
            guard column.kind == .time, let instant = Timestamp(rfc3339: cell) else { return cell }
            return RelativeTime.text(instant, now: terminal.now, offset: terminal.offset(at:))
        }
    }

    private func line(_ cells: [String], _ layout: TableLayout, _ style: (String, Int) -> String) -> String {
        var line = ""
        // Blanks are owed until a cell follows: no line ends with them.
        var owed = 0
        for column in layout.shown {
            let cell = DisplayWidth.cut(
                cells[column], to: layout.widths[column], inMiddle: columns[column].kind == .id)
            let blanks = layout.widths[column] - DisplayWidth.of(cell)
            if columns[column].kind == .number { owed += blanks }
            if !cell.isEmpty {
                line += String(repeating: " ", count: owed)
                line += style(cell, column)
                owed = 0
            }
            owed += (columns[column].kind == .number ? 0 : blanks) + 2
        }
        return line
    }

    /// A table of names and what is known of each: the long ones go on under themselves.
    private var isFacts: Bool { columns.count == 2 && columns.allSatisfy { $0.kind == .text } }

    private func facts(_ rows: [[String]], _ terminal: Terminal, width: Int, first: Int) -> String {
        let room = max(TableLayout.textMin, width - first - 2)
        let indent = String(repeating: " ", count: first + 2)
        let all = [columns.map(\.title)] + rows
        return all.enumerated().flatMap { number, row in
            DisplayWidth.wrapped(row[1], to: room).enumerated().map { index, part in
                let name = row[0] + String(repeating: " ", count: max(0, first - DisplayWidth.of(row[0])))
                let line = (index == 0 ? name + "  " : indent) + part
                return number == 0 ? terminal.styled(line, .bold) : line
            }
        }.joined(separator: "\n")
    }

    /// Each row as lines of its own, with what each is called before it.
    private func cards(_ rows: [[String]], _ terminal: Terminal, _ layout: TableLayout) -> String {
        let names = layout.shown.map { DisplayWidth.of(columns[$0].title) }.max() ?? 0
        let room = max(TableLayout.textMin, (terminal.width ?? 80) - names - 2)
        return rows.map { row in
            layout.shown.filter { !row[$0].isEmpty }.flatMap { column in
                let title = columns[column].title
                return DisplayWidth.wrapped(row[column], to: room).enumerated().map { index, part in
                    let name = index == 0 ? title : ""
                    let blanks = String(repeating: " ", count: names - DisplayWidth.of(name) + 2)
                    return terminal.styled(name, .bold) + blanks
                        + Self.styled(part, row[column], columns[column].kind, terminal)
                }
            }.joined(separator: "\n")
        }.joined(separator: "\n\n")
    }

    /// Colour means state: what failed is red, what waits for somebody yellow, what is well plain.
    private static func styled(_ text: String, _ cell: String, _ kind: Column.Kind, _ terminal: Terminal) -> String {
        guard kind == .state else { return text }
        switch cell.prefix(while: { $0.isLetter }) {
        case "failed", "failing", "rejected", "quarantined", "parked", "declined", "DECLINED", "unknown", "lost",
            "voided":
            return terminal.styled(text, .red)
        case "held", "paused", "skipped", "waiting", "refused", "disabled", "overdue", "dropped":
            return terminal.styled(text, .yellow)
        default: return text
        }
    }
}
