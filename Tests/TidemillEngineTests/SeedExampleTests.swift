import Testing
import TidemillCore
import TidemillEngine
import TidemillOperations

/// Every example of the API's documentation, with its field names and values as written there, on a catalog that has what
/// the examples name.
struct SeedExampleTests {
    private let fixture: EngineFixture

    init() throws {
        fixture = try EngineFixture()
        try CatalogApplier(store: fixture.store, settings: .init()).load(Self.catalog, now: fixture.now)
        for customer in ["customer-test-id", "customer-demo-01"] {
            try call("provisionCustomer", ["id": .string(customer)])
        }
    }

    @discardableResult
    private func call(_ name: String, _ input: Payload) throws -> Payload {
        try fixture.call(try fixture.operation(name), input)
    }

    private static func price(_ model: Payload, _ feature: Payload?, _ amount: Payload) -> Payload {
        var members: TextMap<Payload> = [
            "billingModel": model,
            "pricePeriods": [["billingPeriod": "MONTHLY", "price": ["amount": amount, "currency": "usd"]]],
        ]
        members["featureId"] = feature
        return .object(members)
    }

    private static let catalog: Payload = [
        "products": [["id": "product-revvenu", "displayName": "Revvenu", "multipleSubscriptions": true]],
        "currencies": [
            [
                "id": "credits", "displayName": "Credits",
                "creditPrice": ["amount": .number("0.01"), "currency": "usd"],
            ]
        ],
        "features": [
            ["id": "feature-seats", "displayName": "Seats", "featureType": "NUMBER", "meterType": "FLUCTUATING"],
            [
                "id": "feature-mau", "displayName": "Active users", "featureType": "NUMBER", "meterType": "INCREMENTAL",
                "meter": [
                    "aggregation": ["function": "UNIQUE", "field": "user_id"],
                    "filters": [
                        ["conditions": [["field": "eventName", "operation": "EQUALS", "value": "user_login"]]]
                    ],
                ],
            ],
            [
                "id": "feature-01-templates", "displayName": "Templates", "featureType": "NUMBER",
                "meterType": "FLUCTUATING",
            ],
            [
                "id": "feature-02-campaigns", "displayName": "Campaigns", "featureType": "NUMBER",
                "meterType": "FLUCTUATING",
            ],
        ],
        "addons": [
            [
                "id": "addon-10-campaigns", "productId": "product-revvenu", "displayName": "10 campaigns",
                "charges": ["pricingModels": [price("FLAT_FEE", nil, 10)]],
                "entitlements": [["id": "feature-02-campaigns", "usageLimit": 10]],
            ]
        ],
        "plans": [
            [
                "id": "plan-revvenu-growth", "productId": "product-revvenu", "displayName": "Growth",
                "compatibleAddonIds": ["addon-10-campaigns"],
                "charges": [
                    "pricingModels": [price("FLAT_FEE", nil, 30), price("PER_UNIT", "feature-01-templates", 5)]
                ],
                "entitlements": [
                    ["id": "feature-02-campaigns", "usageLimit": 5], ["id": "feature-seats", "usageLimit": 100],
                ],
            ]
        ],
        "coupons": [["id": "coupon-stigg", "name": "Half price", "percentOff": 50, "durationInMonths": 3]],
        "promotionCodes": [["code": "STIGG50", "couponId": "coupon-stigg"]],
    ]

    @Test func `reportUsage increments, for a customer and a resource`() throws {
        let measurement = try call(
            "reportUsage",
            [
                "customerId": "customer-test-id", "featureId": "feature-seats", "value": 10,
                "resourceId": "resource-01",
            ])
        #expect(measurement["value"] == 10)
        #expect(measurement["currentUsage"] == 10)
        let bulk = try call(
            "reportUsageBulk",
            [
                "usages": [
                    [
                        "customerId": "customer-test-id", "featureId": "feature-seats", "value": 4,
                        "updateBehavior": "SET", "resourceId": "resource-01",
                    ]
                ]
            ])
        #expect(bulk["usages"]?.items?.first?["currentUsage"] == 4)
    }

    @Test func `reportEvent takes one event and batches`() throws {
        let event: Payload = [
            "customerId": "customer-test-id", "resourceId": "resource-01", "eventName": "user_login",
            "idempotencyKey": "227c1b73-883a-457b-b715-6ba5a2c69ce4",
            "dimensions": ["user_id": "user-01", "user_email": "john@example.com"],
            "timestamp": "2022-10-26T15:01:55.768Z",
        ]
        #expect(try call("reportEvent", event) == [:])
        #expect(try call("reportEvent", ["events": [event, event]]) == [:])
    }

    @Test func `getPaywall needs nothing`() throws {
        let paywall = try call("getPaywall", [:])
        let plans = paywall["plans"]?.items ?? []
        #expect(plans.count == 1)
        #expect((plans.first?["refId"] ?? plans.first?["id"]) == "plan-revvenu-growth")
        #expect(plans.first?["compatibleAddons"]?.items?.count == 1)
        #expect(plans.first?["entitlements"]?.items?.count == 2)
    }

    /// Two templates at 5, the plan at 30, one add-on at 10: 50; half of it is taken off.
    @Test func `estimateSubscription tells total, tax, discount and period, and redeems nothing`() throws {
        let estimate = try call(
            "estimateSubscription",
            [
                "customerId": "customer-demo-01", "billingPeriod": "MONTHLY", "planId": "plan-revvenu-growth",
                "billableFeatures": [["featureId": "feature-01-templates", "quantity": 2]],
                "addons": [["addonId": "addon-10-campaigns", "quantity": 1]], "promotionCode": "STIGG50",
                "startDate": Payload(fixture.now), "billingCountryCode": "US", "resourceId": "resource-01",
            ])
        #expect(estimate["subTotal"]?["amount"] == 50)
        #expect(estimate["discountAmount"]?["amount"] == 25)
        #expect(estimate["total"]?["amount"] == 25)
        #expect(estimate["tax"]?["amount"] == 0)
        #expect(estimate["discount"]?["type"] == "PERCENTAGE")
        #expect(estimate["discount"]?["value"] == 50)
        #expect(estimate["discount"]?["durationInMonths"] == 3)
        #expect(estimate["billingPeriodRange"]?["start"] == "2026-10-01T12:00:00.000Z")
        #expect(estimate["billingPeriodRange"]?["end"] == "2026-11-01T12:00:00.000Z")
        let codes = try call("listPromotionCodes", [:])
        #expect(codes["data"]?.items?.first?["timesRedeemed"] == 0)
    }

    /// From 2 templates to 3 in the middle of October, 31 days: 5 more a month, an add-on of 10 less the half of all.
    @Test func `estimateSubscriptionUpdate tells credit and debit`() throws {
        try call(
            "provisionSubscription",
            [
                "id": "subscription-plan-revvenu-growth-da6324", "customerId": "customer-demo-01",
                "planId": "plan-revvenu-growth", "billingPeriod": "MONTHLY", "resourceId": "resource-01",
                "billableFeatures": [["featureId": "feature-01-templates", "quantity": 2]],
            ])
        fixture.now = fixture.now.advanced(bySeconds: 31 * 86_400 / 2)
        let estimate = try call(
            "estimateSubscriptionUpdate",
            [
                "subscriptionId": "subscription-plan-revvenu-growth-da6324",
                "billableFeatures": [["featureId": "feature-01-templates", "quantity": 3]],
                "addons": [["addonId": "addon-10-campaigns", "quantity": 1]], "promotionCode": "STIGG50",
            ])
        #expect(estimate["subscription"]?["subTotal"]?["amount"] == 55)
        #expect(estimate["subscription"]?["total"]?["amount"] == .number("27.5"))
        #expect(estimate["proration"]?["hasProrations"] == true)
        let proration = try #require(estimate["proration"])
        let (credit, debit) = (try amount(proration["credit"]), try amount(proration["debit"]))
        #expect(debit - credit == (try amount(proration["netAmount"])))
        #expect(credit >= .zero)
        #expect(debit > credit)
    }

    private func amount(_ money: Payload?) throws -> Amount {
        switch try #require(money?["amount"]) {
        case .integer(let units): Amount(units)
        case .number(let digits): try #require(Amount(digits))
        case let other: try #require(Amount(other.json))
        }
    }

    @Test func `promotional entitlements are granted and revoked`() throws {
        let granted = try call(
            "grantPromotionalEntitlements",
            [
                "customerId": "customer-demo-01",
                "promotionalEntitlements": [
                    ["featureId": "feature-seats", "usageLimit": 200, "period": "1 month"]
                ],
            ])
        #expect(granted.items?.first?["status"] == "Active")
        let revoked = try call(
            "revokePromotionalEntitlements", ["customerId": "customer-demo-01", "featureId": "feature-seats"])
        #expect(revoked["featureId"] == "feature-seats")
    }

    @Test func `getCoupons tells value, type and metadata`() throws {
        let coupons = try call("getCoupons", [:])["data"]?.items ?? []
        #expect(coupons.count == 1)
        #expect(coupons.first?["discountValue"] == 50)
        #expect(coupons.first?["type"] == "PERCENTAGE")
        #expect(coupons.first?["metadata"] == [:])
    }

    @Test func `auto-recharge is configured by threshold, target, cap and expiry`() throws {
        let saved = try call(
            "saveAutoRecharge",
            [
                "customerId": "customer-demo-01", "currencyId": "credits", "isEnabled": true,
                "thresholdType": "CREDIT_AMOUNT", "thresholdValue": 20, "targetBalance": 50, "maxSpendLimit": 500,
                "grantExpirationPeriod": "1_MONTH",
            ])
        #expect(saved["isEnabled"] == true)
        let read = try call("getAutoRecharge", ["customerId": "customer-demo-01", "currencyId": "credits"])
        #expect(read["thresholdValue"] == 20)
        #expect(read["targetBalance"] == 50)
        #expect(read["maxSpendLimit"] == 500)
    }
}
