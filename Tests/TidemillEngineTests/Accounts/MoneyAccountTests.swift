import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillStore

struct MoneyAccountTests {
    private func fixture(_ plan: String, _ more: TextMap<Payload> = [:]) throws -> EngineFixture {
        let fixture = try EngineFixture()
        try fixture.accountShop()
        try fixture.subscribe(plan, ["id": "s", "billingPeriod": "MONTHLY"].merging(more) { $1 })
        return fixture
    }

    private let putOff: TextMap<Payload> = ["billingInformation": ["prorationBehavior": "CREATE_PRORATIONS"]]

    @Test func `lines that are put off are on the next invoice, once`() throws {
        let fixture = try fixture("thirty")
        try fixture.at("2026-06-11T00:00:00Z")
        // 20 of 30 days are left: 30 × 20/30 = 20 back, 60 × 20/30 = 40 due, later.
        let estimate = try fixture.call(
            .estimateSubscription, .object(["customerId": "c", "planId": "sixty"].merging(putOff) { $1 }))
        #expect(estimate.money("total") == "0")
        #expect(estimate["proration"]?.money("netAmount") == "20")
        try fixture.change("sixty", putOff)
        #expect(try fixture.credit() == .zero)
        #expect(try fixture.waiting() == Amount(20))
        // 60 + 40 − 20.
        #expect(try fixture.figures() == ["80", "0", "0", "0"])
        #expect(try fixture.next()["invoice"]?["subTotal"] == 80)
        #expect(try fixture.next()["invoice"]?["lines"]?.json.contains("Unused time on thirty") == true)
        try fixture.at("2026-07-01T00:00:00Z")
        #expect(try fixture.figures() == ["60", "0", "0", "0"])
        #expect(try fixture.waiting() == .zero)
        #expect(
            try fixture.entries() == [
                "c line CHANGE 2026-06-11T00:00 -20", "c line CHANGE 2026-06-11T00:00 40",
                "c line RENEWAL 2026-07-01T00:00 20", "c line RENEWAL 2026-07-01T00:00 -40",
            ])
    }

    @Test func `the surplus of a downgrade pays the next invoice, once`() throws {
        let fixture = try fixture("sixty")
        try fixture.at("2026-06-16T00:00:00Z")
        // Half of 60 back, half of 30 due.
        let estimate = try fixture.call(.estimateSubscription, ["customerId": "c", "planId": "thirty"])
        #expect(EngineFixture.credits(estimate["credits"]) == ["0", "0", "15"])
        try fixture.change("thirty")
        #expect(try fixture.credit() == Amount(15))
        // 30, of which the account pays 15.
        #expect(try fixture.figures() == ["15", "15", "15", "0"])
        // Back again: half of 30 back, half of 60 due are 15, which the account pays.
        let back = try fixture.call(.estimateSubscription, ["customerId": "c", "planId": "sixty"])
        #expect(back.money("subTotal") == "15")
        #expect(back.money("total") == "0")
        #expect(EngineFixture.credits(back["credits"]) == ["15", "15", "0"])
        let preview = try fixture.call(
            .previewSubscription, ["customerId": "c", "planId": "sixty", "billingPeriod": "MONTHLY"])
        #expect(EngineFixture.credits(preview["immediateInvoice"]?["credits"]) == ["15", "15", "0"])
        try fixture.at("2026-07-01T00:00:00Z")
        #expect(try fixture.figures() == ["30", "0", "0", "0"])
        #expect(
            try fixture.entries() == ["c credit CHANGE 2026-06-16T00:00 15", "c credit RENEWAL 2026-07-01T00:00 -15"])
    }

    @Test func `renewals that nobody watched use up a credit one after the other`() throws {
        let fixture = try fixture("sixty", ["billingPeriod": "ANNUALLY"])
        // A year of 365 days, of which 335 are left: 600 × 335/365 = 550.684… back, 30 due.
        try fixture.at("2026-07-01T00:00:00Z")
        let monthly: Payload = ["id": "s", "billingPeriod": "MONTHLY"]
        let estimate = try fixture.call(
            .estimateSubscriptionUpdate, ["subscriptionId": "s", "billingPeriod": "MONTHLY"])
        // 550.68 − 60.
        #expect(estimate["credits"]?.money("remaining") == "490.68")
        try fixture.call(.updateSubscription, monthly)
        // Eight renewals at 60 are 480; the ninth finds 10.68.
        try fixture.at("2027-03-15T00:00:00Z")
        #expect(try fixture.figures() == ["49.32", "10.68", "10.68", "0"])
        try fixture.work(at: "2027-03-15T01:00:00Z")
        #expect(try fixture.entries().count == 9)
        try fixture.at("2027-04-01T00:00:00Z")
        #expect(try fixture.figures() == ["60", "0", "0", "0"])
    }

    @Test func `a cancellation credits unused time, and what was used waits to be billed`() throws {
        let fixture = try fixture("sixty")
        try fixture.at("2026-06-10T00:00:00Z")
        try fixture.call(.reportUsage, ["customerId": "c", "featureId": "api", "value": 10])
        try fixture.at("2026-06-16T00:00:00Z")
        try fixture.call(.cancelSubscription, ["id": "s"])
        // Half of 60 is credited; 10 × 0.5 = 5 was used, and is billed by no other invoice.
        #expect(try fixture.figures() == ["0", "30", "5", "25"])
        #expect(try fixture.next()["dueDate"] == "2026-06-16T00:00:00.000Z")
        #expect(try fixture.next()["invoice"]?["subTotal"] == 5)
        // Another subscription: its start costs 30, its next invoice bills what waits.
        let order: Payload = ["customerId": "c", "planId": "thirty", "billingPeriod": "MONTHLY", "id": "t"]
        try fixture.call(.provisionSubscription, order)
        #expect(try fixture.figures("s") == ["none"])
        #expect(try fixture.figures("t") == ["35", "0", "0", "0"])
        try fixture.at("2026-07-16T00:00:00Z")
        #expect(try fixture.figures("t") == ["30", "0", "0", "0"])
    }

    @Test func `who says so gets nothing back`() throws {
        for (more, prorate, left): (TextMap<Payload>, Payload, Amount) in [
            ([:], false, .zero), (["billingInformation": ["prorationBehavior": "NONE"]], .null, .zero),
            (["billingInformation": ["prorationBehavior": "NONE"]], true, Amount(30)),
        ] {
            let fixture = try fixture("sixty", more)
            try fixture.at("2026-06-16T00:00:00Z")
            try fixture.call(
                .cancelSubscription, prorate == .null ? ["id": "s"] : ["id": "s", "prorate": prorate])
            #expect(try fixture.credit() == left)
        }
    }

    @Test func `an end that was set for a day credits what is left then`() throws {
        let fixture = try fixture("sixty")
        try fixture.call(
            .cancelSubscription,
            ["id": "s", "cancellationTime": "SPECIFIC_DATE", "endDate": "2026-06-21T00:00:00Z", "prorate": true])
        try fixture.at("2026-08-01T00:00:00Z")
        _ = try fixture.subscription("s")
        // 10 of 30 days of 60.
        #expect(try fixture.entries() == ["c credit END 2026-06-21T00:00 20"])
    }

    @Test func `percentages and tax apply to what is put off as to all else`() throws {
        let fixture = try EngineFixture()
        try fixture.accountShop()
        try fixture.call(
            .createCoupon,
            [
                "id": "half", "name": "Half", "percentOff": 50, "amountsOff": .null, "durationInMonths": 1,
                "description": .null, "metadata": .null,
            ])
        let terms: Payload = ["prorationBehavior": "CREATE_PRORATIONS", "taxPercentage": 10]
        try fixture.subscribe(
            "thirty",
            [
                "id": "s", "billingPeriod": "MONTHLY", "appliedCoupon": ["couponId": "half"],
                "billingInformation": terms,
            ])
        try fixture.at("2026-06-11T00:00:00Z")
        try fixture.change("sixty")
        // 40 − 20 with half off: 10. The coupon ends with the month, so the renewal costs 60: 70 and 10 % of it.
        #expect(try fixture.waiting() == Amount(10))
        let invoice = try #require(try fixture.next()["invoice"])
        #expect(invoice["subTotal"] == 70)
        #expect(invoice["discount"] == 0)
        #expect(invoice["tax"] == 7)
        #expect(invoice["total"] == 77)
    }

    @Test func `what was not charged is not given back`() throws {
        let fixture = try EngineFixture()
        try fixture.accountShop()
        try fixture.subscribe("sixty", ["id": "s", "billingPeriod": "MONTHLY", "startDate": "2026-05-20T00:00:00Z"])
        let estimate = try fixture.call(.estimateSubscription, ["customerId": "c", "planId": "thirty"])
        #expect(EngineFixture.credits(estimate["credits"]) == ["0", "0", "0"])
        try fixture.call(.cancelSubscription, ["id": "s"])
        #expect(try fixture.entries().isEmpty)
    }

    @Test func `a month of usage within a year is paid from the account too`() throws {
        let fixture = try fixture("sixty", ["billingPeriod": "ANNUALLY"])
        try fixture.plan("metered", annually: 120, calls: Amount("0.5"))
        try fixture.at("2026-07-01T00:00:00Z")
        // 335 of 365 days are left: 550.68 of 600 back, 110.14 of 120 due.
        try fixture.change("metered")
        #expect(try fixture.credit() == Amount("440.54"))
        try fixture.at("2026-07-05T00:00:00Z")
        try fixture.call(.reportUsage, ["customerId": "c", "featureId": "api", "value": 10])
        #expect(try fixture.figures() == ["0", "440.54", "5", "435.54"])
        #expect(try fixture.next()["dueDate"] == "2026-08-01T00:00:00.000Z")
        // Nobody looked at the end of the month, nor of the next.
        try fixture.at("2026-09-10T00:00:00Z")
        #expect(try fixture.figures() == ["0", "435.54", "0", "435.54"])
        try fixture.work(at: "2026-09-10T01:00:00Z")
        #expect(try fixture.entries().last == "c credit RENEWAL 2026-09-10T01:00 -5")
    }

    @Test func `what was paid in another currency stays in it`() throws {
        let fixture = try EngineFixture()
        try fixture.accountShop()
        func sold(_ id: Payload, _ currency: Payload) throws {
            let price: Payload = ["billingPeriod": "MONTHLY", "price": ["amount": 30, "currency": currency]]
            try fixture.call(.createPlan, ["id": id, "displayName": id, "productId": "p"])
            try fixture.call(
                .updatePlan,
                [
                    "id": id,
                    "charges": [
                        "pricingType": "PAID",
                        "pricingModels": [["billingModel": "FLAT_FEE", "pricePeriods": [price]]],
                    ],
                ])
            try fixture.call(.publishPlan, ["id": id, "migrationType": "NEW_CUSTOMERS"])
        }
        try sold("dollars", "usd")
        try sold("euros", "eur")
        try fixture.subscribe("dollars", ["id": "s"])
        try fixture.at("2026-06-16T00:00:00Z")
        let order: Payload = ["customerId": "c", "planId": "euros"]
        guard let answer = try? fixture.call(.estimateSubscription, order) else {
            // Not sold in the customer's currency: refused, and nothing is written.
            #expect(try fixture.entries().isEmpty)
            return
        }
        // A whole period in euros; half of 30 dollars stays in dollars.
        #expect(answer.money("total") == "30")
        try fixture.change("euros")
        #expect(try fixture.credit() == Amount(15))
        #expect(try fixture.credit(CustomerID("c"), "eur") == .zero)
        #expect(try fixture.figures() == ["30", "0", "0", "0"])
    }
}
