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
        if !trigger.event.isNull { facts.add("event", Self.shown(trigger.event)) }
        if let scriptVersion { facts.add("scripts", String(scriptVersion.prefix(12))) }
        if let result { facts.add("result", Self.shown(result)) }
        var parts = [facts.text(terminal)]
        if let attempts, !attempts.isEmpty {
            var table = TextTable(.number("attempt"), .text("began"), .text("ended"), .text("outcome"), .text("why"))
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
                .number("step"), .text("asked"), .text("with"), .text("answer"), .number("attempt"))
            for step in journal {
                let number = hasSegments ? "\(step.segment).\(step.number)" : "\(step.number)"
                table.add(
                    number, step.name, Self.shown(step.arguments),
                    step.error.map { "error: " + Self.shown($0) } ?? Self.shown(step.answer ?? .null),
                    "\(step.attempt)")
            }
            parts.append(table.text(terminal))
        }
        if let grants, !grants.isEmpty {
            var table = TextTable(
                .text("granted to"), .text("key"), .text("state"), .text("what"), .text("why"))
            for grant in grants {
                table.add(
                    grant.customerID, grant.key, grant.state, Self.shown(grant.fields), grant.message ?? "")
            }
            parts.append(table.text(terminal))
        }
        return parts.joined(separator: "\n\n")
    }

    /// Of a value, so much fits a line; `--json` has all of it.
    private static func shown(_ value: Payload) -> String {
        let text = value.json
        return text.count > 120 ? text.prefix(120) + "…" : text
    }
}
