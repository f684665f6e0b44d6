public import TidemillCore
import TidemillEngine
import TidemillOperations
public import TidemillScripting
import TidemillStore

/// Turns what happened into runs: webhooks that wait, and the engine's own events after those that were looked at. Each
/// starts every job and rule whose `on` matches its type, once.
public struct RunTriggers: Sendable {
    /// Causes that are looked at in one transaction.
    static let causesMax: Int64 = 500

    let tools: RunTools

    public init(_ tools: RunTools) {
        self.tools = tools
    }

    public struct Taken: Sendable, Hashable {
        public var causes = 0
        public var runs = 0
    }

    /// Looks at some of what waits; nothing is left when it returns no causes.
    public func take(now: Timestamp) throws -> Taken {
        guard try tools.store.read({ try Self.isAnythingWaiting(on: $0) }) else { return Taken() }
        let scripts = tools.scripts()
        return try tools.store.write { connection -> Taken in
            var taken = Taken()
            try takeWebhooks(scripts, now, connection, &taken)
            try takeEvents(scripts, now, connection, &taken)
            return taken
        }
    }

    private static func isAnythingWaiting(on connection: any SQLConnection) throws -> Bool {
        try connection.first(
            """
            SELECT 1 WHERE EXISTS (SELECT 1 FROM webhooks WHERE state = 'waiting')
              OR (SELECT MAX(sequence) FROM outbox) > (SELECT outbox_sequence FROM trigger_progress)
            """
        ) { _ in true } ?? false
    }

    private func takeWebhooks(
        _ scripts: RunScripts, _ now: Timestamp, _ connection: any SQLConnection, _ taken: inout Taken
    ) throws {
        let waiting = try connection.rows(
            """
            SELECT dedup_key, type, payload, received_at FROM webhooks WHERE state = 'waiting'
             ORDER BY received_at, delivery, record LIMIT $1
            """, [.integer(Self.causesMax)]
        ) { row in
            (key: row.text(0), type: row.text(1), payload: try Payload(json: row.text(2)), at: row.integer(3))
        }
        for webhook in waiting {
            taken.causes += 1
            let at = Timestamp(microseconds: webhook.at)
            if let document = DocumentRecord.read(webhook.payload) {
                taken.runs += try start(scripts, document, key: "\(webhook.key)@\(webhook.at)", at, now, connection)
                try WebhookInbox.take(webhook.key, on: connection)
                continue
            }
            // The key may come again after 35 days: then it is another webhook.
            let trigger = RunTrigger(
                .webhook, cause: "webhook:\(webhook.key)@\(webhook.at)", event: webhook.payload, scheduledAt: now,
                causedAt: at)
            taken.runs += try start(scripts, webhook.type, trigger, .inbox, now, connection)
            try WebhookInbox.take(webhook.key, on: connection)
        }
    }

    /// Enters the runs that a file without a type starts, by its name.
    private func start(
        _ scripts: RunScripts, _ file: (name: String, document: Payload), key: String, _ at: Timestamp,
        _ now: Timestamp, _ connection: any SQLConnection
    ) throws -> Int {
        var trigger = RunTrigger(
            .document, cause: "document:\(key)", event: file.document, scheduledAt: now, causedAt: at)
        trigger.file = file.name
        var started = 0
        for job in scripts.jobs where job.isEnabled && job.files?.matches(file.name) == true {
            let new = RunTable.New(
                .job, job.name, customer: trigger.customer, trigger: trigger, dueAt: now,
                turn: job.turn)
            if try RunTable(connection).insert(new, id: RunID(tools.ids.next()), now: now) { started += 1 }
        }
        return started
    }

    private func takeEvents(
        _ scripts: RunScripts, _ now: Timestamp, _ connection: any SQLConnection, _ taken: inout Taken
    ) throws {
        let reached: Int64 = try connection.value("SELECT outbox_sequence FROM trigger_progress") ?? 0
        let events = try connection.rows(
            """
            SELECT sequence, type, payload, depth, created_at, customer_id FROM outbox WHERE sequence > $1
             ORDER BY sequence LIMIT $2
            """, [.integer(reached), .integer(Self.causesMax)]
        ) { row in
            OutboxEvent(
                sequence: row.integer(0), type: row.text(1), payload: row.text(2), depth: row.integer(3),
                at: Timestamp(microseconds: row.integer(4)), customer: row.text(5))
        }
        guard let last = events.last?.sequence else { return }
        var cutOff: Int64 = 0
        for event in events {
            taken.causes += 1
            if event.type == "customer.created" {
                taken.runs += try startWaitingGrants(event, now, connection)
            }
            guard scripts.isStarted(by: event.type, .engine) else { continue }
            guard event.depth <= Outbox.depthMax else {
                cutOff += 1
                continue
            }
            let trigger = RunTrigger(
                .event, cause: "event:\(event.sequence)", event: try Payload(json: event.payload), depth: event.depth,
                scheduledAt: now, causedAt: event.at)
            taken.runs += try start(
                scripts, event.type, trigger, .engine, now, connection,
                customer: event.customer.isEmpty ? nil : CustomerID(event.customer))
        }
        guard try TriggerProgress.move(from: reached, to: last, cutOff: cutOff, on: connection) else {
            throw StoreError(.busy, "another worker looks at the same events")
        }
    }

    private struct OutboxEvent {
        let sequence: Int64
        let type: String
        let payload: String
        let depth: Int64
        let at: Timestamp
        let customer: String
    }

    /// Enters the runs that a cause starts; returns how many.
    private func start(
        _ scripts: RunScripts, _ type: String, _ trigger: RunTrigger, _ source: TriggerSource, _ now: Timestamp,
        _ connection: any SQLConnection, customer: CustomerID? = nil
    ) throws -> Int {
        let runs = RunTable(connection)
        let customer = customer ?? TriggerCustomer.find(in: trigger.event)
        var started = 0
        for job in scripts.jobs where job.isEnabled && Self.matches(job.on, job.source, type, source) {
            let new = RunTable.New(
                .job, job.name, customer: customer, trigger: trigger, dueAt: now,
                turn: job.turn)
            if try runs.insert(new, id: RunID(tools.ids.next()), now: now) { started += 1 }
        }
        for rule in scripts.grantRules where Self.matches(rule.on, rule.source, type, source) {
            let new = RunTable.New(.grant, rule.name, customer: customer, trigger: trigger, dueAt: now)
            if try runs.insert(new, id: RunID(tools.ids.next()), now: now) { started += 1 }
        }
        return started
    }

    /// A customer who is provisioned gets what rules granted before.
    private func startWaitingGrants(_ event: OutboxEvent, _ now: Timestamp, _ connection: any SQLConnection) throws
        -> Int
    {
        let customer = CustomerID(event.customer)
        var started = 0
        for rule in try RuleGrants(connection).rulesWaiting(for: customer) {
            let trigger = RunTrigger(
                .event, cause: RuleGrants.provisionedCause(event.sequence), event: try Payload(json: event.payload),
                depth: event.depth, scheduledAt: now, causedAt: event.at)
            let new = RunTable.New(.grant, rule, customer: customer, trigger: trigger, dueAt: now)
            if try RunTable(connection).insert(new, id: RunID(tools.ids.next()), now: now) { started += 1 }
        }
        return started
    }

    static func matches(
        _ patterns: [NamePattern], _ wanted: TriggerSource?, _ type: String, _ source: TriggerSource
    ) -> Bool {
        (wanted == nil || wanted == source) && patterns.contains { $0.matches(type) }
    }
}

extension RunScripts {
    /// Whether any job or rule is started by such an event: most are not, and cost one look.
    public func isStarted(by type: String, _ source: TriggerSource) -> Bool {
        jobs.contains { $0.isEnabled && RunTriggers.matches($0.on, $0.source, type, source) }
            || grantRules.contains { RunTriggers.matches($0.on, $0.source, type, source) }
    }
}
