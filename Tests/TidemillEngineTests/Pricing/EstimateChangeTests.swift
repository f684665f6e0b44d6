import Testing
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillPricing
import TidemillStore

struct EstimateChangeTests {
    private func coupon(_ shop: PricingShop) throws {
        try shop.fixture.call(
            .createCoupon,
            [
                "id": "half", "name": "Half", "percentOff": 50, "amountsOff": .null, "durationInMonths": .null,
                "description": .null, "metadata": .null,
            ])
    }

    @Test func `a downgrade credits what was paid, with the coupon that was given`() throws {
        let shop = try PricingShop()
        try coupon(shop)
        try shop.subscribe(
            "pro",
            [
                "charges": [["id": "seats", "quantity": 3]], "appliedCoupon": ["couponId": "half"],
                "startDate": "2026-05-16T00:00:00Z", "billingInformation": ["isBackdated": true],
            ])
        let answer = try shop.estimate("basic")
        // 15 of 31 days: 48.39 + 14.52 back, 19.35 due; half of −43.56.
        #expect(answer["proration"]?.money("netAmount") == "-43.56")
        #expect(answer["credits"]?.money("remaining") == "21.78")
        #expect(answer.money("discountAmount") == "-21.78")
        let preview = try shop.fixture.call(.previewSubscription, .object(shop.order("basic", [:])))
        #expect(preview["immediateInvoice"]?["discount"]?.json == "-21.78")
        #expect(preview["immediateInvoice"]?["discountDetails"]?["percentage"] == 50)
    }

    @Test func `a customer's coupon counts from its application`() throws {
        let shop = try PricingShop()
        try coupon(shop)
        try shop.fixture.call(.updateCustomer, ["id": "c", "couponId": "half"])
        try shop.subscribe("basic")
        try shop.pass(to: "2026-06-16T00:00:00Z")
        // Half of 40 is 20, of which half was paid.
        let answer = try shop.fixture.call(
            .estimateSubscription, ["customerId": "c", "planId": "free"])
        #expect(answer["credits"]?.money("remaining") == "10")
    }

    @Test func `a start in the past is not charged, unless the past is billed`() throws {
        let shop = try PricingShop()
        let later = try shop.estimate("basic", ["startDate": "2026-03-10T00:00:00Z"])
        #expect((later.money("total"), later["subscription"]?.money("total")) == ("0", "40"))
        #expect(later["billingPeriodRange"]?["start"] == "2026-05-10T00:00:00.000Z")
        #expect(later["billingPeriodRange"]?["end"] == "2026-06-10T00:00:00.000Z")
        let billed = try shop.estimate(
            "basic", ["startDate": "2026-03-10T00:00:00Z", "billingInformation": ["isBackdated": true]])
        #expect(billed.money("total") == "120")
        // A client's clock that is behind by seconds back-dates nothing.
        #expect(try shop.estimate("basic", ["startDate": "2026-05-31T23:59:30Z"]).money("total") == "40")
    }

    @Test func `a change on a later date is prorated in the period of that date`() throws {
        let shop = try PricingShop()
        try shop.subscribe("basic")
        try shop.pass(to: "2026-06-05T00:00:00Z")
        let answer = try shop.estimate(
            "pro", ["charges": [["id": "seats", "quantity": 1]], "startDate": "2026-06-16T00:00:00Z"])
        #expect(answer["proration"]?.money("credit") == "20")
        #expect(answer["proration"]?.money("debit") == "55")
        #expect(answer["proration"]?["prorationDate"] == "2026-06-16T00:00:00.000Z")
        #expect((answer.money("total"), answer["hasScheduledUpdates"]) == ("0", true))
        #expect(answer["billingPeriodRange"]?["start"] == "2026-06-01T00:00:00.000Z")
        #expect(answer["billingPeriodRange"]?["end"] == "2026-07-01T00:00:00.000Z")
    }

    @Test(arguments: ["0001-01-01T00:00:00Z", "1999-12-31T23:59:59Z", "9999-12-31T00:00:00Z"])
    func `a start that nobody means is refused`(start: String) throws {
        let shop = try PricingShop()
        for operation in [OperationID.estimateSubscription, .previewSubscription] {
            let error = shop.fixture.failure(operation, .object(shop.order("basic", ["startDate": .string(start)])))
            #expect(error.code == .badUserInput)
            #expect(error.message.contains("'startDate' must be a time from 2000-01-01T00:00:00"))
        }
        let coupon: Payload = ["discount": ["percentOff": 10], "configuration": ["startDate": .string(start)]]
        let error = shop.fixture.failure(
            .estimateSubscription, .object(shop.order("basic", ["appliedCoupon": coupon])))
        #expect(error.message.contains("'appliedCoupon.configuration.startDate'"))
    }

    @Test func `unitQuantity is for the only charge per unit`() throws {
        let shop = try PricingShop()
        #expect(
            try shop.estimate("pro", ["unitQuantity": 2]).money("total") == "120")
        for more: TextMap<Payload> in [
            ["unitQuantity": 2, "charges": [["id": "seats", "quantity": 3]]],
            ["unitQuantity": 2, "billableFeatures": [["featureId": "seats", "quantity": 3]]],
        ] {
            let error = shop.fixture.failure(.estimateSubscription, .object(shop.order("pro", more)))
            #expect(error.code == .badUserInput)
            #expect(error.message.contains("'unitQuantity'"))
        }
        let error = shop.fixture.failure(.estimateSubscription, .object(shop.order("basic", ["unitQuantity": 2])))
        #expect(error.code == .badUserInput)
        #expect(error.message.contains("'unitQuantity'"))
    }

    @Test func `usage so far is due with a change of plan, and not billed again`() throws {
        let shop = try PricingShop()
        try shop.subscribe("pro", ["charges": [["id": "seats", "quantity": 1]]])
        try shop.pass(to: "2026-06-10T00:00:00Z")
        try shop.fixture.call(.reportUsage, ["customerId": "c", "featureId": "calls", "value": 1000])
        try shop.pass(to: "2026-06-16T00:00:00Z")
        let down = try shop.estimate("basic")
        // Half of 110 back, half of 40 due, and 1000 × 0.005: −55 + 20 + 5.
        #expect(down["credits"]?.money("remaining") == "30")
        #expect(down["proration"]?.money("netAmount") == "-35")
        let preview = try shop.fixture.call(.previewSubscription, .object(shop.order("basic", [:])))
        #expect(preview["immediateInvoice"]?["lines"]?.json.contains("pro: Calls") == true)
        // More seats leave it to the next invoice.
        let seats = try shop.fixture.call(
            .estimateSubscriptionUpdate, ["subscriptionId": "s", "charges": [["id": "seats", "quantity": 3]]])
        #expect(seats.money("total") == "10")
        try shop.fixture.call(.provisionSubscription, .object(shop.order("basic", ["id": "s"])))
        let back: TextMap<Payload> = ["id": "s", "charges": [["id": "seats", "quantity": 1]]]
        try shop.fixture.call(.provisionSubscription, .object(shop.order("pro", back)))
        try shop.fixture.call(.reportUsage, ["customerId": "c", "featureId": "calls", "value": 200])
        let next = try shop.fixture.call(.previewNextInvoice, ["id": "s"])
        // 110 in advance, and the 200 × 0.005 since.
        #expect(next["invoice"]?["total"] == 111)
    }

    @Test func `a minimum spend is paid in advance, and usage draws it down`() throws {
        let shop = try PricingShop()
        try shop.plan(
            "floor",
            [
                "pricingType": "PAID",
                "minimumSpend": [["billingPeriod": "MONTHLY", "minimum": ["amount": 100, "currency": "usd"]]],
                "pricingModels": [
                    [
                        "billingModel": "USAGE_BASED", "featureId": "calls",
                        "pricePeriods": [
                            ["billingPeriod": "MONTHLY", "price": ["amount": "0.01", "currency": "usd"]]
                        ],
                    ]
                ],
            ])
        #expect(try shop.estimate("floor").money("total") == "100")
        try shop.subscribe("floor")
        func next() throws -> Payload { try shop.fixture.call(.previewNextInvoice, ["id": "s"]) }
        func use(_ value: Int64) throws {
            try shop.fixture.call(.reportUsage, ["customerId": "c", "featureId": "calls", "value": .integer(value)])
        }
        try shop.pass(to: "2026-06-10T00:00:00Z")
        try use(5000)
        // 50 of the 100 that were paid are used; the next 100 are due.
        #expect(try next()["invoice"]?["total"] == 100)
        #expect(try next().money("minimumSpendAdjustment") == "100")
        // At half of the period: 50 credited, 50 paid for the rest, which covers the usage of 50.
        try shop.pass(to: "2026-06-16T00:00:00Z")
        #expect(try shop.estimate("basic")["credits"]?.money("remaining") == "30")
        try use(10_000)
        #expect(try next()["invoice"]?["total"] == 150, "150 used, 50 more than was paid")
        try shop.fixture.call(.cancelSubscription, ["id": "s", "cancellationTime": "END_OF_BILLING_PERIOD"])
        #expect(try next()["invoice"]?["total"] == 50)
    }
}
