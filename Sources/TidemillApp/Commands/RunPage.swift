import TidemillCore
import TidemillOperations

extension RunEntry {
    /// A run with all that is known of it, for people.
    func page(_ terminal: Terminal) -> String {
        var facts = TextTable(.text("run"), .text(id))
        facts.add(kind, name)
        facts.add("state", state.rawValue + (dueAt.map { ", due \($0)" } ?? ""))
        if let message { facts.add("reason", message) }
        facts.add("trigger", "\(trigger.kind), \(trigger.cause)")
        facts.add("scheduled at", scheduledAt.description)
        if let customerID { facts.add("customer", customerID) }
        if !trigger.event.isNull { facts.add("event", trigger.event.json) }
        if let scriptVersion { facts.add("scripts", String(scriptVersion.prefix(12))) }
        if let result { facts.add("result", result.json) }
        var parts = [facts.text(terminal)]
        if let attempts, !attempts.isEmpty {
            var table = TextTable(
                .number("attempt"), .time("began", rank: 1), .time("ended", rank: 2), .state("outcome"), .text("why"))
            for attempt in attempts {
                table.add(
                    "\(attempt.attempt)", attempt.startedAt.description, attempt.endedAt.description,
                    attempt.outcome, attempt.message ?? "")
            }
            parts.append(table.text(terminal))
        }
        if let journal, !journal.isEmpty {
            let hasSegments = journal.contains { $0.segment > 0 }
            var table = TextTable(
                .number("step"), .text("asked"), .text("with", rank: 1), .text("answer"), .number("attempt", rank: 2))
            for step in journal {
                let number = hasSegments ? "\(step.segment).\(step.number)" : "\(step.number)"
                table.add(
                    number, step.name, step.arguments.json,
                    step.error.map { "error: " + $0.json } ?? (step.answer ?? .null).json,
                    "\(step.attempt)")
            }
            parts.append(table.text(terminal))
        }
        if let grants, !grants.isEmpty {
            var table = TextTable(
                .id("granted to"), .id("key", rank: 1), .state("state"), .text("what"), .text("why", rank: 2))
            for grant in grants {
                table.add(
                    grant.customerID, grant.key, grant.state, grant.fields.json, grant.message ?? "")
            }
            parts.append(table.text(terminal))
        }
        return parts.joined(separator: "\n\n")
    }
}
