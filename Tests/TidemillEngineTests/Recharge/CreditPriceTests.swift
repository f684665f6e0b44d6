import Testing
import TidemillCore
import TidemillOperations
import TidemillPayments
import TidemillStore

@testable import TidemillEngine

/// The price of a credit: the plan's, else the currency's.
struct CreditPriceTests {
    @Test func `the plan's top-up price comes before the currency's own`() throws {
        let kit = try RechargeKit(price: "1")
        try kit.provision()
        try kit.enable()
        try kit.fixture.call(.createProduct, ["id": "product", "displayName": "Product"])
        try kit.fixture.call(.createPlan, ["id": "plan", "displayName": "Plan", "productId": "product"])
        func price(_ amount: String) -> Payload {
            [["billingPeriod": "MONTHLY", "price": ["amount": .number(amount), "currency": "usd"]]]
        }
        try kit.fixture.call(
            .updatePlan,
            [
                "id": "plan",
                "charges": [
                    "pricingType": "PAID",
                    "pricingModels": [
                        ["billingModel": "FLAT_FEE", "pricePeriods": price("20")],
                        [
                            "billingModel": "CREDIT_BASED", "topUpCustomCurrencyId": "credits",
                            "pricePeriods": price("0.25"),
                        ],
                    ],
                ],
            ])
        try kit.fixture.call(.publishPlan, ["id": "plan", "migrationType": "NEW_CUSTOMERS"])
        try kit.fixture.call(
            .provisionSubscription, ["customerId": "c", "planId": "plan", "billingPeriod": "MONTHLY"])
        try kit.work()
        // 50 × 0.25 = 12.50, not 50 × 1.
        #expect(kit.gateway.paid.map(\.request.amount) == [Amount("12.5")!])
        #expect(try kit.balance() == "50")
    }
}
