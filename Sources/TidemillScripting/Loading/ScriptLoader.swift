public import TidemillCore
public import TidemillOperations

/// Loads script versions on a thread with a known stack.
public struct ScriptLoader: Sendable {
    public var limits: ScriptLimits
    public var vars: TextMap<Payload>
    /// What messages call the scripts folder.
    public var folderName: String
    public var clock: any Wallclock
    /// Answers `lookup` in filters, mappings, policies and grant rules; nil: there is nothing to look up.
    public var lookup: ScriptLookup?
    public var log: ScriptLog
    /// Is told of the processor time that the scripts use.
    public var metrics = MetricRegistry.unread

    public init(
        limits: ScriptLimits = ScriptLimits(), vars: TextMap<Payload> = [:], folderName: String = "scripts",
        clock: any Wallclock = SystemWallclock(), lookup: ScriptLookup? = nil, log: @escaping ScriptLog = { _ in }
    ) {
        self.limits = limits
        self.vars = vars
        self.folderName = folderName
        self.clock = clock
        self.lookup = lookup
        self.log = log
    }

    /// Loads one version; throws `ScriptLoadError` with every problem.
    public func load(_ sources: [ScriptSource], on thread: DedicatedThread = DedicatedThread()) throws(ScriptLoadError)
        -> RuleSet
    {
        do {
            return try thread.wait { try makeRuleSet(sources) }
        } catch let error as ScriptLoadError {
            throw error
        } catch {
            let problem = ScriptProblem(file: "", line: 0, message: "the scripts cannot be loaded: \(error)")
            throw ScriptLoadError(problems: [problem], version: ScriptVersionID(of: sources))
        }
    }

    /// Loads what a folder holds now; the folder's own problems and the scripts' come together.
    public func load(
        _ contents: ScriptFolder.Contents, on thread: DedicatedThread = DedicatedThread()
    ) throws(ScriptLoadError) -> RuleSet {
        var problems = contents.problems
        var failed: ScriptLoadError?
        var sound: RuleSet?
        do {
            sound = try load(contents.sources, on: thread)
            if problems.isEmpty, let sound { return sound }
        } catch {
            problems += error.problems
            failed = error
        }
        throw ScriptLoadError(
            problems: problems, version: ScriptVersionID(of: contents.sources), sound: sound ?? failed?.sound,
            stops: failed?.stops ?? [], jobs: contents.problems.isEmpty ? failed?.jobs : nil)
    }

    private func makeRuleSet(_ sources: [ScriptSource]) throws(ScriptLoadError) -> RuleSet {
        try RuleSet(
            sources: sources, limits: limits, vars: vars, folderName: folderName, clock: clock, lookup: lookup,
            log: log, metrics: metrics)
    }
}
