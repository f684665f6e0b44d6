import ArgumentParser
import TidemillCore
import TidemillDisplay
import TidemillOperations

/// `tidemill reprocess [events|list|show ID]`: stored events through the rules of now, or of an earlier version.
struct ReprocessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reprocess",
        abstract: "Stored events through the rules of now, or of an earlier version: shows or makes the difference.",
        discussion: """
            For a mapping or filter that was wrong. Filtered and rejected events are taken too; each event keeps its \
            identity, so that nothing counts twice. Without --apply nothing is changed: it is done in a copy of the \
            store, and what it comes to is shown. With --apply usage is corrected, credits come back or are burned, and what was \
            billed is billed by difference with the next invoice. Interrupted, it goes on when it is started again with \
            the same options. Reprocess with the version of before, and it is undone.
            """,
        subcommands: [Events.self, List.self, Show.self], defaultSubcommand: Events.self)

    struct Events: AskingCommand {
        static let configuration = CommandConfiguration(
            commandName: "events", abstract: "Which events, by which rules: shows the difference, or makes it.")

        @Option(
            help: ArgumentHelp("Only events of this delivery; of a voided one they count again.", valueName: "id"),
            completion: .names(.deliveries))
        var delivery: String?
        @Option(help: ArgumentHelp("Only events of that instant or later.", valueName: "time"))
        var from: String?
        @Option(help: ArgumentHelp("Only events before that instant.", valueName: "time"))
        var to: String?
        @Option(
            help: ArgumentHelp("Only events that name this customer, or were moved to it.", valueName: "id"),
            completion: .names(.customers))
        var customer: String?
        @Option(help: ArgumentHelp("Only events that were delivered with this name.", valueName: "name"))
        var event: String?
        @Option(
            help: ArgumentHelp(
                "A script version, by its hash or the beginning of it; else the scripts of now.", valueName: "version"))
        var scripts: String?
        @Flag(help: "Make the difference.")
        var apply = false
        @Option(help: "Why, for whoever looks at it later; with --apply.")
        var reason: String?
        @OptionGroup var options: GlobalOptions

        func perform(_ output: Output) throws {
            guard !apply || reason != nil else {
                throw CommandFailure(
                    .wrongUse, code: "usage", "--apply needs --reason TEXT: why, for whoever looks at it later")
            }
            let range = try InstantArgument.range(from: from, to: to, in: nil)
            let answer = try ask(
                ReprocessEvents.self,
                [
                    "delivery": .text(delivery), "from": .instant(range.from), "to": .instant(range.to),
                    "customerId": .text(customer), "eventName": .text(event), "scriptVersion": .text(scripts),
                    "apply": .boolean(apply), "reason": .text(reason),
                ], output, progress: apply ? "reprocessing" : "trying out")
            try output.show(answer.payload) { try answer.output().page(output.terminal) }
        }
    }

    struct List: AskingCommand {
        static let configuration = CommandConfiguration(abstract: "What was reprocessed, the newest first.")

        @Option(help: "At most this many.")
        var limit = 50
        @OptionGroup var options: GlobalOptions

        func perform(_ output: Output) throws {
            let found = try list(ListReprocesses.self, [:], limit: limit, output)
            try output.show(.array(found.documents)) {
                guard !found.documents.isEmpty else { return "Nothing was reprocessed yet." }
                var table = TextTable(
                    .word("id"), .time("asked", rank: 2), .state("state"), .number("events"), .number("changed"),
                    .text("scripts", rank: 4), .id("by", rank: 5), .text("reason", rank: 3))
                for entry in try found.items(ReprocessEntry.self) {
                    let counts = entry.counts
                    table.add(
                        entry.id ?? "", entry.askedAt?.secondsDescription ?? "", entry.state.rawValue.lowercased(),
                        Figures.grouped(counts.events), Figures.grouped(counts.events - counts.unchanged),
                        String(entry.scriptVersion.prefix(12)), entry.askedBy ?? "", entry.reason ?? "")
                }
                return table.text(output.terminal)
            }
        }
    }

    struct Show: AskingCommand {
        static let configuration = CommandConfiguration(abstract: "One of them, with the difference that it made.")

        @Argument(help: "Its id, from the list.")
        var id: String
        @OptionGroup var options: GlobalOptions

        func perform(_ output: Output) throws {
            let answer = try ask(GetReprocess.self, ["id": .string(id)], output)
            try output.show(answer.payload) { try answer.output().page(output.terminal) }
        }
    }
}

extension ReprocessEntry {
    /// As people read it.
    fileprivate func page(_ terminal: Terminal) -> String {
        var facts = TextTable(.text("reprocess"), .text(id ?? "dry run: nothing was changed"))
        if state == .open {
            facts.add("state", "open: where it was interrupted, start it again with the same options")
        }
        facts.add("scripts", String(scriptVersion.prefix(12)))
        if let reason { facts.add("reason", "\(reason) (\(askedBy ?? ""), \(askedAt?.secondsDescription ?? ""))") }
        facts.add("events", Figures.grouped(counts.events))
        let counted: [(String, Int64)] = [
            ("unchanged", counts.unchanged), ("changed", counts.changed), ("newly applied", counts.newlyApplied),
            ("no longer applied", counts.noLongerApplied), ("newly rejected", counts.newlyRejected),
            ("repeats", counts.duplicate), ("of voided deliveries, left alone", counts.voided),
            ("not kept any more, at least", counts.notKept),
        ]
        for (name, count) in counted where count > 0 { facts.add(name, Figures.grouped(count)) }
        var parts = [facts.text(terminal)]
        if counts.events == 0 { parts.append("No stored event is meant.") }
        parts += [usagePage(terminal), creditsPage(terminal), invoicesPage(terminal)].compactMap(\.self)
        if state == .dryRun, counts.events > counts.unchanged {
            parts.append("Add --apply --reason TEXT to make this difference.")
        }
        return parts.joined(separator: "\n\n")
    }

    private static func more(_ shown: Int, of count: Int64) -> String {
        count > Int64(shown) ? "\nand \(Figures.grouped(count - Int64(shown))) more" : ""
    }

    private func usagePage(_ terminal: Terminal) -> String? {
        guard !usage.isEmpty else { return nil }
        var table = TextTable(
            .id("customer"), .id("resource", rank: 3), .id("feature"), .number("events", rank: 2),
            .number("used before"), .number("after"), .number("difference"))
        for row in usage {
            table.add(
                row.customerID, row.resourceID ?? "", row.featureID, Figures.grouped(row.events), "\(row.before)",
                "\(row.after)", "\(row.after - row.before)")
        }
        return table.text(terminal) + Self.more(usage.count, of: usageCount)
    }

    private func creditsPage(_ terminal: Terminal) -> String? {
        guard !credits.isEmpty else { return nil }
        var table = TextTable(
            .id("customer"), .id("resource", rank: 3), .id("credits"), .number("balance before"), .number("after"),
            .number("difference"))
        for row in credits {
            table.add(
                row.customerID, row.resourceID ?? "", row.currencyID, "\(row.before)", "\(row.after)",
                "\(row.after - row.before)")
        }
        return table.text(terminal) + Self.more(credits.count, of: creditsCount)
    }

    private func invoicesPage(_ terminal: Terminal) -> String? {
        guard !invoices.isEmpty else { return nil }
        var table = TextTable(
            .id("customer"), .id("invoice", rank: 4), .time("from", rank: 3),
            .text("line on the next invoice, or draft"), .number("units", rank: 2), .number("amount"), .word("in"))
        for row in invoices {
            table.add(
                row.customerID, row.invoiceID ?? "", row.from?.secondsDescription ?? "",
                row.description ?? row.problem ?? "", row.quantity?.description ?? "", row.amount?.description ?? "",
                row.currency ?? "")
        }
        return table.text(terminal) + Self.more(invoices.count, of: invoicesCount)
    }
}
