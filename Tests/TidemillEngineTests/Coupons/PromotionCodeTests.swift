import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations

struct PromotionCodeTests {
    private func fixture() throws -> EngineFixture {
        let fixture = try EngineFixture()
        try fixture.call(.createCoupon, ["id": "half", "name": "Half", "percentOff": 50])
        for customer in ["a", "b"] { try fixture.call(.provisionCustomer, ["id": .string(customer)]) }
        return fixture
    }

    private func create(_ fixture: EngineFixture, _ fields: TextMap<Payload> = [:]) throws {
        var input: TextMap<Payload> = ["code": "Stigg50", "couponId": "half"]
        input.merge(fields) { _, new in new }
        try fixture.call(.createPromotionCode, .object(input))
    }

    /// What validating comes to: the code's coupon, or the error's code.
    private func validate(
        _ fixture: EngineFixture, _ code: String = "STIGG50", customer: String = "a", amount: Money? = nil,
        subscription: String? = nil
    ) throws -> String {
        try fixture.inScope { scope in
            do {
                return try PromotionCodes.validate(
                    code, for: CustomerID(customer), amount: amount, subscription: subscription,
                    by: .estimateSubscriptionForTests, in: scope
                ).couponID
            } catch let error as OperationError {
                return error.code.rawValue
            }
        }
    }

    /// Validates and redeems, as provisioning does.
    private func redeem(_ fixture: EngineFixture, customer: String = "a", subscription: String) throws {
        try fixture.inScope { scope in
            let code = try PromotionCodes.validate(
                "stigg50", for: CustomerID(customer), amount: nil, subscription: subscription,
                by: .estimateSubscriptionForTests, in: scope)
            try PromotionCodes.redeem(
                code, for: CustomerID(customer), subscription: subscription, by: .estimateSubscriptionForTests,
                in: scope)
        }
    }

    private func timesRedeemed(_ fixture: EngineFixture) throws -> Payload? {
        try fixture.call(.listPromotionCodes, ["code": "STIGG50"])["data"]?.items?.first?["timesRedeemed"]
    }

    @Test func `a code is told from others without regard to case, and is never given away twice`() throws {
        let fixture = try fixture()
        try create(fixture)
        #expect(try validate(fixture) == "half")
        #expect(try validate(fixture, "stigg50") == "half")
        #expect(try validate(fixture, "STIGG51") == "PromotionCodeNotFound")
        let error = fixture.failure(.createPromotionCode, ["code": "STIGG50", "couponId": "half"])
        #expect(error.code == .duplicatedEntity)
        try fixture.call(.archivePromotionCode, ["id": "STIGG50"])
        #expect(
            fixture.failure(.createPromotionCode, ["code": "stigg50", "couponId": "half"]).code == .duplicatedEntity)
        #expect(
            fixture.failure(.archivePromotionCode, ["code": "none"]).message
                == "archivePromotionCode: there is no promotion code \"none\"; create it with createPromotionCode or in the catalog"
        )
    }

    @Test func `a code needs a coupon that can be applied, and a customer that exists`() throws {
        let fixture = try fixture()
        try fixture.call(.createCoupon, ["id": "old", "name": "Old", "percentOff": 50])
        try fixture.call(.archiveCoupon, ["id": "old"])
        func code(_ input: Payload) -> OperationError.Code { fixture.failure(.createPromotionCode, input).code }
        #expect(code(["code": "X", "couponId": "none"]) == .couponNotFound)
        #expect(code(["code": "X", "couponId": "old"]) == .archivedCouponCantBeApplied)
        #expect(code(["code": "X", "couponId": "half", "customerId": "nobody"]) == .customerNotFound)
        #expect(code(["code": "X", "couponId": "half", "expiresAt": "2026-10-01T12:00:00Z"]) == .invalidArgument)
        #expect(code(["code": "X", "couponId": "half", "maxRedemptions": 0]) == .badUserInput)
        #expect(code(["code": "X Y", "couponId": "half"]) == .badUserInput)
        #expect(
            code(["code": "X", "couponId": "half", "minimumAmount": ["amount": -1, "currency": "usd"]]) == .badUserInput
        )
        #expect(try fixture.count("promotion_codes") == 0)
    }

    @Test func `an archived code, an ended one and one of an archived coupon are not active`() throws {
        let fixture = try fixture()
        try create(fixture, ["expiresAt": "2026-10-02T00:00:00Z"])
        #expect(try validate(fixture) == "half")
        fixture.now = Timestamp(rfc3339: "2026-10-01T23:59:59.999Z")!
        #expect(try validate(fixture) == "half")
        fixture.now = Timestamp(rfc3339: "2026-10-02T00:00:00Z")!
        #expect(try validate(fixture) == "PromotionCodeNotActive")

        try fixture.call(.createPromotionCode, ["code": "B", "couponId": "half"])
        #expect(try validate(fixture, "b") == "half")
        try fixture.call(.archivePromotionCode, ["code": "b"])
        #expect(try validate(fixture, "B") == "PromotionCodeNotActive")
        try fixture.call(.createPromotionCode, ["code": "C", "couponId": "half"])
        try fixture.call(.archiveCoupon, ["id": "half"])
        #expect(try validate(fixture, "C") == "PromotionCodeNotActive")
        #expect(
            try fixture.call(.listPromotionCodes, ["active": true])["data"]?.items?.compactMap { $0["code"]?.text }
                == ["Stigg50", "C"])
    }

    @Test func `a code may be for one customer only`() throws {
        let fixture = try fixture()
        try create(fixture, ["customerId": "b"])
        #expect(try validate(fixture) == "PromotionCodeNotForCustomer")
        #expect(try validate(fixture, customer: "b") == "half")
    }

    @Test func `a least amount is reached exactly, in its own currency`() throws {
        let fixture = try fixture()
        try create(fixture, ["minimumAmount": ["amount": .number("49.99"), "currency": "usd"]])
        #expect(try validate(fixture) == "half")
        #expect(try validate(fixture, amount: Money(Amount("49.99")!, "usd")) == "half")
        #expect(
            try validate(fixture, amount: Money(Amount("49.98")!, "usd")) == "PromotionCodeMinimumAmountNotReached")
        #expect(try validate(fixture, amount: Money(Amount(100), "eur")) == "PromotionCodeMinimumAmountNotReached")
    }

    @Test func `redemptions are counted once a subscription, up to their number`() throws {
        let fixture = try fixture()
        try create(fixture, ["maxRedemptions": 2])
        #expect(try validate(fixture) == "half")
        #expect(try timesRedeemed(fixture) == 0)
        try redeem(fixture, subscription: "s1")
        try redeem(fixture, subscription: "s1")
        #expect(try timesRedeemed(fixture) == 1)
        try redeem(fixture, customer: "b", subscription: "s2")
        #expect(try timesRedeemed(fixture) == 2)
        #expect(try validate(fixture, customer: "b") == "PromotionCodeMaxRedemptionsReached")
        #expect(try validate(fixture, subscription: "s1") == "half")
        #expect(throws: OperationError.self) { try redeem(fixture, subscription: "s3") }
        #expect(try timesRedeemed(fixture) == 2)
        #expect(try fixture.count("promotion_redemptions") == 2)
    }

    @Test func `a first purchase is one before which nothing was paid for; provisioning redeems`() throws {
        let fixture = try EngineFixture()
        var catalog = SmallCatalog()
        catalog.codes = [
            ["code": "FIRST", "couponId": "quarter", "firstPurchaseOnly": true],
            ["code": "LAUNCH", "couponId": "quarter", "maxRedemptions": 1],
        ]
        try CatalogApplier(store: fixture.store, settings: .init()).load(catalog.payload, now: fixture.now)
        for customer in ["a", "b"] { try fixture.call(.provisionCustomer, ["id": .string(customer)]) }
        func provision(_ customer: String, _ code: String) -> Payload {
            [
                "customerId": .string(customer), "planId": "pro", "billingPeriod": "MONTHLY",
                "billableFeatures": [["featureId": "seats", "quantity": 2]], "promotionCode": .string(code),
            ]
        }
        try fixture.call(.provisionSubscription, ["customerId": "a", "planId": "free"])
        #expect(try validate(fixture, "first") == "quarter", "a free plan is no purchase")
        try fixture.call(.provisionSubscription, provision("a", "LAUNCH"))
        #expect(try validate(fixture, "first") == "PromotionCodeCustomerNotFirstPurchase")
        #expect(try validate(fixture, "first", customer: "b") == "quarter")
        let again = fixture.failure(.provisionSubscription, provision("b", "launch"))
        #expect(again.code == .promotionCodeMaxRedemptionsReached)
        #expect(try fixture.count("promotion_redemptions") == 1)
    }

    @Test func `a redemption of a transaction that fails is not counted`() throws {
        let fixture = try fixture()
        try create(fixture)
        struct Failed: Error {}
        do {
            try fixture.inScope { scope in
                let code = try PromotionCodes.validate(
                    "stigg50", for: CustomerID("a"), amount: nil, by: .estimateSubscriptionForTests, in: scope)
                try PromotionCodes.redeem(
                    code, for: CustomerID("a"), subscription: "s1", by: .estimateSubscriptionForTests, in: scope)
                throw Failed()
            }
        } catch is Failed {}
        #expect(try timesRedeemed(fixture) == 0)
        #expect(try fixture.count("promotion_redemptions") == 0)
    }
}

extension OperationID {
    /// Any operation: it only begins the message.
    fileprivate static var estimateSubscriptionForTests: OperationID { .createPromotionCode }
}
