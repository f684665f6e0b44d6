import Testing
import TidemillCore
import TidemillOperations
import TidemillStore
import TidemillTestSupport

@testable import TidemillEngine

/// Where a subscription goes, what is left of its credits goes: no credit is lost, and none is granted twice.
struct MovedCreditTests {
    /// The plan `pro` gives 100 `tok` a month, `max` 150. The customer `c` has `pro` as `s` for the resource `r1`.
    private func shop(_ more: TextMap<Payload> = [:]) throws -> CreditFixture {
        let credits = try CreditFixture()
        let engine = credits.engine
        try engine.call(.provisionCustomer, ["id": "d"])
        try engine.call(.createProduct, ["id": "p", "displayName": "P", "multipleSubscriptions": true])
        for (id, amount) in [("pro", 100), ("max", 150)] as [(String, Int64)] {
            try engine.call(.createPlan, ["id": .string(id), "displayName": .string(id), "productId": "p"])
            try engine.call(
                .createPlanEntitlements,
                [
                    "planId": .string(id),
                    "entitlements": [
                        ["id": "tok", "type": "CREDIT", "amount": .integer(amount), "cadence": "MONTH"]
                    ],
                ])
            try engine.call(
                .updatePlan, ["id": .string(id), "charges": Price.pricing(Price.flat(String(amount)))])
            try engine.call(.publishPlan, ["id": .string(id), "migrationType": "NEW_CUSTOMERS"])
        }
        try engine.call(
            .provisionSubscription,
            .object(
                ["id": "s", "customerId": "c", "planId": "pro", "billingPeriod": "MONTHLY", "resourceId": "r1"]
                    .merging(more) { $1 }))
        return credits
    }

    /// What is granted, consumed and held in a wallet.
    private func figures(_ credits: CreditFixture, _ resource: String?, of customer: String = "c") throws -> String {
        var input: TextMap<Payload> = ["customerId": .string(customer), "currencyId": "tok"]
        input["resourceId"] = resource.map { .string($0) }
        let balance = try credits.engine.call(.getCreditBalance, .object(input))
        let (granted, used, held) = (balance["usageLimit"], balance["currentUsage"], balance["reserved"])
        let consumed = (used?.amount ?? .zero) - (held?.amount ?? .zero)
        // The ledger of the wallet says the same.
        input["limit"] = 100
        let ledger = try credits.engine.call(.getCreditLedger, .object(input))["data"]?.items ?? []
        let sum = ledger.reduce(Amount.zero) { $0 + ($1["amount"]?.amount ?? .zero) }
        #expect(sum == balance["available"]?.amount)
        return "\(granted?.json ?? "?") \(consumed) \(held?.json ?? "?")"
    }

    private func consume(_ credits: CreditFixture, _ amount: Int64, _ resource: String, of customer: String = "c")
        throws
    {
        try credits.engine.call(
            .consumeCredits,
            [
                "customerId": .string(customer), "currencyId": "tok", "amount": .integer(amount),
                "resourceId": .string(resource), "idempotencyKey": .string("\(resource)-\(amount)"),
            ])
    }

    private func verify(_ credits: CreditFixture) throws {
        #expect(try CreditVerifier().verify(credits.engine.store).differences == [])
    }

    @Test func `a transfer takes along what is left of the period, and nothing is granted again`() throws {
        let credits = try shop()
        try consume(credits, 30, "r1")
        try credits.engine.call(.transferSubscription, ["id": "s", "destinationResourceId": "r2"])
        #expect(try figures(credits, "r1") == "30 30 0")
        #expect(try figures(credits, "r2") == "70 0 0")
        try verify(credits)
        // There and back: what is left comes back as a grant beside the one that was used.
        try consume(credits, 20, "r2")
        try credits.engine.call(.transferSubscription, ["id": "s", "destinationResourceId": "r1"])
        #expect(try figures(credits, "r1") == "80 30 0")
        #expect(try figures(credits, "r2") == "20 20 0")
        try verify(credits)
        // An upgrade grants the difference of the period: 150 − 100.
        try credits.engine.call(
            .provisionSubscription,
            ["customerId": "c", "planId": "max", "billingPeriod": "MONTHLY", "resourceId": "r1"])
        #expect(try figures(credits, "r1") == "130 30 0")
        // The next period is granted where the subscription is.
        try credits.engine.at("2026-11-02T00:00:00Z")
        #expect(try figures(credits, "r1") == "150 0 0")
        #expect(try figures(credits, "r2") == "0 0 0")
        try verify(credits)
    }

    @Test func `the parts keep period, priority and key of the whole`() throws {
        let credits = try shop()
        try consume(credits, 30, "r1")
        try credits.engine.call(.transferSubscription, ["id": "s", "destinationResourceId": "r2"])
        func grants(_ resource: Payload) throws -> [Payload] {
            try credits.engine.call(
                .listCreditGrants, ["customerId": "c", "currencyId": "tok", "resourceId": resource])["data"]?.items
                ?? []
        }
        let (rest, moved) = (try #require(try grants("r1").first), try #require(try grants("r2").first))
        #expect(rest["amount"] == 30 && rest["consumedAmount"] == 30 && rest["status"] == "ACTIVE")
        #expect(moved["amount"] == 70 && moved["consumedAmount"] == 0 && moved["status"] == "ACTIVE")
        for field in ["grantType", "sourceType", "priority", "effectiveAt", "expireAt", "displayName"] {
            #expect(rest[field] == moved[field])
        }
        #expect(moved["grantType"] == "RECURRING" && moved["expireAt"] == "2026-11-01T12:00:00.000Z")
        let types = try credits.engine.call(
            .getCreditLedger, ["customerId": "c", "currencyId": "tok", "resourceId": "r1"])[
                "data"]?.items?.map { "\($0["eventType"]?.text ?? "") \($0["amount"]?.json ?? "")" }
        #expect(types == ["CREDITS_GRANTED 100", "CREDITS_CONSUMED -30", "CREDITS_UPDATED -70"])
    }

    @Test func `what is held stays, and returns to where it was held`() throws {
        let credits = try shop()
        try credits.engine.call(
            .checkEntitlement,
            [
                "customerId": "c", "currencyId": "tok", "resourceId": "r1", "reserveAmount": 40, "reservationId": "h",
            ])
        try credits.engine.call(.transferSubscription, ["id": "s", "destinationResourceId": "r2"])
        #expect(try figures(credits, "r1") == "40 0 40")
        #expect(try figures(credits, "r2") == "60 0 0")
        try credits.engine.call(
            .releaseCreditReservation,
            [
                "reservationId": "h", "customerId": "c", "currencyId": "tok", "resourceId": "r1", "consumedAmount": 15,
            ])
        #expect(try figures(credits, "r1") == "40 15 0")
        try verify(credits)
    }

    @Test func `nothing moves of what is used up, and of what the customer was granted by hand`() throws {
        let credits = try shop()
        try consume(credits, 100, "r1")
        try credits.engine.call(
            .grantCredits,
            ["customerId": "c", "currencyId": "tok", "amount": 9, "grantType": "PROMOTIONAL", "resourceId": "r1"])
        try credits.engine.call(.transferSubscription, ["id": "s", "destinationResourceId": "r2"])
        #expect(try figures(credits, "r1") == "109 100 0")
        #expect(try figures(credits, "r2") == "0 0 0")
        try verify(credits)
    }

    @Test func `what arrives settles the overdraft of the new wallet first`() throws {
        let credits = try shop()
        try consume(credits, 25, "r2")  // nothing is there
        #expect(try figures(credits, "r2") == "0 25 0")
        try credits.engine.call(.transferSubscription, ["id": "s", "destinationResourceId": "r2"])
        #expect(try figures(credits, "r1") == "0 0 0")
        #expect(try figures(credits, "r2") == "100 25 0")
        try verify(credits)
    }

    @Test func `a delegated subscription takes its credits to the new customer, once a period`() throws {
        let credits = try shop()
        try consume(credits, 30, "r1")
        try credits.engine.call(.delegateSubscription, ["id": "s", "targetCustomerId": "d"])
        #expect(try figures(credits, "r1") == "30 30 0")
        #expect(try figures(credits, "r1", of: "d") == "70 0 0")
        try verify(credits)
        // Used up by one owner, it is not granted anew to the next.
        try consume(credits, 70, "r1", of: "d")
        try credits.engine.call(.delegateSubscription, ["id": "s", "targetCustomerId": "c"])
        #expect(try figures(credits, "r1") == "30 30 0")
        #expect(try figures(credits, "r1", of: "d") == "70 70 0")
        // An upgrade grants the difference to who has it.
        try credits.engine.call(.delegateSubscription, ["id": "s", "targetCustomerId": "d"])
        try credits.engine.call(
            .provisionSubscription,
            ["customerId": "d", "planId": "max", "billingPeriod": "MONTHLY", "resourceId": "r1"])
        #expect(try figures(credits, "r1", of: "d") == "120 70 0")
        try credits.engine.at("2026-11-02T00:00:00Z")
        #expect(try figures(credits, "r1") == "0 0 0")
        #expect(try figures(credits, "r1", of: "d") == "150 0 0")
        try verify(credits)
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `however it moves while it is used and held, the wallets hold what was granted`(seed: UInt64) throws {
        let credits = try shop()
        var random = SeededRandom(seed: seed)
        let resources = ["r1", "r2", "r3"]
        var holds: [(id: String, resource: String)] = []
        for step in 0..<60 {
            let resource = resources[Int.random(in: 0..<3, using: &random)]
            let key: TextMap<Payload> = ["customerId": "c", "currencyId": "tok", "resourceId": .string(resource)]
            let available = try credits.engine.call(.getCreditBalance, .object(key))["available"]?.amount ?? .zero
            let amount = Int64.random(in: 1...9, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                try credits.engine.call(.transferSubscription, ["id": "s", "destinationResourceId": .string(resource)])
            case 1 where available >= Amount(amount):
                try credits.engine.call(
                    .consumeCredits,
                    .object(
                        key.merging(["amount": .integer(amount), "idempotencyKey": .string("k\(step)")]) { $1 }))
            case 2 where available >= Amount(amount):
                holds.append(("h\(step)", resource))
                try credits.engine.call(
                    .checkEntitlement,
                    .object(
                        key.merging(["reserveAmount": .integer(amount), "reservationId": .string("h\(step)")]) { $1 }))
            case 3 where !holds.isEmpty:
                let hold = holds.remove(at: Int.random(in: 0..<holds.count, using: &random))
                try credits.engine.call(
                    .releaseCreditReservation,
                    [
                        "reservationId": .string(hold.id), "customerId": "c", "currencyId": "tok",
                        "resourceId": .string(hold.resource), "consumedAmount": 1,
                    ])
            default: break
            }
            let granted = try resources.reduce(Amount.zero) { sum, resource in
                sum + (Amount(String(try figures(credits, resource).prefix { $0 != " " })) ?? Amount(-1))
            }
            #expect(granted == Amount(100), "step \(step) of seed \(seed)")
        }
        try verify(credits)
    }

    @Test func `bought credits carry their share of the cost`() throws {
        let credits = try CreditFixture()
        let engine = credits.engine
        try engine.call(.createProduct, ["id": "p", "displayName": "P", "multipleSubscriptions": true])
        try engine.call(.createPlan, ["id": "pack", "displayName": "Pack", "productId": "p"])
        try engine.call(
            .updatePlan,
            [
                "id": "pack",
                "charges": Price.pricing(
                    Price.model(
                        "CREDIT_BASED", nil,
                        [
                            "price": Price.usd("10"), "blockSize": 300,
                            "creditGrantCadence": "BEGINNING_OF_BILLING_PERIOD",
                        ], ["topUpCustomCurrencyId": "tok"])),
            ])
        try engine.call(.publishPlan, ["id": "pack", "migrationType": "NEW_CUSTOMERS"])
        try engine.call(
            .provisionSubscription,
            ["id": "s", "customerId": "c", "planId": "pack", "billingPeriod": "MONTHLY", "resourceId": "r1"])
        try consume(credits, 100, "r1")
        try engine.call(.transferSubscription, ["id": "s", "destinationResourceId": "r2"])
        // 200 of 300 for 10.00 USD: 6.67, and 3.33 for those that were used.
        let costs = try ["r1", "r2"].map { resource in
            try engine.call(
                .listCreditGrants, ["customerId": "c", "currencyId": "tok", "resourceId": .string(resource)])["data"]?
                .items?.first?["cost"]?["amount"]
        }
        #expect(costs == [.number("3.33"), .number("6.67")])
        #expect(try figures(credits, "r1") == "100 100 0")
        #expect(try figures(credits, "r2") == "200 0 0")
    }
}
