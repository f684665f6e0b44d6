import Foundation
import TidemillCore

/// What the standard streams can show: colour and a progress line only where a person looks at a terminal.
struct Terminal {
    let isOutputTerminal: Bool
    let isErrorTerminal: Bool
    /// Whether the environment lets terminals have colour.
    let allowsColour: Bool
    /// Columns that a line may have; nil where nothing is cut: in a pipe, or because all was asked for.
    var width: Int?
    /// What instants are relative to, and the zone of those that are not: the reader's.
    var now = SystemWallclock().now
    var zone = TimeZone.current

    /// How far the reader's clocks are ahead of UTC, in seconds.
    func offset(at seconds: Int64) -> Int64 {
        Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(seconds))))
    }

    static let current = Terminal(
        isOutputTerminal: isatty(STDOUT_FILENO) == 1, isErrorTerminal: isatty(STDERR_FILENO) == 1,
        width: windowWidth, environment: ProcessInfo.processInfo.environment)

    /// `width` is what the terminal itself says; COLUMNS counts where it says nothing, and 80 where neither does.
    init(isOutputTerminal: Bool, isErrorTerminal: Bool, width: Int? = nil, environment: [String: String]) {
        self.isOutputTerminal = isOutputTerminal
        self.isErrorTerminal = isErrorTerminal
        // no-color.org: any value that is not empty.
        allowsColour = (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
        let told = width ?? environment["COLUMNS"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
        self.width = isOutputTerminal ? max(Self.widthMin, told ?? 80) : nil
    }

    /// Narrower than this nothing can be read in columns.
    static let widthMin = 20

    /// Nil where stdout is no terminal, or one that does not know.
    private static var windowWidth: Int? {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    var showsColour: Bool { isOutputTerminal && allowsColour }

    /// So much of an id as commands take for it; all of it where nothing is cut.
    func start(of id: String) -> String { width == nil ? id : String(id.prefix(8)) }

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
