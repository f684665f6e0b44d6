/// One line that a script logged. Control characters are escaped already, but for line ends and tabs: what is shown to a
/// person is escaped there.
public struct ScriptLogLine: Sendable, Hashable {
    public enum Level: Int32, Sendable, CaseIterable {
        case debug
        case info
        case warning
        case error
    }

    public var level: Level
    public var message: String
    /// A JSON object, or empty.
    public var fields: String
    public var file: String
    public var line: Int
}

/// Takes what scripts log; called on the thread that runs Lua, so it must be quick and must not wait for that thread.
public typealias ScriptLog = @Sendable (ScriptLogLine) -> Void
