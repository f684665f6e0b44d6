import ArgumentParser
import Foundation
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillStore

/// `tidemill rejected [list|show|retry|drop]`: records that could not be applied wait here for a decision.
struct RejectedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rejected", abstract: "Records that could not be applied: look, retry, or give up.",
        subcommands: [List.self, Show.self, Retry.self, Drop.self], defaultSubcommand: List.self)

    /// Which records are meant.
    struct Selection: ParsableArguments {
        @Option(help: "Only records that this rule rejected.")
        var rule: String?
        @Option(help: "Only records with this code.")
        var code: String?
        @Option(help: ArgumentHelp("Only records of this delivery.", valueName: "id"))
        var delivery: String?

        func selection(ids: [String] = [], limit: Int = .max) -> RejectedSelection {
            RejectedSelection(
                ids: ids, rule: rule, code: code, delivery: delivery.map { DeliveryID($0) }, limit: limit)
        }

        /// The choice, for the audit.
        func audited(_ ids: [String], records: Int) -> Payload {
            var details: [String: Payload] = ["records": .integer(Int64(records))]
            if !ids.isEmpty { details["ids"] = .array(ids.map { .string($0) }) }
            details["rule"] = rule.map { .string($0) }
            details["code"] = code.map { .string($0) }
            details["delivery"] = delivery.map { .string($0) }
            return .object(details)
        }

        var isEmpty: Bool { rule == nil && code == nil && delivery == nil }
    }

    struct List: TidemillCommand {
        static let configuration = CommandConfiguration(abstract: "The open ones, the oldest first.")

        @OptionGroup var selection: Selection
        @Flag(help: "Also those that were retried or dropped.")
        var all = false
        @Option(help: "At most this many.")
        var limit = 200
        @OptionGroup var options: GlobalOptions

        func validate() throws {
            guard (1...100_000).contains(limit) else { throw ValidationError("--limit must be from 1 to 100000") }
        }

        func perform(_ output: Output) throws {
            let app = try AppAssembly(options)
            var wanted = selection.selection(limit: limit)
            if all { wanted.states = [.open, .retried, .dropped] }
            let (found, open) = try app.store.read {
                (try RejectedRecords.list(wanted, on: $0), try RejectedRecords.openCount(on: $0))
            }
            output.show(.array(found.map(\.json))) {
                if found.isEmpty { return "No rejected records." }
                var table = TextTable(
                    .text("id"), .number("line"), .text("kind"), .text("customer"), .text("code"), .text("why"))
                for record in found {
                    table.add(
                        record.id, "\(record.line)", record.kind, record.customer?.text ?? "", record.code,
                        record.message)
                }
                let more = Int64(found.count) < open ? "\n\(TextTable.grouped(open)) records are open in all." : ""
                return table.text(output.terminal) + more
            }
        }
    }

    struct Show: TidemillCommand {
        static let configuration = CommandConfiguration(
            abstract: "One record as it was delivered, and why it was rejected.")

        @Argument(help: "Its id, from the list: DELIVERY#RECORD.")
        var id: String
        @OptionGroup var options: GlobalOptions

        func perform(_ output: Output) throws {
            let app = try AppAssembly(options)
            let wanted = RejectedSelection(ids: [id], states: [.open, .retried, .dropped])
            guard let record = try app.store.read({ try RejectedRecords.list(wanted, on: $0).first }) else {
                throw CommandFailure(
                    .failed, code: "not_found",
                    "there is no rejected record \"\(id.escapingControls)\"; `tidemill rejected` lists them")
            }
            output.show(record.json) { record.page(output.terminal) }
        }
    }

    struct Retry: TidemillCommand {
        static let configuration = CommandConfiguration(
            abstract: "Performs records again, under the rules of now; what is rejected again stays.",
            discussion: "Name records by id, or choose them with --rule, --code, --delivery, or --all.")

        @Argument(help: "Ids, from the list.")
        var ids: [String] = []
        @OptionGroup var selection: Selection
        @Flag(help: "All open records.")
        var all = false
        @OptionGroup var options: GlobalOptions

        func validate() throws { try RejectedCommand.requireChoice(ids, selection, all) }

        func perform(_ output: Output) throws {
            let app = try AppAssembly(options)
            let wanted = selection.selection(ids: ids)
            try RejectedCommand.requireKnown(ids, app)
            let scripts = try ScriptsInForce(app, logger: app.logger(output))
            // Written first: what the records then do is in the audit under their deliveries.
            try app.store.write { connection in
                let records = try RejectedRecords.ids(wanted, on: connection).count
                guard records > 0 else { return }
                try AuditTrail.record(
                    "retryRejected", selection.audited(ids, records: records), by: .person(Person.current),
                    reason: nil, at: app.clock.now, on: connection)
            }
            let outcome = try app.ingest(rules: { scripts.rules }).retry.retry(wanted, accepts: app.accepts)
            let counts = outcome.counts
            output.show(
                .object([
                    "retried": .integer(Int64(outcome.retried)), "applied": .integer(counts.applied),
                    "filtered": .integer(counts.filtered), "duplicate": .integer(counts.duplicate),
                    "rejected": .integer(counts.rejected),
                ])
            ) {
                "\(TextTable.grouped(outcome.retried)) retried: \(counts.applied) applied, \(counts.filtered) filtered, \(counts.duplicate) duplicate, \(counts.rejected) rejected again"
            }
            if counts.rejected > 0 { throw CommandFailure.reported }
        }
    }

    struct Drop: TidemillCommand {
        static let configuration = CommandConfiguration(
            abstract: "Gives records up: they stay in the store as dropped, and are not retried.",
            discussion: "Name records by id, or choose them with --rule, --code, --delivery, or --all.")

        @Argument(help: "Ids, from the list.")
        var ids: [String] = []
        @OptionGroup var selection: Selection
        @Flag(help: "All open records.")
        var all = false
        @OptionGroup var options: GlobalOptions

        func validate() throws { try RejectedCommand.requireChoice(ids, selection, all) }

        func perform(_ output: Output) throws {
            let app = try AppAssembly(options)
            try RejectedCommand.requireKnown(ids, app)
            let dropped = try app.store.write { connection in
                let dropped = try RejectedRecords.drop(selection.selection(ids: ids), on: connection)
                if dropped > 0 {
                    try AuditTrail.record(
                        "dropRejected", selection.audited(ids, records: dropped), by: .person(Person.current),
                        reason: nil, at: app.clock.now, on: connection)
                }
                return dropped
            }
            output.show(.object(["dropped": .integer(Int64(dropped))])) {
                "\(TextTable.grouped(dropped)) record\(dropped == 1 ? "" : "s") dropped"
            }
        }
    }

    /// A retry or drop of everything must be said.
    private static func requireChoice(_ ids: [String], _ selection: Selection, _ all: Bool) throws {
        let isChosen = !ids.isEmpty || !selection.isEmpty
        if isChosen == all {
            throw ValidationError(
                all
                    ? "--all takes all; leave the other choices out"
                    : "name ids, or choose with --rule, --code, --delivery or --all")
        }
    }

    /// An id that is mistyped must not pass as "nothing to do".
    private static func requireKnown(_ ids: [String], _ app: AppAssembly) throws {
        guard !ids.isEmpty else { return }
        let found = Set(try app.store.read { try RejectedRecords.list(RejectedSelection(ids: ids), on: $0) }.map(\.id))
        let missing = ids.filter { !found.contains($0) }
        guard missing.isEmpty else {
            throw CommandFailure(
                .failed, code: "not_found",
                "no open rejected record has the id \(missing.map { "\"\($0.escapingControls)\"" }.joined(separator: ", ")); `tidemill rejected` lists them"
            )
        }
    }
}

extension RejectedRecord {
    /// The record's bytes; what is not UTF-8 shows as replacement characters.
    private var text: String { String(decoding: payload, as: UTF8.self) }

    var json: Payload {
        var members: [String: Payload] = [
            "id": .string(id), "delivery": .string(delivery.text), "record": .integer(record), "line": .integer(line),
            "kind": .string(kind), "code": .string(code), "message": .string(message), "state": .string(state.rawValue),
            "receivedAt": Payload(receivedAt), "rejectedAt": Payload(rejectedAt),
            "payload": .string(text),
        ]
        if let rule { members["rule"] = .string(rule) }
        if let customer { members["customerId"] = .string(customer.text) }
        return .object(members)
    }

    fileprivate func page(_ terminal: Terminal) -> String {
        var table = TextTable(.text("rejected"), .text(id))
        table.add("why", "\(code): \(message)")
        if let rule { table.add("rule", rule) }
        table.add("line", "\(line)")
        table.add("kind", kind)
        table.add("state", state.rawValue)
        table.add("received", receivedAt.description)
        table.add("record", text)
        return table.text(terminal)
    }
}
