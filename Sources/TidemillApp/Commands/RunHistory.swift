import TidemillCore
import TidemillOperations
import TidemillRuns
import TidemillStore

/// A run with all that is known of it.
struct RunHistory {
    let run: Run
    let attempts: [RunAttempt]
    let steps: [RunStep]
    let grants: [RuleGrant]

    init(_ run: Run, on connection: any SQLConnection) throws {
        self.run = run
        attempts = try RunAttempt.list(of: run.id, on: connection)
        steps = try RunSteps(connection).list(of: run.id)
        grants = run.kind == .grant ? try RuleGrants(connection).list(of: run.id) : []
    }

    var payload: Payload {
        guard case .object(var members) = run.payload else { return run.payload }
        members["attempts"] = .array(
            attempts.map { attempt in
                var members: [String: Payload] = [
                    "attempt": .integer(attempt.attempt), "startedAt": Payload(attempt.startedAt),
                    "endedAt": Payload(attempt.endedAt), "outcome": .string(attempt.outcome.rawValue),
                ]
                if let code = attempt.code { members["code"] = .string(code) }
                if let message = attempt.message { members["message"] = .string(message) }
                if let version = attempt.scriptVersion { members["scriptVersion"] = .string(version.text) }
                return .object(members)
            })
        members["journal"] = .array(
            steps.map { step in
                .object([
                    "segment": .integer(step.segment), "number": .integer(step.number), "name": .string(step.name),
                    "arguments": step.arguments, "isWrite": .boolean(step.isWrite),
                    step.raised ? "error" : "answer": step.answer, "attempt": .integer(step.attempt),
                    "at": Payload(step.at),
                ])
            })
        if run.kind == .grant { members["grants"] = .array(grants.map(\.payload)) }
        return .object(members)
    }

    func text(_ terminal: Terminal) -> String {
        var facts = TextTable(.text("run"), .text(run.id.text))
        facts.add(run.kind.rawValue, run.name)
        facts.add("state", run.state.rawValue + (run.state == .waiting ? ", due \(run.dueAt)" : ""))
        if let message = run.message { facts.add("reason", message) }
        facts.add("trigger", "\(run.trigger.kind.rawValue), \(run.trigger.cause)")
        facts.add("scheduled at", run.trigger.scheduledAt.description)
        if let customer = run.customer { facts.add("customer", customer.text) }
        if !run.trigger.event.isNull { facts.add("event", Self.shown(run.trigger.event)) }
        if let version = run.scriptVersion { facts.add("scripts", String(version.text.prefix(12))) }
        if let result = run.result, run.state == .done { facts.add("result", Self.shown(result)) }
        var parts = [facts.text(terminal)]
        if !attempts.isEmpty {
            var table = TextTable(.number("attempt"), .text("began"), .text("ended"), .text("outcome"), .text("why"))
            for attempt in attempts {
                table.add(
                    "\(attempt.attempt)", attempt.startedAt.description, attempt.endedAt.description,
                    attempt.outcome.rawValue, attempt.message ?? "")
            }
            parts.append(table.text(terminal))
        }
        if !steps.isEmpty {
            var table = TextTable(
                .number("step"), .text("asked"), .text("with"), .text("answer"), .number("attempt"))
            for step in steps {
                let number = run.segment > 0 ? "\(step.segment).\(step.number)" : "\(step.number)"
                table.add(
                    number, step.name, Self.shown(step.arguments),
                    (step.raised ? "error: " : "") + Self.shown(step.answer),
                    "\(step.attempt)")
            }
            parts.append(table.text(terminal))
        }
        if !grants.isEmpty {
            var table = TextTable(
                .text("granted to"), .text("key"), .text("state"), .text("what"), .text("why"))
            for grant in grants {
                table.add(
                    grant.customer.text, grant.key, grant.state.rawValue, Self.shown(grant.fields), grant.message ?? "")
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

extension RuleGrant {
    var payload: Payload {
        var members: [String: Payload] = [
            "customerId": .string(customer.text), "rule": .string(rule), "key": .string(key),
            "state": .string(state.rawValue), "kind": .string(kind), "fields": fields,
            "createdAt": Payload(createdAt),
        ]
        if let answer { members["answer"] = answer }
        if let message { members["message"] = .string(message) }
        if let madeAt { members["madeAt"] = Payload(madeAt) }
        return .object(members)
    }
}
