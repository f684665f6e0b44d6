import Foundation
import Logging
import TidemillCore
import TidemillOperations

/// Log lines on stderr: coloured for a person at a terminal, one JSON object each for machines.
struct StderrLogHandler: LogHandler {
    enum Format: Sendable {
        case pretty(colour: Bool)
        case json
    }

    let label: String
    let format: Format
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { _, new in new }
        let line =
            switch format {
            case .pretty(let colour): pretty(event.level, event.message, fields, colour: colour)
            case .json: json(event.level, event.message, fields)
            }
        Output.write(line + "\n", to: .standardError)
    }

    /// Installs the handler for the whole process.
    static func install(_ settings: AppConfig.Log, terminal: Terminal) {
        let level = Logger.Level(rawValue: settings.level.rawValue) ?? .info
        let isPretty =
            switch settings.format {
            case .auto: terminal.isErrorTerminal
            case .pretty: true
            case .json: false
            }
        let colour = terminal.isErrorTerminal && terminal.allowsColour
        let format: Format = isPretty ? .pretty(colour: colour) : .json
        LoggingSystem.bootstrap { StderrLogHandler(label: $0, format: format, logLevel: level) }
    }

    private func pretty(
        _ level: Logger.Level, _ message: Logger.Message, _ fields: Logger.Metadata, colour: Bool
    ) -> String {
        let time = SystemWallclock().now.secondsDescription.dropFirst(11).dropLast()
        let word = "\(level.rawValue)".padding(toLength: 7, withPad: " ", startingAt: 0)
        let tint =
            switch level {
            case .trace, .debug: "2"
            case .info, .notice: "32"
            case .warning: "33"
            case .error, .critical: "31"
            }
        let shown = colour ? "\u{1B}[\(tint)m\(word)\u{1B}[0m" : word
        let tail = fields.sorted { $0.key < $1.key }.map { " \($0.key)=\("\($0.value)".escapingControls)" }.joined()
        return
            "\(time) \(shown) \("\(message)".escapingControls)\(colour && !tail.isEmpty ? "\u{1B}[2m\(tail)\u{1B}[0m" : tail)"
    }

    private func json(_ level: Logger.Level, _ message: Logger.Message, _ fields: Logger.Metadata) -> String {
        var members: [String: Payload] = [:]
        for (key, value) in fields { members[key] = .string("\(value)") }
        members["time"] = Payload(SystemWallclock().now)
        members["level"] = .string(level.rawValue)
        members["logger"] = .string(label)
        members["message"] = .string("\(message)")
        return Payload.object(members).json
    }
}
