import Testing
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore

struct PackageListTests {
    private func ids(_ page: Payload) -> [String] { page["data"]?.items?.compactMap { $0["id"]?.text } ?? [] }

    @Test func `a list shows each plan once, in the status that was asked for`() throws {
        let fixture = try EngineFixture.withCatalog()
        try fixture.call(.createProduct, ["id": "other", "displayName": "Other"])
        for id in ["draft", "sold", "both", "gone"] {
            try fixture.addPlan(id, published: id != "draft")
            fixture.now = fixture.now.advanced(bySeconds: 1)
        }
        try fixture.addPlan("elsewhere", ["productId": "other"], published: true)
        try fixture.call(.createPlanDraft, ["id": "both"])
        try fixture.call(.archivePlan, ["id": "gone"])
        #expect(ids(try fixture.call(.listPlans, [:])) == ["draft", "sold", "both", "gone", "elsewhere"])
        #expect(ids(try fixture.call(.listPlans, ["productId": "ai", "status": "PUBLISHED"])) == ["sold", "both"])
        let drafts = try fixture.call(.listPlans, ["status": ["DRAFT"]])
        #expect(ids(drafts) == ["draft", "both"])
        #expect(drafts["data"]?.items?.map { $0["versionNumber"] } == [1, 2])
        #expect(ids(try fixture.call(.listPlans, ["status": ["DRAFT", "ARCHIVED"]])) == ["draft", "both", "gone"])
        let sold = try fixture.call(.listPlans, ["status": ["DRAFT", "PUBLISHED"], "productId": "ai"])
        #expect(sold["data"]?.items?.map { $0["status"] } == ["DRAFT", "PUBLISHED", "PUBLISHED"])
        #expect(ids(try fixture.call(.listPlans, ["productId": "nothing"])).isEmpty)
        let since = Payload(EngineFixture.start.advanced(bySeconds: 2))
        #expect(
            ids(try fixture.call(.listPlans, ["createdAt": ["gte": since], "productId": "ai"])) == ["both", "gone"])
        #expect(ids(try fixture.call(.listAddons, [:])).isEmpty, "plans are no add-ons")
    }

    @Test func `pages go forth and back`() throws {
        let fixture = try EngineFixture.withCatalog()
        for number in 0..<5 { try fixture.addAddon("a\(number)") }
        let first = try fixture.call(.listAddons, ["limit": 2])
        #expect(ids(first) == ["a0", "a1"] && first["pagination"]?["prev"] == .null)
        let second = try fixture.call(.listAddons, ["limit": 2, "after": first["pagination"]?["next"] ?? .null])
        #expect(ids(second) == ["a2", "a3"])
        let third = try fixture.call(.listAddons, ["limit": 2, "after": second["pagination"]?["next"] ?? .null])
        #expect(ids(third) == ["a4"] && third["pagination"]?["next"] == .null)
        let back = try fixture.call(.listAddons, ["limit": 2, "before": third["pagination"]?["prev"] ?? .null])
        #expect(ids(back) == ["a2", "a3"])
    }

    @Test func `charges are listed in the order in which they were given, page by page`() throws {
        let fixture = try EngineFixture.withCatalog()
        let currencies = ["usd", "eur", "gbp", "chf", "jpy"]
        let periods = currencies.map { currency -> Payload in
            ["billingPeriod": "MONTHLY", "price": ["amount": 1, "currency": .string(currency)]]
        }
        try fixture.addPlan(
            "p", ["charges": ["pricingModels": [["billingModel": "FLAT_FEE", "pricePeriods": .array(periods)]]]])
        func page(_ more: TextMap<Payload>) throws -> (currencies: [String], pagination: Payload) {
            let page = try fixture.call(
                .listPlanCharges, .object(["id": "p", "limit": 2].merging(more) { _, new in new }))
            return (
                page["data"]?.items?.compactMap { $0["price"]?["currency"]?.text } ?? [], page["pagination"] ?? .null
            )
        }
        let first = try page([:])
        #expect(first.currencies == ["usd", "eur"] && first.pagination["prev"] == .null)
        let second = try page(["after": first.pagination["next"] ?? .null])
        #expect(second.currencies == ["gbp", "chf"])
        let third = try page(["after": second.pagination["next"] ?? .null])
        #expect(third.currencies == ["jpy"] && third.pagination["next"] == .null)
        #expect(try page(["before": third.pagination["prev"] ?? .null]).currencies == ["gbp", "chf"])
        #expect(try page(["before": second.pagination["prev"] ?? .null]).currencies == ["usd", "eur"])
        #expect(try page(["after": .string(Cursor(createdAt: fixture.now, id: "gone").text)]).currencies.isEmpty)
        #expect(fixture.failure(.listAddonCharges, ["id": "p"]).code == .addonNotFound)
    }
}
