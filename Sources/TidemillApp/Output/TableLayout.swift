/// Which columns of a table a terminal has room for, and how wide each is drawn.
///
/// What matters least goes first: columns with the highest rank are left out until the rest fits, with texts as narrow as
/// they may become; then texts share what room is left. Numbers, states and instants are never cut.
struct TableLayout: Equatable {
    /// The least that is left of a text: enough to know it by.
    static let textMin = 12

    /// Indices of what is shown, in order.
    var shown: [Int]
    /// By index of the column; 0 for what is left out.
    var widths: [Int]
    /// Two columns are left and do not fit: each row is written as lines of its own.
    var isCards = false

    /// `natural` is the widest cell of each column, its title included; `width` nil cuts nothing.
    init(_ columns: [TextTable.Column], natural: [Int], width: Int?) {
        shown = Array(columns.indices)
        widths = natural
        guard let width else { return }
        func least(_ column: Int) -> Int {
            guard columns[column].kind.isCut else { return natural[column] }
            return min(natural[column], max(Self.textMin, DisplayWidth.of(columns[column].title)))
        }
        func sum(_ widths: (Int) -> Int) -> Int {
            shown.reduce(0) { $0 + widths($1) } + 2 * max(0, shown.count - 1)
        }
        while sum(least) > width, shown.count > 2, let worst = shown.max(by: { columns[$0].rank < columns[$1].rank }),
            columns[worst].rank > 0
        {
            // Of equal rank, the last one goes first.
            let rank = columns[worst].rank
            let last = shown.last { columns[$0].rank == rank }
            shown.removeAll { $0 == last }
        }
        for column in columns.indices where !shown.contains(column) { widths[column] = 0 }
        guard sum({ natural[$0] }) > width else { return }
        guard sum(least) <= width else {
            isCards = true
            return
        }
        // The widest gives first, until it is no wider than the next.
        var excess = sum { natural[$0] } - width
        while excess > 0 {
            let elastic = shown.filter { columns[$0].kind.isCut && widths[$0] > least($0) }
            guard let widest = elastic.map({ widths[$0] }).max() else { break }
            let all = elastic.filter { widths[$0] == widest }
            let next = elastic.map { widths[$0] }.filter { $0 < widest }.max() ?? 0
            let floor = max(next, all.map(least).max() ?? 0)
            let step = max(1, min((widest - floor), (excess + all.count - 1) / all.count))
            for column in all where excess > 0 {
                let taken = min(step, excess, widths[column] - least(column))
                widths[column] -= taken
                excess -= taken
            }
        }
    }
}
