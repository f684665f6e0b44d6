import ArgumentParser
import TidemillCore
import TidemillOperations
import TidemillStore

/// `tidemill deliveries [list|show ID|void ID|fail ID]`: what arrived, and what became of it.
struct DeliveriesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deliveries", abstract: "What arrived, and what became of each record.",
        subcommands: [List.self, Show.self, VoidDeliveryCommand.self, FailDeliveryCommand.self],
        defaultSubcommand: List.self)

    struct List: TidemillCommand {
        static let configuration = CommandConfiguration(abstract: "The newest deliveries first.")

        @Option(
            help: "Only those that are claimed, held, done or failed.",
            transform: { text in
                if let state = Delivery.State(rawValue: text) { return state }
                throw ValidationError("--state must be claimed, held, done or failed, got \"\(text)\"")
            })
        var state: Delivery.State?

        @Option(help: "At most this many.")
        var limit = 50

        @Option(help: ArgumentHelp("Only those older than this one, for the next page.", valueName: "id"))
        var before: String?

        @OptionGroup var options: GlobalOptions

        func validate() throws {
            guard (1...100_000).contains(limit) else { throw ValidationError("--limit must be from 1 to 100000") }
        }

        func perform(_ output: Output) throws {
            let app = try AppAssembly(options)
            let found = try app.store.read {
                try DeliveryLedger.list(state: state, before: before.map { DeliveryID($0) }, limit: limit, on: $0)
            }
            output.show(.array(found.map(\.payload))) {
                found.isEmpty ? "No deliveries yet." : Self.table(found).text(output.terminal)
            }
        }

        private static func table(_ deliveries: [Delivery]) -> TextTable {
            var table = TextTable(
                .text("id"), .text("received"), .text("name"), .text("state"), .number("records"), .number("applied"),
                .number("duplicate"), .number("rejected"), .number("filtered"), .text("by rule"))
            for delivery in deliveries {
                let note =
                    delivery.voided.map { "voided: \($0.reason)" } ?? delivery.message
                    ?? delivery.filteredBy.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
                    .joined(separator: ", ")
                table.add(
                    delivery.id.text, String(delivery.receivedAt.secondsDescription), delivery.name,
                    delivery.shownState, TextTable.grouped(delivery.records), TextTable.grouped(delivery.applied),
                    TextTable.grouped(delivery.duplicate), TextTable.grouped(delivery.rejected),
                    TextTable.grouped(delivery.filtered), note)
            }
            return table
        }
    }

    struct Show: TidemillCommand {
        static let configuration = CommandConfiguration(
            abstract: "One delivery: counts, answers, and each rejected record with its line and reason.")

        @Argument(help: "The delivery's id, from the list.")
        var id: String

        @OptionGroup var options: GlobalOptions

        /// The most answers and rejected records that are shown; all are in the result file.
        private static let linesMax = 1000

        func perform(_ output: Output) throws {
            let app = try AppAssembly(options)
            let id = DeliveryID(id)
            let found = try app.store.read { connection in
                try DeliveryLedger.find(id, on: connection).map {
                    (
                        $0, try DeliveryLedger.answers(of: id, limit: Self.linesMax, on: connection),
                        try DeliveryLedger.rejected(of: id, limit: Self.linesMax, on: connection)
                    )
                }
            }
            guard let (delivery, answers, rejected) = found else {
                throw CommandFailure(
                    .failed, code: "not_found",
                    "there is no delivery \"\(self.id.escapingControls)\"; `tidemill deliveries` lists them")
            }
            output.show(Self.payload(delivery, answers, rejected)) {
                Self.page(delivery, answers, rejected, output.terminal)
            }
        }

        private static func payload(
            _ delivery: Delivery, _ answers: [(record: Int64, json: String)], _ rejected: [RejectedLine]
        ) -> Payload {
            guard case .object(var members) = delivery.payload else { return delivery.payload }
            members["answers"] = .array(
                answers.map { answer in
                    let parsed: Payload
                    do { parsed = try Payload(json: answer.json) } catch { parsed = .string(answer.json) }
                    return .object(["record": .integer(answer.record), "answer": parsed])
                })
            members["rejections"] = .array(
                rejected.map { line in
                    var members: [String: Payload] = [
                        "record": .integer(line.record), "line": .integer(line.line), "kind": .string(line.kind),
                        "code": .string(line.code), "message": .string(line.message),
                    ]
                    if let rule = line.rule { members["rule"] = .string(rule) }
                    return .object(members)
                })
            return .object(members)
        }

        private static func page(
            _ delivery: Delivery, _ answers: [(record: Int64, json: String)], _ rejected: [RejectedLine],
            _ terminal: Terminal
        ) -> String {
            var facts = TextTable(.text("delivery"), .text(delivery.id.text))
            facts.add("name", delivery.name)
            facts.add("inbox", delivery.inbox.isEmpty ? "(by command)" : delivery.inbox)
            facts.add("state", delivery.shownState)
            if let voided = delivery.voided {
                facts.add("voided", "\(voided.voidedAt) by \(voided.voidedBy): \(voided.reason)")
            }
            if let message = delivery.message { facts.add("reason", message) }
            facts.add("received", delivery.receivedAt.description)
            if let finished = delivery.finishedAt { facts.add("finished", finished.description) }
            if let kept = delivery.keptAs { facts.add("kept as", kept) }
            if let original = delivery.duplicateOf { facts.add("same content as", original.text) }
            facts.add("size", "\(TextTable.grouped(delivery.size)) bytes")
            facts.add("records", TextTable.grouped(delivery.records))
            facts.add("applied", TextTable.grouped(delivery.applied))
            for (rule, records) in delivery.filteredBy.sorted(by: { $0.key < $1.key }) {
                facts.add("filtered", "\(TextTable.grouped(records)) by \(rule)")
            }
            facts.add(
                "duplicate",
                TextTable.grouped(delivery.duplicate) + (delivery.differs > 0 ? " (\(delivery.differs) differ)" : ""))
            facts.add("rejected", TextTable.grouped(delivery.rejected))
            for mark in delivery.marks { facts.add(mark.text, TextTable.grouped(mark.records)) }
            if delivery.withoutKey > 0 {
                facts.add(
                    "without key",
                    "\(TextTable.grouped(delivery.withoutKey)) of \(TextTable.grouped(delivery.events)) events")
            }
            var lines = [facts.text(terminal)]
            if !delivery.remarks.isEmpty {
                var table = TextTable(
                    .text("noticed"), .text("name"), .number("records"), .number("first record"), .text("example"))
                for remark in delivery.remarks {
                    table.add(
                        remark.reason.rawValue, remark.shownName, TextTable.grouped(remark.records),
                        "\(remark.record)", remark.example ?? "")
                }
                lines += ["", table.text(terminal)]
            }
            if !rejected.isEmpty {
                var table = TextTable(.number("line"), .text("kind"), .text("code"), .text("why"))
                for line in rejected { table.add("\(line.line)", line.kind, line.code, line.message) }
                lines += ["", table.text(terminal)]
            }
            if !answers.isEmpty {
                var table = TextTable(.number("record"), .text("answer"))
                for answer in answers { table.add("\(answer.record)", answer.json) }
                lines += ["", table.text(terminal)]
            }
            return lines.joined(separator: "\n")
        }
    }
}

extension Delivery {
    /// One that was undone is no longer what it ended as.
    var shownState: String { voided == nil ? state.rawValue : "voided" }

    /// The same names as in the result file.
    var payload: Payload {
        var members: [String: Payload] = [
            "delivery": .string(id.text), "name": .string(name), "inbox": .string(inbox),
            "state": .string(state.rawValue), "size": .integer(size), "receivedAt": Payload(receivedAt),
        ]
        for (name, value) in result { members[name] = value }
        if let voided { members["voided"] = voided.payload }
        if let code { members["code"] = .string(code) }
        if let message { members["message"] = .string(message) }
        if let finishedAt { members["finishedAt"] = Payload(finishedAt) }
        if let duplicateOf { members["duplicateOf"] = .string(duplicateOf.text) }
        if let keptAs { members["keptAs"] = .string(keptAs) }
        return .object(members)
    }
}
