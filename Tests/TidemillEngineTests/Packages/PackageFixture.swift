import Testing
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore

extension EngineFixture {
    /// A fixture with a product `ai`, features of every kind, and a credit currency `credits`.
    static func withCatalog() throws -> EngineFixture {
        let fixture = try EngineFixture()
        try fixture.call(.createProduct, ["id": "ai", "displayName": "AI"])
        let features: [Payload] = [
            [
                "id": "tokens", "displayName": "Tokens", "featureType": "NUMBER",
                "meter": ["aggregation": ["function": "SUM", "field": "tokens"]],
            ],
            [
                "id": "models", "displayName": "Models", "featureType": "NUMBER",
                "meter": ["aggregation": ["function": "UNIQUE", "field": "model"]],
            ],
            ["id": "seats", "displayName": "Seats", "featureType": "NUMBER", "meterType": "FLUCTUATING"],
            ["id": "retention", "displayName": "Retention", "featureType": "NUMBER"],
            ["id": "sso", "displayName": "SSO", "featureType": "BOOLEAN"],
            [
                "id": "region", "displayName": "Region", "featureType": "ENUM",
                "enumConfiguration": [["value": "eu", "displayName": "EU"], ["value": "us", "displayName": "US"]],
            ],
        ]
        for feature in features { try fixture.call(.createFeature, feature) }
        try fixture.call(.createCustomCurrency, ["id": "credits", "displayName": "Credits"])
        return fixture
    }

    /// A plan of the product `ai`.
    @discardableResult
    func addPlan(_ id: String, _ more: TextMap<Payload> = [:], published: Bool = false) throws -> Payload {
        try call(.createPlan, Self.plan(id, more, published: published))
    }

    static func plan(_ id: String, _ more: TextMap<Payload> = [:], published: Bool = false) -> Payload {
        var members: TextMap<Payload> = ["id": .string(id), "displayName": .string(id), "productId": "ai"]
        if published { members["status"] = "PUBLISHED" }
        return .object(members.merging(more) { _, new in new })
    }

    @discardableResult
    func addAddon(_ id: String, _ more: TextMap<Payload> = [:], published: Bool = false) throws -> Payload {
        try call(.createAddon, Self.plan(id, more, published: published))
    }

    var outbox: [Payload] {
        get throws {
            try store.read { connection in
                try connection.rows("SELECT payload FROM outbox ORDER BY sequence") { try Payload(json: $0.text(0)) }
            }
        }
    }
}

/// The parts of prices that tests say again and again.
enum Price {
    static func usd(_ amount: String) -> Payload { ["amount": .number(amount), "currency": "usd"] }

    static func flat(_ amount: String, _ period: Payload = "MONTHLY") -> Payload {
        ["billingModel": "FLAT_FEE", "pricePeriods": [["billingPeriod": period, "price": usd(amount)]]]
    }

    static func model(
        _ model: Payload, _ feature: Payload?, _ more: TextMap<Payload>, _ outer: TextMap<Payload> = [:]
    )
        -> Payload
    {
        var members: TextMap<Payload> = [
            "billingModel": model,
            "pricePeriods": [.object(["billingPeriod": "MONTHLY"].merging(more) { _, new in new })],
        ]
        if let feature { members["featureId"] = feature }
        return .object(members.merging(outer) { _, new in new })
    }

    static func pricing(_ models: Payload...) -> Payload { ["pricingModels": .array(models)] }
}
