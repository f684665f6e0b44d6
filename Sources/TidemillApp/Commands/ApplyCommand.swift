import ArgumentParser
import Foundation
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillScripting

/// `tidemill apply`: shows what a changed catalog changes, and applies it once a person agrees.
struct ApplyCommand: TidemillCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Shows what a changed catalog changes for whom, and applies it.",
        discussion: """
            A changed plan or add-on becomes a new version. Subscriptions keep the version that they have; with \
            --migrate all they move to the new one at once. With --json and without --yes it only shows the difference.
            """)

    /// Who gets a new version of a plan or add-on.
    enum Migration: String, ExpressibleByArgument, CaseIterable {
        case new
        case all

        var type: MigrationType {
            switch self {
            case .new: .newCustomers
            case .all: .allCustomers
            }
        }
    }

    @Flag(help: "Apply without asking.")
    var yes = false

    @Option(help: "Who gets a changed plan or add-on: new customers only, or all. Asked at a terminal when left out.")
    var migrate: Migration?

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws {
        let app = try AppAssembly(options)
        let folder = ScriptFolder(path: app.config.scripts.path)
        let loader = ScriptLoader(app.config, folder, clock: app.clock, log: { _ in })
        let ruleSet: RuleSet
        do { ruleSet = try loader.load(folder.read()) } catch { throw CommandFailure(error.problems) }
        do {
            try apply(ruleSet.catalog ?? .object([:]), app, output)
        } catch let error as CatalogProblems {
            throw CommandFailure(error.problems.map { ScriptProblem($0, in: ruleSet.declarations) })
        }
    }

    private func apply(_ catalog: Payload, _ app: AppAssembly, _ output: Output) throws {
        let applier = CatalogApplier(store: app.store, settings: app.config.engineSettings)
        let plan = try applier.plan(catalog, now: app.clock.now)
        guard !plan.isEmpty else {
            output.show(plan.payload(applied: false)) {
                (["The catalog is applied already."] + plan.edited.map(\.summary)).joined(separator: "\n")
            }
            return
        }
        if !output.isJSON { output.show(.null) { Self.text(plan) } }
        guard try yes || isAgreed("Apply this?", output) else {
            output.show(plan.payload(applied: false)) { "Nothing was applied." }
            return
        }
        try applier.apply(
            catalog, expected: plan, migration: try migration(for: plan, output), person: Person.current,
            now: app.clock.now)
        output.show(plan.payload(applied: true)) { "Applied." }
    }

    /// Whether subscriptions move: as the option says, else as a person answers who is asked anyway, else they stay.
    private func migration(for plan: CatalogPlan, _ output: Output) throws -> MigrationType {
        if let migrate { return migrate.type }
        let touched = plan.pending.filter { $0.action == .change }.reduce(0) { $0 + $1.subscriptions }
        guard touched > 0, !yes else { return .newCustomers }
        let question = "Move the subscriptions that have an older version (\(TextTable.grouped(touched))) as well?"
        return try isAgreed(question, output) ? .allCustomers : .newCustomers
    }

    /// Asks at a terminal; elsewhere nobody can answer, and --yes is needed.
    private func isAgreed(_ question: String, _ output: Output) throws -> Bool {
        if output.isJSON { return false }
        guard isatty(STDIN_FILENO) == 1 else {
            throw CommandFailure(
                .wrongUse, code: "usage", "there is no terminal to ask at; add --yes to apply this difference")
        }
        Output.write("\(question) [y/N] ", to: .standardError)
        return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
    }

    private static func text(_ plan: CatalogPlan) -> String {
        var lines: [String] = []
        for change in plan.immediate + plan.pending {
            var touched: [String] = []
            if change.customers > 0 { touched.append("usage of \(TextTable.grouped(change.customers)) customers") }
            if change.subscriptions > 0 {
                let word = change.subscriptions == 1 ? "subscription" : "subscriptions"
                touched.append("\(TextTable.grouped(change.subscriptions)) \(word)")
            }
            lines.append(change.summary + (touched.isEmpty ? "" : " (\(touched.joined(separator: ", ")))"))
            for field in change.fields.flatMap(\.leaves) {
                lines.append("    \(field.name): \(field.old?.json ?? "none") → \(field.new?.json ?? "none")")
            }
        }
        lines += plan.edited.map(\.summary)
        return lines.map(\.escapingControls).joined(separator: "\n")
    }
}

extension CatalogPlan {
    fileprivate func payload(applied: Bool) -> Payload {
        .object([
            "applied": .boolean(applied), "changes": .array((immediate + pending).map(\.payload)),
            "editedByCall": .array(edited.map(\.payload)),
        ])
    }
}
