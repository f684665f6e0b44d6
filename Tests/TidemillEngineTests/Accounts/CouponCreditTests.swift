import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillPricing
import TidemillStore

/// What unused time is worth where coupons come and go: what was paid for it. June has 30 days; all changes are on the
/// 16th, when half of it is left.
struct CouponCreditTests {
    private func fixture(_ coupon: Payload, _ more: TextMap<Payload> = [:]) throws -> EngineFixture {
        let fixture = try EngineFixture()
        try fixture.accountShop()
        guard case .object(let worth) = coupon else { return fixture }
        let nothing: TextMap<Payload> = [
            "id": "c", "name": "C", "percentOff": .null, "amountsOff": .null, "durationInMonths": .null,
            "description": .null,
            "metadata": .null,
        ]
        try fixture.call(.createCoupon, .object(nothing.merging(worth) { $1 }))
        try fixture.subscribe("thirty", ["id": "s", "billingPeriod": "MONTHLY"].merging(more) { $1 })
        try fixture.at("2026-06-16T00:00:00Z")
        return fixture
    }

    private func cancel(_ fixture: EngineFixture) throws -> String {
        try fixture.call(
            .cancelSubscription,
            ["id": "s", "cancellationTime": "IMMEDIATE", "prorate": true])
        return try fixture.credit().description
    }

    private static let half: Payload = ["percentOff": 50]
    private static func off(_ amount: Payload) -> Payload {
        ["amountsOff": [["amount": amount, "currency": "usd"]]]
    }
    private static let applied: TextMap<Payload> = ["appliedCoupon": ["couponId": "c"]]

    @Test func `a percentage that was removed since is taken from the credit`() throws {
        let fixture = try fixture(Self.half, Self.applied)
        try fixture.call(.updateSubscription, ["id": "s", "appliedCoupon": .null])
        // 15 were paid for June.
        #expect(try cancel(fixture) == "7.5")
    }

    @Test func `so is the customer's own`() throws {
        let fixture = try EngineFixture()
        try fixture.accountShop()
        try fixture.call(
            .createCoupon,
            [
                "id": "c", "name": "C", "percentOff": 50, "amountsOff": .null, "durationInMonths": .null,
                "description": .null, "metadata": .null,
            ])
        try fixture.call(.updateCustomer, ["id": "c", "couponId": "c"])
        try fixture.subscribe("thirty", ["id": "s", "billingPeriod": "MONTHLY"])
        // The second period is paid for by time alone.
        try fixture.at("2026-07-17T00:00:00Z")
        try fixture.call(.updateCustomer, ["id": "c", "couponId": ""])
        // 15 of 31 days of the 15 that were paid for July: 7.258.
        #expect(try cancel(fixture) == "7.26")
    }

    @Test func `a coupon that came later takes nothing from the credit`() throws {
        let fixture = try fixture(Self.half)
        try fixture.call(.updateSubscription, ["id": "s", "appliedCoupon": ["couponId": "c"]])
        #expect(try cancel(fixture) == "15")
    }

    @Test func `a coupon that came later takes from what is charged with it, and not from the credit`() throws {
        let fixture = try fixture(Self.half)
        let estimate = try fixture.call(
            .estimateSubscriptionUpdate,
            ["subscriptionId": "s", "appliedCoupon": ["couponId": "c"], "addons": []])
        #expect(estimate.money("total") == "0")
        try fixture.call(.updateSubscription, ["id": "s", "appliedCoupon": ["couponId": "c"]])
        let change = try fixture.call(.estimateSubscription, ["customerId": "c", "planId": "sixty"])
        // 30 at half price, less the 15 that were paid in full.
        #expect(change.money("total") == "0")
        #expect(change.money("discountAmount") == "15")
    }

    @Test(arguments: [(30, "0"), (9, "10.5"), (45, "0")] as [(Int64, String)])
    func `a fixed amount is taken from the credit in its proportion`(off: Int64, credit: String) throws {
        // 0, 21 and 0 were paid for June.
        #expect(try cancel(fixture(Self.off(.integer(off)), Self.applied)) == credit)
    }

    @Test func `after a change within the period the credit is what was paid for the rest`() throws {
        let fixture = try fixture(Self.off(9), Self.applied)
        let estimate = try fixture.call(.estimateSubscription, ["customerId": "c", "planId": "sixty"])
        // Half of the 21 that were paid comes back, and with it half of the coupon's 9, which 30 are reduced by.
        #expect(estimate.money("total") == "15")
        try fixture.change("sixty")
        #expect(try fixture.credit() == .zero)
        // Of the 36 that were paid, 10.5 paid for the days that are over.
        #expect(try cancel(fixture) == "25.5")
    }

    @Test func `each price is given back as it was paid`() throws {
        let fixture = try EngineFixture()
        try fixture.accountShop()
        try fixture.addon("extra", monthly: 10)
        try fixture.plan("base", monthly: 30, compatible: ["extra"])
        try fixture.call(
            .createCoupon,
            [
                "id": "c", "name": "C", "percentOff": 50, "amountsOff": .null, "durationInMonths": .null,
                "description": .null, "metadata": .null,
            ])
        try fixture.subscribe("base", ["id": "s", "billingPeriod": "MONTHLY"].merging(Self.applied) { $1 })
        try fixture.at("2026-06-16T00:00:00Z")
        try fixture.call(.updateSubscription, ["id": "s", "appliedCoupon": .null])
        try fixture.call(.updateSubscription, ["id": "s", "addons": [["id": "extra", "quantity": 1]]])
        #expect(try fixture.credit() == .zero)
        // 15 were paid for June's plan, and 5 in full for half of the add-on's month: 7.5 and 5.
        #expect(try cancel(fixture) == "12.5")
    }

    @Test func `a fixed amount is good for a period once, whatever the steps`() throws {
        let fixture = try EngineFixture()
        try fixture.accountShop()
        try fixture.addon("extra", monthly: 5)
        try fixture.addon("other", monthly: 12)
        try fixture.plan("base", monthly: 30, seats: 10, compatible: ["extra", "other"])
        try fixture.call(
            .createCoupon,
            [
                "id": "c", "name": "C", "percentOff": .null,
                "amountsOff": [["amount": 40, "currency": "usd"]], "durationInMonths": .null, "description": .null,
                "metadata": .null,
            ])
        func due(_ change: TextMap<Payload>) throws -> String? {
            let input: TextMap<Payload> = ["subscriptionId": "s"]
            let due = try fixture.call(.estimateSubscriptionUpdate, .object(input.merging(change) { $1 }))
            try fixture.call(.updateSubscription, .object(["id": "s"].merging(change) { $1 }))
            return due.money("total")
        }
        // 30 and one seat are 40: nothing is due.
        try fixture.subscribe("base", ["id": "s", "billingPeriod": "MONTHLY"].merging(Self.applied) { $1 })
        #expect(try due(["addons": [["id": "extra", "quantity": 1]]]) == "5")
        #expect(try due(["addons": [["id": "extra", "quantity": 3]]]) == "10")
        #expect(
            try due(["addons": [["id": "extra", "quantity": 3], ["id": "other", "quantity": 1]]]) == "12")
        #expect(try due(["charges": [["id": "seats", "quantity": 5]]]) == "40")
        // 30 + 5 × 10 + 15 + 12 − 40 = 67 were paid in all, and are given back at this instant.
        #expect(try fixture.credit() == .zero)
        #expect(try cancel(fixture) == "67")
    }

    @Test func `a fixed amount reduces what a new period costs, however much is given back beside it`() throws {
        let fixture = try EngineFixture()
        try fixture.accountShop()
        try fixture.call(
            .createCoupon,
            [
                "id": "c", "name": "C", "percentOff": .null,
                "amountsOff": [["amount": 9, "currency": "usd"]], "durationInMonths": .null, "description": .null,
                "metadata": .null,
            ])
        try fixture.subscribe("sixty", ["id": "s", "billingPeriod": "ANNUALLY"].merging(Self.applied) { $1 })
        // 591 were paid for the year; the month costs 30 − 9.
        try fixture.change("thirty", ["billingPeriod": "MONTHLY"])
        #expect(try fixture.credit() == Amount(570))
        #expect(try cancel(fixture) == "591")
    }

    @Test func `what was imported is not credited in its first period`() throws {
        let fixture = try EngineFixture()
        try fixture.accountShop()
        try fixture.at("2026-06-16T00:00:00Z")
        try fixture.call(
            .importSubscriptions,
            [
                "subscriptions": [
                    [
                        "id": "s", "customerId": "c", "planId": "thirty", "billingPeriod": "MONTHLY",
                        "startDate": "2026-06-01T00:00:00Z",
                    ]
                ]
            ])
        #expect(try cancel(fixture) == "0")
    }

    @Test func `a code that is given again changes nothing, and does not begin anew behind another coupon`() throws {
        let fixture = try EngineFixture()
        try fixture.accountShop()
        for (id, percent, months) in [("half", 50, 2), ("tenth", 10, nil)] as [(String, Int64, Int64?)] {
            try fixture.call(
                .createCoupon,
                [
                    "id": .string(id), "name": .string(id), "percentOff": .integer(percent), "amountsOff": .null,
                    "durationInMonths": months.map { .integer($0) } ?? .null, "description": .null, "metadata": .null,
                ])
        }
        try fixture.call(.createPromotionCode, ["code": "ONCE", "couponId": "half", "maxRedemptions": 1])
        try fixture.subscribe("thirty", ["id": "s", "billingPeriod": "MONTHLY", "promotionCode": "ONCE"])
        for month in ["07", "08", "09"] {
            try fixture.at("2026-\(month)-15T00:00:00Z")
            try fixture.call(.updateSubscription, ["id": "s", "promotionCode": "once"])
        }
        // June and July at half price; since 1 August in full, whatever was given.
        #expect(try fixture.next()["invoice"]?["total"] == 30)
        try fixture.call(.updateSubscription, ["id": "s", "appliedCoupon": ["couponId": "tenth"]])
        #expect(try fixture.next()["invoice"]?["total"] == 27)
        try fixture.call(.updateSubscription, ["id": "s", "promotionCode": "ONCE"])
        #expect(try fixture.next()["invoice"]?["total"] == 30)
        let code = try fixture.call(.listPromotionCodes, ["code": "ONCE"])["data"]?.items?.first
        #expect(code?["timesRedeemed"] == 1)
    }

    @Test func `a coupon that is given again while it holds does not begin anew`() throws {
        let fixture = try fixture(["percentOff": 50, "durationInMonths": 2], Self.applied)
        try fixture.at("2026-07-15T00:00:00Z")
        try fixture.call(.updateSubscription, .object(["id": "s"].merging(Self.applied) { $1 }))
        #expect(try fixture.next()["invoice"]?["total"] == 30)
    }

    @Test func `an estimate without the coupon is what the update comes to`() throws {
        let fixture = try fixture(Self.half, Self.applied)
        for nothing in [.null, [:]] as [Payload] {
            let estimate = try fixture.call(
                .estimateSubscriptionUpdate, ["subscriptionId": "s", "appliedCoupon": nothing])
            #expect(estimate["subscription"]?.money("total") == "30")
        }
        let kept = try fixture.call(.estimateSubscriptionUpdate, ["subscriptionId": "s"])
        #expect(kept["subscription"]?.money("total") == "15")
    }

    @Test func `the tax is given back that was paid, also with the next invoice`() throws {
        let fixture = try EngineFixture()
        try fixture.accountShop()
        let terms: Payload = ["taxPercentage": 20, "prorationBehavior": "CREATE_PRORATIONS"]
        try fixture.subscribe("sixty", ["id": "s", "billingPeriod": "MONTHLY", "billingInformation": terms])
        try fixture.at("2026-06-16T00:00:00Z")
        try fixture.call(.updateSubscription, ["id": "s", "billingInformation": ["taxPercentage": 50]])
        try fixture.change("thirty")
        // 30 of the 60 come back with the 20 % that were paid; 15 for the rest of June and 30 for July cost 50 % more.
        #expect(try fixture.waiting() == Amount(-15))
        #expect(try fixture.next()["invoice"]?["tax"]?.json == "16.5")
        #expect(try fixture.next()["invoice"]?["total"]?.json == "31.5")
    }

    @Test func `terms outlive the store's restart`() throws {
        let fixture = try fixture(Self.off(9), Self.applied)
        let stored = try fixture.record("s")
        #expect(try SubscriptionRecord(stored: Payload(json: stored.stored.json)) == stored)
        // Beside the minimum spend, of which there is none.
        let charges = try #require(stored.paid?.charges).filter { !$0.isMinimumSpend }
        let layer = try #require(charges.first?.layers.first)
        #expect(charges.count == 1 && charges[0].layers.count == 1)
        #expect(layer.terms.parts.map(\.taken) == [Amount(9)] && layer.terms.parts.map(\.of) == [Amount(30)])
        #expect(charges[0].scheme == .unit(Amount(30)) && layer.size == PaidCharge.Size(units: Amount(1)))
    }

    @Test func `a new version of the plan changes nothing about what was paid`() throws {
        let fixture = try EngineFixture()
        try fixture.accountShop()
        try fixture.plan("moving", monthly: 60)
        try fixture.subscribe("moving", ["id": "s", "billingPeriod": "MONTHLY"])
        try fixture.at("2026-06-16T00:00:00Z")
        try fixture.plan("moving", monthly: 100, all: true)
        // To 30 a month: half of the 60 that were paid comes back, 15 are charged.
        let change = try fixture.call(.estimateSubscription, ["customerId": "c", "planId": "thirty"])
        #expect(change["credits"]?.money("remaining") == "15")
        #expect(try cancel(fixture) == "30")
    }

    @Test func `billing information that is given in part leaves the rest as it was`() throws {
        let fixture = try EngineFixture()
        try fixture.accountShop()
        try fixture.subscribe(
            "thirty", ["id": "s", "billingPeriod": "MONTHLY", "billingInformation": ["taxPercentage": 20]])
        #expect(try fixture.next()["invoice"]?["total"] == 36)
        try fixture.call(.updateSubscription, ["id": "s", "billingInformation": ["invoiceDaysUntilDue": 10]])
        #expect(try fixture.next()["invoice"]?["total"] == 36)
        try fixture.call(.updateSubscription, ["id": "s", "billingInformation": ["taxPercentage": 0]])
        #expect(try fixture.next()["invoice"]?["total"] == 30)
        #expect(try fixture.record("s").billingInformation?.invoiceDaysUntilDue == 10)
    }

    @Test(arguments: [(20, 0, "36"), (0, 50, "30")] as [(Int64, Int64, String)])
    func `the tax is given back that was paid`(paid: Int64, since: Int64, credit: String) throws {
        let fixture = try EngineFixture()
        try fixture.accountShop()
        try fixture.subscribe(
            "sixty",
            ["id": "s", "billingPeriod": "MONTHLY", "billingInformation": ["taxPercentage": .integer(paid)]])
        try fixture.at("2026-06-16T00:00:00Z")
        try fixture.call(
            .updateSubscription, ["id": "s", "billingInformation": ["taxPercentage": .integer(since)]])
        // Half of 60, with the 20 % that were paid, or without any.
        #expect(try cancel(fixture) == credit)
    }
}
