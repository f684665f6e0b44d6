import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillStore

/// Reports come out of order, so that usage may stand below zero (polarsource/polar PR 11419, useautumn/autumn PR 2742): it is
/// kept as reported, and worth nothing. Figures by hand.
struct NegativeUsageTests {
    @Test(arguments: ["FLUCTUATING", "INCREMENTAL"])
    func `below zero no more is granted than the limit`(meter: String) throws {
        let fixture = try EngineFixture()
        try fixture.call(.provisionCustomer, ["id": "c"])
        try fixture.feature("calls", meter: meter)
        try fixture.publish(.plan, "pro", [gives("calls", 10)])
        try fixture.hold("pro")
        for value in [7, -3, -10] as [Payload] { try fixture.report("calls", value) }
        #expect(try fixture.check("calls")["currentUsage"] == -6)
        #expect(try fixture.check("calls", 10)["isGranted"] == true)
        #expect(try fixture.check("calls", 11)["isGranted"] == false)
        let negative = try fixture.store.read { try NegativeUsage.recent(now: fixture.now, on: $0) }
        #expect(negative?.count == 1 && negative?.newest.usage == Amount(-6))
        try fixture.report("calls", 6)
        try fixture.report("calls", 1)
        #expect(try fixture.check("calls", 9)["isGranted"] == true)
        #expect(try fixture.check("calls", 10)["isGranted"] == false)
        fixture.now = fixture.now.advanced(bySeconds: 86_401)
        #expect(try fixture.store.read { try NegativeUsage.recent(now: fixture.now, on: $0) } == nil)
    }

    @Test func `it is named without a limit, too`() throws {
        let fixture = try EngineFixture()
        try fixture.call(.provisionCustomer, ["id": "c"])
        try fixture.feature("calls")
        try fixture.report("calls", 3)
        #expect(try fixture.store.read { try NegativeUsage.recent(now: fixture.now, on: $0) } == nil)
        try fixture.report("calls", -7)
        let named = try fixture.store.read { try NegativeUsage.recent(now: fixture.now, on: $0) }
        #expect(named?.count == 1 && named?.newest.usage == Amount(-4))
    }

    @Test func `a sum below zero is billed as nothing, and carries nothing over`() throws {
        let fixture = try EngineFixture()
        try fixture.accountShop()
        try fixture.subscribe("sixty", ["id": "s", "billingPeriod": "MONTHLY"])
        try fixture.call(.reportUsage, ["customerId": "c", "featureId": "api", "value": -70])
        #expect(try fixture.next()["invoice"]?["total"] == 60)
        try fixture.at("2026-07-05T00:00:00Z")
        try fixture.call(.reportUsage, ["customerId": "c", "featureId": "api", "value": 10])
        // 10 calls at half a dollar.
        #expect(try fixture.next()["invoice"]?["total"] == 65)
    }

    @Test(arguments: [("UP", 3, 3), ("DOWN", 2, 2)] as [(Payload, Int64, Int64)])
    func `large units are rounded alike on limits and on bills`(round: Payload, usage: Int64, billed: Int64) throws {
        let fixture = try EngineFixture()
        try fixture.shop(at: "2026-06-01T00:00:00Z")
        try fixture.call(
            .createFeature,
            [
                "id": "api", "displayName": "Calls", "featureType": "NUMBER", "meterType": "INCREMENTAL",
                "unitTransformation": ["divide": 100, "round": round],
            ])
        try fixture.plan("pro", monthly: 60, api: 1000, calls: Amount(7))
        try fixture.subscribe("pro", ["id": "s"])
        try fixture.call(.reportUsage, ["customerId": "c", "featureId": "api", "value": 250])
        #expect(try fixture.check("api")["currentUsage"] == .integer(usage))
        #expect(try fixture.next()["invoice"]?["total"] == .integer(60 + 7 * billed))
    }
}
