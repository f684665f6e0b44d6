import Foundation

/// What the standard streams can show: colour and a progress line only where a person looks at a terminal.
struct Terminal {
    let isOutputTerminal: Bool
    let isErrorTerminal: Bool
    let showsColour: Bool

    static let current = Terminal(
        isOutputTerminal: isatty(STDOUT_FILENO) == 1, isErrorTerminal: isatty(STDERR_FILENO) == 1,
        environment: ProcessInfo.processInfo.environment)

    init(isOutputTerminal: Bool, isErrorTerminal: Bool, environment: [String: String]) {
        self.isOutputTerminal = isOutputTerminal
        self.isErrorTerminal = isErrorTerminal
        // no-color.org: any value that is not empty.
        showsColour = isOutputTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

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

    /// Text from outside (file names, messages) with its control characters escaped: it cannot move the cursor or fake
    /// a line.
    static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where isControl(scalar): result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
