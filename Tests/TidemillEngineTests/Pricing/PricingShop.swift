import Testing
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillPricing
import TidemillStore

/// A product with two paid plans, a free one and an add-on, and a customer.
final class PricingShop {
    let fixture: EngineFixture

    init() throws {
        fixture = try EngineFixture()
        fixture.now = try #require(Timestamp(rfc3339: "2026-06-01T00:00:00Z"))
        try fixture.call(.provisionCustomer, ["id": "c"])
        try fixture.call(.createProduct, ["id": "p", "displayName": "P"])
        try fixture.call(
            .createFeature,
            ["id": "seats", "displayName": "Seats", "featureType": "NUMBER", "meterType": "FLUCTUATING"])
        try fixture.call(
            .createFeature,
            ["id": "calls", "displayName": "Calls", "featureType": "NUMBER", "meterType": "INCREMENTAL"])
        try plan("free", ["pricingType": "FREE"])
        try plan("basic", ["pricingType": "PAID", "pricingModels": [Self.flat(40, 400)]])
        try plan(
            "pro",
            [
                "pricingType": "PAID",
                "pricingModels": [
                    Self.flat(100, 1000),
                    [
                        "billingModel": "PER_UNIT", "featureId": "seats", "maxUnitQuantity": 50,
                        "pricePeriods": [Self.price("MONTHLY", 10), Self.price("ANNUALLY", 100)],
                    ],
                    [
                        "billingModel": "USAGE_BASED", "featureId": "calls",
                        "pricePeriods": [Self.price("MONTHLY", "0.005")],
                    ],
                ],
            ])
        try fixture.call(.createAddon, ["id": "extra", "displayName": "Extra", "productId": "p"])
        try fixture.call(
            .updateAddon,
            [
                "id": "extra",
                "charges": [
                    "pricingType": "PAID",
                    "pricingModels": [
                        [
                            "billingModel": "FLAT_FEE",
                            "pricePeriods": [Self.price("MONTHLY", 7), Self.price("ANNUALLY", 70)],
                        ]
                    ],
                ],
            ])
        try fixture.call(.publishAddon, ["id": "extra", "migrationType": "NEW_CUSTOMERS"])
    }

    private static func price(_ period: Payload, _ amount: Payload) -> Payload {
        ["billingPeriod": period, "price": ["amount": amount, "currency": "usd"]]
    }

    private static func flat(_ monthly: Payload, _ yearly: Payload) -> Payload {
        ["billingModel": "FLAT_FEE", "pricePeriods": [price("MONTHLY", monthly), price("ANNUALLY", yearly)]]
    }

    func plan(_ id: Payload, _ charges: Payload) throws {
        try fixture.call(.createPlan, ["id": id, "displayName": id, "productId": "p"])
        try fixture.call(.updatePlan, ["id": id, "charges": charges])
        try fixture.call(.publishPlan, ["id": id, "migrationType": "NEW_CUSTOMERS"])
    }

    func estimate(_ plan: Payload, _ more: TextMap<Payload> = [:]) throws -> Payload {
        try fixture.call(.estimateSubscription, .object(order(plan, more)))
    }

    func order(_ plan: Payload, _ more: TextMap<Payload>) -> TextMap<Payload> {
        ["customerId": "c", "planId": plan, "billingPeriod": "MONTHLY"].merging(more) { $1 }
    }

    func subscribe(_ plan: Payload, _ more: TextMap<Payload> = [:]) throws {
        try fixture.call(.provisionSubscription, .object(order(plan, more).merging(["id": "s"]) { $1 }))
    }

    func pass(to instant: String) throws { fixture.now = try #require(Timestamp(rfc3339: instant)) }
}

extension Payload {
    /// The amount of a Money under this name.
    func money(_ name: String) -> String? { self[name]?["amount"]?.json }
}
