import Logging
import Synchronization
import TidemillOperations

/// What is logged during one test: looked at by the test, and shown where it fails.
final class TestLog: Sendable {
    struct Line: Sendable {
        var level: Logger.Level
        var message: String
        /// A JSON object, or empty.
        var fields: String
    }

    private static let linesMax = 10_000
    private let kept = Mutex<[Line]>([])

    var lines: [Line] { kept.withLock { $0 } }

    func append(_ line: Line) {
        kept.withLock { if $0.count < Self.linesMax { $0.append(line) } }
    }

    var logger: Logger { Logger(label: "tidemill") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: TestLog
        var logLevel = Logger.Level.debug
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            // Scripts' own lines say where they come from; what the parts say to each other is not theirs.
            guard let fields = event.metadata, fields["script"] != nil else { return }
            log.append(
                Line(
                    level: event.level, message: "\(event.message)", fields: fields["fields"].map { "\($0)" } ?? ""))
        }
    }
}
