import ArgumentParser
import Foundation
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore

/// `tidemill events`: why an event counted, or did not.
struct EventsCommand: TidemillCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "A customer's events, and why each counted or did not.")

    @Option(help: "The customer, as delivered or as a mapping made it.")
    var customer: String
    @Option(help: "Only events with this idempotency key.")
    var key: String?
    @Option(help: ArgumentHelp("From this timestamp on: 2026-03-01, or 2026-03-01T12:30:00Z.", valueName: "t"))
    var from: String?
    @Option(help: ArgumentHelp("Up to this timestamp, without it.", valueName: "t"))
    var to: String?
    @Option(help: "At most this many, the oldest arrivals first.")
    var limit = 1000

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard (1...1_000_000).contains(limit) else { throw ValidationError("--limit must be from 1 to 1000000") }
    }

    func perform(_ output: Output) throws {
        let (from, to) = try InstantArgument.range(from: from, to: to, in: .gmt)
        let app = try AppAssembly(options)
        let reader = EventReader(identityKey: try app.identityKey())
        let found = try app.store.read {
            try reader.events(customer: CustomerID(customer), key: key, from: from, to: to, limit: limit, on: $0)
        }
        output.show(.array(found.map(\.payload))) {
            if found.isEmpty { return "No event of \(customer.escapingControls) is stored." }
            // One event is worth a page, many a line each.
            return found.count == 1 ? found[0].page(output.terminal) : Self.table(found).text(output.terminal)
        }
    }

    private static func table(_ events: [EventExplanation]) -> TextTable {
        var table = TextTable(
            .text("timestamp"), .text("event"), .text("key"), .text("outcome"), .text("why"), .text("delivery"))
        for event in events {
            table.add(
                event.event["timestamp"]?.text ?? event.receivedAt.description, event.event["eventName"]?.text ?? "",
                event.event["idempotencyKey"]?.text ?? "", event.outcome, event.why,
                "\(event.delivery.text)#\(event.record)")
        }
        return table
    }
}

extension EventExplanation {
    /// One phrase for people.
    fileprivate var why: String {
        switch outcome {
        case "applied":
            let counted =
                countedBy.isEmpty
                ? "no meter counts it" : "counted by \(countedBy.map(\.text).joined(separator: ", "))"
            let unrated = unrated.map { "cost no credits (\($0))" }
            return [counted, reason, unrated].compactMap(\.self).joined(separator: "; ")
        case "filtered": return "by \(rule ?? "a filter")\(reason.map { ": \($0)" } ?? "")"
        case "duplicate": return differs ? "known already, with another content" : "known already"
        default: return reason ?? ""
        }
    }

    fileprivate func page(_ terminal: Terminal) -> String {
        var table = TextTable(.text("outcome"), .text(outcome))
        table.add("why", why)
        if let rule, outcome != "filtered" { table.add("rule", rule) }
        if remarks.contains(.unknownCustomer) { table.add("customer", "not provisioned") }
        table.add("received", receivedAt.description)
        table.add("delivery", delivery.text)
        table.add("record", "\(record)")
        if let scriptVersion { table.add("scripts", "version \(scriptVersion.text.prefix(12))") }
        table.add("delivered", event.json)
        for part in mapped { table.add("mapped", part.json) }
        for part in dropped {
            table.add("dropped", "\(part.mapped.json) by \(part.rule)\(part.reason.map { ": \($0)" } ?? "")")
        }
        return table.text(terminal)
    }

    fileprivate var payload: Payload {
        var members: [String: Payload] = [
            "receivedAt": Payload(receivedAt), "delivery": .string(delivery.text), "record": .integer(record),
            "outcome": .string(outcome), "event": event, "mapped": .array(mapped),
            "countedBy": .array(countedBy.map { .string($0.text) }),
        ]
        if outcome == "duplicate" { members["differs"] = .boolean(differs) }
        if let rule { members["rule"] = .string(rule) }
        if let reason { members["reason"] = .string(reason) }
        if !remarks.isEmpty { members["remarks"] = .array(remarks.map { .string($0.rawValue) }) }
        if let unrated { members["unrated"] = .string(unrated) }
        if !dropped.isEmpty {
            members["dropped"] = .array(
                dropped.map { part in
                    var members: [String: Payload] = ["mapped": part.mapped, "rule": .string(part.rule)]
                    if let reason = part.reason { members["reason"] = .string(reason) }
                    return .object(members)
                })
        }
        if let scriptVersion { members["scriptVersion"] = .string(scriptVersion.text) }
        return .object(members)
    }
}
