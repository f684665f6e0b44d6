import Foundation
import Synchronization
import TidemillCore

/// A line on stderr that shows how far a command is; nothing where nobody looks at a terminal.
final class ProgressBar: Sendable {
    private struct State {
        var done: [DeliveryID: Int64] = [:]
        var finished: Int64 = 0
        var name = ""
        var shownAt: ContinuousClock.Instant?
        var isShown = false
    }

    private let total: Int64
    private let isVisible: Bool
    private let started = ContinuousClock.now
    private let state = Mutex(State())
    private static let width = 30

    init(total: Int64, terminal: Terminal, isJSON: Bool) {
        self.total = total
        isVisible = terminal.isErrorTerminal && !isJSON && total > 0
    }

    func begin(_ delivery: DeliveryID, name: String) {
        state.withLock {
            $0.done[delivery] = 0
            $0.name = name
        }
    }

    /// So many bytes of a delivery are committed. Redraws ten times a second at most.
    func advance(_ delivery: DeliveryID, _ bytes: Int64) {
        guard isVisible else { return }
        state.withLock { state in
            state.done[delivery] = bytes
            let now = ContinuousClock.now
            if let shownAt = state.shownAt, shownAt.duration(to: now) < .milliseconds(100) { return }
            state.shownAt = now
            state.isShown = true
            let done = min(state.done.values.reduce(0, +), total)
            let bar = Self.drawn(done, of: total)
            let milliseconds = max(1, started.duration(to: now).milliseconds)
            let rate = done * 10_000 / milliseconds / 1_048_576
            Output.write(
                "\r\u{1B}[K\(bar) \(done * 100 / total) %  \(rate / 10).\(rate % 10) MiB/s  \(state.name.escapingControls)",
                to: .standardError)
        }
    }

    /// The bar itself, filled as far as `done` of `total`.
    static func drawn(_ done: Int64, of total: Int64) -> String {
        let filled = Int(done * Int64(width) / max(1, total))
        return String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
    }

    /// Makes room for a line of the result.
    func clear() {
        state.withLock { state in
            if state.isShown { Output.write("\r\u{1B}[K", to: .standardError) }
            state.isShown = false
        }
    }
}
