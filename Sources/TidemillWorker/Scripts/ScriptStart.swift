public import TidemillCore
public import TidemillScripting
public import TidemillStore

/// Takes the scripts at the start of a command: what the folder holds when it is good, else the last good version of the
/// store.
public struct ScriptStart: Sendable {
    /// The scripts, and why the folder's were not taken.
    public struct Taken: Sendable {
        public let scripts: ScriptsInForce
        /// Empty when the folder's scripts are the ones in force.
        public let problems: [ScriptProblem]
    }

    let folder: ScriptFolder
    let loader: ScriptLoader
    let store: any Store
    /// Brings the version's catalog into the store; a catalog that it refuses makes the version a broken one.
    let install: @Sendable (RuleSet) throws -> Void
    let clock: any Wallclock

    public init(
        folder: ScriptFolder, loader: ScriptLoader, store: any Store, clock: any Wallclock = SystemWallclock(),
        install: @escaping @Sendable (RuleSet) throws -> Void
    ) {
        self.folder = folder
        self.loader = loader
        self.store = store
        self.clock = clock
        self.install = install
    }

    /// Throws `ScriptLoadError` when the folder's scripts are broken and the store has no good version either.
    public func take() throws -> Taken {
        do {
            return Taken(scripts: ScriptsInForce(try takeFolder()), problems: [])
        } catch let error as ScriptLoadError {
            guard let last = try store.read({ try ScriptVersions.current(on: $0) }) else { throw error }
            let rules = try loader.load(last.sources)
            return Taken(scripts: ScriptsInForce(LoadedRules(rules)), problems: error.problems)
        }
    }

    /// Loads what the folder holds, installs its catalog, and makes it the version in force: kept in the store, and the
    /// end of a pause that the brake made for other scripts. A broken version is kept with its problems and thrown as
    /// `ScriptLoadError`.
    func takeFolder() throws -> LoadedRules {
        let contents = folder.read()
        do {
            let ruleSet = try loader.load(contents)
            do {
                try install(ruleSet)
            } catch let error as StoreError {
                throw error
            } catch {
                let problem = ScriptProblem(file: folder.displayName, line: 0, message: "the catalog: \(error)")
                throw ScriptLoadError(problems: [problem], version: ruleSet.version)
            }
            let now = clock.now
            try store.write { connection in
                try ScriptVersions.save(contents.sources, state: .good, now: now, on: connection)
                try ScriptVersions.setCurrent(ruleSet.version, now: now, on: connection)
                _ = try Pauses.scriptsChanged(to: ruleSet.version, on: connection)
            }
            return LoadedRules(ruleSet)
        } catch let error as ScriptLoadError {
            let now = clock.now
            try store.write {
                try ScriptVersions.save(
                    contents.sources, state: .broken, problems: error.problems, now: now, on: $0)
            }
            throw error
        }
    }
}
