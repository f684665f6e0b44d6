import Testing
import TidemillCore
import TidemillOperations

@testable import TidemillEngine

/// The reason of a denial, in the order in which they are looked for.
struct DeniedReasonTests {
    private func reason(_ answer: Payload) -> String? {
        #expect(answer["isGranted"] == .boolean(answer["accessDeniedReason"]?.text == nil))
        return answer["accessDeniedReason"]?.text
    }

    private func fixture() throws -> EngineFixture {
        let fixture = try EngineFixture()
        try fixture.call(.provisionCustomer, ["id": "c"])
        try fixture.feature("calls")
        try fixture.feature("size", meter: "None")
        try fixture.feature("sso", "BOOLEAN")
        try fixture.feature("region", "ENUM")
        try fixture.feature("gone", "BOOLEAN")
        try fixture.feature("other", "BOOLEAN")
        return fixture
    }

    private func subscribed() throws -> EngineFixture {
        let fixture = try fixture()
        try fixture.publish(
            .plan, "pro",
            [
                gives("calls", 10), gives("size", 5), gives("sso"), gives("region", values: ["a", "b"]),
                gives("gone", granted: false),
            ])
        try fixture.hold("pro")
        return fixture
    }

    @Test func `a customer that is not there, or archived, comes before everything`() throws {
        let fixture = try subscribed()
        #expect(reason(try fixture.check("calls", customer: "nobody")) == "CustomerNotFound")
        try fixture.call(.archiveCustomer, ["id": "c"])
        #expect(reason(try fixture.check("calls")) == "CustomerIsArchived")
        #expect(reason(try fixture.check("no-such", resource: "r")) == "CustomerIsArchived")
    }

    @Test func `a resource that was never seen comes before the feature`() throws {
        let fixture = try subscribed()
        #expect(reason(try fixture.check("no-such", resource: "r")) == "CustomerResourceNotFound")
        try fixture.call(.reportUsage, ["customerId": "c", "featureId": "calls", "resourceId": "r", "value": 1])
        #expect(reason(try fixture.check("calls", resource: "r")) == nil)
    }

    @Test func `a feature that is not there, and one of another type`() throws {
        let fixture = try subscribed()
        #expect(reason(try fixture.check("no-such")) == "FeatureNotFound")
        #expect(try fixture.check("no-such")["feature"] == .null)
        #expect(reason(try fixture.check("calls", values: ["a"])) == "FeatureTypeMismatch")
        #expect(reason(try fixture.check("sso", 1)) == "FeatureTypeMismatch")
        #expect(reason(try fixture.check("region", 1)) == "FeatureTypeMismatch")
        #expect(reason(try fixture.check("sso")) == nil)
    }

    @Test func `no subscription, nothing in it, and revoked by it`() throws {
        #expect(reason(try fixture().check("calls")) == "NoActiveSubscription")
        let fixture = try subscribed()
        #expect(reason(try fixture.check("other")) == "NoFeatureEntitlementInSubscription")
        #expect(reason(try fixture.check("gone")) == "Revoked")
    }

    @Test(arguments: [SubscriptionStatus.canceled, .expired, .paymentPending, .notStarted])
    func `a subscription that is not live gives nothing`(status: SubscriptionStatus) throws {
        let fixture = try fixture()
        try fixture.publish(.plan, "pro", [gives("calls", 10)])
        try fixture.hold("pro", status: status)
        #expect(reason(try fixture.check("calls")) == "NoActiveSubscription")
    }

    @Test func `a trial gives what its plan gives`() throws {
        let fixture = try fixture()
        try fixture.publish(.plan, "pro", [gives("calls", 10)])
        try fixture.hold("pro", status: .inTrial)
        #expect(reason(try fixture.check("calls", 10)) == nil)
    }

    @Test func `the limit may be reached and not passed`() throws {
        let fixture = try subscribed()
        try fixture.report("calls", .number("6.5"))
        // 6.5 + 3.5 = 10; stigg.md A.7 denies 6.5 + 4.
        #expect(reason(try fixture.check("calls", .number("3.5"))) == nil)
        #expect(reason(try fixture.check("calls", 4)) == "RequestedUsageExceedingLimit")
        #expect(reason(try fixture.check("size", 5)) == nil)
        #expect(reason(try fixture.check("size", 6)) == "RequestedUsageExceedingLimit")
    }

    @Test func `every requested value must be included`() throws {
        let fixture = try subscribed()
        #expect(reason(try fixture.check("region", values: ["a", "b"])) == nil)
        #expect(reason(try fixture.check("region", values: "b")) == nil)
        #expect(reason(try fixture.check("region", values: "a,c")) == "RequestedValuesMismatch")
    }

    @Test func `a check has every field of the API, null or not`() throws {
        let fixture = try subscribed()
        let answer = try fixture.check("calls", 11)
        guard case .object(let members) = answer else {
            Issue.record("no object")
            return
        }
        #expect(
            members == [
                "type": "FEATURE", "isGranted": false, "accessDeniedReason": "RequestedUsageExceedingLimit",
                "currentUsage": 0, "usageLimit": 10, "hasUnlimitedUsage": false, "hasSoftLimit": false,
                "enumValues": .null, "resetPeriod": .null, "usagePeriodAnchor": .null, "usagePeriodStart": .null,
                "usagePeriodEnd": .null, "validUntil": .null, "entitlementUpdatedAt": "2026-10-01T12:00:00.000Z",
                "feature": ["id": "calls", "displayName": "calls", "featureStatus": "ACTIVE", "featureType": "NUMBER"],
            ])
    }

    @Test func `a check asks for one thing`() throws {
        let fixture = try fixture()
        #expect(
            fixture.failure(.checkEntitlement, ["customerId": "c"]).message
                == "checkEntitlement: exactly one of 'featureId' and 'currencyId' is required, got none")
        #expect(
            fixture.failure(.checkEntitlement, ["customerId": "c", "featureId": "f", "currencyId": "k"]).message
                == "checkEntitlement: exactly one of 'featureId' and 'currencyId' is required, got both")
        #expect(
            fixture.failure(.checkEntitlement, ["customerId": "c", "currencyId": "k", "reserveAmount": 5]).message
                == "checkEntitlement: 'reservationId' is required to reserve credits: it goes with 'reserveAmount'")
        #expect(
            fixture.failure(.checkEntitlement, ["customerId": "c", "featureId": "f", "requestedUsage": -1]).code
                == .badUserInput)
    }
}
