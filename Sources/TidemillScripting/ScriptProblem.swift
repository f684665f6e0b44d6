public import TidemillCore

/// One thing that is wrong with the scripts, with its place and, where there is one, what to do.
public struct ScriptProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file as messages name it: `scripts/filters.lua`; empty where no file is to blame.
    public var file: String
    /// 0: the whole file.
    public var line: Int
    public var message: String
    public var hint: String?

    public init(file: String, line: Int, message: String, hint: String? = nil) {
        self.file = file
        self.line = line
        self.message = message
        self.hint = hint
    }

    /// `scripts/filters.lua:3: filter: unknown key 'evnt' (did you mean 'event'?)`
    public var description: String {
        let place = file.isEmpty ? "" : line > 0 ? "\(file):\(line): " : "\(file): "
        return place + message + (hint.map { " (\($0))" } ?? "")
    }
}

/// Why scripts do not load: all problems of all files, in the order of files and lines.
public struct ScriptLoadError: Error, Sendable, CustomStringConvertible {
    public let problems: [ScriptProblem]
    /// The version that is broken, so that it is reported once.
    public let version: ScriptVersionID
    /// What was declared all the same: a check can go on with it.
    public let sound: RuleSet?
    /// Where files stopped, so that what stands behind is not known; none where only declarations are wrong.
    public let stops: [ScriptProblem]
    /// The names of all jobs, wrong ones included; nil where some files stopped.
    public let jobs: [String]?

    public init(
        problems: [ScriptProblem], version: ScriptVersionID, sound: RuleSet? = nil, stops: [ScriptProblem] = [],
        jobs: [String]? = nil
    ) {
        self.problems = problems
        self.version = version
        self.sound = sound
        self.stops = stops
        self.jobs = jobs
    }

    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
