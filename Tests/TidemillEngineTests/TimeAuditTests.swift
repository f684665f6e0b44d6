import Testing
import TidemillCore
import TidemillOperations
import TidemillStore

/// What time alone changes leaves an audit row too: who (the engine), what, at which instant.
struct TimeAuditTests {
    private func rows(_ engine: EngineFixture) throws -> [AuditRow] {
        try engine.store.read { try AuditLog.list(limit: 100, on: $0) }.filter { $0.actorKind == "engine" }.reversed()
    }

    private func details(_ row: AuditRow?) throws -> Payload? { try row.map { try Payload(json: $0.details) } }

    @Test func `credits that come into effect, expire, or are held no more`() throws {
        let credits = try CreditFixture()
        let early = try credits.grant(10, ["expireAt": "2026-10-03T00:00:00Z"])
        let late = try credits.grant(5, ["effectiveAt": "2026-10-02T00:00:00Z"])
        try credits.reserve(Amount(4), id: "h", seconds: 3600)
        try credits.engine.at("2026-10-04T00:00:00Z")
        _ = try credits.balance()
        let found = try rows(credits.engine)
        #expect(
            found.map(\.action) == ["creditReservationExpired", "creditGrantActivated", "creditGrantsExpired"])
        #expect(Set(found.map { "\($0.actor) \($0.customer?.text ?? "")" }) == ["lifecycle c"])
        #expect(try found.map { try details($0)?["id"]?.text } == ["h", late, nil])
        #expect(try details(found.last)?["ids"] == [.string(early)])
        #expect(try details(found.last)?["grants"] == 1)
    }

    @Test func `promotional entitlements that end`() throws {
        let engine = try EngineFixture()
        try engine.provision()
        try engine.call(.createFeature, ["id": "sso", "displayName": "SSO", "featureType": "BOOLEAN"])
        try engine.grant("sso")
        try engine.at("2026-12-01T00:00:00Z")
        _ = try engine.call(.getEntitlements, ["id": "c"])
        let found = try rows(engine)
        #expect(
            found.map(\.action) == ["promotionalEntitlementEndAnnounced", "promotionalEntitlementExpired"])
        #expect(try found.map { try details($0)?["featureId"] } == ["sso", "sso"])
    }

    @Test func `monthly credits of a yearly subscription`() throws {
        let credits = try CreditFixture()
        let engine = credits.engine
        try engine.call(.createProduct, ["id": "p", "displayName": "P"])
        try engine.call(.createPlan, ["id": "pro", "displayName": "Pro", "productId": "p"])
        try engine.call(
            .createPlanEntitlements,
            [
                "planId": "pro",
                "entitlements": [["id": "tok", "type": "CREDIT", "amount": 10, "cadence": "MONTH"]],
            ])
        try engine.call(.updatePlan, ["id": "pro", "charges": Price.pricing(Price.flat("120", "ANNUALLY"))])
        try engine.call(.publishPlan, ["id": "pro", "migrationType": "NEW_CUSTOMERS"])
        try engine.call(
            .provisionSubscription, ["id": "s", "customerId": "c", "planId": "pro", "billingPeriod": "ANNUALLY"])
        try engine.at("2026-11-02T00:00:00Z")
        #expect(try credits.balance()["balance"] == 10)
        let row = try #require(try rows(engine).first { $0.action == "recurringCreditsGranted" })
        let grant = try #require(try credits.grants().last?["id"])
        #expect(try details(row) == ["id": "s", "grants": [grant]])
    }
}
