import CLuaSupport
import Foundation
public import TidemillCore
public import TidemillOperations

/// The scripts of one version, loaded: the pipeline of filters and mappings, and what else they declare.
///
/// Sendable by this proof: everything but `state` is immutable after `init`; `state` is a Lua state without locks, which
/// its owner uses from one thread at a time (the decoder's), and nothing here touches it between `init` and `deinit`.
/// Threads that use it need a stack of 2 MiB (`DedicatedThread`): Lua's deepest legal recursion takes 448 KiB.
public final class RuleSet: @unchecked Sendable {
    public let version: ScriptVersionID
    /// For `cls_rules_apply` and `cls_rules_match`; lives as long as this object.
    public let state: OpaquePointer
    /// In pipeline order: `cls_result.rule` counts in it.
    public let rules: [Rule]
    /// All catalog declarations together; nil without one.
    public let catalog: Payload?
    public let declarations: [Declaration]
    public let jobs: [JobDeclaration]
    public let policies: [RechargeDeclaration]
    public let grantRules: [GrantDeclaration]
    /// The references of the functions of jobs, policies and grant rules, by their names.
    let functions: [String: Int64]
    let callbacks: HostCallbacks
    let metrics: MetricRegistry

    /// Loads the sources on the calling thread (see `ScriptLoader`). Throws every problem of every file at once.
    /// - Parameter folderName: what messages call the folder in front of a file's name.
    public convenience init(
        sources: [ScriptSource], limits: ScriptLimits = ScriptLimits(), vars: TextMap<Payload> = [:],
        folderName: String = "scripts", clock: any Wallclock = SystemWallclock(),
        lookup: ScriptLookup? = nil, log: @escaping ScriptLog = { _ in }, metrics: MetricRegistry = .unread
    ) throws(ScriptLoadError) {
        let version = ScriptVersionID(of: sources)
        let callbacks = HostCallbacks(log: log, clock: clock, lookup: lookup)
        guard let state = callbacks.open(limits) else {
            let problem = ScriptProblem(
                file: "", line: 0, message: "a Lua state does not fit into limits.memory", hint: "allow at least 1MiB")
            throw ScriptLoadError(problems: [problem], version: version)
        }
        var loading = ScriptLoading(state: state, folderName: folderName)
        loading.load(sources, vars: vars)
        let isSound = loading.problems.isEmpty
        self.init(version, state, loading, callbacks, metrics)
        guard isSound else {
            throw ScriptLoadError(
                problems: loading.sortedProblems, version: version, sound: self, stops: loading.stops,
                jobs: loading.stops.isEmpty ? loading.check.jobNames : nil)
        }
    }

    private init(
        _ version: ScriptVersionID, _ state: OpaquePointer, _ loading: ScriptLoading, _ callbacks: HostCallbacks,
        _ metrics: MetricRegistry
    ) {
        self.version = version
        self.state = state
        self.callbacks = callbacks
        self.metrics = metrics
        rules = loading.check.rules.map(\.rule)
        catalog = loading.check.catalog
        declarations = loading.check.declarations
        jobs = loading.check.jobs
        policies = loading.check.policies
        grantRules = loading.check.grantRules
        functions = loading.check.functions
    }

    deinit {
        cls_close(state)
    }

    /// Tells the metrics what filters and mappings have used since the last call. Called by whoever has used `state`.
    public func noteRuleTime() {
        for (kind, name) in [(CLS_FILTER, "filter"), (CLS_MAPPING, "mapping")] {
            let nanoseconds = cls_take_rule_time(state, kind)
            if nanoseconds > 0 {
                metrics.add(.scriptProcessorSeconds, [name], by: Double(nanoseconds) / 1_000_000_000)
            }
        }
    }

    /// Runs a script, and tells the metrics what this thread used for it.
    func timed<T, E: Error>(_ kind: String, _ body: () throws(E) -> T) throws(E) -> T {
        guard metrics.isRead else { return try body() }
        let begun = cls_processor_clock()
        defer {
            let nanoseconds = cls_processor_clock() - begun
            metrics.add(.scriptProcessorSeconds, [kind], by: Double(nanoseconds) / 1_000_000_000)
        }
        return try body()
    }
}
