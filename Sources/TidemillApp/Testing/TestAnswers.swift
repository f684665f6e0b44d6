import Logging
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillRuns
import TidemillScripting
import TidemillStore

/// What a test looks at: usage, balances, runs, messages, grants, charges. Reads only.
struct TestAnswers {
    let mill: TestMill
    let log: TestLog

    /// The most rows of one answer.
    private static let rowsMax: Int64 = 10_000

    func answer(_ call: TestArguments) throws -> Payload {
        switch call.name {
        case "test.now": return Payload(mill.clock.now)
        case "test.usage": return try usage(call)
        case "test.balance":
            let balance = try mill.ingest.engine.performNow(
                .getCreditBalance,
                .object(["customerId": .string(try call.text(0)), "currencyId": .string(try call.text(1))]),
                in: CallContext(.person, now: mill.clock.now))
            return balance["balance"] ?? .null
        case "test.emitted":
            let type = try call.optionalText(0)
            let found = try mill.app.store.read { try Emissions($0).list(type: type, limit: Self.rowsMax) }
            return .array(found.reversed().map(\.payload))
        case "test.runs":
            let name = try call.optionalText(0)
            let found = try mill.app.store.read { try RunTable($0).list(name: name, limit: Self.rowsMax) }
            return .array(found.reversed().map(Self.run))
        case "test.grants": return try grants(try call.optionalText(0))
        case "test.logged":
            let part = try call.optionalText(0)
            return .array(
                try log.lines.filter { line in part.map { line.message.contains($0) } ?? true }.map { line in
                    .object([
                        "level": .string(line.level.rawValue), "message": .string(line.message),
                        "fields": line.fields.isEmpty ? .object([:]) : try Payload(json: line.fields),
                    ])
                })
        case "test.payments.charges": return .array(mill.gateway.charges)
        default: throw call.wrong("there is no such function")
        }
    }

    /// A sum, or rows where they are asked for.
    private func usage(_ call: TestArguments) throws -> Payload {
        let known = ["featureId", "customerId", "resourceId", "from", "to", "groupBy", "window", "timezone"]
        let options = try call.options(0, known)
        guard let feature = options["featureId"]?.text else {
            throw call.wrong("'featureId' is missing; write t.usage { featureId = \"…\", customerId = \"…\" }")
        }
        for name in ["from", "to"] {
            if let value = options[name] { _ = try TestArguments(call.name, [value]).instant(0) }
        }
        let answer = try mill.operators.performNow(
            .getUsage, .object(options.merging(["featureId": .string(feature)]) { own, _ in own }),
            in: CallContext(.person, now: mill.clock.now))
        guard options["window"] == nil, options["groupBy"] == nil else { return answer["data"] ?? [] }
        let rows = try GetUsage.Output.shape.decode(answer, as: "getUsage's answer").data
        return Payload(rows.reduce(Amount.zero) { $0 + $1.value })
    }

    private func grants(_ rule: String?) throws -> Payload {
        let rows = try mill.app.store.read { connection in
            try connection.rows(
                """
                SELECT customer_id, rule, key, state, kind, fields, message FROM rule_grants
                 WHERE $1 IS NULL OR rule = $1 ORDER BY created_at, rule, customer_id, key LIMIT \(Self.rowsMax)
                """, [.text(rule)]
            ) { row -> Payload in
                .object([
                    "customerId": .string(row.text(0)), "rule": .string(row.text(1)), "key": .string(row.text(2)),
                    "state": .string(row.text(3)), "kind": .string(row.text(4)),
                    "fields": try Payload(json: row.text(5)),
                    "message": row.optionalText(6).map { .string($0) } ?? .null,
                ])
            }
        }
        return .array(rows)
    }

    static func run(_ run: Run) -> Payload {
        .object([
            "id": .string(run.id.text), "name": .string(run.name), "kind": .string(run.kind.rawValue),
            "state": .string(run.state.rawValue), "attempt": .integer(run.attempt), "failures": .integer(run.failures),
            "trigger": .string(run.trigger.kind.rawValue), "scheduledAt": Payload(run.trigger.scheduledAt),
            "dueAt": Payload(run.dueAt), "customerId": run.customer.map { .string($0.text) } ?? .null,
            "code": run.code.map { .string($0) } ?? .null, "message": run.message.map { .string($0) } ?? .null,
            "result": run.result ?? .null,
        ])
    }
}
