import Foundation

/// How far a command is that counts no bytes: a line on stderr, on a terminal only.
struct ShareBar {
    private let isVisible: Bool
    private let name: String

    init(_ output: Output, _ name: String) {
        isVisible = output.terminal.isErrorTerminal && !output.isJSON
        self.name = name
    }

    /// So many steps are done, of how many.
    func show(_ done: Int, of all: Int) {
        guard isVisible else { return }
        let percent = Int64(done * 100 / max(1, all))
        Output.write("\r\u{1B}[K\(ProgressBar.drawn(percent, of: 100)) \(percent) %  \(name)", to: .standardError)
    }

    /// Makes room for the result.
    func clear() {
        if isVisible { Output.write("\r\u{1B}[K", to: .standardError) }
    }
}
