import Foundation
import Synchronization
import Testing
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillScripting
import TidemillStore
import TidemillTestSupport

@testable import TidemillRuns

/// Errors that only another script mends: which they are, and that they are not tried again by waiting.
struct NeedsScriptsTests {
    // MARK: - Which errors they are

    struct Fault: Sendable, CustomTestStringConvertible {
        var testDescription: String { body }
        /// What the job does.
        var body: String
        var options = ""
    }

    static let own =
        [
            "client.provisonCustomer {}", "client.each.listCustomer {}", "client.try.getCustomr { id = 'a' }",
            "latter { job = 'j' }", "emmit('x', {})", "log.warning('x')", "time.plus('1 day')", "state.put('a', 1)",
            "return vars.missing", "return os.time()",
            // Fields that there are not, also where somebody else hands them on.
            "client.getCustomer { id = 'a', nmae = 'x' }",
            "local function ask(t) return client.getCustomer(t) end ask { custmerId = 'a' }",
            "local r, e = client.try.getCustomer { custmerId = 'a' } error(e)",
            "for c in client.each.listCustomers { limt = 5 } do end",
            "emit('x', {}, { kye = 'a' })", "state.set('a', 1, { tll = '1 day' })",
            "later { job = 'j', affter = '1 day' }",
            "local input = { id = 'a' } input.nmae = 'x' log.info('note') client.getCustomer(input)",
            "client.provisionCustomer { id = 'a', email = run.trigger.no and 'x' or nil, nmae = 'x' }",
            "local ok, e = pcall(client.getCustomer, { custmerId = 'a' }) error(e)",
            // Values that the call itself writes.
            "client.getCustomer { id = 5 }", "client.getCustomer { id = true }",
            "client.grantCredits { customerId = 'a', currencyId = 'c', amount = 'lots', grantType = 'PROMOTIONAL' }",
            "client.grantCredits { customerId = 'a', currencyId = 'c', amount = 1, grantType = 'PROMOTION' }",
            "client.listCustomers { limit = 0.5 }",
            "later { job = 'nobody', after = '1 day' }", "later { job = 'j', after = '1 dayz' }",
            "state.set('a', 1, { ttl = 'soon' })",
            // Caught and raised on, with more words.
            "local ok, e = pcall(function() client.provisonCustomer {} end) error(e)",
            "local ok, e = pcall(function() client.provisonCustomer {} end) error('no customer: ' .. e)",
            "local ok, e = pcall(client.getCustomer, { id = 5 }) error(e)",
            "local ok, e = pcall(function() client.provisonCustomer {} end) emit('x', {}) error(e)",
        ].map { Fault(body: $0) } + [
            Fault(body: "client.getCustomer { id = 'a' }", options: "operations = { 'listCustomers' },")
        ]

    @Test(arguments: own) func `what the script itself says is wrong needs another script`(_ fault: Fault) async throws
    {
        let kit = try RunKit("job { name = 'j', \(fault.options) run = function(run) \(fault.body) end }")
        let id = try kit.fire("j")
        try await kit.settle()
        let run = try #require(try kit.run(id))
        #expect(run.state == .failed && run.code == "needs_scripts", "\(run.code ?? ""): \(run.message ?? "")")
        #expect(run.message?.hasPrefix("scripts/a.lua:1: ") == true)
    }

    /// The event is `{id: 5, name: "missing", op: "provisonCustomer", field: "custmerId", fields: {custmerId: "a"}}`, with
    /// `customer: {id: "a", note: "x"}, kind: "event", plain: {fields: "x"}`.
    static let others = [
        "client.getCustomer { id = run.trigger.event.id }",
        "local id = run.trigger.event.id client.getCustomer { id = id }",
        "client.getCustomer { [run.trigger.event.field] = 'a' }", "client.getCustomer(run.trigger.event.fields)",
        "client[run.trigger.event.op] {}", "return vars[run.trigger.event.name]",
        // The script says the word too, but elsewhere.
        "local e = run.trigger.event log.info('note', { note = e.customer.note }) client.provisionCustomer(e.customer)",
        "local e = run.trigger.event log.info({ note = e.customer.note }) client.provisionCustomer(e.customer)",
        "local e = run.trigger.event client.provisionCustomer(e.customer) return e.note",
        "local e = run.trigger.event local t = e.customer if e.no then t = { note = 1 } end client.provisionCustomer(t)",
        "local e = run.trigger.event local t if e.id then t = e.customer else t = { note = 1 } end "
            + "client.provisionCustomer(t)",
        "local function put(_, customer) return client.provisionCustomer(customer) end "
            + "put({ note = 1 }, run.trigger.event.customer)",
        "emit('x', { custmerId = 1 }, run.trigger.event.fields)",
        "client[run.trigger.event.kind] {}", "client.each[run.trigger.event.kind] {}",
        "local input = {} for k, v in pairs(run.trigger.event.plain) do input[k] = v end "
            + "local fields = run.trigger.event.fields client.getCustomer(input)",
        // One call writes it, and the other hands on what came.
        "if run.trigger.event.no then client.getCustomer { id = 5 } end client.getCustomer { id = run.trigger.event.id }",
        // It may be there later.
        "client.getCustomer { id = 'nobody' }", "client.getCustomer { id = nil }",
        // The script's own errors, and those of what it was given.
        "error('needs_scripts')", "error({ code = 'Own', message = 'x' })", "run.nothing()",
        "return run.trigger.event.never.more",
        // Caught: what is raised then is another matter.
        "pcall(function() client.provisonCustomer {} end) error('later')",
    ]

    @Test(arguments: others) func `whatever may be another next time is tried again`(_ body: String) async throws {
        let kit = try RunKit("job { name = 'j', run = function(run) \(body) end }")
        let id = try kit.fire(
            "j",
            event: [
                "id": 5, "name": "missing", "op": "provisonCustomer", "field": "custmerId",
                "fields": ["custmerId": "a"], "kind": "event", "plain": ["fields": "x"],
                "customer": ["id": "a", "note": "x"],
            ])
        try await kit.settle()
        let run = try #require(try kit.run(id))
        #expect(run.state == .waiting && run.failures == 1, "\(run.code ?? ""): \(run.message ?? "")")
        #expect(run.code != "needs_scripts")
    }

    @Test func `what one run says wrong and catches says nothing about another that fails with the same words`()
        async throws
    {
        let kit = try RunKit(
            """
            job { name = 'catches', run = function() return select(2, pcall(function() client.provisonCustomer {} end)) end }
            job { name = 'raises', run = function(run) error(run.trigger.event.text, 0) end }
            """)
        let first = try kit.fire("catches")
        try await kit.settle()
        let said = try #require(try kit.run(first)?.result?.text)
        #expect(said.hasSuffix("client.provisonCustomer is not defined; did you mean 'provisionCustomer'?"))
        let second = try kit.fire("raises", event: ["text": .string(said)])
        try await kit.settle()
        let run = try #require(try kit.run(second))
        #expect(run.state == .waiting && run.code == "error", "\(run.code ?? "")")
    }

    @Test(arguments: [
        "return latter()", "return { { customerId = 'acme', featureId = 'f', periode = '1 month' } }",
        "return { { customerId = 'acme', featureId = 'f', period = 'monthly' } }",
    ])
    func `a grant rule likewise`(_ body: String) async throws {
        let kit = try RunKit("grant { name = 'g', on = 'go', decide = function(trigger) \(body) end }")
        try kit.call(.provisionCustomer, ["id": "acme"])
        try kit.webhook(["type": "go"])
        try await kit.settle()
        let run = try #require(try kit.runs("g").first)
        #expect(run.state == .failed && run.code == "needs_scripts", "\(run.code ?? ""): \(run.message ?? "")")
    }

    @Test func `a grant whose field came with the trigger is tried again`() async throws {
        let kit = try RunKit(
            """
            grant { name = 'g', on = 'go', decide = function(trigger)
              return { { customerId = 'acme', featureId = 'f', period = trigger.event.period } }
            end }
            """)
        try kit.call(.provisionCustomer, ["id": "acme"])
        try kit.webhook(["type": "go", "period": "monthly"])
        try await kit.settle()
        let run = try #require(try kit.runs("g").first)
        #expect(run.state == .waiting && run.failures == 1)
    }

    // MARK: - What is failing

    @Test func `failures in a row are counted over the runs of a job, until one succeeds`() async throws {
        let kit = try RunKit(
            "job { name = 'j', retries = { first = '40s', factor = 1 }, run = function(run) error('bad') end }")
        let id = try kit.fire("j")
        try await kit.settle()
        func failing() throws -> FailingJob? { try kit.store.read { try FailingJobs($0).find("j") } }
        #expect(try failing()?.failures == 1)
        #expect(try kit.store.read { try FailingJobs($0).list() }.isEmpty)
        kit.clock.advance(by: .seconds(60))
        try await kit.settle()
        let second = try #require(try kit.store.read { try FailingJobs($0).list() }.first)
        #expect(second.failures == 2 && second.run == id && second.message == "scripts/a.lua:1: bad")
        #expect(second.nextTry == (try kit.run(id))?.dueAt)
        // Another run fails, too.
        try kit.fire("j")
        try await kit.settle()
        #expect(try failing()?.failures == 3)
        try kit.reload("job { name = 'j', run = function(run) end }")
        try kit.fire("j")
        try await kit.settle()
        // The job works; one of its runs still has two failures behind it.
        #expect(try failing()?.failures == 2 && failing()?.run == id)
        kit.clock.advance(by: .seconds(60))
        try await kit.settle()
        #expect(try failing() == nil)
    }

    @Test func `a run that waits for its next attempt is tried now if a person wants it`() async throws {
        let kit = try RunKit(
            """
            job { name = 'j', retries = { first = '1h' }, run = function(run)
              if run.attempt < 3 then error('not yet') end
            end }
            job { name = 'later', run = function() later { job = 'j', after = '1 day' } end }
            """)
        let id = try kit.fire("j")
        try await kit.settle()
        for attempt: Int64 in 1...2 {
            #expect(try kit.run(id)?.state == .waiting && kit.run(id)?.failures == attempt)
            #expect(try kit.store.write { try RunTable($0).retry(id, now: kit.clock.now) })
            try await kit.settle()
        }
        #expect(try kit.run(id)?.state == .done)
        // One that has not begun waits for its time.
        try kit.fire("later")
        try await kit.settle()
        let planned = try #require(try kit.store.read { try RunTable($0).list(name: "j", limit: 1) }.first)
        #expect(planned.state == .waiting)
        #expect(try !kit.store.write { try RunTable($0).retry(planned.id, now: kit.clock.now) })
    }

    @Test(arguments: ["client.pause {}", "client.try.pause {}"])
    func `what only operators may do ends the run at once, also below try`(call: String) async throws {
        let kit = try RunKit("job { name = 'j', run = function() \(call) end }")
        let id = try kit.fire("j")
        try await kit.settle()
        let run = try #require(try kit.run(id))
        #expect(run.state == .failed && run.code == "needs_scripts" && run.attempt == 1, "\(run.message ?? "")")
        #expect(run.message?.contains("pause is not available in scripts: operators ask it") == true)
    }
}
