import Testing
import TidemillCore
import TidemillOperations
import TidemillStore
import TidemillTestSupport

@testable import TidemillEngine

/// What a period has come to, from reports.
struct PeriodUsageTests {
    private func fixture(
        _ entitlement: FeatureEntitlement, meter: String = "INCREMENTAL", divide: Int64? = nil, zone: Payload = .null
    ) throws -> EngineFixture {
        let fixture = try EngineFixture()
        fixture.now = time("2026-10-15T00:00:00Z")
        try fixture.call(.provisionCustomer, ["id": "c", "timezone": zone])
        try fixture.feature("calls", meter: meter, divide: divide)
        try fixture.publish(.plan, "pro", [entitlement])
        try fixture.hold("pro", at: time("2026-01-31T00:00:00Z"))
        return fixture
    }

    @Test func `what accumulates counts from zero in each period`() throws {
        let fixture = try fixture(gives("calls", 100, reset: .month, .subscriptionStart))
        let answer = try fixture.report("calls", 60)
        #expect(answer["currentUsage"] == 60)
        // From 31 January: the periods begin on 30 September and 31 October.
        #expect(answer["usagePeriodStart"] == "2026-09-30T00:00:00.000Z")
        #expect(answer["usagePeriodEnd"] == "2026-10-31T00:00:00.000Z")
        #expect(answer["nextResetDate"] == "2026-10-31T00:00:00.000Z")
        let access = try fixture.check("calls", 40)
        #expect(access["isGranted"] == true)
        #expect(access["usagePeriodAnchor"] == "2026-01-31T00:00:00.000Z")
        #expect(access["validUntil"] == "2026-10-31T00:00:00.000Z")
        #expect(try fixture.check("calls", 41)["isGranted"] == false)
        fixture.now = time("2026-10-31T00:00:00Z")
        #expect(try fixture.check("calls", 100)["isGranted"] == true)
        #expect(try fixture.check("calls")["currentUsage"] == 0)
        #expect(try fixture.report("calls", 5)["currentUsage"] == 5)
        // Late, for the period that is over.
        #expect(try fixture.report("calls", 7, at: "2026-10-30T00:00:00Z")["currentUsage"] == 5)
    }

    @Test func `a set says what the period comes to so far`() throws {
        let fixture = try fixture(gives("calls", 100, reset: .month, .startOfTheMonth))
        try fixture.report("calls", 40, at: "2026-09-30T23:00:00Z")
        #expect(try fixture.report("calls", 3)["currentUsage"] == 3)
        #expect(try fixture.report("calls", 10, set: true)["currentUsage"] == 10)
        fixture.now = fixture.now.advanced(bySeconds: 1)
        #expect(try fixture.report("calls", 2)["currentUsage"] == 12)
        // Before the set: it is part of what the set says.
        #expect(try fixture.report("calls", 50, at: "2026-10-02T00:00:00Z")["currentUsage"] == 12)
        #expect(try fixture.check("calls")["currentUsage"] == 12)
    }

    @Test func `what goes up and down keeps its level when a period begins`() throws {
        let fixture = try fixture(gives("calls", 10, reset: .month, .startOfTheMonth), meter: "FLUCTUATING")
        #expect(try fixture.report("calls", 8)["currentUsage"] == 8)
        fixture.now = time("2026-11-02T00:00:00Z")
        #expect(try fixture.check("calls")["currentUsage"] == 8)
        #expect(try fixture.report("calls", -3)["currentUsage"] == 5)
    }

    @Test func `usage without a reset period counts for ever`() throws {
        let fixture = try fixture(gives("calls", 10))
        try fixture.report("calls", 4, at: "2026-02-05T00:00:00Z")
        fixture.now = time("2029-01-01T00:00:00Z")
        #expect(try fixture.check("calls")["currentUsage"] == 4)
        #expect(try fixture.check("calls")["usagePeriodEnd"] == .null)
    }

    @Test func `a change of plan begins usage anew, but keeps a level`() throws {
        for (meter, usage) in [("INCREMENTAL", Payload.integer(2)), ("FLUCTUATING", 9)] {
            let fixture = try EngineFixture()
            fixture.now = time("2026-10-15T00:00:00Z")
            try fixture.call(.provisionCustomer, ["id": "c"])
            try fixture.feature("calls", meter: meter)
            try fixture.publish(.plan, "pro", [gives("calls", 100, reset: .month, .startOfTheMonth)])
            try fixture.hold("pro", at: time("2026-01-01T00:00:00Z"), resetAt: time("2026-10-10T00:00:00Z"))
            try fixture.report("calls", 7, at: "2026-10-09T23:59:59Z")
            try fixture.report("calls", 2, at: "2026-10-10T00:00:00Z")
            #expect(try fixture.check("calls")["currentUsage"] == usage)
        }
    }

    @Test func `limits and usage are in large units`() throws {
        let fixture = try fixture(gives("calls", 3), divide: 1000)
        // 2,001 small ones are 3 large ones, rounded up.
        #expect(try fixture.report("calls", 2001)["currentUsage"] == 3)
        #expect(try fixture.check("calls", 0)["isGranted"] == true)
        #expect(try fixture.check("calls", 1)["isGranted"] == false)
        #expect(try fixture.report("calls", -1)["currentUsage"] == 2)
        #expect(try fixture.check("calls", 1)["isGranted"] == true)
    }

    @Test(arguments: [
        // Midnight in Auckland is 11:00 UTC (+13) on 14 October, and in Berlin 22:00 UTC (+2).
        ("Pacific/Auckland", "2026-10-14T11:00:00.000Z", "2026-10-15T11:00:00.000Z"),
        ("Europe/Berlin", "2026-10-14T22:00:00.000Z", "2026-10-15T22:00:00.000Z"),
    ])
    func `days begin at the customer's midnight`(zone: String, start: String, end: String) throws {
        let fixture = try fixture(gives("calls", 10, reset: .day), zone: .string(zone))
        let access = try fixture.check("calls")
        #expect(access["usagePeriodStart"]?.text == start)
        #expect(access["usagePeriodEnd"]?.text == end)
    }

    @Test func `a customer that moves finishes its day first`() throws {
        let fixture = try fixture(gives("calls", 10, reset: .day), zone: "Europe/Berlin")
        try fixture.report("calls", 4)
        try fixture.call(.updateCustomer, ["id": "c", "timezone": "Pacific/Auckland"])
        let access = try fixture.check("calls")
        #expect(access["currentUsage"] == 4)
        #expect(access["usagePeriodEnd"] == "2026-10-15T22:00:00.000Z")
        fixture.now = time("2026-10-15T22:00:00Z")
        // Auckland's next midnight is 11:00 UTC: 13 hours later.
        #expect(try fixture.check("calls")["usagePeriodEnd"] == "2026-10-16T11:00:00.000Z")
        #expect(try fixture.check("calls")["currentUsage"] == 0)
    }

    /// Goal: what is kept of a window beside the reports is what the reports say. Method: random reports in random order
    /// of time, kept after each, against a count over a plain array.
    @Test(arguments: 1...8)
    func `a window that is kept up to date is what its reports come to`(seed: UInt64) throws {
        let fixture = try fixture(gives("calls", 1_000_000, reset: .month, .startOfTheMonth))
        var random = SeededRandom(seed: seed)
        var reports: [(at: Timestamp, isSet: Bool, value: Int64)] = []
        let from = time("2026-10-01T00:00:00Z")
        for _ in 0..<60 {
            let at = from.advanced(bySeconds: Int64.random(in: -20...40, using: &random) * 3600)
            let isSet = Int.random(in: 0..<6, using: &random) == 0
            let value = Int64.random(in: 0...50, using: &random)
            reports.append((at, isSet, value))
            let answer = try fixture.report("calls", .integer(value), set: isSet, at: at.description)
            let inside = reports.enumerated().filter { $0.element.at >= from }
                .sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
            let set = inside.lastIndex(where: \.isSet)
            let expected =
                (set.map { inside[$0].value } ?? 0) + inside[(set.map { $0 + 1 } ?? 0)...].map(\.value).reduce(0, +)
            #expect(answer["currentUsage"] == .integer(expected))
        }
        let last = try fixture.check("calls")["currentUsage"]
        try fixture.store.write { _ = try $0.execute("DELETE FROM usage_windows") }
        #expect(try fixture.check("calls")["currentUsage"] == last)
    }
}
