import ArgumentParser
import TidemillCore
import TidemillOperations

/// `tidemill invoices late list|accept|waive`: usage that came too late to be billed without a person.
struct LateUsageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "late", abstract: "Usage that came too late to be billed without a person: bill it or waive it.",
        discussion: """
            Usage that was older than events.dedupe_window when it arrived could be a repeat that is not known any more. It \
            counts as usage, and is billed when somebody accepts it.
            """,
        subcommands: [List.self, Accept.self, Waive.self], defaultSubcommand: List.self)

    /// Which of it is meant.
    struct Selection: ParsableArguments {
        @Option(help: "Only this customer's.", completion: .names(.customers))
        var customer: String?
        @Option(help: "Only of this feature.")
        var feature: String?
        @Option(
            help: ArgumentHelp("Only what this delivery brought.", valueName: "id"), completion: .names(.deliveries))
        var delivery: String?

        var members: [String: Payload?] {
            ["customerId": .text(customer), "featureId": .text(feature), "delivery": .text(delivery)]
        }
    }

    struct List: AskingCommand {
        static let configuration = CommandConfiguration(abstract: "What waits, in the order of its arrival.")

        @OptionGroup var selection: Selection
        @Flag(help: "Also what was decided about.")
        var all = false
        @Option(help: "At most this many.")
        var limit = 200
        @OptionGroup var options: GlobalOptions

        func perform(_ output: Output) throws {
            var members = selection.members
            members["all"] = .boolean(all)
            let found = try list(ListLateUsage.self, members, limit: limit, output)
            try output.show(.array(found.documents)) {
                guard !found.documents.isEmpty else { return "No late usage waits for a decision." }
                var table = TextTable(
                    .word("id"), .id("customer"), .id("resource", rank: 3), .id("feature"), .number("value"),
                    .time("of"), .time("arrived", rank: 1), .state("state", rank: 2))
                for usage in try found.items(LateUsageEntry.self) {
                    table.add(
                        usage.id, usage.customerID, usage.resourceID ?? "", usage.featureID, "\(usage.value)",
                        usage.at.secondsDescription, usage.arrivedAt.secondsDescription, usage.state.rawValue)
                }
                return table.text(output.terminal)
            }
        }
    }

    struct Accept: AskingCommand {
        static let configuration = CommandConfiguration(
            abstract: "It is billed, with the next invoice of whoever pays for it.")

        @OptionGroup var decision: Decision
        @OptionGroup var options: GlobalOptions

        func perform(_ output: Output) throws {
            let count = try decision.decide(.accepted, by: self, output)
            output.show(count) { "accepted \(count["decided"]?.json ?? "0"): the next invoice bills it" }
        }
    }

    struct Waive: AskingCommand {
        static let configuration = CommandConfiguration(abstract: "Nobody pays for it; it still counts as usage.")

        @OptionGroup var decision: Decision
        @OptionGroup var options: GlobalOptions

        func perform(_ output: Output) throws {
            let count = try decision.decide(.waived, by: self, output)
            output.show(count) { "waived \(count["decided"]?.json ?? "0")" }
        }
    }

    struct Decision: ParsableArguments {
        @Argument(help: "Their ids, from the list.")
        var ids: [String] = []
        @OptionGroup var selection: Selection
        @Flag(help: "All that waits.")
        var all = false
        @Option(help: "Why, for whoever looks at it later.")
        var reason: String

        func decide(_ state: LateUsageDecision, by command: some AskingCommand, _ output: Output) throws -> Payload {
            var members = selection.members
            members["ids"] = ids.isEmpty ? nil : .array(ids.map { .string($0) })
            members["all"] = .boolean(all)
            members["decision"] = .string(state.rawValue)
            members["reason"] = .string(reason)
            return try command.ask(DecideLateUsage.self, members, output).payload
        }
    }
}
