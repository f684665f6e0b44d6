import Testing
import TidemillCore
@testable import TidemillEngine
@testable import TidemillOperations

/// A trial that becomes paid begins usage anew by the product's rule (tuist/tuist PR 12613, argos-ci/argos PR 2373,
/// polarsource/polar PR 11046: who pays has the whole quota). 30 a month, and 1 a call beyond 10 a month; a trial of 14
/// days from 1 June. Figures by hand.
struct TrialUsageTests {
    private func shop(
        _ reset: Payload = "MONTH", rule: Payload? = nil, meter: Payload = "INCREMENTAL", zone: Payload = .null,
        hard: Bool = false
    ) throws -> EngineFixture {
        let fixture = try EngineFixture()
        try fixture.shop(at: "2026-06-01T00:00:00Z", customer: ["id": "c", "timezone": zone])
        if let rule { try fixture.call(.updateProduct, ["id": "p", "usageResetCutoffRule": ["behavior": rule]]) }
        try fixture.call(
            .createFeature, ["id": "calls", "displayName": "Calls", "featureType": "NUMBER", "meterType": meter])
        func price(_ amount: Payload) -> Payload {
            [["billingPeriod": "MONTHLY", "price": ["amount": amount, "currency": "usd"]]]
        }
        var entitlement: TextMap<Payload> = ["featureId": "calls", "usageLimit": 10]
        if case .object(let fields) = reset {
            entitlement.merge(fields) { $1 }
        } else if reset != .null {
            entitlement["resetPeriod"] = reset
        }
        var charges: TextMap<Payload> = [
            "pricingType": "PAID", "pricingModels": [["billingModel": "FLAT_FEE", "pricePeriods": price(30)]],
        ]
        if !hard {
            charges["overageBillingPeriod"] = "ON_SUBSCRIPTION_RENEWAL"
            charges["overagePricingModels"] = [
                ["featureId": "calls", "entitlement": .object(entitlement), "pricePeriods": price(1)]
            ]
        }
        try fixture.call(.createPlan, ["id": "pro", "displayName": "pro", "productId": "p"])
        try fixture.call(
            .updatePlan,
            [
                "id": "pro", "charges": .object(charges),
                "defaultTrialConfig": ["duration": 14, "units": "DAY", "trialEndBehavior": "CONVERT_TO_PAID"],
            ])
        if hard {
            let own = entitlement.merging(["id": "calls", "type": "FEATURE", "featureId": .null]) { $1 }
                .filter { $0.value != .null }
            try fixture.call(.createPlanEntitlements, ["planId": "pro", "entitlements": [.object(own)]])
        }
        try fixture.call(.publishPlan, ["id": "pro", "migrationType": "NEW_CUSTOMERS"])
        try fixture.subscribe("pro", ["id": "s"])
        return fixture
    }

    private func use(_ fixture: EngineFixture, _ at: String, _ value: Payload) throws {
        try fixture.at(at)
        try fixture.call(.reportUsage, ["customerId": "c", "featureId": "calls", "value": value])
    }

    private func check(_ fixture: EngineFixture, _ requested: Payload = 0) throws -> Payload {
        try fixture.call(
            .checkEntitlement, ["customerId": "c", "featureId": "calls", "requestedUsage": requested])
    }

    @Test(arguments: ["MONTH", "YEAR", "WEEK"], [nil, "ALWAYS_RESET", "BILLING_PERIOD_CHANGE"] as [Payload?])
    func `by time, the trial's usage is no part of what is paid for`(reset: Payload, rule: Payload?) throws {
        let fixture = try shop(reset, rule: rule)
        try use(fixture, "2026-06-05T00:00:00Z", 100)
        try use(fixture, "2026-06-20T00:00:00Z", 5)
        let access = try check(fixture)
        #expect(access["currentUsage"] == 5)
        #expect(access["usagePeriodStart"] == "2026-06-15T00:00:00.000Z")
        #expect(try fixture.next()["usage"]?.items?.first?["overage"] == 0)
        #expect(try fixture.next()["invoice"]?["total"] == 30)
        try use(fixture, "2026-06-21T00:00:00Z", 7)
        #expect(try fixture.next()["invoice"]?["total"] == 32)
    }

    @Test func `a rule that never begins anew lets the trial's usage count, and does not bill it`() throws {
        let fixture = try shop(rule: "NEVER_RESET")
        try use(fixture, "2026-06-05T00:00:00Z", 100)
        try use(fixture, "2026-06-20T00:00:00Z", 5)
        #expect(try check(fixture)["currentUsage"] == 105)
        #expect(try check(fixture)["usagePeriodStart"] == "2026-06-01T00:00:00.000Z")
        // The five are beyond the limit, and were used since it is paid for.
        #expect(try fixture.next()["invoice"]?["total"] == 35)
    }

    @Test func `by order it is the same`() throws {
        let fixture = try shop()
        try use(fixture, "2026-06-05T00:00:00Z", 100)
        try fixture.at("2026-06-10T06:00:00Z")
        try fixture.subscribe("pro", ["trialOverrideConfiguration": ["isTrial": false]])
        #expect(try check(fixture)["currentUsage"] == 0)
        #expect(try check(fixture)["usagePeriodStart"] == "2026-06-10T06:00:00.000Z")
        try use(fixture, "2026-06-20T00:00:00Z", 5)
        #expect(try fixture.next()["invoice"]?["total"] == 30)
    }

    @Test func `a hard limit that the trial used up is whole from the first paid instant on`() throws {
        let fixture = try shop(["resetPeriod": "MONTH"], hard: true)
        try use(fixture, "2026-06-05T00:00:00Z", 10)
        #expect(try check(fixture, 1)["isGranted"] == false)
        try fixture.at("2026-06-14T23:59:59Z")
        #expect(try check(fixture, 1)["isGranted"] == false)
        try fixture.at("2026-06-15T00:00:00Z")
        #expect(try check(fixture, 10)["isGranted"] == true)
    }

    @Test func `a month of the calendar that runs begins anew within`() throws {
        let fixture = try shop(
            ["resetPeriod": "MONTH", "monthlyResetPeriodConfiguration": ["accordingTo": "StartOfTheMonth"]], hard: true)
        try use(fixture, "2026-06-05T00:00:00Z", 10)
        try use(fixture, "2026-06-20T00:00:00Z", 4)
        #expect(try check(fixture)["currentUsage"] == 4)
        try fixture.at("2026-07-01T00:00:00Z")
        #expect(try check(fixture)["currentUsage"] == 0)
    }

    @Test func `levels and what never begins anew go on`() throws {
        let seats = try shop("MONTH", meter: "FLUCTUATING", hard: true)
        try use(seats, "2026-06-05T00:00:00Z", 7)
        try seats.at("2026-06-16T00:00:00Z")
        #expect(try check(seats)["currentUsage"] == 7)
        let lifetime = try shop(.null, hard: true)
        try use(lifetime, "2026-06-05T00:00:00Z", 7)
        try lifetime.at("2026-06-16T00:00:00Z")
        #expect(try check(lifetime)["currentUsage"] == 7)
        #expect(try check(lifetime, 4)["isGranted"] == false)
    }

    @Test func `a share of the limit is announced anew where usage began anew`() throws {
        let fixture = try shop(
            ["resetPeriod": "MONTH", "monthlyResetPeriodConfiguration": ["accordingTo": "StartOfTheMonth"]], hard: true)
        try use(fixture, "2026-06-05T00:00:00Z", 10)
        try use(fixture, "2026-06-20T00:00:00Z", 10)
        #expect(try fixture.events("entitlement.usage_exceeded").count == 2)
    }
}

/// How long a trial is, by the customer's clocks. Berlin sets them forward on 28 March 2027 at 02:00 and back on 31
/// October 2027 at 03:00.
struct TrialLengthTests {
    private func end(
        _ zone: Payload, _ start: String, _ duration: Int64, _ units: TrialConfig.Units = .day
    ) throws -> String? {
        let fixture = try EngineFixture()
        try fixture.shop(at: start, customer: ["id": "c", "timezone": zone])
        try fixture.plan("pro", monthly: 20, trial: TrialConfig(duration: duration, units: units))
        let estimate = try fixture.call(
            .estimateSubscription, ["customerId": "c", "planId": "pro", "billingPeriod": "MONTHLY"])
        let made = try fixture.subscribe("pro", ["id": "s", "billingPeriod": "MONTHLY"])
        #expect(estimate["billingPeriodRange"]?["end"] == made["trialEndDate"])
        return made["trialEndDate"]?.text
    }

    @Test func `days are by the clock on the wall`() throws {
        #expect(try end(.null, "2027-03-20T09:00:00Z", 14) == "2027-04-03T09:00:00.000Z")
        // 10:00 in Berlin is 09:00 UTC in March, and 08:00 in April.
        #expect(try end("Europe/Berlin", "2027-03-20T09:00:00Z", 14) == "2027-04-03T08:00:00.000Z")
        #expect(try end("Europe/Berlin", "2027-10-20T08:00:00Z", 14) == "2027-11-03T09:00:00.000Z")
    }

    @Test func `a time that is skipped is the next one, and of two it is the first`() throws {
        // 02:30 on 27 March is 01:30 UTC; on the 28th there is none, and 03:00 is 01:00 UTC.
        #expect(try end("Europe/Berlin", "2027-03-27T01:30:00Z", 1) == "2027-03-28T01:00:00.000Z")
        // 02:30 on 30 October is 00:30 UTC; on the 31st it is first at 00:30 UTC.
        #expect(try end("Europe/Berlin", "2027-10-30T00:30:00Z", 1) == "2027-10-31T00:30:00.000Z")
    }

    @Test func `months are by the same clock, without drift`() throws {
        // 00:30 on 31 January in Berlin.
        #expect(try end("Europe/Berlin", "2027-01-30T23:30:00Z", 1, .month) == "2027-02-27T23:30:00.000Z")
        // 00:30 on 30 April in Berlin: summer time.
        #expect(try end("Europe/Berlin", "2027-01-30T23:30:00Z", 3, .month) == "2027-04-29T22:30:00.000Z")
    }

    @Test func `a zone that changes later changes nothing about an end that was agreed`() throws {
        let fixture = try EngineFixture()
        try fixture.shop(at: "2027-03-20T09:00:00Z", customer: ["id": "c", "timezone": "Europe/Berlin"])
        try fixture.plan("pro", monthly: 20, trial: TrialConfig(duration: 14, units: .day))
        try fixture.subscribe("pro", ["id": "s"])
        try fixture.call(.updateCustomer, ["id": "c", "timezone": "America/New_York"])
        #expect(try fixture.subscription("s")["trialEndDate"] == "2027-04-03T08:00:00.000Z")
    }
}
