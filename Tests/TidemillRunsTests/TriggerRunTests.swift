import Testing
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillRuns
import TidemillStore
import TidemillTestSupport

/// What starts runs beside schedules: webhooks, each once within 35 days, the engine's events, documents.
struct TriggerRunTests {
    private static let day: Int64 = 86_400

    private func kit(on: String) throws -> RunKit {
        try RunKit("job { name = 'j', on = \(on), run = function(run) return run.trigger.file end }")
    }

    // MARK: - Which webhooks are the same

    struct Repeat: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var first: Payload
        var second: Payload
        var isRepeat: Bool
    }

    static let repeats = [
        Repeat(
            testDescription: "the same messageId", first: ["type": "go", "messageId": "m", "n": 1],
            second: ["type": "go", "messageId": "m", "n": 2], isRepeat: true),
        Repeat(
            testDescription: "another messageId", first: ["type": "go", "messageId": "m"],
            second: ["type": "go", "messageId": "n"], isRepeat: false),
        Repeat(
            testDescription: "the id of an event object", first: ["type": "go", "object": "event", "id": "e", "n": 1],
            second: ["type": "go", "object": "event", "id": "e", "n": 2], isRepeat: true),
        Repeat(
            testDescription: "the id of anything else, which is the entity's",
            first: ["type": "go", "id": "e", "n": 1], second: ["type": "go", "id": "e", "n": 2], isRepeat: false),
        Repeat(
            testDescription: "messageId before id",
            first: ["type": "go", "object": "event", "id": "e", "messageId": "m"],
            second: ["type": "go", "object": "event", "id": "e", "messageId": "n"], isRepeat: false),
        Repeat(
            testDescription: "a messageId that is the other's id", first: ["type": "go", "messageId": "x"],
            second: ["type": "go", "object": "event", "id": "x"], isRepeat: false),
        Repeat(
            testDescription: "the same content", first: ["type": "go", "a": 1, "b": ["c": .null]],
            second: ["b": ["c": .null], "a": 1, "type": "go"], isRepeat: true),
        Repeat(
            testDescription: "other content", first: ["type": "go", "a": 1], second: ["type": "go", "a": 2],
            isRepeat: false),
        Repeat(
            testDescription: "a number as messageId", first: ["type": "go", "messageId": 42, "attempt": 1],
            second: ["type": "go", "messageId": "42", "attempt": 2], isRepeat: true),
        Repeat(
            testDescription: "a number as an event's id",
            first: ["type": "go", "object": "event", "id": 7, "attempt": 1],
            second: ["type": "go", "object": "event", "id": 7, "attempt": 2], isRepeat: true),
        Repeat(
            testDescription: "the same messageId from one source",
            first: ["type": "go", "messageId": "m", "receivedFrom": ["source": "a"], "n": 1],
            second: ["type": "go", "messageId": "m", "receivedFrom": ["source": "a"], "n": 2], isRepeat: true),
        Repeat(
            testDescription: "the same messageId from two sources",
            first: ["type": "go", "messageId": "m", "receivedFrom": ["source": "a"]],
            second: ["type": "go", "messageId": "m", "receivedFrom": ["source": "b"]], isRepeat: false),
        Repeat(
            testDescription: "the same event's id from a source and in a file",
            first: ["type": "go", "object": "event", "id": "e", "receivedFrom": ["source": "a"]],
            second: ["type": "go", "object": "event", "id": "e"], isRepeat: false),
        Repeat(
            testDescription: "a messageId that looks like another's with its source",
            first: ["type": "go", "messageId": "m", "receivedFrom": ["source": "a"]],
            second: ["type": "go", "messageId": "from:a:message:m"], isRepeat: false),
        Repeat(
            testDescription: "an empty messageId, which is none", first: ["type": "go", "messageId": "", "a": 1],
            second: ["type": "go", "messageId": "", "a": 2], isRepeat: false),
    ]

    @Test(arguments: repeats)
    func `a webhook starts its jobs once, as far as it is the same`(_ pair: Repeat) async throws {
        let kit = try kit(on: "'go'")
        #expect(try kit.webhook(pair.first))
        try await kit.settle()
        kit.clock.advance(by: .seconds(Self.day))
        #expect(try kit.webhook(pair.second) == !pair.isRepeat)
        try await kit.settle()
        #expect(try kit.runs("j").count == (pair.isRepeat ? 1 : 2))
    }

    @Test func `after 35 days it is another webhook`() async throws {
        let kit = try kit(on: "'go'")
        let webhook: Payload = ["type": "go", "messageId": "m"]
        #expect(try kit.webhook(webhook))
        try await kit.settle()
        kit.clock.advance(by: .seconds(35 * Self.day))
        #expect(try !kit.webhook(webhook))
        kit.clock.advance(by: .seconds(1))
        #expect(try kit.webhook(webhook))
        try await kit.settle()
        #expect(try kit.runs("j").count == 2)
    }

    // MARK: - Which types match

    @Test(arguments: [
        ("promotional_entitlement.granted", "promotionalEntitlement.granted"),
        ("promotionalEntitlement.*", "promotional-entitlement.granted"),
        ("credit_balance.low", "credits.balance.usage_low"), ("credit.balance.low", "credit_balance.low"),
        ("credit_grant.*", "credits.expired"), ("subscription.trial.ends_soon", "trial.ends_soon"),
        ("customer.created", "customer.created"), ("*", "anything"),
    ])
    func `names that are spelled in several ways match on both sides`(_ one: String, _ other: String) async throws {
        for (on, type) in [(one, other), (other, one)] where !type.contains("*") {
            let kit = try kit(on: "'\(on)'")
            try kit.webhook(["type": .string(type)])
            try await kit.settle()
            #expect(try kit.runs("j").count == 1, "\(type) on \(on)")
        }
    }

    @Test(arguments: [
        ("customer.created", "customer.createdAt"), ("customer.*", "customers.created"), ("Go", "gone"),
        ("credit_grant.created", "credit_grant.updated"), ("credit_balance.low", "credits.grant.usage_low"),
    ])
    func `other names do not match`(_ on: String, _ type: String) async throws {
        let kit = try kit(on: "'\(on)'")
        try kit.webhook(["type": .string(type)])
        try await kit.settle()
        #expect(try kit.runs("j").isEmpty)
    }

    @Test func `source says from where`() async throws {
        let kit = try RunKit(
            """
            job { name = "inbox", on = "customer.created", source = "inbox", run = function() end }
            job { name = "engine", on = "customer.created", source = "engine", run = function() end }
            job { name = "both", on = { "customer.created", "other" }, run = function() end }
            """)
        try kit.call(.provisionCustomer, ["id": "acme"])
        try kit.webhook(["type": "customer.created", "customer": ["id": "acme"]])
        try await kit.settle()
        #expect(try ["inbox", "engine", "both"].map { try kit.runs($0).count } == [1, 1, 2])
        #expect(try kit.runs("both").allSatisfy { $0.customer?.text == "acme" })
    }

    // MARK: - Whom it is about

    static let customers: [(payload: Payload, customer: String?)] = [
        (["type": "x", "customerId": "acme"], "acme"),
        (["type": "x", "customer_id": "acme"], "acme"),
        (["type": "x", "customer": ["id": "acme", "name": "Acme"]], "acme"),
        (["type": "x", "customer": "acme"], "acme"),
        (["type": "x", "data": ["customer": ["customerId": "acme"]]], "acme"),
        (["type": "x", "payload": ["subscription": ["customerId": "acme"]]], "acme"),
        (["type": "x", "data": ["items": [["n": 1], ["customer": ["id": "acme"]]]]], "acme"),
        (["type": "x", "seats": [["customerId": "acme", "n": 1], ["customerId": "acme", "n": 2]]], "acme"),
        // A list of several is about none of them.
        (["type": "x", "seats": [["customerId": "acme"], ["customerId": "globex"]]], nil),
        // The customer's own, not who pays for it.
        (["type": "x", "payer": ["customerId": "other"], "customer": ["id": "acme"]], "acme"),
        // Events about a customer have its fields beside the type.
        (["type": "customer.created", "id": "acme", "entityId": "uuid"], "acme"),
        (["type": "customer.created", "messageId": "m", "data": ["id": "acme"]], "acme"),
        (["type": "customer.created", "object": "event", "id": "evt", "data": ["object": ["id": "acme"]]], "acme"),
        (["type": "customer.payment_failed", "id": "pay", "customer": ["id": "acme"]], "acme"),
        (["type": "subscription.created", "id": "sub"], nil),
        (["type": "x", "id": "thing"], nil),
        (["type": "x", "customerId": "", "customer": ["id": true]], nil),
        // Ids that are whole numbers are their digits.
        (["type": "x", "customerId": 42], "42"),
        (["type": "x", "customer": ["id": 7]], "7"),
        (["type": "x", "customerId": .number("123456789012345678901234")], "123456789012345678901234"),
        (["type": "x", "customerId": .number("4.2")], nil),
        (["type": "x", "a": ["b": ["c": ["d": ["e": ["customerId": "deep"]]]]]], "deep"),
    ]

    @Test(arguments: customers)
    func `the customer is found wherever the payload has it`(_ payload: Payload, _ customer: String?) async throws {
        let kit = try RunKit(
            "job { name = 'j', on = '*', source = 'inbox', run = function(run) return run.customerId end }")
        try kit.webhook(payload)
        try await kit.settle()
        let run = try #require(try kit.runs("j").first)
        #expect(run.customer?.text == customer)
        #expect(run.result == (customer.map { .string($0) } ?? .null))
    }

    @Test func `runs of a customer come one after the other where the job says so`() async throws {
        let kit = try RunKit("job { name = 'j', on = 'go', serial = 'customer', run = function(run) end }")
        for (number, customer) in ["a", "b", "a", "a", "b"].enumerated() {
            kit.clock.advance(by: .seconds(1))
            try kit.webhook(["type": "go", "n": .integer(Int64(number)), "customerId": .string(customer)])
        }
        while try RunTriggers(kit.tools).take(now: kit.clock.now).causes > 0 {}
        let runs = Runs(kit.tools)
        var rounds: [[Payload?]] = []
        while true {
            let claimed = try runs.claim(now: kit.clock.now, limit: 10, owner: "w")
            if claimed.isEmpty { break }
            rounds.append(claimed.map { $0.run.trigger.event["n"] })
            for run in claimed { await kit.perform(run, runs) }
        }
        #expect(rounds == [[0, 1], [2, 4], [3]])
    }

    // MARK: - Documents

    private func document(_ name: String, _ content: Payload, hash: String) -> Payload {
        DocumentRecord.record(name: name, contentHash: hash, document: content)
    }

    @Test func `a document starts the jobs that its name matches, once in 35 days`() async throws {
        let kit = try kit(on: "{ file = 'seats-*.json' }")
        let file = document("seats-1.json", ["acme": 12], hash: "aa")
        #expect(try kit.webhook(file))
        try await kit.settle()
        #expect(try kit.runs("j").map(\.result) == ["seats-1.json"])
        #expect(try kit.runs("j").first?.trigger.event == ["acme": 12])
        // The same name and content; then another of each.
        kit.clock.advance(by: .seconds(35 * Self.day))
        #expect(try !kit.webhook(file))
        #expect(try kit.webhook(document("seats-2.json", ["acme": 12], hash: "aa")))
        #expect(try kit.webhook(document("seats-1.json", ["acme": 13], hash: "bb")))
        #expect(try kit.webhook(document("Seats-1.json", ["acme": 13], hash: "bb")))
        try await kit.settle()
        #expect(try kit.runs("j").count == 3)
        kit.clock.advance(by: .seconds(1))
        #expect(try kit.webhook(file))
        try await kit.settle()
        #expect(try kit.runs("j").count == 4)
    }

    // MARK: - Causes behind causes

    @Test func `events with more than eight causes behind them start nothing, and are counted`() async throws {
        let kit = try RunKit(
            "job { name = 'j', on = 'ping', run = function(run) emit('ping', { n = (run.trigger.event.n or 0) + 1 }) end }"
        )
        try kit.webhook(["type": "ping"])
        try await kit.settle()
        // The webhook's run has none behind it; the last one has eight.
        #expect(try kit.runs("j").map(\.trigger.depth) == [8, 7, 6, 5, 4, 3, 2, 1, 0])
        #expect(try kit.store.read { try TriggerProgress.find(on: $0) }.cutOff == 1)
        // Recorded it is.
        #expect(try kit.store.read { try Emissions($0).list() }.count == 9)
    }

    @Test func `a job that fails on failures ends as well`() async throws {
        let kit = try RunKit(
            "job { name = 'j', on = 'run.failed', retries = { max = 0 }, run = function() error('x') end }")
        try kit.fire("j")
        try await kit.settle()
        #expect(try kit.runs("j").count == 9)
        #expect(try kit.store.read { try TriggerProgress.find(on: $0) }.cutOff == 1)
    }
}
