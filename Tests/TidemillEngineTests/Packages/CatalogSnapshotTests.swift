import Testing
import TidemillCore
import TidemillStore

@testable import TidemillEngine
@testable import TidemillOperations

/// The catalog as the engine holds it: the same object while nothing changes, and never an old or a foreign one.
struct CatalogSnapshotTests {
    @Test func `it is read once, and again after every change`() throws {
        let fixture = try EngineFixture.withCatalog()
        let first = try fixture.inScope { try $0.catalog() }
        #expect(try fixture.inScope { try $0.catalog() } === first)
        try fixture.call(.provisionCustomer, ["id": "c"])
        #expect(try fixture.inScope { try $0.catalog() } === first, "customers are not in it")
        for (id, input) in [
            (.updateProduct, ["id": "ai", "usageResetCutoffRule": ["behavior": "NEVER_RESET"]]),
            (.updateFeature, ["id": "seats", "displayName": "Chairs"]),
            (.updateCustomCurrency, ["currencyId": "credits", "displayName": "Gold"]),
            (.createCoupon, CreateCoupon.row.example.input), (.createPlan, EngineFixture.plan("p")),
            (.publishPlan, ["id": "p"]), (.archivePlan, ["id": "p"]),
        ] as [(OperationID, Payload)] {
            let before = try fixture.inScope { try $0.catalog() }
            try fixture.call(id, input)
            #expect(try fixture.inScope { try $0.catalog() } !== before, "\(id.rawValue)")
        }
        let last = try fixture.inScope { try $0.catalog() }
        #expect(last.feature(FeatureID("seats"))?.displayName == "Chairs")
        #expect(
            last.usageResetCutoff(ofProduct: "ai") == .neverReset
                && last.usageResetCutoff(ofProduct: "x") == .alwaysReset)
        #expect(last.currency("credits")?.displayName == "Gold")
        #expect(last.plan("p")?.status == .archived)
        #expect(first.feature(FeatureID("seats"))?.displayName == "Seats", "what was read stays as it was")
    }

    @Test func `a change is seen inside its own transaction, and is gone when that is rolled back`() throws {
        struct Undo: Error {}
        let fixture = try EngineFixture.withCatalog()
        let before = try fixture.inScope { try $0.catalog() }
        do {
            try fixture.inScope { scope in
                _ = try CreatePlan.perform(
                    CreatePlan.Input(id: "p", displayName: "P", productID: "ai", status: .published), in: scope)
                #expect(try scope.catalog().plan("p")?.version == 1)
                throw Undo()
            }
        } catch is Undo {}
        #expect(try fixture.inScope { try $0.catalog() } === before)
        try fixture.call(.createPlan, EngineFixture.plan("q", published: true), dryRun: true)
        #expect(try fixture.inScope { try $0.catalog() } === before)
    }

    @Test func `it knows versions, chains, and what is on sale`() throws {
        let fixture = try EngineFixture.withCatalog()
        try fixture.addPlan("base", ["entitlements": [["id": "sso"]]], published: true)
        try fixture.addPlan("pro", ["parentPlanId": "base", "compatibleAddonIds": []], published: true)
        try fixture.addPlan("max", ["parentPlanId": "pro"], published: true)
        try fixture.addPlan("draft")
        try fixture.addAddon("a", published: true)
        try fixture.addAddon("b", published: true)
        try fixture.call(.createPlanDraft, ["id": "base"])
        try fixture.call(.updatePlan, ["id": "base", "displayName": "Base 2"])
        var catalog = try fixture.inScope { try $0.catalog() }
        let max = try #require(catalog.plan("max"))
        #expect(catalog.chain(of: max).map(\.id) == ["max", "pro", "base"])
        #expect(catalog.plan("base")?.displayName == "base", "a draft is not in the catalog")
        #expect(catalog.plan("draft") == nil && catalog.isUnpublished(.plan, "draft"))
        #expect(catalog.plans(ofProduct: "ai").map(\.id) == ["base", "max", "pro"])
        #expect(catalog.addons(compatibleWith: max).map(\.id) == ["a", "b"])
        let pro = try #require(catalog.plan("pro"))
        #expect(catalog.addons(compatibleWith: pro).isEmpty)

        try fixture.call(.publishPlan, ["id": "base"])
        try fixture.call(.archivePlan, ["id": "pro"])
        catalog = try fixture.inScope { try $0.catalog() }
        #expect(
            catalog.plan("base", version: 1)?.displayName == "base"
                && catalog.plan("base", version: 1)?.isLatest == false)
        #expect(catalog.plan("base")?.displayName == "Base 2" && catalog.plan("base")?.version == 2)
        #expect(catalog.plans(ofProduct: "ai").map(\.id) == ["base", "max"])
        #expect(catalog.chain(of: max).map(\.version) == [1, 1, 2], "an archived plan is still a parent")
        #expect(catalog.plan("base", version: 3) == nil && catalog.plan("x") == nil && catalog.addon("base") == nil)
    }

    @Test func `features that burn credits are known, also of versions that are not sold any more`() throws {
        let fixture = try EngineFixture.withCatalog()
        let rate = Price.model("CREDIT_BASED", "tokens", ["creditRate": ["currencyId": "credits", "amount": 1]])
        try fixture.addPlan("p", ["charges": Price.pricing(rate)])
        #expect(try fixture.inScope { try $0.catalog() }.creditRatedFeatures.isEmpty)
        try fixture.call(.publishPlan, ["id": "p"])
        try fixture.call(.createPlanDraft, ["id": "p"])
        try fixture.call(.updatePlan, ["id": "p", "charges": ["pricingType": "FREE"]])
        try fixture.call(.publishPlan, ["id": "p"])
        #expect(try fixture.inScope { try $0.catalog() }.creditRatedFeatures == [FeatureID("tokens")])
    }

    @Test func `a declared plan is put into place in one step, and is the same when it is said again`() throws {
        let fixture = try EngineFixture.withCatalog()
        let declared = CreatePlan.Input(
            id: "p", displayName: "P", productID: "ai",
            charges: PackagePricing(pricingModels: [
                PricingModel(
                    billingModel: .flatFee,
                    pricePeriods: [PricePeriod(billingPeriod: .monthly, price: Money(Amount(9), "usd"))])
            ]),
            entitlements: [.feature(FeatureEntitlementInput(id: FeatureID("tokens"), resetPeriod: .month))])
        func put() throws -> PackageVersion {
            try fixture.inScope {
                try PackageWriter(scope: $0, operation: .createPlan).put(PackageDefinition(declared), .newCustomers)
            }
        }
        #expect(try put().version == 1)
        let stored = try fixture.inScope { scope in
            let package = try scope.packages.require(.plan, "p", for: .getPlan)
            return CreatePlan.Input(stored: try scope.packages.body(package, 1), id: "p")
        }
        #expect(stored == declared.plain)
        try fixture.call(.createPlanDraft, ["id": "p"])
        try fixture.call(.updatePlan, ["id": "p", "displayName": "given up"])
        let second = try put()
        #expect(second.version == 2 && second.displayName == "P" && second.status == .published)
        try fixture.call(.archivePlan, ["id": "p"])
        #expect(try put().status == .published, "what is declared is on sale")
    }
}
