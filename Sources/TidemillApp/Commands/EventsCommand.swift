import ArgumentParser
import Foundation
import TidemillCore
import TidemillOperations

/// `tidemill events`: why an event counted, or did not.
struct EventsCommand: AskingCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "A customer's events, and why each counted or did not.")

    @Option(help: "The customer, as delivered or as a mapping made it.", completion: .names(.customers))
    var customer: String
    @Option(help: "Only events with this idempotency key.")
    var key: String?
    @Option(help: ArgumentHelp("From this timestamp on: 2026-03-01, or 2026-03-01T12:30:00Z.", valueName: "t"))
    var from: String?
    @Option(help: ArgumentHelp("Up to this timestamp, without it.", valueName: "t"))
    var to: String?
    @Option(help: "At most this many: where there are more, the newest, and those first.")
    var limit = 1000

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws {
        let (from, to) = try InstantArgument.range(from: from, to: to, in: nil)
        let found = try list(
            ListEvents.self,
            [
                "customerId": .string(customer), "idempotencyKey": .text(key), "from": .instant(from),
                "to": .instant(to), "newestFirst": true,
            ], limit: limit, output)
        // All of them are told in the order in which they came; of more, the newest are what is looked for.
        let isCut = found.answer["pagination"]?["next"]?.isNull == false
        let documents = isCut ? found.documents : found.documents.reversed()
        if isCut {
            output.note("only the newest \(limit), the newest first; --to T or a larger --limit shows older ones")
        }
        if documents.isEmpty { try noteUnmatched(["customerId": .string(customer)], output) }
        try output.show(.array(documents)) {
            let events = try documents.map { try StoredEvent.shape.decode($0, as: "an answer") }
            if events.isEmpty {
                let keyed = key.map { " with the key \($0.escapingControls)" } ?? ""
                let bounded = from != nil || to != nil ? " in this time" : ""
                return "No event of \(customer.escapingControls)\(keyed) is stored\(bounded)."
            }
            // One event is worth a page, many a line each.
            return events.count == 1 ? events[0].page(output.terminal) : Self.table(events).text(output.terminal)
        }
    }

    private static func table(_ events: [StoredEvent]) -> TextTable {
        var table = TextTable(
            .time("timestamp"), .text("event"), .id("key", rank: 1), .state("outcome"), .text("why"),
            .id("delivery", rank: 2))
        for event in events {
            table.add(
                event.event["timestamp"]?.text ?? event.receivedAt.description, event.event["eventName"]?.text ?? "",
                event.event["idempotencyKey"]?.text ?? "", event.outcome, event.why,
                "\(event.delivery)#\(event.record)")
        }
        return table
    }
}

extension StoredEvent {
    /// One phrase for people.
    fileprivate var why: String {
        switch outcome {
        case "applied":
            let counted =
                countedBy.isEmpty
                ? "no meter counts it" : "counted by \(countedBy.map(\.text).joined(separator: ", "))"
            let unrated = unrated.map { "cost no credits (\($0))" }
            return [counted, reason, unrated].compactMap(\.self).joined(separator: "; ")
        case "dropped":
            let person = droppedBy.map { " by \($0)" } ?? ""
            return [reason, "given up\(person)\(droppedAt.map { " at \($0)" } ?? "")"].compactMap(\.self)
                .joined(separator: "; ")
        case "filtered": return "by \(rule ?? "a filter")\(reason.map { ": \($0)" } ?? "")"
        case "duplicate": return differs == true ? "known already, with another content" : "known already"
        default: return reason ?? ""
        }
    }

    fileprivate func page(_ terminal: Terminal) -> String {
        var table = TextTable(.text("outcome"), .text(outcome))
        table.add("why", why)
        if let rule, outcome != "filtered" { table.add("rule", rule) }
        if remarks?.contains("unknown_customer") == true { table.add("customer", "not provisioned") }
        table.add("received", receivedAt.description)
        table.add("delivery", delivery)
        table.add("record", "\(record)")
        if let scriptVersion { table.add("scripts", "version \(scriptVersion.prefix(12))") }
        table.add("delivered", event.json)
        for part in mapped { table.add("mapped", part.json) }
        for part in dropped ?? [] {
            table.add("dropped", "\(part.mapped.json) by \(part.rule)\(part.reason.map { ": \($0)" } ?? "")")
        }
        return table.text(terminal)
    }
}
