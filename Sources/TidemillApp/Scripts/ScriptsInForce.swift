import Foundation
import Logging
import Synchronization
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillScripting
import TidemillStore

/// The scripts that rule events: those of the folder, or the last good version while the folder's are broken.
final class ScriptsInForce: Sendable {
    private let folder: ScriptFolder
    private let loader: ScriptLoader
    private let catalog: CatalogApplier
    private let store: any Store
    private let clock: any Wallclock
    private let logger: Logger
    private let current: Mutex<LoadedRules>

    /// Loads the folder's scripts. When they are broken, says why and loads the last good version from the store; throws
    /// when there is none.
    init(_ app: AppAssembly, logger: Logger) throws {
        folder = ScriptFolder(path: app.config.scripts.path)
        loader = app.scriptLoader(folder, logger: logger)
        catalog = CatalogApplier(store: app.store)
        store = app.store
        clock = app.clock
        self.logger = logger
        let contents = folder.read()
        do {
            let ruleSet = try loader.load(contents)
            current = Mutex(LoadedRules(ruleSet))
            try takeOver(ruleSet, contents.sources)
        } catch {
            let problems = try ScriptProblems(error)
            guard let last = try app.store.read({ try ScriptVersions.current(on: $0) }) else {
                throw CommandFailure(problems)
            }
            for problem in problems.all { logger.error("\(problem)") }
            logger.error("the scripts are broken; version \(last.id.text.prefix(12)), the last good one, stays in force")
            current = Mutex(LoadedRules(try loader.load(last.sources)))
            try keepBroken(contents.sources, problems)
        }
    }

    /// The rules in force now.
    var rules: any EventRules { current.withLock { $0 } }
    var version: ScriptVersionID { rules.version }
    var fingerprint: String { folder.fingerprint() }

    /// Loads the folder again. True when another version is in force now; a broken one is reported and changes nothing.
    func reload() throws -> Bool {
        let contents = folder.read()
        do {
            let ruleSet = try loader.load(contents)
            guard ruleSet.version != version else { return false }
            try takeOver(ruleSet, contents.sources)
            current.withLock { $0 = LoadedRules(ruleSet) }
            logger.notice("script version \(ruleSet.version.text.prefix(12)) takes over")
            return true
        } catch {
            let problems = try ScriptProblems(error)
            for problem in problems.all { logger.error("\(problem)") }
            logger.error("the changed scripts are broken; version \(version.text.prefix(12)) stays in force")
            try keepBroken(contents.sources, problems)
            return false
        }
    }

    /// Brings the catalog into the store, then makes the version the one in force: a catalog that is refused refuses
    /// the version.
    private func takeOver(_ ruleSet: RuleSet, _ sources: [ScriptSource]) throws {
        let now = clock.now
        if let declared = ruleSet.catalog {
            let plan = try catalog.load(declared, now: now)
            for change in plan.pending {
                logger.warning("\(change.summary): waits for `tidemill apply`")
            }
            for change in plan.edited { logger.warning("\(change.summary)") }
        }
        let isKnown = try store.read { try ScriptVersions.current(on: $0)?.id == ruleSet.version }
        if isKnown { return }
        try store.write { connection in
            try ScriptVersions.save(sources, state: .good, now: now, on: connection)
            try ScriptVersions.setCurrent(ruleSet.version, now: now, on: connection)
        }
    }

    private func keepBroken(_ sources: [ScriptSource], _ problems: ScriptProblems) throws {
        try store.write {
            try ScriptVersions.save(sources, state: .broken, problems: problems.all, now: clock.now, on: $0)
        }
    }
}

/// A version's rules for the ingest, one user at a time.
final class LoadedRules: EventRules {
    private let ruleSet: RuleSet
    private let lock = NSRecursiveLock()
    let ruleNames: [String]

    init(_ ruleSet: RuleSet) {
        self.ruleSet = ruleSet
        ruleNames = ruleSet.rules.map(\.name)
    }

    var state: OpaquePointer? { ruleSet.state }
    var version: ScriptVersionID { ruleSet.version }

    func exclusively<T>(_ body: () throws -> T) rethrows -> T {
        lock.lock()
        defer { lock.unlock() }
        return try body()
    }
}

/// Why scripts or their catalog cannot be taken, each problem with its place.
struct ScriptProblems {
    let all: [ScriptProblem]

    init(_ all: [ScriptProblem]) {
        self.all = all
    }

    /// What is no fault of the scripts is thrown on.
    init(_ error: any Error) throws {
        switch error {
        case let error as ScriptLoadError: all = error.problems
        case let error as CatalogProblems: all = error.problems.map { ScriptProblem($0) }
        default: throw error
        }
    }
}

extension AppAssembly {
    func scriptLoader(_ folder: ScriptFolder, logger: Logger) -> ScriptLoader {
        ScriptLoader(config, folder, clock: clock) { line in
            let level: Logger.Level =
                switch line.level {
                case .debug: .debug
                case .info: .info
                case .warning: .warning
                case .error: .error
                }
            var metadata: Logger.Metadata = ["script": "\(line.file):\(line.line)"]
            if !line.fields.isEmpty { metadata["fields"] = "\(line.fields)" }
            logger.log(level: level, "\(line.message)", metadata: metadata)
        }
    }
}

extension ScriptLoader {
    init(_ config: AppConfig, _ folder: ScriptFolder, clock: any Wallclock, log: @escaping ScriptLog) {
        self.init(
            limits: ScriptLimits(memory: Int(config.limits.memory), ruleTime: config.limits.ruleTime),
            vars: config.vars, folderName: folder.displayName, clock: clock, log: log)
    }
}

extension CommandFailure {
    init(_ problems: ScriptProblems) {
        self.init(.wrongUse, code: "scripts")
        messages = problems.all.map { "\($0)".escapingControls }
        self.problems = problems.all.map(\.payload)
    }
}

extension ScriptProblem {
    var payload: Payload {
        var members: [String: Payload] = ["code": "script", "file": .string(file), "message": .string(message)]
        if line > 0 { members["line"] = .integer(Int64(line)) }
        if let hint { members["hint"] = .string(hint) }
        return .object(members)
    }
}
