import Foundation
import Testing
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore
import TidemillTestSupport

@testable import TidemillEngine

/// Stored events through other rules. What must come out is what a store has that ingested all of it by those rules.
struct ReprocessTests {
    private static let first = """
        filter { name = "failed", keep = function(event) return event.dimensions.status ~= "500" end }
        mapping { name = "tokens", map = function(event)
          if event.dimensions.status == "odd" then error("odd") end
          return { dimensions = { tokens = event.dimensions.context } } end }
        """
    private static let second = """
        filter { name = "missing", keep = function(event) return event.dimensions.status ~= "404" end }
        mapping { name = "tokens", map = function(event)
          local d = event.dimensions
          if d.status == "bad" then error("bad") end
          local changes = { dimensions = { tokens = d.context + 3 * d.generated } }
          if d.status == "move" then changes.customerId = "d" end
          if d.status == "split" then return { changes, { dimensions = { tokens = 1 } } } end
          return changes end }
        """

    /// One line; by how it is called the rules tell what to do.
    private func line(_ key: Int, _ status: String, _ context: Int, _ generated: Int, customer: String, hour: Int)
        -> String
    {
        #"{"customerId":"\#(customer)","eventName":"call","idempotencyKey":"k\#(key)","timestamp":"2026-01-0\#(1 + hour / 24)T\#(hour % 24 < 10 ? "0" : "")\#(hour % 24):10:00Z","dimensions":{"status":"\#(status)","context":\#(context),"generated":\#(generated)}}"#
    }

    private func events(_ count: Int, from key: Int, _ random: inout SeededRandom) -> String {
        let statuses = ["200", "200", "200", "404", "500", "odd", "bad", "move", "split"]
        var lines: [String] = []
        while lines.count < count {
            let index = lines.count
            let status = statuses[Int.random(in: 0..<statuses.count, using: &random)]
            lines.append(
                line(
                    key + index, status, Int.random(in: 0..<50, using: &random), Int.random(in: 0..<50, using: &random),
                    customer: ["c", "c", "x\(index % 40)"][index % 3], hour: Int.random(in: 0..<60, using: &random)))
            // Some come twice. Of what either rejects the second would be no repeat for it.
            guard status != "odd", status != "bad", Int.random(in: 0..<20, using: &random) == 0 else { continue }
            lines.append(lines[index])
        }
        return lines.joined(separator: "\n")
    }

    private func kit(_ texts: [String], _ rules: LuaRules) async throws -> ReprocessKit {
        var kit = try ReprocessKit()
        for text in texts { try await kit.deliver(text, by: rules) }
        return kit
    }

    private func texts(_ seed: UInt64) -> [String] {
        var random = SeededRandom(seed: seed)
        return [events(1200, from: 0, &random), events(90, from: 5000, &random), events(300, from: 6000, &random)]
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `it comes to what a store has that ingested all by those rules, and back`(seed: UInt64) async throws {
        let (first, second) = (try LuaRules(Self.first), try LuaRules(Self.second))
        let texts = texts(seed)
        let expected = try await kit(texts, second)
        let kit = try await kit(texts, first)
        let before = try kit.facts()
        #expect(before != (try expected.facts()))

        let done = try kit.reprocess(by: second)
        #expect(try kit.facts() == expected.facts())
        #expect(try kit.differences() == [])
        let counts = done.counts
        #expect(counts.newlyApplied > 0 && counts.noLongerApplied > 0 && counts.newlyRejected > 0 && counts.changed > 0)
        #expect(
            counts.events == counts.unchanged + counts.changed + counts.newlyApplied + counts.noLongerApplied
                + counts.newlyRejected + counts.duplicate)

        // Once more does nothing, and the version of before undoes it.
        let again = try kit.reprocess(by: second)
        #expect(again.counts.unchanged == again.counts.events)
        #expect(try kit.facts() == expected.facts())
        try kit.reprocess(by: first)
        let undone = try kit.facts()
        #expect(Set(undone).symmetricDifference(before) == [])
        #expect(try kit.differences() == [])
        // A meter that is made later counts the forms of now.
        try kit.fixture.meter("later", MeterDefinition(aggregation: .init(.sum, of: .dimension("tokens"))))
        try kit.fixture.engine.runMaintenance(now: SystemWallclock().now)
        #expect(
            try kit.fixture.usage(UsageQuery(feature: FeatureID("later"))).map(\.value)
                == kit.fixture.usage(UsageQuery(feature: FeatureID("tokens"))).map(\.value))
    }

    @Test(arguments: MortalStore.Instant.allCases)
    func `a process that dies at every transaction leaves the same`(instant: MortalStore.Instant) async throws {
        let (first, second) = (try LuaRules(Self.first), try LuaRules(Self.second))
        var random = SeededRandom(seed: 7)
        // Two transactions of events.
        let texts = [events(4500, from: 0, &random), events(90, from: 10_000, &random)]
        let expected = try await kit(texts, second)
        let kit = try await kit(texts, first)
        var deaths = 0
        repeat {
            // With the one before, every transaction is the last of some process.
            let mortal = MortalStore(kit.fixture.store, at: instant == .after ? 0 : 1, instant)
            do {
                try kit.reprocess(by: second, engine: Engine(store: mortal, settings: EngineSettings()))
            } catch is MortalStore.Death {
                deaths += 1
            }
            try #require(deaths < 1000)
        } while try kit.fixture.engine.openReprocess() != nil
        #expect(deaths > 20)
        #expect(try kit.facts() == expected.facts())
        #expect(try kit.differences() == [])
        #expect(try kit.fixture.engine.reprocesses(before: nil, limit: 10).count == 1)
        #expect(try kit.fixture.engine.openReprocess() == nil)
    }

    @Test func `credits come back and are burned by the difference`() async throws {
        let (first, second) = (try LuaRules(Self.first), try LuaRules(Self.second))
        // 10 tokens and none (filtered); then 10 + 3 × 5 and none (404), and 7 + 0 of the one that was filtered.
        let text = [
            line(1, "200", 10, 5, customer: "c", hour: 1), line(2, "404", 20, 0, customer: "c", hour: 1),
            line(3, "500", 7, 0, customer: "c", hour: 30),
        ].joined(separator: "\n")
        let kit = try await kit([text], first)
        let credits = EventCreditTests()
        // A hundredth of a credit a token: 30 tokens.
        #expect(try credits.balance(kit.fixture.engine) == .number("999.7"))
        try kit.reprocess(by: second)
        // 25 + 7 tokens.
        #expect(try credits.balance(kit.fixture.engine) == .number("999.68"))
        #expect(try kit.fixture.usage(UsageQuery(feature: FeatureID("tokens"))).map(\.value) == [Amount(32)])
        #expect(try kit.fixture.usage(UsageQuery(feature: FeatureID("largest"))).map(\.value) == [Amount(25)])
        try kit.reprocess(by: first)
        #expect(try credits.balance(kit.fixture.engine) == .number("999.7"))
        // Voiding finds what each event burned in the end.
        _ = try kit.fixture.engine.void(kit.deliveries[0], by: "tester", reason: "test", now: SystemWallclock().now)
        #expect(try credits.balance(kit.fixture.engine) == 1000)
        #expect(try kit.differences() == [])
    }

    @Test func `what was set off against another event of the hour comes back with its own`() async throws {
        let (first, second) = (try LuaRules(Self.first), try LuaRules(Self.second))
        // 21 tokens of the second; then 47 + 3 × 32 of the first, and the second is rejected.
        let text = [
            line(1, "500", 47, 32, customer: "c", hour: 1), line(2, "bad", 21, 10, customer: "c", hour: 1),
        ].joined(separator: "\n")
        let kit = try await kit([text], first)
        let credits = EventCreditTests()
        #expect(try credits.balance(kit.fixture.engine) == .number("999.79"))
        try kit.reprocess(by: second)
        #expect(try credits.balance(kit.fixture.engine) == .number("998.57"))
        try kit.reprocess(by: first)
        #expect(try credits.balance(kit.fixture.engine) == .number("999.79"))
        #expect(try kit.differences() == [])
    }

    @Test func `what an event burned is known where others of the hour burn less by more`() async throws {
        let (first, second) = (try LuaRules(Self.first), try LuaRules(Self.second))
        // 30 tokens of the second; then 21 of the first, and the second is filtered.
        let text = [
            line(1, "500", 21, 0, customer: "c", hour: 1), line(2, "404", 30, 0, customer: "c", hour: 1),
        ].joined(separator: "\n")
        let kit = try await kit([text], first)
        let credits = EventCreditTests()
        #expect(try credits.balance(kit.fixture.engine) == .number("999.7"))
        try kit.reprocess(by: second)
        #expect(try credits.balance(kit.fixture.engine) == .number("999.79"))
        try kit.reprocess(by: first)
        #expect(try credits.balance(kit.fixture.engine) == .number("999.7"))
        #expect(try kit.differences() == [])
    }

    @Test func `what comes back of a burn in part settles an overdraft with that part alone`() async throws {
        let first = try LuaRules(Self.first)
        let half = try LuaRules(
            "mapping { name = \"h\", map = function(event) return { dimensions = { tokens = event.dimensions.context // 2 } } end }"
        )
        // 600 credits of 1000, and 900; then 300 and 900.
        let kit = try await kit(
            [
                line(1, "200", 60_000, 0, customer: "c", hour: 1), line(2, "200", 90_000, 0, customer: "c", hour: 30),
            ], first)
        let credits = EventCreditTests()
        #expect(try credits.balance(kit.fixture.engine) == -500)
        try kit.reprocess(Reprocess.Selection(delivery: kit.deliveries[0]), by: half)
        #expect(try credits.balance(kit.fixture.engine) == -200)
        #expect(try kit.differences() == [])
    }

    // MARK: - Usage that is taken back

    private static let everything = """
        mapping { name = "tokens", map = function(event)
          return { dimensions = { tokens = event.dimensions.context } } end }
        """
    private static let without404 = """
        filter { name = "missing", keep = function(event) return event.dimensions.status ~= "404" end }
        \(everything)
        """

    /// Events of this instant: status and tokens, at a hundredth of a credit each.
    private func now(_ events: [(String, Int)], _ name: String = "k") -> String {
        events.enumerated().map { index, event in
            EventCreditTests().event("\(name)\(index)", #""status": "\#(event.0)", "context": \#(event.1)"#)
        }.joined()
    }

    private static let setOff: [([(String, Int)], String, String, String)] = [
        ([("404", 50), ("200", -50)], "1000", "999.7", "999.2"),
        ([("200", 50), ("404", -50)], "999.5", "998.7", "999.2"),
        ([("404", 50), ("200", -20)], "1000", "999.4", "998.9"),
        ([("200", 50), ("404", -20)], "999.5", "998.7", "998.9"),
        ([("404", -50)], "1000", "999.2", "999.7"),
        ([("404", 50), ("404", -50)], "1000", "999.2", "999.2"),
    ]

    /// What came to less or nothing in its file: tokens that were taken back. Then one of both is filtered, and comes back.
    @Test(arguments: setOff)
    func `a burn that was set off in its file is known`(
        _ events: [(String, Int)], filtered: String, later: String, back: String
    ) async throws {
        let (all, fewer) = (try LuaRules(Self.everything), try LuaRules(Self.without404))
        var kit = try await kit([now(events)], all)
        let credits = EventCreditTests()
        func balance() throws -> Payload? { try credits.balance(kit.fixture.engine) }
        let sum = events.reduce(0) { $0 + $1.1 }
        #expect(try balance()?.json == Amount(nanos: Int128(100_000 - max(sum, 0)) * 10_000_000).description)
        try kit.reprocess(by: fewer)
        #expect(try balance()?.json == filtered)
        // Usage of later makes up for what stands below nothing: 80 tokens.
        try await kit.deliver(now([("200", 80)], "later"), by: fewer)
        #expect(try balance()?.json == later)
        try kit.reprocess(by: all)
        #expect(try balance()?.json == back)
        #expect(try kit.differences() == [])
        for delivery in kit.deliveries {
            _ = try kit.fixture.engine.void(delivery, by: "tester", reason: "test", now: SystemWallclock().now)
        }
        #expect(try balance() == 1000)
        #expect(try kit.differences() == [])
    }

    @Test func `what was taken back of others is burned anew, and once`() async throws {
        let (all, fewer) = (try LuaRules(Self.everything), try LuaRules(Self.without404))
        var kit = try await kit([now([("200", 80)], "first"), now([("404", -50)], "second")], all)
        let credits = EventCreditTests()
        #expect(try credits.balance(kit.fixture.engine) == .number("999.7"))
        try kit.reprocess(by: fewer)
        #expect(try credits.balance(kit.fixture.engine) == .number("999.2"))
        try kit.reprocess(by: all)
        #expect(try credits.balance(kit.fixture.engine) == .number("999.7"))
        try kit.reprocess(by: fewer)
        try await kit.deliver(now([("200", 10)], "third"), by: fewer)
        for (delivery, left) in zip(kit.deliveries.reversed(), ["999.2", "999.2", "1000"]) {
            _ = try kit.fixture.engine.void(delivery, by: "tester", reason: "test", now: SystemWallclock().now)
            #expect(try credits.balance(kit.fixture.engine)?.json == left)
        }
        #expect(try kit.differences() == [])
    }

    @Test func `events of a voided delivery come back when it is named, and only then`() async throws {
        let (first, second) = (try LuaRules(Self.first), try LuaRules(Self.second))
        let texts = texts(4)
        let expected = try await kit(texts, second)
        let kit = try await kit(texts, first)
        let id = kit.deliveries[0]
        _ = try kit.fixture.engine.void(id, by: "tester", reason: "wrong", now: SystemWallclock().now)
        let all = try kit.reprocess(by: second)
        #expect(all.counts.voided > 0)
        let voided = try kit.facts()
        #expect(throws: ReprocessError.self) {
            try kit.reprocess(Reprocess.Selection(delivery: id, event: "call"), by: second)
        }
        try kit.reprocess(Reprocess.Selection(delivery: id), by: second)
        #expect(try kit.facts() == expected.facts())
        #expect(try kit.differences() == [])
        // It can be voided as any other.
        _ = try kit.fixture.engine.void(id, by: "tester", reason: "still wrong", now: SystemWallclock().now)
        func usage(_ facts: [String]) -> [String] {
            facts.filter { !$0.hasPrefix("delivery") && !$0.hasPrefix("open") }
        }
        #expect(usage(try kit.facts()) == usage(voided))
        #expect(try kit.differences() == [])
    }

    @Test func `what retention has dropped still counts, and is told`() async throws {
        let (first, second) = (try LuaRules(Self.first), try LuaRules(Self.second))
        let old = try await kit([line(1, "200", 10, 5, customer: "c", hour: 1)], first)
        try old.fixture.engine.runMaintenance(now: SystemWallclock().now.advanced(bySeconds: 401 * 86_400))
        var kit = old
        try await kit.deliver(line(2, "200", 1, 1, customer: "c", hour: 1), by: first)
        let done = try kit.reprocess(by: second)
        #expect(done.counts.events == 1 && done.counts.notKept == 1)
        #expect(try kit.fixture.usage(UsageQuery(feature: FeatureID("tokens"))).map(\.value) == [Amount(14)])
        #expect(try kit.differences() == [])
    }

    @Test func `only what is selected changes`() async throws {
        let (first, second) = (try LuaRules(Self.first), try LuaRules(Self.second))
        let text = [
            line(1, "200", 10, 5, customer: "c", hour: 1), line(2, "200", 10, 5, customer: "e", hour: 1),
            line(3, "200", 10, 5, customer: "c", hour: 5), line(4, "odd", 10, 5, customer: "c", hour: 1),
            line(5, "odd", 10, 5, customer: "e", hour: 1),
        ].joined(separator: "\n")
        let kit = try await kit([text], first)
        let bound = try #require(Timestamp(rfc3339: "2026-01-01T04:00:00Z"))
        try kit.reprocess(Reprocess.Selection(customer: CustomerID("c"), event: "call", to: bound), by: second)
        let usage = try kit.fixture.usage(UsageQuery(feature: FeatureID("tokens")))
        // 25 + 25 + 10, and 10.
        #expect(usage.map { "\($0.customer) \($0.value)" } == ["c 60", "e 10"])
        // What was later: 25 in place of 10.
        try kit.reprocess(Reprocess.Selection(customer: CustomerID("c"), from: bound), by: second)
        let later = try kit.fixture.usage(UsageQuery(feature: FeatureID("tokens")))
        #expect(later.map { "\($0.customer) \($0.value)" } == ["c 75", "e 10"])
        #expect(try kit.reprocess(Reprocess.Selection(event: "other"), by: second).counts.events == 0)
        #expect(try kit.differences() == [])
    }

    @Test func `a second order waits for the first, and so does a void`() async throws {
        let (first, second) = (try LuaRules(Self.first), try LuaRules(Self.second))
        let kit = try await kit([line(1, "200", 10, 5, customer: "c", hour: 1)], first)
        let context = CallContext(.person, now: SystemWallclock().now, actor: "tester")
        func order(_ reason: String) throws -> Reprocess {
            try kit.fixture.engine.order(
                ReprocessOrder(selection: .init(), version: second.version, reason: reason), in: context)
        }
        let open = try order("mended")
        #expect(try order("mended").id == open.id)
        #expect(throws: ReprocessError.self) { try order("otherwise") }
        #expect(throws: VoidError.self) {
            try kit.fixture.engine.void(kit.deliveries[0], by: "tester", reason: "x", now: SystemWallclock().now)
        }
    }
}
