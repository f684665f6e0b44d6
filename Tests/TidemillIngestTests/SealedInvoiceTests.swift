import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillStore
import TidemillTestSupport

/// What is billed is proved with its events, and without them when `events.keep` has let them go. A subscription that began
/// at half past ten; half a dollar a unit.
struct SealedInvoiceTests {
    private func shop(_ meter: Payload = EventShop.meter("n")) async throws -> EventShop {
        var settings = EngineSettings(keep: 35 * 86_400)
        settings.invoiceGraceSeconds = 3600
        let shop = try EventShop(since: "2026-06-01T10:30:00Z", settings: settings, meter: meter)
        try await shop.deliver([
            ("2026-06-01T10:29:59Z", #"{"n":1000}"#), ("2026-06-01T10:30:00Z", #"{"n":2}"#),
            ("2026-06-10T00:00:00Z", #"{"n":5}"#), ("2026-07-01T10:29:59Z", #"{"n":7}"#),
            ("2026-07-01T10:30:00Z", #"{"n":100}"#),
        ])
        try shop.work(at: "2026-07-01T10:30:00Z")
        try shop.work(at: "2026-07-01T11:30:00Z")
        return shop
    }

    private func seals(_ shop: EventShop) throws -> [String] {
        try shop.texts(
            "SELECT COALESCE(events, '-') || ' ' || COALESCE(LENGTH(digest), 0) FROM metered_windows ORDER BY start_at")
    }

    /// So that all that is stored is past `events.keep`.
    private func forget(_ shop: EventShop, at day: String) throws {
        // Drafts need their events: first they are final.
        for time in ["00:00:00", "01:00:00"] { try shop.work(at: "\(day)T\(time)Z") }
        try shop.maintain()
        #expect(try shop.texts("SELECT id FROM raw_blocks") == [])
    }

    @Test func `time that begins within an hour is priced anew when its events are gone`() async throws {
        let shop = try await shop()
        // 2, 5 and 7; neither what came an instant before nor what came at the end.
        #expect(try shop.billed().last == "0002 OPEN 67")
        try shop.work(at: "2026-08-01T10:30:00Z")
        try shop.work(at: "2026-08-01T11:30:00Z")
        #expect(try shop.billed().last == "0003 OPEN 110")
        try forget(shop, at: "2026-09-20")
        #expect(try shop.verify() == [])
        try await shop.deliver([("2026-07-01T10:00:00Z", #"{"n":4}"#), ("2026-07-01T10:59:00Z", #"{"n":6}"#)])
        try shop.work(at: "2026-09-20T01:00:15Z")
        #expect(try shop.texts("SELECT problem FROM late_usage") == [])
        #expect(try shop.waiting() == Amount(5))
        #expect(try shop.verify() == [])
    }

    @Test(arguments: [("MAX", "63.5"), ("UNIQUE", "61.5"), ("COUNT", "61.5")])
    func `so is what does not add up`(_ function: String, _ total: String) async throws {
        let meter: Payload =
            function == "COUNT"
            ? ["aggregation": ["function": "COUNT"]] : EventShop.meter("n", .string(function))
        let shop = try await shop(meter)
        #expect(try shop.billed().last == "0002 OPEN \(total)")
        try forget(shop, at: "2026-09-20")
        let before = try shop.waiting()
        try await shop.deliver([("2026-06-01T10:31:00Z", #"{"n":9}"#)])
        try shop.work(at: "2026-09-20T01:00:15Z")
        #expect(try shop.texts("SELECT problem FROM late_usage") == [])
        // 9 in place of 7, or one more.
        #expect(try shop.waiting() - before == (function == "MAX" ? Amount(1) : Amount("0.5")))
        #expect(try shop.verify() == [])
    }

    @Test func `each window keeps how many events it was billed for, and a hash of them`() async throws {
        let shop = try await shop()
        #expect(try seals(shop) == ["- 0"])
        try shop.maintain()
        #expect(try seals(shop) == ["3 64"])
        let first = try shop.texts("SELECT digest FROM metered_windows")
        #expect(try shop.verify() == [])
        // What comes late is in it too, in whatever order it came.
        try await shop.deliver([("2026-06-02T00:00:00Z", #"{"n":1}"#)])
        try shop.work(at: "2026-07-02T00:00:00Z")
        try shop.maintain()
        #expect(try seals(shop) == ["4 64"])
        #expect(try shop.texts("SELECT digest FROM metered_windows") != first)
        try forget(shop, at: "2026-09-20")
        #expect(try seals(shop).first == "4 64")
        #expect(try shop.verify() == [])
    }

    @Test func `verify tells when the events are not those that were billed`() async throws {
        let shop = try await shop()
        try shop.maintain()
        try shop.mill.store.write {
            _ = try $0.execute("UPDATE metered_windows SET digest = REPLACE(digest, SUBSTR(digest, 1, 1), 'x')")
        }
        let differences = try shop.verify()
        #expect(differences.count == 1)
        #expect(differences.first?.contains("3 events now, it was billed for 3 others") == true)
    }

    @Test func `a window with more events than are held at once is hashed the same`() async throws {
        let shop = try await shop()
        func seal(_ eventsMax: Int) throws -> [WindowSeal] {
            try shop.mill.store.read { connection in
                var seals = WindowSeals(connection: connection, identityKey: shop.mill.engine.identityKey)
                seals.eventsMax = eventsMax
                let shard = UsageStore.shard(ofBucket: Bucket(CustomerID("c")).number)
                let windows = try seals.windows(shard: shard, isUnsealed: true)
                return try seals.seals(of: windows, shard: shard, Compressor())
            }
        }
        let whole = try seal(1000)
        #expect(whole.map(\.events) == [3])
        #expect(try seal(1) == whole)
    }
}
