import Testing
import TidemillCore
@testable import TidemillEngine
@testable import TidemillOperations
import TidemillStore

struct SubscriptionOperationTests {
    private func shop() throws -> EngineFixture {
        let fixture = try EngineFixture()
        try fixture.shop(at: "2026-10-01T00:00:00Z")
        try fixture.plan("pro", monthly: 30)
        return fixture
    }

    @Test func `every key of the answer is there`() throws {
        let fixture = try shop()
        guard case .object(let members) = try fixture.subscribe("pro", ["id": "s"]) else { return }
        #expect(Set(members.keys) == Set(Subscription.shape.fields.map(\.name)))
        #expect(members["paymentCollection"] == "NOT_REQUIRED")
        #expect(members["prices"]?.list.first?["amount"] == 30)
        #expect(members["prices"]?.list.first?["baseCharge"] == true)
        #expect(members["latestInvoice"]?["total"] == 30)
    }

    @Test func `an id is taken once`() throws {
        let fixture = try shop()
        try fixture.subscribe("pro", ["id": "s"])
        #expect(
            fixture.failure(.provisionSubscription, ["customerId": "c", "planId": "pro", "id": "s"]).message
                == "provisionSubscription: the subscription \"s\" exists already; change it with updateSubscription, or choose another id"
        )
        #expect(try fixture.subscribe("pro")["id"] == "s", "without an id it names the one there is")
    }

    @Test func `a made-up id has the plan's name in it`() throws {
        let fixture = try shop()
        let id = try fixture.subscribe("pro")["id"]?.text ?? ""
        #expect(id.hasPrefix("subscription-pro-"))
        #expect(id.count == "subscription-pro-".count + 12)
    }

    @Test func `a product allows one subscription, or one for each resource`() throws {
        let fixture = try shop()
        try fixture.subscribe("pro", ["id": "s", "resourceId": "r1"])
        #expect(
            fixture.failure(.provisionSubscription, ["customerId": "c", "planId": "pro", "resourceId": "r2"]).code
                .rawValue == "TooManySubscriptionsPerCustomer")
        try fixture.call(.updateProduct, ["id": "p", "multipleSubscriptions": true])
        try fixture.subscribe("pro", ["id": "t", "resourceId": "r2"])
        #expect(
            fixture.failure(.transferSubscription, ["id": "t", "destinationResourceId": "r1"]).code
                == .duplicatedEntity)
        #expect(
            try fixture.call(.transferSubscription, ["id": "t", "destinationResourceId": "r3"])["resourceId"] == "r3")
        let listed = try fixture.call(.listSubscriptions, ["customerId": "c", "resourceId": "r3"])
        #expect(listed["data"]?.list.map { $0["id"] } == ["t"])
    }

    @Test func `a delegated subscription is paid for by who paid before`() throws {
        let fixture = try shop()
        try fixture.call(.provisionCustomer, ["id": "d"])
        try fixture.subscribe("pro", ["id": "s"])
        let moved = try fixture.call(.delegateSubscription, ["id": "s", "targetCustomerId": "d"])
        #expect(moved["customerId"] == "d")
        #expect(moved["payingCustomerId"] == "c")
        #expect(try fixture.call(.listSubscriptions, ["customerId": "c"])["data"] == [])
        try fixture.at("2026-11-02T00:00:00Z")
        #expect(try fixture.subscription("s")["currentBillingPeriodStart"] == "2026-11-01T00:00:00.000Z")
        let back = try fixture.call(.delegateSubscription, ["id": "s", "targetCustomerId": "c"])
        #expect(back["payingCustomerId"] == .null, "who pays and who has it are one again")
    }

    @Test func `add-ons must fit the plan, each other and their most`() throws {
        let fixture = try shop()
        try fixture.addon("seat", monthly: 5, maxQuantity: 3)
        try fixture.addon("sso", monthly: 9, dependencies: ["seat"])
        func failure(_ addons: Payload) -> String {
            fixture.failure(.provisionSubscription, ["customerId": "c", "planId": "pro", "addons": addons]).code
                .rawValue
        }
        #expect(failure([["id": "none"]]) == "AddonNotFound")
        #expect(failure([["id": "seat", "quantity": 4]]) == "AddonQuantityExceedsLimitError")
        #expect(failure([["addonId": "sso"]]) == "AddonDependencyMissingError")
        #expect(failure([["id": "seat"], ["id": "seat"]]) == "BadUserInput")
        let made = try fixture.subscribe(
            "pro", ["id": "s", "addons": [["addonId": "seat", "quantity": 2], ["id": "sso"]]])
        #expect(made["addons"] == [["id": "seat", "quantity": 2], ["id": "sso", "quantity": 1]])
        #expect(try fixture.call(.updateSubscription, ["id": "s", "addons": []])["addons"] == [])
        try fixture.plan("pro", monthly: 30, compatible: ["sso"], all: true)
        #expect(
            fixture.failure(.updateSubscription, ["id": "s", "addons": [["id": "seat"]]]).code.rawValue
                == "IncompatibleSubscriptionAddon")
    }

    @Test func `a plan that is sold by the month and by the year needs to be told`() throws {
        let fixture = try shop()
        try fixture.plan("both", monthly: 10, annually: 100)
        let error = fixture.failure(.provisionSubscription, ["customerId": "c", "planId": "both"])
        #expect(error.code.rawValue == "BillingPeriodMissingError")
        #expect(
            fixture.failure(
                .provisionSubscription, ["customerId": "c", "planId": "pro", "billingPeriod": "ANNUALLY"]
            ).code.rawValue == "PriceNotFound")
    }

    @Test func `a plan that is not sold in the customer's currency is refused, naming both`() throws {
        let fixture = try shop()
        try fixture.call(.updateCustomer, ["id": "c", "billingCurrency": "eur"])
        let error = fixture.failure(.provisionSubscription, ["customerId": "c", "planId": "pro"])
        #expect(error.code == .priceNotFound)
        #expect(error.message.contains("usd") && error.message.contains("eur"))
    }

    @Test func `the country's price is kept when the catalog changes`() throws {
        let fixture = try shop()
        try fixture.plan("local", monthly: 20, german: 12)
        let made = try fixture.subscribe("local", ["id": "s", "billingCountryCode": "DE"])
        #expect(made["prices"]?.list.map { $0["amount"] } == [12])
        try fixture.plan("local", monthly: 20, german: 15)
        #expect(try fixture.subscription("s")["prices"]?.list.map { $0["amount"] } == [12], "it stays on its version")
        let moved = try fixture.call(.migrateSubscription, ["id": "s"])
        #expect(moved["prices"]?.list.map { $0["amount"] } == [15], "the newest version, still the German price")
        #expect(
            fixture.failure(.migrateSubscription, ["id": "s"]).code.rawValue == "SubscriptionAlreadyOnLatestPlanError")
    }

    @Test func `a version that is published for all moves everybody, at the instant of its publication`() throws {
        let fixture = try shop()
        try fixture.subscribe("pro", ["id": "s"])
        try fixture.at("2026-10-10T00:00:00Z")
        try fixture.plan("pro", monthly: 40, all: true)
        try fixture.at("2026-12-10T00:00:00Z")
        #expect(try fixture.subscription("s")["prices"]?.list.map { $0["amount"] } == [40])
        #expect(
            try fixture.announced() == [
                "subscription.created 2026-10-01T00:00", "subscription.updated 2026-10-10T00:00",
                "subscription.updated 2026-11-01T00:00", "subscription.updated 2026-12-01T00:00",
            ])
    }

    @Test func `coupons come from the catalog, a code, or the call itself, for their months`() throws {
        let fixture = try shop()
        try fixture.call(
            .createCoupon, ["id": "ten", "name": "Ten", "percentOff": 10, "durationInMonths": 3])
        let made = try fixture.subscribe("pro", ["id": "s", "appliedCoupon": ["couponId": "ten"]])
        let coupon: (String) -> Payload = {
            ["id": "ten", "name": "Ten", "status": .string($0), "percentOff": 10, "amountsOff": .null]
        }
        #expect(made["coupons"] == [coupon("ACTIVE")])
        try fixture.call(.archiveCoupon, ["id": "ten"])
        try fixture.at("2026-12-31T23:59:59Z")
        #expect(try fixture.subscription("s")["coupons"] == [coupon("ACTIVE")], "archived, it goes on where it is")
        try fixture.at("2027-01-01T00:00:00Z")
        #expect(try fixture.subscription("s")["coupons"] == [coupon("EXPIRED")], "three months from 1 October")
        #expect(
            fixture.failure(.updateSubscription, ["id": "s", "appliedCoupon": ["couponId": "ten"]]).code.rawValue
                == "ArchivedCouponCantBeApplied")
        #expect(
            fixture.failure(.updateSubscription, ["id": "s", "appliedCoupon": ["couponId": "x"]]).code
                == .couponNotFound)
        let inline = try fixture.call(
            .updateSubscription,
            [
                "id": "s",
                "appliedCoupon": ["discount": ["name": "Sorry", "amountsOff": [["amount": 5, "currency": "usd"]]]],
            ])
        #expect(inline["coupons"]?.list.first?["name"] == "Sorry")
        #expect(try fixture.call(.updateSubscription, ["id": "s", "appliedCoupon": .null])["coupons"] == [])
    }

    @Test func `a promotion code is redeemed when the subscription is made`() throws {
        let fixture = try shop()
        try fixture.call(.createCoupon, ["id": "ten", "name": "Ten", "percentOff": 10])
        try fixture.call(.createPromotionCode, ["code": "ONCE", "couponId": "ten", "maxRedemptions": 1])
        let made = try fixture.subscribe("pro", ["promotionCode": "ONCE"])
        #expect(made["coupons"]?.list.first?["id"] == "ten")
        try fixture.call(.provisionCustomer, ["id": "d"])
        #expect(
            fixture.failure(.provisionSubscription, ["customerId": "d", "planId": "pro", "promotionCode": "ONCE"]).code
                .rawValue == "PromotionCodeMaxRedemptionsReached")
        #expect(try fixture.call(.listSubscriptions, ["customerId": "d"])["data"] == [], "nothing is half-applied")
    }

    @Test func `prices and entitlements can be a subscription's own`() throws {
        let fixture = try shop()
        try fixture.provisionSeats()
        let made = try fixture.subscribe(
            "pro",
            [
                "id": "s", "priceOverrides": [["baseCharge": true, "amount": 25, "currency": "usd"]],
                "entitlements": [["id": "seats", "type": "FEATURE", "usageLimit": 7]],
                "budget": ["limit": 100, "hasSoftLimit": false],
            ])
        #expect(made["prices"]?.list.map { $0["amount"] } == [25])
        #expect(made["subscriptionEntitlements"] == [["id": "seats", "type": "FEATURE"]])
        #expect(made["budget"] == ["limit": 100, "hasSoftLimit": false])
        #expect(try fixture.call(.updateSubscription, ["id": "s", "budget": .null])["budget"] == .null)
        #expect(
            fixture.failure(
                .updateSubscription, ["id": "s", "entitlements": [["id": "x", "type": "FEATURE"]]]
            ).code == .featureNotFound)
    }

    @Test func `two updates at once both count`() async throws {
        let fixture = try shop()
        try fixture.addon("seat", monthly: 5)
        try fixture.subscribe("pro", ["id": "s"])
        let (path, now) = (fixture.store.path, fixture.now)
        let changes: [Payload] = [
            ["id": "s", "addons": [["id": "seat", "quantity": 2]]], ["id": "s", "metadata": ["a": "b"]],
        ]
        let tasks = changes.map { change in
            Task.detached {
                let backend = try Engine(store: SQLiteStore(path: path, environment: "test"))
                for _ in 0..<10 {
                    _ = try backend.performNow(.updateSubscription, change, in: CallContext(.person, now: now))
                }
            }
        }
        for task in tasks { try await task.value }
        let read = try fixture.subscription("s")
        #expect(read["addons"]?.list.count == 1)
        #expect(read["metadata"] == ["a": "b"])
    }

    @Test func `two provisions at once make one subscription`() async throws {
        let fixture = try shop()
        let (path, now) = (fixture.store.path, fixture.now)
        let tasks = (0..<4).map { _ in
            Task.detached {
                let backend = try Engine(store: SQLiteStore(path: path, environment: "test"))
                _ = try backend.performNow(
                    .provisionSubscription, ["customerId": "c", "planId": "pro"], in: CallContext(.person, now: now))
            }
        }
        for task in tasks { try await task.value }
        #expect(try fixture.count("subscriptions") == 1)
    }

    @Test func `a new customer begins with the plan that a product says`() throws {
        let fixture = try shop()
        try fixture.plan("tried", monthly: 5, trial: TrialConfig(duration: 3, units: .day))
        try fixture.settings(["subscriptionStartSetup": "TRIAL_PERIOD", "subscriptionStartPlanId": "tried"])
        try fixture.call(.provisionCustomer, ["id": "d"])
        let trials = try fixture.call(.listSubscriptions, ["customerId": "d"])
        #expect(trials["data"]?.list.map { $0["status"] } == ["IN_TRIAL"])
        try fixture.settings(["subscriptionStartSetup": "FREE_PLAN", "subscriptionStartPlanId": "gone"])
        try fixture.call(.provisionCustomer, ["id": "e"])
        #expect(try fixture.call(.listSubscriptions, ["customerId": "e"])["data"] == [])
        #expect(try fixture.announced().last == "subscription.create_failed 2026-10-01T00:00")
    }

    @Test func `the same order again changes and announces nothing`() throws {
        let fixture = try shop()
        let first = try fixture.subscribe("pro", ["id": "s"])
        #expect(try fixture.subscribe("pro") == first)
        #expect(try fixture.announced() == ["subscription.created 2026-10-01T00:00"])
    }

    @Test func `a list over all customers is of the present too`() throws {
        let fixture = try shop()
        for number in 1...3 {
            let id = Payload.string("d\(number)")
            try fixture.call(.provisionCustomer, ["id": id])
            try fixture.call(.provisionSubscription, ["customerId": id, "planId": "pro", "id": id])
        }
        try fixture.at("2026-12-24T00:00:00Z")
        let listed = try fixture.call(
            .listSubscriptions, ["status": "ACTIVE", "planId": "pro", "pricingType": ["PAID"]])
        #expect(
            listed["data"]?.list.map { $0["currentBillingPeriodStart"] }
                == Array(repeating: "2026-12-01T00:00:00.000Z", count: 3))
    }

    @Test func `a customer's coupon counts its months from its application`() throws {
        let fixture = try shop()
        try fixture.call(.createCoupon, ["id": "ten", "name": "Ten", "percentOff": 10, "durationInMonths": 1])
        try fixture.call(.updateCustomer, ["id": "c", "couponId": "ten"])
        func inForce() throws -> String? {
            try fixture.inScope { scope in
                try CustomerCoupons.inForce(
                    of: scope.customers.require(CustomerID("c"), for: .getCustomer), at: scope.now, in: scope)?.couponID
            }
        }
        try fixture.at("2026-10-20T00:00:00Z")
        try fixture.call(.updateCustomer, ["id": "c", "name": "C", "couponId": "ten"])
        try fixture.at("2026-10-31T23:59:59Z")
        #expect(try inForce() == "ten")
        try fixture.at("2026-11-01T00:00:00Z")
        #expect(try inForce() == nil, "a month from 1 October, whatever came between")
    }

    @Test func `what time did is in the audit, as the engine's`() throws {
        let fixture = try shop()
        try fixture.subscribe("pro", ["id": "s", "cancellationDate": "2026-11-15T00:00:00Z"])
        try fixture.at("2026-12-01T00:00:00Z")
        _ = try fixture.subscription("s")
        let rows = try fixture.store.read {
            try $0.rows("SELECT action, actor_kind FROM audit WHERE actor_kind = 'engine' ORDER BY sequence") {
                "\($0.text(0)) \($0.text(1))"
            }
        }.filter { $0.hasPrefix("subscription") }
        #expect(rows == ["subscriptionRenewed engine", "subscriptionCanceled engine"])
    }

    @Test func `a resource that is subscribed for is one of the customer's`() throws {
        let fixture = try shop()
        try fixture.subscribe("pro", ["id": "s", "resourceId": "r1"])
        try fixture.call(.transferSubscription, ["id": "s", "destinationResourceId": "r2"])
        let resources = try fixture.call(.listCustomerResources, ["id": "c"])
        #expect(resources["data"]?.list.map { $0["id"] } == ["r1", "r2"])
    }

    @Test func `an unknown subscription is not found`() throws {
        let fixture = try shop()
        for id in [
            OperationID.getSubscription, .updateSubscription, .cancelSubscription, .migrateSubscription,
            .cancelSubscriptionUpdates,
        ] {
            #expect(
                fixture.failure(id, ["id": "x"]).message
                    == "\(id.rawValue): there is no subscription \"x\"; listSubscriptions lists them")
        }
    }

    @Test func `a stored subscription is read as it was written`() throws {
        let fixture = try shop()
        try fixture.addon("seat", monthly: 5)
        try fixture.subscribe(
            "pro",
            [
                "id": "s", "addons": [["id": "seat", "quantity": 2]], "metadata": ["a": "b"], "budget": ["limit": 3],
                "appliedCoupon": ["discount": ["percentOff": "12.5"]], "billingInformation": ["taxPercentage": "8.875"],
            ])
        try fixture.call(.updateSubscription, ["id": "s", "addons": [], "scheduleStrategy": "END_OF_BILLING_PERIOD"])
        let record = try fixture.record("s")
        #expect(try SubscriptionRecord(stored: Payload(json: record.stored.json)) == record)
        #expect(record.schedule.count == 1)
        #expect(record.billingInformation?.taxPercentage == Amount("8.875"))
    }
}
