import ArgumentParser
import Foundation
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillRuns
import TidemillScripting
import TidemillStore
import TidemillTriggers

/// `tidemill check`: everything that is wrong, before it goes live. Changes nothing, and creates no store.
struct CheckCommand: TidemillCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Loads configuration, scripts and catalog, and prints every problem.")

    @OptionGroup var options: GlobalOptions

    /// What was found.
    private struct Findings {
        var problems: [Payload] = []
        var lines: [String] = []
        var ruleSet: RuleSet?
        /// What the scripts declare all the same, where they cannot be loaded.
        var soundRules: RuleSet?
        var plan: CatalogPlan?
        /// What is allowed and may not be meant.
        var warnings: [String] = []

        mutating func add(_ problem: PlaceCheck.Problem) {
            guard !lines.contains(problem.message.escapingControls) else { return }
            problems.append(.object(["code": .string(problem.code), "message": .string(problem.message)]))
            lines.append(problem.message.escapingControls)
        }

        mutating func add(_ found: [ScriptProblem]) {
            // What stops the loading is seen by whoever only reads, too.
            for problem in found where !lines.contains("\(problem)".escapingControls) {
                problems.append(problem.payload)
                lines.append("\(problem)".escapingControls)
            }
        }
    }

    func perform(_ output: Output) throws {
        let (config, others) = AppConfig.look(at: options.configPath)
        let configProblems = others + (config.http?.unset ?? []) + config.client.unset
        var found = Findings()
        found.problems = configProblems.map(\.payload)
        found.lines = configProblems.map { $0.description.escapingControls }
        // Without a readable file nobody knows where the scripts are.
        let isReadable = !configProblems.contains { $0.code == .unreadable || $0.code == .syntax }
        if isReadable {
            let places = PlaceCheck(config)
            for problem in places.problems { found.add(problem) }
            found.warnings += places.warnings
            try checkScripts(config, &found)
            found.warnings += Self.sightWarnings(config)
            found.warnings += try RechargeWarning.find(config, found.ruleSet ?? found.soundRules)
            if let ruleSet = found.ruleSet ?? found.soundRules {
                found.warnings += ServiceWarning.find(config, ruleSet)
                found.warnings += try TriggerWarning.find(config, ruleSet)
                found.warnings += RunScripts.warnings(of: ruleSet).map(\.description)
            }
        }
        let isFine = found.problems.isEmpty
        output.show(Self.payload(found)) {
            isFine
                ? Self.summary(found)
                : (found.lines + Self.lines(of: found.warnings)).joined(separator: "\n")
        }
        guard isFine else {
            var failure = CommandFailure(.wrongUse, code: "check")
            failure.isSilent = true
            throw failure
        }
    }

    /// Where nobody sees whether a file is still being written.
    private static func sightWarnings(_ config: AppConfig) -> [String] {
        do {
            return try WriterSight.gaps(AppAssembly.spoolSettings(config)).map {
                "inbox \($0.inbox): \($0.sight.meaning)"
            }
        } catch {
            return ["an inbox cannot be looked at: \(error)"]
        }
    }

    private func checkScripts(_ config: AppConfig, _ found: inout Findings) throws {
        let folder = ScriptFolder(path: config.scripts.path)
        let loader = ScriptLoader(config, folder, clock: SystemWallclock(), log: { _ in })
        let contents = folder.read()
        let scripts = CheckedScripts(contents, loader)
        found.ruleSet = scripts.ruleSet
        found.soundRules = scripts.sound
        let tests = folder.readTests()
        let (inspected, warnings) = try scripts.inspected(with: tests.sources, config, loader)
        // A folder that is not there is told once.
        let problems = scripts.problems + tests.problems.filter { !scripts.problems.contains($0) } + inspected
        found.add(scripts.isWhole ? problems : problems.inPlaceOrder)
        found.warnings += warnings.map(\.description)
        guard let rules = scripts.sound, let catalog = rules.catalog else { return }
        let misfits = CatalogApplier.problems(in: catalog)
        found.add(misfits.map { ScriptProblem($0, in: rules.declarations) })
        guard scripts.isWhole, misfits.isEmpty else { return }
        do {
            found.plan = try Self.plan(catalog, config)
        } catch let error as CatalogProblems {
            found.add(error.problems.map { ScriptProblem($0, in: rules.declarations) })
        } catch let error as StoreError {
            found.add(PlaceCheck.Problem(code: "store_\(error.code.rawValue)", message: error.message))
        }
    }

    /// What the catalog would change, once everything of it was tried out. Where there is no store yet it is tried out in
    /// one of the moment, and nil is answered.
    private static func plan(_ catalog: Payload, _ config: AppConfig) throws -> CatalogPlan? {
        let now = SystemWallclock().now
        if FileManager.default.fileExists(atPath: config.store.path) {
            let store = try SQLiteStore(path: config.store.path, environment: config.environment)
            return try CatalogApplier(store: store, settings: config.engineSettings).plan(catalog, now: now)
        }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tidemill-\(RandomID.make())")
        // What is left of it in the temporary folder harms nobody.
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try SQLiteStore(
            path: folder.appendingPathComponent("check.db").path, environment: config.environment)
        _ = try CatalogApplier(store: store, settings: config.engineSettings).plan(catalog, now: now)
        try store.close()
        return nil
    }

    private static func payload(_ found: Findings) -> Payload {
        var members: TextMap<Payload> = [
            "ok": .boolean(found.problems.isEmpty), "problems": .array(found.problems),
        ]
        members["warnings"] = .array(found.warnings.map { .object(["message": .string($0)]) })
        if let ruleSet = found.ruleSet {
            members["scriptVersion"] = .string(ruleSet.version.text)
            members["rules"] = .array(
                Self.declared(ruleSet).map { kind, name, file, line in
                    .object([
                        "kind": .string(kind), "name": .string(name), "file": .string(file),
                        "line": .integer(Int64(line)),
                    ])
                })
        }
        if let plan = found.plan {
            members["waitsForApply"] = .array(plan.pending.map { CatalogChangeEntry($0).document })
            members["editedByCall"] = .array(plan.edited.map { CatalogChangeEntry($0).document })
        }
        return .object(members)
    }

    /// Everything that has a name: the pipeline first, in its order.
    private static func declared(_ ruleSet: RuleSet) -> [(kind: String, name: String, file: String, line: Int)] {
        ruleSet.rules.map { ($0.kind.rawValue, $0.name, $0.file, $0.line) }
            + ruleSet.policies.map { ("recharge", $0.name, $0.file, $0.line) }
            + ruleSet.grantRules.map { ("grant", $0.name, $0.file, $0.line) }
            + ruleSet.jobs.map { ("job", $0.name, $0.file, $0.line) }
    }

    private static func lines(of warnings: [String]) -> [String] {
        warnings.map { "warning: \($0)".escapingControls }
    }

    private static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    private static func summary(_ found: Findings) -> String {
        let pending = found.plan?.pending.count ?? 0
        var concerns: [String] = []
        if !found.warnings.isEmpty { concerns.append(counted(found.warnings.count, "warning")) }
        if pending > 0 {
            concerns.append(
                "\(counted(pending, "catalog change")) that \(pending == 1 ? "waits" : "wait") for `tidemill apply`")
        }
        var lines = [
            concerns.isEmpty
                ? "Everything is fine." : "\(concerns.joined(separator: " and ")); nothing is wrong otherwise."
        ]
        if let ruleSet = found.ruleSet {
            let rules = declared(ruleSet).map { "\($0.kind) \($0.name.escapingControls)" }
            lines.append(
                "script version \(ruleSet.version.text.prefix(12)): \(rules.isEmpty ? "no rules" : rules.joined(separator: ", "))"
            )
        }
        lines += Self.lines(of: found.warnings)
        for change in found.plan?.pending ?? [] { lines.append("\(change.summary): waits for `tidemill apply`") }
        for change in found.plan?.edited ?? [] { lines.append(change.summary) }
        return lines.joined(separator: "\n")
    }
}
