import TidemillCore
import TidemillOperations
import TidemillRuns
import TidemillScripting
import TidemillStore

/// Scripts as `check` looks at them: where they cannot be loaded, what stops a file is taken out of the way, one thing after
/// the other, so that it hides nothing behind it and nothing in other files.
struct CheckedScripts {
    /// Things in turn that are taken out of the way.
    private static let stopsMax = 20

    /// The whole of them, loaded; nil where something is wrong.
    private(set) var ruleSet: RuleSet?
    /// What they declare, as far as it can be seen.
    private(set) var sound: RuleSet?
    private(set) var problems: [ScriptProblem] = []
    /// Of all jobs; nil: they are not known.
    private var jobs: [String]?
    private let sources: [ScriptSource]

    var isWhole: Bool { ruleSet != nil }

    init(_ contents: ScriptFolder.Contents, _ loader: ScriptLoader) {
        sources = contents.sources
        do {
            let loaded = try loader.load(contents)
            ruleSet = loaded
            sound = loaded
            jobs = loaded.jobs.map(\.name)
        } catch {
            problems = error.problems
            sound = error.sound
            jobs = error.jobs
            goOn(behind: error.stops, loader)
        }
        if let sound { problems += RunScripts.problems(of: sound) }
    }

    private mutating func goOn(behind first: [ScriptProblem], _ loader: ScriptLoader) {
        var (stops, sources) = (first, sources)
        // What stands in for a function does not do what it does: what is told there is no finding.
        var places: Set<ScriptProblem> = []
        var isWithout = false
        for _ in 0..<Self.stopsMax {
            let before = sources
            for stop in stops {
                guard let index = sources.firstIndex(where: { "\(loader.folderName)/\($0.name)" == stop.file }) else {
                    continue
                }
                if let name = stop.undefinedName, places.insert(stop.place).inserted {
                    // In the first line, so that all keep their numbers.
                    sources[index].text = "local \(name) = function() end " + sources[index].text
                } else if let rest = sources[index].withoutCall(at: stop.line) {
                    sources[index] = rest
                    isWithout = true
                }
            }
            guard sources != before else { return }
            do {
                let loaded = try loader.load(sources)
                sound = loaded
                jobs = isWithout ? nil : loaded.jobs.map(\.name)
                return
            } catch {
                problems += error.problems.filter { !places.contains($0.place) && !problems.contains($0) }
                sound = error.sound
                jobs = isWithout ? nil : error.jobs
                stops = error.stops
            }
        }
    }

    /// What their functions say, without running them, and those of their tests.
    func inspected(
        with tests: [ScriptSource], _ config: AppConfig, _ loader: ScriptLoader
    ) throws -> (problems: [ScriptProblem], warnings: [ScriptProblem]) {
        guard let library = sound ?? (try? loader.load([ScriptSource]())) else { return ([], []) }
        let inspection = ScriptInspection(
            of: sources + tests, library: library, jobs: jobs, folderName: loader.folderName)
        var known = sound?.catalog.map { CatalogIDs(of: $0) } ?? CatalogIDs()
        if let store = try RechargeWarning.existingStore(config) {
            try store.read { try known.read(from: $0) }
            try store.close()
        }
        return (inspection.problems, inspection.warnings(known: known))
    }
}

extension CatalogIDs {
    /// Adds those of a store.
    fileprivate mutating func read(from connection: any SQLConnection) throws {
        let lists: [(list: String, query: String)] = [
            ("products", "SELECT id FROM products"), ("features", "SELECT id FROM features"),
            ("plans", "SELECT id FROM packages WHERE kind = 'plan'"),
            ("addons", "SELECT id FROM packages WHERE kind = 'addon'"), ("coupons", "SELECT id FROM coupons"),
            ("currencies", "SELECT id FROM custom_currencies"),
        ]
        for (list, query) in lists {
            let ids: [String] = try connection.values(query)
            for id in ids { insert(id, into: list) }
        }
    }
}

extension [ScriptProblem] {
    /// By files and lines; those of a line in the order in which they were found.
    var inPlaceOrder: [ScriptProblem] {
        enumerated().sorted {
            ($0.element.file, $0.element.line, $0.offset) < ($1.element.file, $1.element.line, $1.offset)
        }.map(\.element)
    }
}

extension ScriptProblem {
    /// The global that a file stopped at because there is none.
    fileprivate var undefinedName: String? {
        let start = "undefined global '"
        guard message.hasPrefix(start), message.hasSuffix("'") else { return nil }
        let name = message.dropFirst(start.count).dropLast()
        return name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") } ? String(name) : nil
    }

    fileprivate var place: ScriptProblem { ScriptProblem(file: file, line: line, message: "") }
}
