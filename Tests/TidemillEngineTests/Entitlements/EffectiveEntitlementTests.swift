import Testing
import TidemillCore
import TidemillOperations
import TidemillTestSupport

@testable import TidemillEngine

/// getEntitlements, resources, and what a promotional grant does to what a customer has.
struct EffectiveEntitlementTests {
    private func fixture() throws -> EngineFixture {
        let fixture = try EngineFixture()
        try fixture.call(.provisionCustomer, ["id": "c"])
        try fixture.feature("calls")
        try fixture.feature("sso", "BOOLEAN")
        try fixture.feature("region", "ENUM")
        return fixture
    }

    private func entitlements(_ fixture: EngineFixture, resource: Payload = .null) throws -> (Payload?, [Payload]) {
        let answer = try fixture.call(.getEntitlements, ["customerId": "c", "resourceId": resource])
        return (answer["accessDeniedReason"], answer["entitlements"]?.items ?? [])
    }

    @Test func `the list has all that is granted, by id, with limits and usage`() throws {
        let fixture = try fixture()
        try fixture.publish(.plan, "basic", [gives("region", values: ["a"])])
        try fixture.publish(.plan, "pro", [gives("calls", 10), gives("sso")], parent: "basic")
        try fixture.hold("pro")
        try fixture.grant("region", ["enumValues": ["b"]])
        try fixture.report("calls", 4)
        let (reason, all) = try entitlements(fixture)
        #expect(reason == .null)
        #expect(all.map { $0["feature"]?["id"] } == ["calls", "region", "sso"])
        #expect(all.allSatisfy { $0["type"] == "FEATURE" && $0["isGranted"] == true })
        #expect(all[0]["currentUsage"] == 4 && all[0]["usageLimit"] == 10)
        #expect(all[1]["enumValues"] == ["a", "b"])
    }

    @Test func `a customer that is not there, archived, or without a subscription says why`() throws {
        let fixture = try fixture()
        #expect(try entitlements(fixture).0 == "NoActiveSubscription")
        #expect(
            try fixture.call(.getEntitlements, ["customerId": "nobody"])
                == ["accessDeniedReason": "CustomerNotFound", "entitlements": []])
        try fixture.call(.archiveCustomer, ["id": "c"])
        #expect(try entitlements(fixture).0 == "CustomerIsArchived")
    }

    @Test func `a resource has its own subscriptions and the customer's`() throws {
        let fixture = try fixture()
        try fixture.publish(.plan, "site", [gives("calls", 10)])
        try fixture.publish(.plan, "account", [gives("sso")])
        try fixture.hold("site", resource: "site-1")
        try fixture.hold("account")
        #expect(try fixture.check("calls")["accessDeniedReason"] == "NoFeatureEntitlementInSubscription")
        #expect(try fixture.check("calls", resource: "site-1")["usageLimit"] == 10)
        #expect(try fixture.check("sso", resource: "site-1")["isGranted"] == true)
        #expect(try fixture.check("calls", resource: "site-2")["accessDeniedReason"] == "CustomerResourceNotFound")
        try fixture.call(.reportUsage, ["customerId": "c", "featureId": "calls", "resourceId": "site-1", "value": 3])
        #expect(try fixture.check("calls", resource: "site-1")["currentUsage"] == 3)
    }

    @Test func `of several subscriptions the most generous wins, without a sum`() throws {
        let fixture = try fixture()
        try fixture.publish(.plan, "small", [gives("calls", 10)])
        try fixture.publish(.plan, "large", [gives("calls", 25)])
        try fixture.hold("small")
        try fixture.hold("large", status: .inTrial)
        #expect(try fixture.check("calls")["usageLimit"] == 25)
        try fixture.grant("calls", ["usageLimit": 20])
        #expect(try fixture.check("calls")["usageLimit"] == 25)
        try fixture.grant("calls", ["usageLimit": 30])
        #expect(try fixture.check("calls")["usageLimit"] == 30)
        try fixture.grant("calls", ["hasUnlimitedUsage": true])
        #expect(try fixture.check("calls")["hasUnlimitedUsage"] == true)
        #expect(try fixture.check("calls")["usageLimit"] == .null)
    }

    @Test func `a grant gives what the plan revokes`() throws {
        let fixture = try fixture()
        try fixture.publish(.plan, "pro", [gives("sso", granted: false)])
        try fixture.hold("pro")
        #expect(try fixture.check("sso")["accessDeniedReason"] == "Revoked")
        try fixture.grant("sso")
        #expect(try fixture.check("sso")["isGranted"] == true)
    }

    /// Goal: granting never lowers access. Method: random plans and usage; whatever amount was granted before a random
    /// promotional grant is granted after it.
    @Test(arguments: 1...20)
    func `granting never lowers access`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let fixture = try fixture()
        fixture.now = time("2026-10-15T06:00:00Z")
        let resets: [ResetPeriod?] = [nil, .hour, .day, .week, .month, .year]
        func number() -> Int64 { Int64.random(in: 0...40, using: &random) }
        func flag() -> Bool { Int.random(in: 0..<5, using: &random) == 0 }
        try fixture.publish(
            .plan, "pro",
            [
                gives(
                    "calls", number(), unlimited: flag(), soft: flag(), granted: !flag(),
                    reset: resets.randomElement(using: &random) ?? nil)
            ])
        try fixture.hold("pro", at: time("2026-01-31T00:00:00Z"))
        for _ in 0..<6 {
            let ago = Int64.random(in: 0...200, using: &random)
            try fixture.report(
                "calls", .integer(Int64.random(in: -5...15, using: &random)),
                at: fixture.now.advanced(bySeconds: -ago * 3600).description)
        }
        let asked: [Int64] = [0, 1, 5, 20, 100]
        for _ in 0..<5 {
            let before = try asked.map { try fixture.check("calls", .integer($0))["isGranted"] == true }
            var grant: TextMap<Payload> = [
                "usageLimit": .integer(number()), "hasUnlimitedUsage": .boolean(flag()),
                "hasSoftLimit": .boolean(flag()),
            ]
            if let period = resets.randomElement(using: &random) ?? nil {
                grant["resetPeriod"] = .string(period.rawValue)
            }
            try fixture.grant("calls", grant)
            let after = try asked.map { try fixture.check("calls", .integer($0))["isGranted"] == true }
            #expect(zip(before, after).allSatisfy { !$0 || $1 }, "\(grant)")
            try fixture.call(.revokePromotionalEntitlements, ["customerId": "c", "featureId": "calls"])
            let without = try asked.map { try fixture.check("calls", .integer($0))["isGranted"] == true }
            #expect(without == before)
        }
    }
}
