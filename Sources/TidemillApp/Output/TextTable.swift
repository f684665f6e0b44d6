import TidemillCore
/// Columns aligned with blanks: texts to the left, numbers to the right.
struct TextTable {
    struct Column {
        var title: String
        var isNumber: Bool

        static func text(_ title: String) -> Column { Column(title: title, isNumber: false) }
        static func number(_ title: String) -> Column { Column(title: title, isNumber: true) }
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
        let titles = columns.map(\.title)
        let widths = columns.indices.map { column in
            rows.reduce(Self.width(titles[column])) { max($0, Self.width($1[column])) }
        }
        func line(_ cells: [String]) -> String {
            var line = ""
            // Blanks are owed until a cell follows: no line ends with them.
            var owed = 0
            for (column, cell) in cells.enumerated() {
                let blanks = widths[column] - Self.width(cell)
                if columns[column].isNumber { owed += blanks }
                if !cell.isEmpty {
                    line += String(repeating: " ", count: owed)
                    line += cell
                    owed = 0
                }
                owed += (columns[column].isNumber ? 0 : blanks) + 2
            }
            return line
        }
        return ([terminal.styled(line(titles), .bold)] + rows.map(line)).joined(separator: "\n")
    }

    /// In characters; quick for ASCII, which most cells are.
    private static func width(_ cell: String) -> Int {
        cell.utf8.allSatisfy { $0 < 0x80 } ? cell.utf8.count : cell.count
    }

    /// Digits in groups of three: 18,059,974. Digits after a point stay as they are.
    static func grouped(_ digits: String) -> String {
        let sign = digits.hasPrefix("-") ? "-" : ""
        let parts = digits.dropFirst(sign.count).split(separator: ".", maxSplits: 1)
        guard let whole = parts.first, whole.allSatisfy(\.isNumber) else { return digits }
        var result = ""
        for (index, digit) in whole.enumerated() {
            if index > 0, (whole.count - index).isMultiple(of: 3) { result.append(",") }
            result.append(digit)
        }
        return sign + result + (parts.count > 1 ? ".\(parts[1])" : "")
    }

    static func grouped(_ value: some BinaryInteger) -> String { grouped(String(value)) }
}
