import Synchronization
public import TidemillCore
import TidemillOperations
public import TidemillScripting
public import TidemillTriggers

/// What one script version has to run: jobs in Lua states of their own, made when the first run needs one, and grant
/// rules. A version that is replaced lives until its last run has ended.
public final class RunScripts: Sendable {
    public let version: ScriptVersionID
    public let jobs: [JobDeclaration]
    public let grantRules: [GrantDeclaration]
    /// The schedules of jobs and rules, by name.
    public let schedules: [String: Schedule]

    /// Those of rules and of jobs that are enabled, by name in order.
    let activeSchedules: [(name: String, schedule: Schedule)]

    private let prints: [String: String]
    private let jobsByName: [String: JobDeclaration]
    private let rulesByName: [String: GrantDeclaration]
    private let sources: [ScriptSource]
    private let loader: ScriptLoader
    private let hostsMax: Int
    private let hosts = Mutex(Hosts())

    private struct Hosts {
        var jobs: [(host: JobHost, runs: Int)] = []
        /// Whether a further state is being loaded.
        var isLoading = false
        /// How long it took to load the first one.
        var loadTime = Duration.zero
        /// Runs that were offered to a state and have not begun, and whether somebody looks after them.
        var starting: [(start: JobStart, since: ContinuousClock.Instant)] = []
        var isWatched = false
        var policies: PolicyHost?
    }

    /// - Parameters:
    ///   - rules: the version, loaded and checked: its declarations.
    ///   - sources: the same, to be loaded anew into each state.
    ///   - hostsMax: Lua states that run jobs side by side, each on a thread of its own (`worker.concurrency`).
    /// Throws `ScheduleError` for a schedule that is none; `problems(of:)` finds them all.
    public init(_ rules: RuleSet, sources: [ScriptSource], loader: ScriptLoader, hostsMax: Int) throws {
        version = rules.version
        jobs = rules.jobs
        grantRules = rules.grantRules
        self.sources = sources
        self.loader = loader
        self.hostsMax = max(1, hostsMax)
        var schedules: [String: Schedule] = [:]
        for job in rules.jobs {
            if let text = job.schedule { schedules[job.name] = try Schedule(text, timezone: job.timezone) }
        }
        for rule in rules.grantRules {
            if let text = rule.schedule { schedules[rule.name] = try Schedule(text, timezone: rule.timezone) }
        }
        self.schedules = schedules
        let jobs = Dictionary(rules.jobs.map { ($0.name, $0) }) { first, _ in first }
        jobsByName = jobs
        activeSchedules = schedules.filter { jobs[$0.key]?.isEnabled ?? true }.sorted { $0.key < $1.key }
            .map { ($0.key, $0.value) }
        rulesByName = Dictionary(rules.grantRules.map { ($0.name, $0) }) { first, _ in first }
        prints = Self.prints(sources, loader)
    }

    /// By file: what the jobs of a file say, with all that they may say it by: the libraries, and `[vars]`.
    private static func prints(_ sources: [ScriptSource], _ loader: ScriptLoader) -> [String: String] {
        let shared =
            sources.filter(\.isLibrary) + [ScriptSource(name: "[vars]", text: Payload.object(loader.vars).json)]
        return Dictionary(
            sources.filter { !$0.isLibrary }.map {
                ("\(loader.folderName)/\($0.name)", ScriptVersionID(of: shared + [$0]).text)
            }
        ) { first, _ in first }
    }

    /// What the script of a job or rule says, as one text that changes with it; nil for one that is not there, or starts
    /// nothing.
    func print(of name: String) -> String? {
        if let job = jobsByName[name] { return job.isEnabled ? prints[job.file] : nil }
        return rulesByName[name].flatMap { prints[$0.file] }
    }

    /// What is wrong with the schedules of a version, each with its place.
    public static func problems(of rules: RuleSet) -> [ScriptProblem] {
        let scheduled =
            rules.jobs.map { ("job", $0.name, $0.schedule, $0.timezone, $0.file, $0.line) }
            + rules.grantRules.map { ("grant", $0.name, $0.schedule, $0.timezone, $0.file, $0.line) }
        return scheduled.compactMap { kind, name, schedule, timezone, file, line in
            guard let schedule else { return nil }
            do {
                _ = try Schedule(schedule, timezone: timezone)
                return nil
            } catch {
                return ScriptProblem(
                    file: file, line: line, message: "\(kind) \"\(name)\": \(error)",
                    hint: "`tidemill schedule EXPR` explains an expression")
            }
        }
    }

    /// Schedules that are legal and probably not meant.
    public static func warnings(of rules: RuleSet) -> [ScriptProblem] {
        let scheduled =
            rules.jobs.map { ("job", $0.name, $0.schedule, $0.timezone, $0.file, $0.line) }
            + rules.grantRules.map { ("grant", $0.name, $0.schedule, $0.timezone, $0.file, $0.line) }
        return scheduled.flatMap { kind, name, text, timezone, file, line -> [ScriptProblem] in
            // What is no schedule is a problem, and told as such.
            guard let text, let schedule = try? Schedule(text, timezone: timezone) else { return [] }
            return schedule.warnings.map {
                ScriptProblem(file: file, line: line, message: "\(kind) \"\(name)\": '\(text)': \($0)")
            }
        }
    }

    public func job(_ name: String) -> JobDeclaration? { jobsByName[name] }
    public func grantRule(_ name: String) -> GrantDeclaration? { rulesByName[name] }

    /// Whether an enabled job takes files of this name as they are.
    public func takesDocument(_ name: String) -> Bool {
        jobs.contains { $0.isEnabled && $0.files?.matches(name) == true }
    }

    /// So long a run waits for its turn in the state that it was offered to; then every state may take it.
    private static let patience = Duration.milliseconds(10)

    /// Performs a run in a state with few runs. Where that one does not come to it, because a script is inside one call
    /// that takes its time, the run begins in the first that does, and further states are loaded.
    func perform(_ start: JobStart) async throws -> RunEnd {
        let host = try takeHost()
        start.offer(to: host)
        watch(start)
        let end = await start.end
        release(host)
        if case .outOfMemory = end, let begun = start.host { retire(begun) }
        return end
    }

    /// A state with few runs, and one more run in it. The first run waits until the scripts are loaded; further states
    /// are loaded while the runs go on in those that there are.
    private func takeHost() throws -> JobHost {
        let (host, needsMore) = try hosts.withLock { hosts in
            guard let least = hosts.jobs.indices.min(by: { hosts.jobs[$0].runs < hosts.jobs[$1].runs }) else {
                let begin = ContinuousClock.now
                let host = try JobHost(sources, loader)
                hosts.loadTime = begin.duration(to: ContinuousClock.now)
                hosts.jobs.append((host, 1))
                return (host, false)
            }
            // A state that takes long to load waits until a run has waited as long: thousands of short runs at once are
            // over sooner without it.
            let needsMore = hosts.jobs[least].runs > 0 && hosts.loadTime < Self.patience && mayLoad(&hosts)
            hosts.jobs[least].runs += 1
            return (hosts.jobs[least].host, needsMore)
        }
        if needsMore { loadMore() }
        return host
    }

    private func mayLoad(_ hosts: inout Hosts) -> Bool {
        guard hosts.jobs.count < hostsMax, !hosts.isLoading else { return false }
        hosts.isLoading = true
        return true
    }

    /// Scripts that cannot be loaded once more, for want of memory, run in the states that there are.
    private func loadMore() {
        DedicatedThread(name: "tidemill-load").enqueue { [self] in
            let host = try? JobHost(sources, loader)
            hosts.withLock { hosts in
                if let host { hosts.jobs.append((host, 0)) }
                hosts.isLoading = false
            }
        }
    }

    private func release(_ host: JobHost) {
        hosts.withLock { hosts in
            guard let index = hosts.jobs.firstIndex(where: { $0.host === host }) else { return }
            hosts.jobs[index].runs -= 1
        }
    }

    // MARK: - Runs that have not begun

    private func watch(_ start: JobStart) {
        let isFirst = hosts.withLock { hosts in
            hosts.starting.append((start, ContinuousClock.now))
            defer { hosts.isWatched = true }
            return !hosts.isWatched
        }
        guard isFirst else { return }
        // Ends by itself, as soon as everything has begun.
        Task {
            while offerAgain() {
                // Nobody cancels it.
                try? await Task.sleep(for: Self.patience)
            }
        }
    }

    /// Offers what has waited too long to every state that there is; false when nothing waits.
    private func offerAgain() -> Bool {
        let now = ContinuousClock.now
        let (late, states, needsMore) = hosts.withLock { hosts in
            hosts.starting.removeAll { $0.start.isTaken }
            hosts.isWatched = !hosts.starting.isEmpty
            let waits = hosts.starting.map { (start: $0.start, wait: $0.since.duration(to: now)) }
            let late = waits.filter { $0.wait >= Self.patience }.map(\.start)
            let loadTime = hosts.loadTime
            let needsMore = waits.contains { $0.wait >= max(Self.patience, loadTime) } && mayLoad(&hosts)
            return (late, hosts.jobs.map(\.host), needsMore)
        }
        if needsMore { loadMore() }
        for start in late {
            for state in states { start.offer(to: state) }
        }
        return hosts.withLock { $0.isWatched }
    }

    /// Gives up a state that has no memory left for its runs: the next run gets a fresh one.
    private func retire(_ host: JobHost) {
        hosts.withLock { $0.jobs.removeAll { $0.host === host } }
    }

    /// The state of grant rules.
    func policies() throws -> PolicyHost {
        try hosts.withLock { hosts in
            if let host = hosts.policies { return host }
            let host = try PolicyHost(sources, loader)
            hosts.policies = host
            return host
        }
    }
}
