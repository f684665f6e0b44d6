import Foundation
import Logging
import Synchronization
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
    var metadata: Logger.Metadata = [:]
    /// Of a logger that has a level of its own.
    private var ownLevel: Logger.Level?
    /// Of all others: it may change while the process runs.
    private static let level = Mutex(Logger.Level.info)

    init(label: String, format: Format) {
        self.label = label
        self.format = format
    }

    var logLevel: Logger.Level {
        get { ownLevel ?? Self.level.withLock { $0 } }
        set { ownLevel = newValue }
    }

    static func setLevel(_ level: AppConfig.Log.Level) {
        let known = Logger.Level(rawValue: level.rawValue) ?? .info
        Self.level.withLock { $0 = known }
    }

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
        setLevel(settings.level)
        let isPretty =
            switch settings.format {
            case .auto: terminal.isErrorTerminal
            case .pretty: true
            case .json: false
            }
        let colour = terminal.isErrorTerminal && terminal.allowsColour
        let format: Format = isPretty ? .pretty(colour: colour) : .json
        LoggingSystem.bootstrap { StderrLogHandler(label: $0, format: format) }
    }

    private func pretty(
        _ level: Logger.Level, _ message: Logger.Message, _ fields: Logger.Metadata, colour: Bool
    ) -> String {
        // With its zone: UTC, whatever the machine's is.
        let time = SystemWallclock().now.secondsDescription.dropFirst(11)
        let word = "\(level.rawValue)".padding(toLength: 7, withPad: " ", startingAt: 0)
        let tint =
            switch level {
            case .trace, .debug: "2"
            case .info, .notice: "32"
            case .warning: "33"
            case .error, .critical: "31"
            }
        let shown = colour ? "\u{1B}[\(tint)m\(word)\u{1B}[0m" : word
        let tail = fields.filter { !Self.isNumber($0.value) }.sorted { $0.key < $1.key }
            .map { " \($0.key)=\("\($0.value)".escapingControls)" }.joined()
        return
            "\(time) \(shown) \("\(message)".escapingControls)\(colour && !tail.isEmpty ? "\u{1B}[2m\(tail)\u{1B}[0m" : tail)"
    }

    private func json(_ level: Logger.Level, _ message: Logger.Message, _ fields: Logger.Metadata) -> String {
        var values: TextMap<Payload> = [:]
        // What a script logged beside its line; of the same names, what is said of the line itself stands.
        if let own = fields[Self.scriptFields].map({ "\($0)" }) {
            // What is no JSON is a text like any other.
            let given = (try? Payload(json: own)) ?? .string(own)
            if case .object(let members) = given { values = members } else { values[Self.scriptFields] = given }
        }
        for (key, value) in fields where key != Self.scriptFields { values[key] = Self.payload(value) }
        var members: TextMap<Payload> = [:]
        if !values.isEmpty { members["fields"] = .object(values) }
        members["time"] = Payload(SystemWallclock().now)
        members["level"] = .string(level.rawValue)
        members["logger"] = .string(label)
        members["message"] = .string("\(message)")
        return Payload.object(members).json
    }

    /// What the line says in words already.
    private static func isNumber(_ value: Logger.MetadataValue) -> Bool {
        if case .stringConvertible(let number) = value { number is LogNumber } else { false }
    }

    /// Where what a script logged beside its line comes, as JSON.
    static let scriptFields = "fields"

    /// Numbers as numbers.
    private static func payload(_ value: Logger.MetadataValue) -> Payload {
        if case .stringConvertible(let convertible) = value {
            switch convertible {
            case let number as LogNumber: return .integer(number.value)
            case let number as any FixedWidthInteger: if let whole = Int64(exactly: number) { return .integer(whole) }
            case let flag as Bool: return .boolean(flag)
            default: break
            }
        }
        return .string("\(value)")
    }
}
