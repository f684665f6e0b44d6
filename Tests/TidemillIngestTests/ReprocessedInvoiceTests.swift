import Testing
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillTestSupport

@testable import TidemillEngine

/// What events that go through other rules change of invoices.
struct ReprocessedInvoiceTests {
    private func rules(_ count: String) throws -> LuaRules {
        try LuaRules(
            "mapping { name = \"n\", map = function(event) return { dimensions = { n = \(count) } } end }")
    }

    private func reprocess(_ shop: EventShop, by rules: LuaRules) throws -> [Payload] {
        let (engine, now) = (shop.mill.engine, shop.clock.now)
        let order = try engine.order(
            ReprocessOrder(selection: Reprocess.Selection(), version: rules.version, reason: "mended"),
            in: CallContext(.person, now: now, actor: "tester"))
        let done = try DedicatedThread(name: "reprocess").wait {
            try engine.perform(order.id, by: rules, options: IngestOptions(), now: now)
        }
        return done.report?["invoices"]?.items ?? []
    }

    @Test func `a draft comes to what its events come to, and a final one is billed by difference`() async throws {
        let (wrong, right) = (try rules("event.dimensions.n"), try rules("event.dimensions.n + event.dimensions.m"))
        let shop = try EventShop(since: "2026-06-01T00:00:00Z")
        try await shop.deliver([(at: "2026-06-10T00:00:00Z", dimensions: #"{"n":7,"m":1}"#)])
        try shop.work(at: "2026-07-01T00:10:00Z")
        // 60 and 7 × 0.50; and then 8 × 0.50.
        #expect(try shop.billed() == ["0001 OPEN 60", "null DRAFT 63.5"])
        let changed = try reprocess(shop, by: right)
        #expect(changed.map { $0["amount"] } == [.number("0.5")])
        #expect(changed.first?["description"]?.text == "the draft comes to 64, it came to 63.5")
        #expect(try shop.billed() == ["0001 OPEN 60", "null DRAFT 64"])
        try shop.work(at: "2026-07-01T01:10:00Z")
        #expect(try shop.billed() == ["0001 OPEN 60", "0002 OPEN 64"])
        #expect(try shop.verify() == [])

        let late = try reprocess(shop, by: wrong)
        #expect(late.map { [$0["quantity"], $0["amount"]] } == [[-1, .number("-0.5")]])
        try shop.work(at: "2026-07-01T02:00:00Z")
        let half = try #require(Amount("0.5"))
        #expect(try shop.waiting() == -half)
        #expect(try shop.billed() == ["0001 OPEN 60", "0002 OPEN 64"])
        #expect(try shop.verify() == [])
        #expect(try shop.texts("SELECT invoice_id FROM reprocess_drafts") == [])
    }
}
