import Foundation
import Logging
import Synchronization
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillRuns
import TidemillScripting
import TidemillStore

/// The scripts that rule events: those of the folder, or the last good version while the folder's are broken.
final class ScriptsInForce: Sendable {
    private let intake: ScriptIntake
    private let current: Mutex<LoadedRules>
    /// What is wrong with the scripts of the folder.
    private let broken = Mutex(0)

    /// Loads the folder's scripts. When they are broken, says why and loads the last good version from the store; throws
    /// when there is none, and in a dry run, which is to try the scripts as they are.
    init(_ app: AppAssembly, logger: Logger) throws {
        intake = try ScriptIntake(app, logger: logger)
        let loaded: LoadedRules
        var found = 0
        switch try intake.take() {
        case .good(let rules): loaded = rules
        case .broken(let problems):
            guard app.dryRunGateway == nil, let last = try app.store.read({ try ScriptVersions.current(on: $0) }) else {
                throw CommandFailure(problems)
            }
            found = problems.count
            for problem in problems { logger.error("\(problem)") }
            logger.error("the scripts are broken; the last good version, \(last.id.text.prefix(12)), stays in force")
            loaded = try intake.loaded(try intake.loader.load(last.sources), last.sources)
        }
        current = Mutex(loaded)
        broken.withLock { $0 = found }
    }

    /// How many problems keep the folder's scripts from being in force; 0 where they are.
    var problems: Int { broken.withLock { $0 } }

    /// The rules in force now.
    var rules: any EventRules { current.withLock { $0 } }
    /// The jobs and grant rules in force now.
    var runs: RunScripts { current.withLock { $0.runs } }
    var version: ScriptVersionID { rules.version }
    /// Who decides about recharges now. Whoever has it in hand goes on with it: a version that was replaced ends with its
    /// last decision.
    var rechargePolicies: any RechargePolicies {
        current.withLock { ScriptPolicies(host: $0.policies, version: $0.version.text) }
    }
    /// Changes when a script does.
    var fingerprint: String { intake.folder.fingerprint() }

    /// Loads the folder again. True when another version is in force now; a broken one is reported and changes nothing.
    func reload() throws -> Bool {
        switch try intake.take() {
        case .good(let rules):
            broken.withLock { $0 = 0 }
            guard rules.version != version else { return false }
            current.withLock { $0 = rules }
            intake.logger.notice("script version \(rules.version.text.prefix(12)) takes over")
            return true
        case .broken(let problems):
            broken.withLock { $0 = problems.count }
            for problem in problems { intake.logger.error("\(problem)") }
            intake.logger.error("the changed scripts are broken; version \(version.text.prefix(12)) stays in force")
            return false
        }
    }
}

/// Takes what the folder holds: loads it, brings its catalog into the store, and keeps the version.
private struct ScriptIntake: Sendable {
    enum Taken {
        case good(LoadedRules)
        case broken([ScriptProblem])
    }

    let folder: ScriptFolder
    let loader: ScriptLoader
    let logger: Logger
    private let store: any Store
    private let settings: EngineSettings
    private let clock: any Wallclock
    private let hostsMax: Int
    /// Whether scripts write the catalog; a service elsewhere keeps its own.
    private let isCatalogOurs: Bool

    init(_ app: AppAssembly, logger: Logger) throws {
        folder = ScriptFolder(path: app.config.scripts.path)
        var loader = ScriptLoader(app.config, folder, clock: app.clock, lookup: try app.lookup()) { logger.log($0) }
        loader.metrics = app.store.metrics
        self.loader = loader
        self.logger = logger
        store = app.store
        settings = app.config.engineSettings
        clock = app.clock
        hostsMax = app.config.worker.concurrency
        isCatalogOurs = app.service == nil
    }

    func loaded(_ ruleSet: RuleSet, _ sources: [ScriptSource]) throws -> LoadedRules {
        LoadedRules(
            ruleSet, try RunScripts(ruleSet, sources: sources, loader: loader, hostsMax: hostsMax),
            try policies(ruleSet, sources))
    }

    /// The same sources once more where policies decide: they do not hold up events.
    private func policies(_ ruleSet: RuleSet, _ sources: [ScriptSource]) throws -> PolicyHost? {
        guard !ruleSet.policies.isEmpty else { return nil }
        // What scripts log while they are loaded was logged by the first who loaded them.
        let isLoaded = LoadedFlag()
        var quiet = loader
        quiet.log = { [log = loader.log] line in if isLoaded.isSet.withLock({ $0 }) { log(line) } }
        let policies = try PolicyHost(sources, quiet)
        isLoaded.isSet.withLock { $0 = true }
        return policies
    }

    func take() throws -> Taken {
        let contents = folder.read()
        do {
            let ruleSet = try loader.load(contents)
            let problems = RunScripts.problems(of: ruleSet)
            guard problems.isEmpty else { throw ScriptLoadError(problems: problems, version: ruleSet.version) }
            let rules = try loaded(ruleSet, contents.sources)
            try takeOver(ruleSet, contents.sources)
            return .good(rules)
        } catch let error as ScriptLoadError {
            try store.write {
                try ScriptVersions.save(
                    contents.sources, state: .broken, problems: error.problems, now: clock.now, on: $0)
            }
            return .broken(error.problems)
        }
    }

    /// Brings the catalog into the store, then makes the version the one in force: a catalog that is refused refuses
    /// the version.
    private func takeOver(_ ruleSet: RuleSet, _ sources: [ScriptSource]) throws {
        let now = clock.now
        if let catalog = ruleSet.catalog, isCatalogOurs {
            do {
                let plan = try CatalogApplier(store: store, settings: settings).load(
                    catalog, version: ruleSet.version.text, now: now)
                for change in plan.pending { logger.warning("\(change.summary): waits for `tidemill apply`") }
                for change in plan.edited { logger.warning("\(change.summary)") }
            } catch let error as CatalogProblems {
                throw ScriptLoadError(
                    problems: error.problems.map { ScriptProblem($0, in: ruleSet.declarations) },
                    version: ruleSet.version)
            }
        }
        guard try store.read({ try ScriptVersions.current(on: $0)?.id }) != ruleSet.version else { return }
        try store.write { connection in
            try ScriptVersions.save(sources, state: .good, now: now, on: connection)
            let before = try ScriptVersions.current(on: connection)?.id.text
            guard before != ruleSet.version.text else { return }
            try ScriptVersions.setCurrent(ruleSet.version, now: now, on: connection)
            try AuditTrail.record(
                "takeScripts",
                ["version": .string(ruleSet.version.text), "before": before.map { .string($0) } ?? .null],
                by: .engine("scripts"), reason: nil, at: now, on: connection)
        }
    }
}

private final class LoadedFlag: Sendable {
    let isSet = Mutex(false)
}

/// A version's rules for the ingest, one user at a time.
final class LoadedRules: EventRules {
    private let ruleSet: RuleSet
    /// What else the version declares: jobs and grant rules.
    let runs: RunScripts
    /// Recharge policies, in a state of their own; nil where there are none.
    let policies: PolicyHost?
    private let lock = NSRecursiveLock()
    let ruleNames: [String]
    let rulePlaces: [String]

    init(_ ruleSet: RuleSet, _ runs: RunScripts, _ policies: PolicyHost?) {
        self.ruleSet = ruleSet
        self.runs = runs
        self.policies = policies
        ruleNames = ruleSet.rules.map(\.name)
        rulePlaces = ruleSet.rules.map { "\($0.file):\($0.line)" }
    }

    var state: OpaquePointer? { ruleSet.state }
    var version: ScriptVersionID { ruleSet.version }

    func takesDocument(_ name: String) -> Bool { runs.takesDocument(name) }
    func startsRuns(_ type: String) -> Bool { runs.isStarted(by: type, .inbox) }

    func exclusively<T>(_ body: () throws -> T) rethrows -> T {
        lock.lock()
        defer {
            ruleSet.noteRuleTime()
            lock.unlock()
        }
        return try body()
    }
}

extension Logger {
    /// What a script logged.
    func log(_ line: ScriptLogLine) {
        let level: Logger.Level =
            switch line.level {
            case .debug: .debug
            case .info: .info
            case .warning: .warning
            case .error: .error
            }
        var metadata: Logger.Metadata = ["script": "\(line.file):\(line.line)"]
        if !line.fields.isEmpty { metadata["fields"] = "\(line.fields)" }
        log(level: level, "\(line.message)", metadata: metadata)
    }
}

extension ScriptLoader {
    init(
        _ config: AppConfig, _ folder: ScriptFolder, clock: any Wallclock, lookup: ScriptLookup? = nil,
        log: @escaping ScriptLog
    ) {
        self.init(
            limits: config.limits, vars: config.vars, folderName: folder.displayName, clock: clock, lookup: lookup,
            log: log)
    }
}

extension CommandFailure {
    init(_ problems: [ScriptProblem]) {
        self.init(.wrongUse, code: "scripts")
        messages = problems.map { "\($0)".escapingControls }
        self.problems = problems.map(\.payload)
    }
}

extension ScriptProblem {
    /// The problem at the declaration that holds its item: several may add up to the catalog.
    init(_ problem: CatalogProblem, in declarations: [Declaration]) {
        let catalogs = declarations.filter { $0.kind == .catalog }
        var found = catalogs.first
        // `catalog.features[2].meter`: the second feature of all declarations together.
        let path = problem.path.split(whereSeparator: { ".[]".contains($0) }).map(String.init)
        var steps = path.dropFirst().map { Int($0).map { "[\($0 - 1)]" } ?? $0 }
        if path.count > 2, var index = Int(path[2]) {
            for declaration in catalogs {
                guard case .array(let items)? = declaration.options[path[1]] else { continue }
                if index <= items.count {
                    found = declaration
                    steps[1] = "[\(index - 1)]"
                    break
                }
                index -= items.count
            }
        }
        self.init(
            file: found?.file ?? "", line: found?.line(of: steps) ?? 0,
            message: problem.subject.map { "\($0): \(problem.message)" } ?? problem.message)
    }

    var payload: Payload {
        var members: TextMap<Payload> = ["code": "script", "file": .string(file), "message": .string(message)]
        if line > 0 { members["line"] = .integer(Int64(line)) }
        if let hint { members["hint"] = .string(hint) }
        return .object(members)
    }
}
