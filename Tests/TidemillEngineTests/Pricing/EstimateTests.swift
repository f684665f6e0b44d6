import Testing
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillPricing
import TidemillStore

struct EstimateTests {
    @Test func `the seed's example is answered with all of its parts`() throws {
        let shop = try PricingShop()
        let answer = try shop.estimate(
            "pro",
            [
                "billableFeatures": [["featureId": "seats", "quantity": 2]],
                "addons": [["addonId": "extra", "quantity": 1]], "startDate": "2026-06-01T00:00:00Z",
                "billingCountryCode": "US",
            ])
        // 100 + 2 × 10 + 7.
        #expect(answer.money("total") == "127")
        #expect(answer.money("subTotal") == "127")
        #expect(answer.money("tax") == "0")
        #expect(answer["billingPeriodRange"]?["start"] == "2026-06-01T00:00:00.000Z")
        #expect(answer["billingPeriodRange"]?["end"] == "2026-07-01T00:00:00.000Z")
        #expect(answer["subscription"]?.money("total") == "127")
        #expect(answer["proration"]?.money("netAmount") == "0")
        #expect(answer["isPlanDowngrade"] == false)
    }

    @Test func `tax and a coupon apply, and a code is checked but not redeemed`() throws {
        let shop = try PricingShop()
        try shop.fixture.call(
            .createCoupon,
            [
                "id": "half", "name": "Half", "percentOff": 50, "amountsOff": .null, "durationInMonths": 2,
                "description": .null, "metadata": .null,
            ])
        try shop.fixture.call(.createPromotionCode, ["code": "HALF", "couponId": "half", "maxRedemptions": 1])
        for _ in 0..<2 {
            let answer = try shop.estimate(
                "basic", ["promotionCode": "half", "billingInformation": ["taxPercentage": 20]])
            // 40 − 20 = 20, with 20 % tax 24; the next renewal is within the coupon's two months.
            #expect(answer.money("discountAmount") == "20")
            #expect(answer.money("tax") == "4")
            #expect(answer.money("total") == "24")
            #expect(answer["discount"]?["type"] == "PERCENTAGE")
            #expect(answer["discount"]?["durationType"] == "REPEATING")
            #expect(answer["subscription"]?.money("total") == "24")
        }
        #expect(
            shop.fixture.failure(.estimateSubscription, .object(shop.order("basic", ["promotionCode": "NONE"]))).code
                == .promotionCodeNotFound)
    }

    @Test func `an update shows what it adds and what it takes away`() throws {
        let shop = try PricingShop()
        try shop.subscribe("pro", ["charges": [["id": "seats", "quantity": 3]]])
        try shop.pass(to: "2026-06-16T00:00:00Z")
        let answer = try shop.fixture.call(
            .estimateSubscriptionUpdate,
            ["subscriptionId": "s", "billableFeatures": [["featureId": "seats", "quantity": 5]]])
        // Half of the two that are added; the three that stay are in neither.
        #expect(answer["proration"]?.money("credit") == "0")
        #expect(answer["proration"]?.money("debit") == "10")
        #expect(answer.money("total") == "10")
        #expect(answer["subscription"]?.money("total") == "150")
        let addon = try shop.fixture.call(
            .estimateSubscriptionUpdate, ["subscriptionId": "s", "addons": [["addonId": "extra", "quantity": 2]]])
        // Half of 2 × 7.
        #expect(addon.money("total") == "7")
        let fewer = try shop.fixture.call(
            .estimateSubscriptionUpdate,
            ["subscriptionId": "s", "billableFeatures": [["featureId": "seats", "quantity": 1]]])
        #expect(fewer["proration"]?.money("credit") == "10")
        #expect(fewer["proration"]?.money("debit") == "0")
    }

    @Test func `a downgrade leaves credit; a change that waits is not due`() throws {
        let shop = try PricingShop()
        try shop.subscribe("pro", ["charges": [["id": "seats", "quantity": 3]]])
        try shop.pass(to: "2026-06-16T00:00:00Z")
        let answer = try shop.estimate("basic")
        // Half of 130 back, half of 40 due.
        #expect(answer.money("total") == "0")
        #expect(answer["credits"]?.money("remaining") == "45")
        #expect(answer["isPlanDowngrade"] == true)
        let preview = try shop.fixture.call(
            .previewSubscription, .object(shop.order("basic", ["scheduleStrategy": "END_OF_BILLING_PERIOD"])))
        #expect(preview["immediateInvoice"]?["total"] == 0)
        #expect(preview["recurringInvoice"]?["total"] == 40)
        #expect(preview["hasScheduledUpdates"] == true)
        #expect(preview["billingPeriodRange"]?["start"] == "2026-07-01T00:00:00.000Z")
    }

    @Test func `what is estimated writes nothing`() throws {
        let shop = try PricingShop()
        try shop.subscribe("basic")
        let before = try shop.fixture.count("outbox")
        _ = try shop.estimate("pro", ["charges": [["id": "seats", "quantity": 3]]])
        #expect(try shop.fixture.count("outbox") == before)
        #expect(try shop.fixture.count("subscriptions") == 1)
    }

    @Test func `wrong references are named`() throws {
        let shop = try PricingShop()
        func code(_ plan: Payload, _ more: TextMap<Payload>) -> OperationError.Code {
            shop.fixture.failure(.estimateSubscription, .object(shop.order(plan, more))).code
        }
        #expect(code("none", [:]) == .planNotFound)
        #expect(code("basic", ["customerId": "nobody"]) == .customerNotFound)
        #expect(code("basic", ["addons": [["addonId": "none"]]]) == .addonNotFound)
        #expect(code("basic", ["billingPeriod": .null]) == .billingPeriodMissing)
        #expect(code("pro", ["charges": [["id": "seats", "quantity": 51]]]) == .invalidQuantity)
        #expect(code("pro", [:]) == .invalidQuantity)
        #expect(code("basic", ["appliedCoupon": ["couponId": "none"]]) == .couponNotFound)
        #expect(
            shop.fixture.failure(.estimateSubscriptionUpdate, ["subscriptionId": "none"]).code == .subscriptionNotFound)
    }

    @Test func `the next invoice has the next period and the usage of this one`() throws {
        let shop = try PricingShop()
        try shop.subscribe("pro", ["charges": [["id": "seats", "quantity": 1]]])
        try shop.pass(to: "2026-06-10T00:00:00Z")
        try shop.fixture.call(.reportUsage, ["customerId": "c", "featureId": "calls", "value": 1001])
        let answer = try shop.fixture.call(.previewNextInvoice, ["id": "s"])
        // 100 + 10 in advance; 1001 × 0.005 = 5.005 → 5.01.
        #expect(answer["invoice"]?["total"]?.json == "115.01")
        #expect(answer["dueDate"] == "2026-07-01T00:00:00.000Z")
        #expect(answer["usage"]?.json.contains("1001") == true)
    }

    @Test func `the paywall lists plans with prices, add-ons and price points`() throws {
        let shop = try PricingShop()
        let answer = try shop.fixture.call(.getPaywall, [:])
        guard case .array(let plans)? = answer["plans"],
            case .array(let points)? = answer["paywallCalculatedPricePoints"]
        else {
            Issue.record("no plans")
            return
        }
        #expect(plans.compactMap { $0["refId"]?.text } == ["basic", "free", "pro"], "created at one instant: by id")
        #expect(answer["currency"] == ["code": "usd", "symbol": "$"])
        #expect(points.count == 4)
        #expect(
            points.contains { $0["planId"] == "pro" && $0["amount"] == 1100 && $0["additionalChargesMayApply"] == true }
        )
        #expect(answer["customer"] == .null)
        try shop.subscribe("basic")
        let known = try shop.fixture.call(.getPaywall, ["customerId": "c", "productId": "p"])
        #expect(known["activeSubscriptions"]?.json.contains("\"s\"") == true)
        #expect(shop.fixture.failure(.getPaywall, ["productId": "none"]).code == .productNotFound)
    }
}
