import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillStore
import TidemillTestSupport

/// A feature gets another meter, and what is billed by the one before stays what it was. Half a dollar a unit.
struct ChangedMeterTests {
    /// Ten of `n` in June, and June's invoice final; then `m` counts.
    private func changed() async throws -> EventShop {
        let shop = try EventShop(since: "2026-06-01T00:00:00Z")
        try await shop.deliver([("2026-06-05T10:00:00Z", #"{"n":10,"m":1}"#)])
        try shop.work(at: "2026-07-01T00:00:00Z")
        try shop.work(at: "2026-07-01T01:00:00Z")
        #expect(try shop.billed().last == "0002 OPEN 65")
        try shop.call(.updateFeature, ["id": "api", "meter": EventShop.meter("m")])
        try shop.maintain()
        #expect(try shop.texts("SELECT state FROM meter_versions ORDER BY id") == ["kept", "current"])
        return shop
    }

    @Test func `usage that comes late is counted by the meter that billed its time`() async throws {
        let shop = try await changed()
        try await shop.deliver([
            ("2026-06-20T10:00:00Z", #"{"n":4,"m":100}"#), ("2026-07-02T10:00:00Z", #"{"n":50,"m":3}"#),
        ])
        try shop.work(at: "2026-07-03T00:00:00Z")
        // 4 × 0.50, and not 101 × 0.50 less 5.
        #expect(try shop.waiting() == Amount(2))
        #expect(try shop.verify() == [])
        try shop.work(at: "2026-08-01T00:00:00Z")
        try shop.work(at: "2026-08-01T01:00:00Z")
        // 60, 3 of July by its own meter, and the 2 of June.
        #expect(try shop.billed().last == "0003 OPEN 63.5")
        #expect(try shop.verify() == [])
    }

    @Test func `a meter that changes within the grace changes nothing of the draft`() async throws {
        let shop = try EventShop(since: "2026-06-01T00:00:00Z")
        try await shop.deliver([("2026-06-05T10:00:00Z", #"{"n":10,"m":1}"#)])
        try shop.work(at: "2026-07-01T00:00:00Z")
        try shop.call(.updateFeature, ["id": "api", "meter": EventShop.meter("m", "MAX")])
        try shop.maintain()
        try await shop.deliver([("2026-06-06T10:00:00Z", #"{"n":2,"m":7}"#)])
        try shop.work(at: "2026-07-01T01:00:00Z")
        #expect(try shop.billed().last == "0002 OPEN 66")
        #expect(try shop.verify() == [])
    }

    @Test func `a voided delivery is taken from what its meter had billed`() async throws {
        let shop = try EventShop(since: "2026-06-01T00:00:00Z")
        try await shop.deliver([("2026-06-05T10:00:00Z", #"{"n":10,"m":1}"#)])
        let second = try await shop.deliver([("2026-06-06T10:00:00Z", #"{"n":6,"m":5}"#)])
        try shop.work(at: "2026-07-01T00:00:00Z")
        try shop.work(at: "2026-07-01T01:00:00Z")
        #expect(try shop.billed().last == "0002 OPEN 68")
        try shop.call(.updateFeature, ["id": "api", "meter": EventShop.meter("m")])
        try shop.maintain()
        _ = try shop.mill.engine.void(second.id, by: "ann", reason: "sent twice", now: shop.clock.now)
        try shop.work(at: "2026-07-02T00:00:00Z")
        #expect(try shop.waiting() == Amount(-3))
        #expect(try shop.verify() == [])
    }

    @Test func `what counts for closed time only says nothing of an event, and burns nothing`() async throws {
        let shop = try await changed()
        // Only the earlier meter counts it.
        try await shop.deliver([("2026-06-21T10:00:00Z", #"{"n":4}"#)])
        let events = try shop.mill.store.read {
            try EventReader(identityKey: shop.mill.engine.identityKey).events(customer: CustomerID("c"), on: $0)
        }
        #expect(events.last?.countedBy == [])
        #expect(events.last?.remarks == ["not_a_number"])
        try shop.work(at: "2026-07-03T00:00:00Z")
        #expect(try shop.waiting() == Amount(2))
    }

    @Test func `it is let go of when the events of its time are gone, and that is said`() async throws {
        let shop = try await changed()
        try shop.work(at: "2027-09-01T00:00:00Z")
        try shop.maintain()
        #expect(try shop.texts("SELECT state FROM meter_versions ORDER BY id") == ["retired", "current"])
        #expect(try shop.verify() == [])
        try await shop.deliver([("2026-06-20T10:00:00Z", #"{"n":4,"m":2}"#)])
        try shop.work(at: "2027-09-01T00:00:15Z")
        let problems = try shop.texts("SELECT problem FROM late_usage")
        #expect(problems.allSatisfy { $0.contains("another meter by now") } && !problems.isEmpty)
    }
}
