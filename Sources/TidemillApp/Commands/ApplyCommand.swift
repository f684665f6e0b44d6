import ArgumentParser
import Foundation
import TidemillCore
import TidemillDisplay
import TidemillEngine
import TidemillOperations

/// `tidemill apply`: shows what a changed catalog changes, and applies it once a person agrees.
struct ApplyCommand: AskingCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Shows what a changed catalog changes for whom, and applies it.",
        discussion: """
            A changed plan or add-on becomes a new version. Subscriptions keep the version that they have; with \
            --migrate all they move to the new one at once, also from a version that was applied without it. With --json and without --yes it only shows the difference.
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
        let shown = try ask(GetCatalogDifference.self, output)
        let difference = try shown.output()
        guard !difference.changes.isEmpty else {
            guard migrate == .all, !difference.keptVersions.isEmpty else {
                output.show(shown.payload) {
                    (["The catalog is applied already."] + difference.editedByCall.map(\.summary)
                        + Self.kept(difference.keptVersions)).joined(separator: "\n")
                }
                return
            }
            if !output.isJSON { output.show(.null) { Self.kept(difference.keptVersions).joined(separator: "\n") } }
            guard try yes || isAgreed("Move them to the newest version?", output) else {
                output.show(shown.payload) { "Nothing was applied." }
                return
            }
            let moved = try ask(
                ApplyCatalog.self, ["changes": .array([]), "migrate": .string(MigrationType.allCustomers.rawValue)],
                output)
            try output.show(moved.payload) { Self.applied(try moved.output(), "The catalog was applied already.") }
            return
        }
        if !output.isJSON { output.show(.null) { Self.text(difference) } }
        guard try yes || isAgreed("Apply this?", output) else {
            output.show(shown.payload) { "Nothing was applied." }
            return
        }
        let migration = try migration(for: difference, output)
        let applied = try ask(
            ApplyCatalog.self, ["changes": shown.payload["changes"], "migrate": .string(migration.rawValue)], output)
        try output.show(applied.payload) { Self.applied(try applied.output(), "Applied.") }
    }

    /// Whether subscriptions move: as the option says, else as a person answers who is asked anyway, else they stay.
    private func migration(for plan: CatalogDifference, _ output: Output) throws -> MigrationType {
        if let migrate { return migrate.type }
        let touched = plan.changes.filter { $0.needsApply && $0.action == "change" }.reduce(0) { $0 + $1.subscriptions }
        guard touched > 0, !yes else { return .newCustomers }
        let question = "Move the subscriptions that have an older version (\(Figures.grouped(touched))) as well?"
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

    /// Who moves, and who keeps the price that they have.
    private static func applied(_ difference: CatalogDifference, _ first: String) -> String {
        let moved = difference.migrated.map { package in
            "\(package.kind) \"\(package.id)\": \(subscriptions(package)) \(package.subscriptions == 1 ? "moves" : "move") to version \(package.version)"
        }
        return ([first] + moved + kept(difference.keptVersions)).map(\.escapingControls).joined(separator: "\n")
    }

    private static func kept(_ packages: [KeptVersion]) -> [String] {
        var lines = packages.map { package in
            "\(package.kind) \"\(package.id)\": \(subscriptions(package)) \(package.subscriptions == 1 ? "keeps" : "keep") an older version than \(package.version), with its price"
        }
        if !lines.isEmpty { lines.append("`tidemill apply --migrate all` moves them to the newest") }
        return lines
    }

    private static func subscriptions(_ package: KeptVersion) -> String {
        "\(Figures.grouped(package.subscriptions)) subscription\(package.subscriptions == 1 ? "" : "s")"
    }

    private static func text(_ plan: CatalogDifference) -> String {
        var lines: [String] = []
        for change in plan.changes {
            var touched: [String] = []
            if change.customers > 0 {
                touched.append("usage of \(Figures.counted(change.customers, "customer", "customers"))")
            }
            if change.subscriptions > 0 {
                let word = change.subscriptions == 1 ? "subscription" : "subscriptions"
                touched.append("\(Figures.grouped(change.subscriptions)) \(word)")
            }
            lines.append(change.summary + (touched.isEmpty ? "" : " (\(touched.joined(separator: ", ")))"))
            for field in change.fields.flatMap(\.leaves) {
                lines.append("    \(field.name): \(Self.shown(field.old)) → \(Self.shown(field.new))")
            }
        }
        lines += plan.editedByCall.map(\.summary)
        return lines.map(\.escapingControls).joined(separator: "\n")
    }

    private static func shown(_ value: Payload) -> String { value.isNull ? "none" : value.json }
}
