import TidemillCore

/// Why a text is no schedule.
public struct ScheduleError: Error, Sendable, Hashable, CustomStringConvertible {
    public let message: String

    init(_ message: String) {
        self.message = message
    }

    public var description: String { message }

    /// What came, short and harmless.
    static func shown(_ text: String) -> String {
        let clean = text.escapingControls
        return clean.count <= 40 ? clean : clean.prefix(40) + "…"
    }
}
