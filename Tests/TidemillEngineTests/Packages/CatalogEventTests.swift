import Testing
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore

/// The catalog's webhooks (stigg.md C.3), in the transaction of their cause.
struct CatalogEventTests {
    @Test func `every change of the catalog is announced once, in its order`() throws {
        let fixture = try EngineFixture()
        try fixture.call(.createProduct, ["id": "ai", "displayName": "AI"])
        try fixture.call(.createFeature, ["id": "sso", "displayName": "SSO", "featureType": "BOOLEAN"])
        try fixture.addPlan("pro", ["entitlements": [["id": "sso"]], "charges": Price.pricing(Price.flat("49"))])
        try fixture.call(.publishPlan, ["id": "pro"])
        try fixture.addAddon("more")
        try fixture.call(.removeAddonDraft, ["id": "more"])
        try fixture.call(.updateFeature, ["id": "sso", "displayName": "Single sign-on"])
        try fixture.call(.archiveFeature, ["id": "sso"])
        try fixture.call(.archiveFeature, ["id": "sso"])
        try fixture.call(.archiveProduct, ["id": "ai"])
        _ = fixture.failure(.updatePlan, ["id": "pro", "displayName": "x"])
        try fixture.call(.unarchiveProduct, ["id": "ai"])
        let events = try fixture.outbox
        #expect(
            events.map { $0["type"]?.text } == [
                "product.created", "feature.created", "plan.created", "plan.updated", "addon.created",
                "addon.deleted", "feature.updated", "feature.deleted", "plan.deleted", "product.deleted",
                "product.updated", "plan.updated",
            ])
        let plan = events[3]
        #expect(plan["id"] == "pro" && plan["name"] == "pro" && plan["version"] == 1 && plan["isLatest"] == true)
        #expect(plan["status"] == "PUBLISHED" && plan["pricingType"] == "PAID")
        #expect(plan["packageEntitlements"]?.items?.first?["id"] == "sso")
        #expect(plan["prices"]?.items?.first?["price"] == ["amount": 49, "currency": "usd"])
        #expect(Set(events.map { $0["messageId"]?.text }).count == events.count)
    }
}
