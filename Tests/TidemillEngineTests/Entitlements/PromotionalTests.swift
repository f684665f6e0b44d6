import Testing
import TidemillCore
import TidemillOperations
import TidemillStore

@testable import TidemillEngine

/// Promotional entitlements (stigg.md B.7): periods, replacement, revocation, expiry.
struct PromotionalTests {
    private func fixture(at now: String = "2026-10-01T12:00:00Z") throws -> EngineFixture {
        let fixture = try EngineFixture()
        fixture.now = time(now)
        try fixture.call(.provisionCustomer, ["id": "c"])
        try fixture.feature("calls")
        try fixture.feature("sso", "BOOLEAN")
        try fixture.feature("region", "ENUM")
        return fixture
    }

    private func listed(_ fixture: EngineFixture, _ more: TextMap<Payload> = [:]) throws -> [Payload] {
        let input = ["customerId": "c"].merging(more) { $1 }
        return try fixture.call(.listPromotionalEntitlements, .object(input))["data"]?.items ?? []
    }

    @Test(arguments: [
        ("1 week", "2026-01-31T10:00:00Z", "2026-02-07T10:00:00.000Z"),
        ("ONE_WEEK", "2026-03-26T10:00:00Z", "2026-04-02T10:00:00.000Z"),
        ("1 month", "2026-01-31T10:00:00Z", "2026-02-28T10:00:00.000Z"),
        ("ONE_MONTH", "2024-01-31T10:00:00Z", "2024-02-29T10:00:00.000Z"),
        ("6 month", "2026-08-31T10:00:00Z", "2027-02-28T10:00:00.000Z"),
        ("SIX_MONTH", "2027-08-31T10:00:00Z", "2028-02-29T10:00:00.000Z"),
        ("1 year", "2024-02-29T10:00:00Z", "2025-02-28T10:00:00.000Z"),
        ("ONE_YEAR", "2026-12-31T23:59:59Z", "2027-12-31T23:59:59.000Z"),
    ])
    func `a period ends on the same day, or the month's last`(period: String, start: String, end: String) throws {
        let fixture = try fixture(at: start)
        let grant = try fixture.grant("sso", ["period": .string(period)]).items?.first
        #expect(grant?["endDate"]?.text == end)
        #expect(grant?["status"] == "Active")
        #expect(grant?["startDate"] == Payload(time(start)))
    }

    @Test func `a lifetime has no end, a custom period the one that is given`() throws {
        let fixture = try fixture()
        #expect(try fixture.grant("sso", ["period": "LIFETIME"]).items?.first?["endDate"] == .null)
        let custom = try fixture.grant(
            "calls", ["period": "custom", "customEndDate": "2027-01-01T00:00:00.000Z", "usageLimit": 50])
        #expect(custom.items?.first?["endDate"] == "2027-01-01T00:00:00.000Z")
        #expect(custom.items?.first?["period"] == "custom")
    }

    @Test(
        arguments: [
            (
                ["featureId": "sso", "period": "custom"],
                "'promotionalEntitlements[0].customEndDate' is required with the period \"custom\": a time"
            ),
            (
                ["featureId": "sso", "period": "1 week", "customEndDate": "2027-01-01T00:00:00Z"],
                "'promotionalEntitlements[0].customEndDate' goes with the period \"custom\" only, got \"1 week\"; leave it out or change the period"
            ),
            (
                ["featureId": "sso", "period": "custom", "customEndDate": "2026-10-01T12:00:00Z"],
                "promotionalEntitlements[0]: 'customEndDate' must be later than now, 2026-10-01T12:00:00.000Z, got 2026-10-01T12:00:00.000Z"
            ),
            (
                ["featureId": "nothing", "period": "lifetime"],
                "promotionalEntitlements[0]: there is no feature \"nothing\"; create it with createFeature or in the catalog"
            ),
            (
                ["featureId": "sso", "period": "lifetime", "usageLimit": 5],
                "promotionalEntitlements[0]: 'usageLimit' must be left out: feature \"sso\" is a BOOLEAN"
            ),
            (
                ["featureId": "region", "period": "lifetime", "enumValues": ["z"]],
                "promotionalEntitlements[0]: 'enumValues' must be values of feature \"region\" (a, b, c), got \"z\""
            ),
            (
                ["featureId": "region", "period": "lifetime"],
                "promotionalEntitlements[0]: 'enumValues' is required for the ENUM feature \"region\": some of a, b, c"
            ),
            (
                ["featureId": "calls", "period": "lifetime"],
                "promotionalEntitlements[0]: 'usageLimit' or 'hasUnlimitedUsage' is required for the NUMBER feature \"calls\""
            ),
            (
                ["featureId": "sso", "period": "lifetime", "resetPeriod": "MONTH"],
                "promotionalEntitlements[0]: 'resetPeriod' must be left out: feature \"sso\" has no usage that could begin anew"
            ),
            (
                [
                    "featureId": "calls", "period": "lifetime", "usageLimit": 1, "resetPeriod": "WEEK",
                    "monthlyResetPeriodConfiguration": ["accordingTo": "StartOfTheMonth"],
                ],
                "'promotionalEntitlements[0].monthlyResetPeriodConfiguration' does not go with resetPeriod WEEK; leave it out or change the period"
            ),
        ] as [(Payload, String)])
    func `what makes no sense is refused by name`(grant: Payload, message: String) throws {
        let fixture = try fixture()
        let error = fixture.failure(
            .grantPromotionalEntitlements, ["customerId": "c", "promotionalEntitlements": [grant]])
        #expect(error.message == "grantPromotionalEntitlements: \(message)")
    }

    @Test func `a list is granted as a whole or not at all`() throws {
        let fixture = try fixture()
        let error = fixture.failure(
            .grantPromotionalEntitlements,
            [
                "customerId": "c",
                "promotionalEntitlements": [
                    ["featureId": "sso", "period": "lifetime"], ["featureId": "nothing", "period": "lifetime"],
                ],
            ])
        #expect(error.code == .featureNotFound)
        #expect(error.message.contains("promotionalEntitlements[1]"))
        #expect(try listed(fixture).isEmpty)
        #expect(try fixture.events("promotionalEntitlement.granted").isEmpty)
        let twice: Payload = [
            ["featureId": "sso", "period": "lifetime"], ["featureId": "sso", "period": "lifetime"],
        ]
        #expect(
            fixture.failure(.grantPromotionalEntitlements, ["customerId": "c", "promotionalEntitlements": twice]).code
                == .badUserInput)
    }

    @Test func `a grant replaces the live one of its feature`() throws {
        let fixture = try fixture()
        try fixture.grant("calls", ["usageLimit": 10])
        try fixture.report("calls", 8)
        fixture.now = fixture.now.advanced(bySeconds: 60)
        try fixture.grant("calls", ["usageLimit": 20])
        #expect(try listed(fixture).map { $0["usageLimit"] } == [20])
        let access = try fixture.check("calls", 12)
        #expect(access["isGranted"] == true)
        #expect(access["usageLimit"] == 20)
        #expect(access["currentUsage"] == 8)
        #expect(try fixture.events("promotionalEntitlement.granted").count == 1)
        #expect(try fixture.events("promotionalEntitlement.updated").count == 1)
    }

    @Test func `a grant that is revoked gives nothing, and cannot be revoked again`() throws {
        let fixture = try fixture()
        try fixture.grant("sso")
        let revoked = try fixture.call(.revokePromotionalEntitlements, ["customerId": "c", "featureId": "sso"])
        #expect(revoked["featureId"] == "sso")
        #expect(revoked["status"] == "Expired")
        #expect(revoked["endDate"] == Payload(fixture.now))
        #expect(try fixture.check("sso")["accessDeniedReason"] == "NoActiveSubscription")
        #expect(try listed(fixture).isEmpty)
        let error = fixture.failure(.revokePromotionalEntitlements, ["customerId": "c", "featureId": "sso"])
        #expect(error.code == .promotionalEntitlementNotFound)
        #expect(try fixture.events("promotionalEntitlement.revoked").count == 1)
        #expect(try fixture.events("entitlements.updated").last?["trigger"] == "promotional_entitlement_revoked")
    }

    @Test func `a grant ends at its instant though nobody looked, and its end is dated then`() throws {
        let fixture = try fixture(at: "2026-01-31T10:00:00Z")
        try fixture.grant("sso")
        fixture.now = time("2026-02-28T09:59:59Z")
        #expect(try fixture.check("sso")["isGranted"] == true)
        #expect(try fixture.check("sso")["validUntil"] == "2026-02-28T10:00:00.000Z")
        fixture.now = time("2026-02-28T10:00:00Z")
        #expect(try fixture.check("sso")["isGranted"] == false)
        fixture.now = time("2026-06-01T00:00:00Z")
        #expect(try listed(fixture).map { $0["status"] } == ["Expired"])
        #expect(try listed(fixture, ["status": "Active"]).isEmpty)
        // Seven days before, and at the end.
        let soon = try fixture.events("promotionalEntitlement.ends_soon")
        #expect(soon.map { $0["timestamp"] } == ["2026-02-21T10:00:00.000Z"])
        let expired = try fixture.events("promotionalEntitlement.expired")
        #expect(expired.map { $0["timestamp"] } == ["2026-02-28T10:00:00.000Z"])
        #expect(expired.first?["status"] == "Expired")
    }

    @Test func `lists go in pages and by date`() throws {
        let fixture = try fixture()
        for feature in ["sso", "calls", "region"] {
            fixture.now = fixture.now.advanced(bySeconds: 60)
            try fixture.grant(
                feature,
                feature == "sso" ? [:] : feature == "calls" ? ["hasUnlimitedUsage": true] : ["enumValues": ["a"]])
        }
        let page = try fixture.call(.listPromotionalEntitlements, ["customerId": "c", "limit": 2])
        #expect(page["data"]?.items?.map { $0["featureId"] } == ["sso", "calls"])
        #expect(
            try listed(fixture, ["after": page["pagination"]?["next"] ?? .null]).map { $0["featureId"] } == ["region"])
        #expect(
            try listed(fixture, ["createdAt": ["gt": "2026-10-01T12:02:00Z"]]).map { $0["featureId"] } == ["region"])
        #expect(fixture.failure(.listPromotionalEntitlements, ["customerId": "nobody"]).code == .customerNotFound)
    }

    @Test func `a grant holds for the customer and all of its resources`() throws {
        let fixture = try fixture()
        try fixture.grant("sso")
        try fixture.call(.reportUsage, ["customerId": "c", "featureId": "calls", "resourceId": "r", "value": 1])
        #expect(try fixture.check("sso")["isGranted"] == true)
        #expect(try fixture.check("sso", resource: "r")["isGranted"] == true)
    }

    @Test func `an archived customer is granted nothing`() throws {
        let fixture = try fixture()
        try fixture.call(.archiveCustomer, ["id": "c"])
        #expect(
            fixture.failure(
                .grantPromotionalEntitlements,
                ["customerId": "c", "promotionalEntitlements": [["featureId": "sso", "period": "lifetime"]]]
            ).code == .entityIsArchived)
    }
}
