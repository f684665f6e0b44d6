import ArgumentParser
import TidemillCore
import TidemillDisplay
import TidemillIngest
import TidemillOperations
import TidemillStore

/// `tidemill deliveries [list|show ID|void ID|fail ID]`: what arrived, and what became of it.
struct DeliveriesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deliveries", abstract: "What arrived, and what became of each record.",
        subcommands: [List.self, Show.self, VoidDeliveryCommand.self, FailDeliveryCommand.self],
        defaultSubcommand: List.self)

    struct List: AskingCommand {
        static let configuration = CommandConfiguration(abstract: "The newest deliveries first.")

        @Option(help: "Only those that are claimed, held, done or failed.")
        var state: String?

        @Option(help: "At most this many.")
        var limit = 50

        @Option(help: ArgumentHelp("Only those older than this one, for the next page.", valueName: "id"))
        var before: String?

        @OptionGroup var options: GlobalOptions

        func perform(_ output: Output) throws {
            let after = before.map { Cursor(createdAt: Timestamp(microseconds: 0), id: $0).text }
            let found = try list(
                ListDeliveries.self, ["state": .text(state), "after": .text(after)], limit: limit, output)
            try output.show(.array(found.documents)) {
                found.documents.isEmpty
                    ? state == nil && before == nil ? "No deliveries yet." : "No deliveries match."
                    : Self.table(try found.items(DeliveryEntry.self)).text(output.terminal)
            }
        }

        private static func table(_ deliveries: [DeliveryEntry]) -> TextTable {
            var table = TextTable(
                .word("id"), .time("received", rank: 2), .id("name"), .state("state"), .number("records", rank: 4),
                .number("applied"), .number("duplicate", rank: 6), .number("rejected"), .number("filtered", rank: 5),
                .text("by rule", rank: 3))
            for delivery in deliveries {
                let facts = delivery.facts
                let note =
                    (facts.isVoided ? facts.voided.map { "voided: \($0.reason)" } : nil) ?? facts.message
                    ?? facts.filteredBy.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
                    .joined(separator: ", ")
                let counts = ["records", "applied", "duplicate", "rejected", "filtered"]
                table.add(
                    [facts.delivery, String(facts.receivedAt.secondsDescription), facts.name, facts.shownState]
                        + counts.map { Figures.grouped(delivery[count: $0]) } + [note])
            }
            return table
        }
    }

    struct Show: AskingCommand {
        static let configuration = CommandConfiguration(
            abstract: "One delivery: counts, answers, and each rejected record with its line and reason.")

        @Argument(help: "The delivery's id, from the list.", completion: .names(.deliveries))
        var id: String

        @OptionGroup var options: GlobalOptions

        func perform(_ output: Output) throws {
            let answer = try ask(GetDelivery.self, ["id": .string(id)], output)
            try output.show(answer.payload) { Self.page(try answer.output(), output.terminal) }
        }

        private static func page(_ delivery: DeliveryEntry, _ terminal: Terminal) -> String {
            let known = delivery.facts
            func count(_ name: String) -> String { Figures.grouped(delivery[count: name]) }
            var facts = TextTable(.text("delivery"), .text(known.delivery))
            facts.add("name", known.name)
            facts.add("inbox", known.inbox.isEmpty ? "(by command)" : known.inbox)
            facts.add("state", known.shownState)
            if let voided = known.voided {
                facts.add("voided", "\(voided.voidedAt) by \(voided.voidedBy): \(voided.reason)")
                if let reprocess = voided.restoredBy { facts.add("brought back by", "reprocess \(reprocess)") }
            }
            if let message = known.message { facts.add("reason", message) }
            facts.add("received", known.receivedAt.description)
            if let finished = known.finishedAt { facts.add("finished", finished.description) }
            if let kept = known.keptAs { facts.add("kept as", kept) }
            if let original = known.duplicateOf { facts.add("same content as", original) }
            if let voided = known.repeatsVoided { facts.add("counts nothing", DeliveryFacts.hint(repeating: voided)) }
            facts.add("size", "\(Figures.grouped(known.size)) bytes")
            facts.add("records", count("records"))
            facts.add("applied", count("applied"))
            for (rule, records) in known.filteredBy.sorted(by: { $0.key < $1.key }) {
                facts.add("filtered", "\(Figures.grouped(records)) by \(rule)")
            }
            let differs = delivery[count: "differs"]
            facts.add("duplicate", count("duplicate") + (differs > 0 ? " (\(differs) differ)" : ""))
            facts.add("rejected", count("rejected"))
            for (name, mark) in DeliveryCounts.marks where delivery[count: name] > 0 { facts.add(mark, count(name)) }
            if delivery[count: "without_key"] > 0 {
                facts.add("without key", "\(count("without_key")) of \(count("events")) events")
            }
            var lines = [facts.text(terminal)]
            if !known.remarks.isEmpty {
                var table = TextTable(
                    .text("noticed"), .text("name"), .number("records"), .number("first record"), .text("example"))
                for remark in known.remarks {
                    table.add(
                        remark.reason, remark.name, Figures.grouped(remark.records), "\(remark.record)",
                        remark.example ?? "")
                }
                lines += ["", table.text(terminal)]
            }
            if let rejected = known.rejections, !rejected.isEmpty {
                var table = TextTable(.number("line"), .text("kind"), .text("code"), .text("why"))
                for line in rejected { table.add("\(line.line)", line.kind, line.code, line.message) }
                lines += ["", table.text(terminal)]
            }
            if let answers = known.answers, !answers.isEmpty {
                var table = TextTable(.number("record"), .text("answer"))
                for answer in answers { table.add("\(answer.record)", answer.answer.json) }
                lines += ["", table.text(terminal)]
            }
            return lines.joined(separator: "\n")
        }
    }
}

extension DeliveryFacts {
    /// One that was undone is no longer what it ended as.
    fileprivate var shownState: String { isVoided ? "voided" : state.rawValue }
    /// What to do about a delivery that repeats a voided one.
    static func hint(repeating voided: String) -> String {
        "delivery \(voided) is voided; `tidemill reprocess --delivery \(voided)` brings its events back by the rules of now"
    }

    fileprivate var isVoided: Bool { voided.map { $0.restoredBy == nil } ?? false }
}
