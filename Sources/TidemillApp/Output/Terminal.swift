import Foundation

/// What the standard streams can show: colour and a progress line only where a person looks at a terminal.
struct Terminal {
    let isOutputTerminal: Bool
    let isErrorTerminal: Bool
    /// Whether the environment lets terminals have colour.
    let allowsColour: Bool

    static let current = Terminal(
        isOutputTerminal: isatty(STDOUT_FILENO) == 1, isErrorTerminal: isatty(STDERR_FILENO) == 1,
        environment: ProcessInfo.processInfo.environment)

    init(isOutputTerminal: Bool, isErrorTerminal: Bool, environment: [String: String]) {
        self.isOutputTerminal = isOutputTerminal
        self.isErrorTerminal = isErrorTerminal
        // no-color.org: any value that is not empty.
        allowsColour = (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    var showsColour: Bool { isOutputTerminal && allowsColour }

    func styled(_ text: String, _ style: Style) -> String {
        showsColour ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }

    enum Style: String {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
    }
}
