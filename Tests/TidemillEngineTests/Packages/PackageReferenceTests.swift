import Testing
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore

/// Parents, compatible add-ons and dependencies: of the same product, there, and never in a circle.
struct PackageReferenceTests {
    @Test func `a plan does not inherit from itself, however far around`() throws {
        let fixture = try EngineFixture.withCatalog()
        try fixture.addPlan("a")
        try fixture.addPlan("b", ["parentPlanId": "a"])
        try fixture.addPlan("c", ["parentPlanId": "b"])
        #expect(
            fixture.failure(.updatePlan, ["id": "a", "parentPlanId": "c"]).message
                == "updatePlan: 'parentPlanId' must not lead back: \"c\" inherits from \"a\" already")
        #expect(fixture.failure(.updatePlan, ["id": "a", "parentPlanId": "a"]).code == .invalidArgument)
        #expect(try fixture.call(.getPlan, ["id": "a"])["parentPlanId"] == .null)
    }

    @Test func `a circle is seen in drafts of what is sold too`() throws {
        let fixture = try EngineFixture.withCatalog()
        try fixture.addPlan("a", published: true)
        try fixture.addPlan("b", published: true)
        try fixture.call(.createPlanDraft, ["id": "a"])
        try fixture.call(.updatePlan, ["id": "a", "parentPlanId": "b"])
        try fixture.call(.createPlanDraft, ["id": "b"])
        #expect(fixture.failure(.updatePlan, ["id": "b", "parentPlanId": "a"]).code == .invalidArgument)
    }

    @Test func `a chain of plans has an end`() throws {
        let fixture = try EngineFixture.withCatalog()
        try fixture.addPlan("p1")
        for number in 2...20 { try fixture.addPlan("p\(number)", ["parentPlanId": .string("p\(number - 1)")]) }
        let failure = fixture.failure(.createPlan, EngineFixture.plan("p21", ["parentPlanId": "p20"]))
        #expect(failure.message == "createPlan: 'parentPlanId' must not make a chain of more than 20 plans")
    }

    @Test func `a parent is of the same product, published, and on sale`() throws {
        let fixture = try EngineFixture.withCatalog()
        try fixture.call(.createProduct, ["id": "other", "displayName": "Other"])
        try fixture.addPlan("foreign", ["productId": "other"])
        try fixture.addPlan("base")
        #expect(
            fixture.failure(.createPlan, EngineFixture.plan("p", ["parentPlanId": "foreign"])).message
                == "createPlan: 'parentPlanId' must be of the product \"ai\"; the plan \"foreign\" is of \"other\"")
        #expect(fixture.failure(.createPlan, EngineFixture.plan("p", ["parentPlanId": "x"])).code == .planNotFound)
        try fixture.addPlan("p", ["parentPlanId": "base"])
        #expect(fixture.failure(.publishPlan, ["id": "p"]).code.rawValue == "UnPublishedPackage")
        try fixture.call(.publishPlan, ["id": "base"])
        try fixture.call(.archivePlan, ["id": "base"])
        #expect(fixture.failure(.publishPlan, ["id": "p"]).code == .entityIsArchived)
        #expect(
            fixture.failure(.createPlan, EngineFixture.plan("q", ["parentPlanId": "base"])).code == .entityIsArchived)
        try fixture.call(.unarchivePlan, ["id": "base"])
        try fixture.call(.publishPlan, ["id": "p"])
    }

    @Test func `add-ons are of the product, named once, and do not need themselves`() throws {
        let fixture = try EngineFixture.withCatalog()
        try fixture.addAddon("a")
        try fixture.addAddon("b", ["dependencies": ["a"]])
        #expect(
            fixture.failure(.updateAddon, ["id": "a", "dependencies": ["b"]]).message
                == "updateAddon: 'dependencies' must not lead back: \"b\" needs \"a\" already")
        #expect(fixture.failure(.updateAddon, ["id": "a", "dependencies": ["a"]]).code == .invalidArgument)
        #expect(fixture.failure(.updateAddon, ["id": "b", "dependencies": ["a", "a"]]).code == .invalidArgument)
        #expect(fixture.failure(.updateAddon, ["id": "b", "dependencies": ["x"]]).code == .addonNotFound)
        try fixture.addPlan("p", ["compatibleAddonIds": ["a", "b"]])
        #expect(fixture.failure(.updatePlan, ["id": "p", "compatibleAddonIds": ["p"]]).code == .addonNotFound)
        #expect(try fixture.call(.updatePlan, ["id": "p", "compatibleAddonIds": .null])["compatibleAddonIds"] == .null)
        #expect(try fixture.call(.updateAddon, ["id": "b", "dependencies": .null])["dependencies"] == [])
    }
}
