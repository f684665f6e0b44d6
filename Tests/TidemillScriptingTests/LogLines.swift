import Synchronization
import TidemillScripting

/// Collects what scripts log.
final class LogLines: Sendable {
    private let lines = Mutex<[ScriptLogLine]>([])

    var all: [ScriptLogLine] { lines.withLock { $0 } }

    func append(_ line: ScriptLogLine) {
        lines.withLock { $0.append(line) }
    }
}

/// Collects texts from another thread.
final class Texts: Sendable {
    private let texts = Mutex<[String]>([])

    var all: [String] { texts.withLock { $0 } }

    func append(_ text: String) {
        texts.withLock { $0.append(text) }
    }
}
