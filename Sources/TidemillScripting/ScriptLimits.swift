/// What the scripts of one state may use (config.toml, `[limits]`).
public struct ScriptLimits: Sendable, Hashable {
    /// Bytes of the whole state.
    public var memory: Int
    /// Processor time of one filter or mapping; the wall clock may take 20 times that.
    public var ruleTime: Duration
    /// Processor time of loading one file.
    public var loadTime: Duration
    /// Processor time of one run of a job in Lua, all its segments together.
    public var jobTime: Duration
    /// Calls of one run.
    public var effectsMax = 100_000
    /// Bytes of one call's arguments, and of its answer.
    public var valueMax = 1 << 20

    public init(
        memory: Int = 64 << 20, ruleTime: Duration = .milliseconds(50), loadTime: Duration = .seconds(1),
        jobTime: Duration = .seconds(60)
    ) {
        self.memory = memory
        self.ruleTime = ruleTime
        self.loadTime = loadTime
        self.jobTime = jobTime
    }

    /// Bytes of one string: work on strings has no instruction hook, so its size bounds what one instruction costs.
    static let stringMax = 1 << 20
}
