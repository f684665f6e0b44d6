import ArgumentParser
import TidemillCore
import TidemillDisplay
import TidemillOperations

/// `tidemill rejected [list|show|retry|drop]`: records that could not be applied wait here for a decision.
struct RejectedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rejected", abstract: "Records that could not be applied: look, retry, or give up.",
        subcommands: [List.self, Show.self, Retry.self, Drop.self], defaultSubcommand: List.self)

    /// Which records are meant.
    struct Selection: ParsableArguments {
        @Option(help: "Only records that this rule rejected.")
        var rule: String?
        @Option(help: "Only records with this code.", completion: .names(.groups))
        var code: String?
        @Option(help: ArgumentHelp("Only records of this delivery.", valueName: "id"), completion: .names(.deliveries))
        var delivery: String?

        /// Names that may match nothing.
        var filters: [String: Payload?] {
            ["rule": .text(rule), "code": .text(code), "delivery": .text(delivery)]
        }

        func members(_ ids: [String] = [], all: Bool) -> [String: Payload?] {
            [
                "ids": ids.isEmpty ? nil : .array(ids.map { .string($0) }), "rule": .text(rule), "code": .text(code),
                "delivery": .text(delivery), "all": .boolean(all),
            ]
        }
    }

    struct List: AskingCommand {
        static let configuration = CommandConfiguration(abstract: "The open ones, the oldest first.")

        @OptionGroup var selection: Selection
        @Flag(help: "Also those that were retried or dropped.")
        var all = false
        @Flag(
            inversion: .prefixedNo,
            help: "In groups that look alike, the largest first: so at a terminal, where nothing is chosen.")
        var grouped: Bool?
        @Option(help: "At most this many.")
        var limit = 200
        @OptionGroup var options: GlobalOptions

        func perform(_ output: Output) throws {
            let isFiltered = selection.rule != nil || selection.code != nil || selection.delivery != nil
            let isChosen = isFiltered || all || output.isJSON || output.terminal.width == nil
            let grouped = grouped ?? !isChosen
            var members = selection.members(all: all)
            members["grouped"] = .boolean(grouped)
            let found = try list(ListRejected.self, members, limit: limit, output)
            let groups = found.answer["groups"] ?? []
            if found.documents.isEmpty, groups == [] { try noteUnmatched(selection.filters, output) }
            try output.show(grouped ? groups : .array(found.documents)) {
                if found.documents.isEmpty, groups == [] {
                    return isFiltered ? "No rejected records match." : "No rejected records."
                }
                if grouped {
                    let next =
                        output.terminal.width == nil
                        ? "" : "\n\nEach by itself: tidemill rejected --no-grouped; of one kind: --code CODE."
                    return try Self.table(groups: groups).text(output.terminal) + next
                }
                var table = TextTable(
                    .word("id"), .number("line", rank: 3), .word("kind", rank: 2), .id("customer", rank: 1),
                    .word("code"),
                    .text("why"))
                for record in try found.items(RejectedEntry.self) {
                    table.add(
                        record.id, "\(record.line)", record.kind, record.customerID ?? "", record.code, record.message)
                }
                var open: Int64 = 0
                if case .integer(let count)? = found.answer["open"] { open = count }
                let isAll = Int64(found.documents.count) >= open
                let more = isAll ? "" : "\n\(Figures.grouped(open)) records are open in all."
                return table.text(output.terminal) + more
            }
        }

        private static func table(groups: Payload) throws -> TextTable {
            var table = TextTable(
                .number("records"), .number("customers", rank: 3), .word("code"), .text("rule", rank: 2), .text("why"),
                .time("newest", rank: 1), .id("sample", rank: 4))
            for group in try (groups.items ?? []).map({ try RejectedGroup.shape.decode($0, as: "a group") }) {
                table.add(
                    Figures.grouped(group.records), Figures.grouped(group.customers), group.code, group.rule ?? "",
                    group.message, group.lastAt.secondsDescription, group.sample)
            }
            return table
        }
    }

    struct Show: AskingCommand {
        static let configuration = CommandConfiguration(
            abstract: "One record as it was delivered, and why it was rejected.")

        @Argument(help: "Its id, from the list: DELIVERY#RECORD.")
        var id: String
        @OptionGroup var options: GlobalOptions

        func perform(_ output: Output) throws {
            let found = try list(ListRejected.self, ["ids": [.string(id)], "all": true], limit: 1, output)
            guard let record = try found.items(RejectedEntry.self).first else {
                throw CommandFailure(
                    .failed, code: "not_found",
                    "there is no rejected record \"\(id.escapingControls)\"; `tidemill rejected` lists them")
            }
            output.show(found.documents[0]) { record.page(output.terminal) }
        }
    }

    struct Retry: AskingCommand {
        static let configuration = CommandConfiguration(
            abstract: "Performs records again, under the rules of now; what is rejected again stays.",
            discussion: "Name records by id, or choose them with --rule, --code, --delivery, or --all.")

        @Argument(help: "Ids, from the list.")
        var ids: [String] = []
        @OptionGroup var selection: Selection
        @Flag(help: "All open records.")
        var all = false
        @OptionGroup var options: GlobalOptions

        func perform(_ output: Output) throws {
            let answer = try ask(RetryRejected.self, selection.members(ids, all: all), output)
            let counts = try answer.output()
            output.show(answer.payload) {
                "\(Figures.grouped(counts.retried)) retried: \(counts.applied) applied, \(counts.filtered) filtered, \(counts.duplicate) duplicate, \(counts.rejected) rejected again"
            }
            if counts.retried == 0 { try noteUnmatched(selection.filters, output) }
            if counts.rejected > 0 { throw CommandFailure.reported }
        }
    }

    struct Drop: AskingCommand {
        static let configuration = CommandConfiguration(
            abstract: "Gives records up: they stay in the store as dropped, and are not retried.",
            discussion: "Name records by id, or choose them with --rule, --code, --delivery, or --all.")

        @Argument(help: "Ids, from the list.")
        var ids: [String] = []
        @OptionGroup var selection: Selection
        @Flag(help: "All open records.")
        var all = false
        @OptionGroup var options: GlobalOptions

        func perform(_ output: Output) throws {
            let answer = try ask(DropRejected.self, selection.members(ids, all: all), output)
            try output.show(answer.payload) {
                let dropped = try answer.output().dropped
                return "\(Figures.grouped(dropped)) record\(dropped == 1 ? "" : "s") dropped"
            }
            if try answer.output().dropped == 0 { try noteUnmatched(selection.filters, output) }
        }
    }
}

extension RejectedEntry {
    fileprivate func page(_ terminal: Terminal) -> String {
        var table = TextTable(.text("rejected"), .text(id))
        table.add("why", "\(code): \(message)")
        if let rule { table.add("rule", rule) }
        table.add("line", "\(line)")
        table.add("kind", kind)
        table.add("state", state)
        table.add("received", receivedAt.description)
        table.add("record", payload)
        return table.text(terminal)
    }
}
