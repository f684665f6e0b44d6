import Testing
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore

/// create → draft 1 → published 1 → draft 2 → published 2; what was published stays as it was.
struct PackageLifecycleTests {
    @Test func `a plan is a draft until it is published, and its versions count up`() throws {
        let fixture = try EngineFixture.withCatalog()
        let draft = try fixture.addPlan("pro", ["charges": Price.pricing(Price.flat("49"))])
        #expect(draft["status"] == "DRAFT" && draft["versionNumber"] == 1 && draft["isLatest"] == false)
        #expect(draft["pricingType"] == "PAID")
        #expect(try fixture.call(.publishPlan, ["id": "pro", "migrationType": "NEW_CUSTOMERS"])["taskId"] == .null)
        let first = try fixture.call(.getPlan, ["id": "pro"])
        #expect(first["status"] == "PUBLISHED" && first["versionNumber"] == 1 && first["isLatest"] == true)

        fixture.now = fixture.now.advanced(bySeconds: 60)
        let second = try fixture.call(.createPlanDraft, ["id": "pro"])
        #expect(second["status"] == "DRAFT" && second["versionNumber"] == 2 && second["isLatest"] == false)
        try fixture.call(.updatePlan, ["id": "pro", "displayName": "Pro!", "charges": Price.pricing(Price.flat("59"))])
        // What is sold stays as it is until the draft is published.
        #expect(try fixture.call(.getPlan, ["id": "pro"]) == first)
        #expect(try fixture.call(.getPlan, ["id": "pro", "versionNumber": 2])["displayName"] == "Pro!")
        try fixture.call(.publishPlan, ["id": "pro"])
        let now = try fixture.call(.getPlan, ["id": "pro"])
        #expect(now["versionNumber"] == 2 && now["displayName"] == "Pro!" && now["isLatest"] == true)
        // Who has the first version still pays 49.
        let old = try fixture.call(.listPlanCharges, ["id": "pro", "versionNumber": 1])["data"]?.items
        #expect(old?.map { $0["price"] } == [["amount": 49, "currency": "usd"]])
        let new = try fixture.call(.listPlanCharges, ["id": "pro"])["data"]?.items
        #expect(new?.map { $0["price"] } == [["amount": 59, "currency": "usd"]])
        #expect(new?.first?["id"] == old?.first?["id"], "a charge keeps its id over versions")
        #expect(try fixture.call(.getPlan, ["id": "pro", "versionNumber": 1])["isLatest"] == false)
        #expect(fixture.failure(.getPlan, ["id": "pro", "versionNumber": 3]).code == .planNotFound)
    }

    @Test func `only drafts are edited, there is one at a time, and nothing is published twice`() throws {
        let fixture = try EngineFixture.withCatalog()
        try fixture.addPlan("pro", published: true)
        let edit = fixture.failure(.updatePlan, ["id": "pro", "displayName": "x"])
        #expect(edit.code.rawValue == "EditAllowedOnDraftPackageOnlyError")
        #expect(
            edit.message
                == "updatePlan: the plan \"pro\" is published, and only drafts can be edited; begin one with createPlanDraft"
        )
        #expect(fixture.failure(.publishPlan, ["id": "pro"]).code.rawValue == "PackageAlreadyPublished")
        #expect(fixture.failure(.removePlanDraft, ["id": "pro"]).code == .packageAlreadyPublished)
        try fixture.call(.createPlanDraft, ["id": "pro"])
        #expect(fixture.failure(.createPlanDraft, ["id": "pro"]).code.rawValue == "DraftAlreadyExists")
        #expect(try fixture.call(.removePlanDraft, ["id": "pro"]) == ["id": "pro"])
        #expect(try fixture.call(.getPlan, ["id": "pro"])["versionNumber"] == 1)
        // The number of a draft that was given up is used again: nobody has it.
        #expect(try fixture.call(.createPlanDraft, ["id": "pro"])["versionNumber"] == 2)
    }

    @Test func `a draft that is given up before it was ever published is gone`() throws {
        let fixture = try EngineFixture.withCatalog()
        try fixture.addAddon("more")
        #expect(fixture.failure(.createAddonDraft, ["id": "more"]).code == .draftAlreadyExists)
        try fixture.call(.removeAddonDraft, ["id": "more"])
        #expect(fixture.failure(.getAddon, ["id": "more"]).code.rawValue == "AddonNotFound")
        try fixture.addAddon("more")
        try fixture.addPlan("pro", ["compatibleAddonIds": ["more"]])
        #expect(
            fixture.failure(.removeAddonDraft, ["id": "more"]).message
                == "removeAddonDraft: the plan \"pro\" names the add-on \"more\"; change that first")
    }

    @Test func `an archived plan is off sale and comes back as it was`() throws {
        let fixture = try EngineFixture.withCatalog()
        try fixture.addPlan("pro", published: true)
        #expect(try fixture.call(.archivePlan, ["id": "pro"])["status"] == "ARCHIVED")
        #expect(try fixture.call(.archivePlan, ["id": "pro"])["status"] == "ARCHIVED")
        for (id, input) in [
            (.updatePlan, ["id": "pro", "displayName": "x"]), (.createPlanDraft, ["id": "pro"]),
            (.publishPlan, ["id": "pro"]),
        ] as [(OperationID, Payload)] {
            #expect(fixture.failure(id, input).code.rawValue == "EntityIsArchivedError")
        }
        #expect(fixture.failure(.createPlan, EngineFixture.plan("pro")).code == .duplicatedEntity)
        #expect(try fixture.call(.unarchivePlan, ["id": "pro"])["status"] == "PUBLISHED")
        try fixture.addAddon("draft")
        try fixture.call(.archiveAddon, ["id": "draft"])
        #expect(try fixture.call(.unarchiveAddon, ["id": "draft"])["status"] == "DRAFT")
    }

    @Test func `a product takes its plans and add-ons along, and brings those back`() throws {
        let fixture = try EngineFixture.withCatalog()
        try fixture.addPlan("pro", published: true)
        try fixture.addPlan("old", published: true)
        try fixture.addAddon("more", published: true)
        try fixture.call(.archivePlan, ["id": "old"])
        #expect(try fixture.call(.archiveProduct, ["id": "ai"])["status"] == "ARCHIVED")
        #expect(try fixture.call(.getPlan, ["id": "pro"])["status"] == "ARCHIVED")
        #expect(try fixture.call(.getAddon, ["id": "more"])["status"] == "ARCHIVED")
        #expect(fixture.failure(.unarchivePlan, ["id": "pro"]).code == .entityIsArchived)
        #expect(fixture.failure(.createPlan, EngineFixture.plan("new")).code == .entityIsArchived)
        #expect(try fixture.call(.unarchiveProduct, ["id": "ai"])["status"] == "PUBLISHED")
        #expect(try fixture.call(.getPlan, ["id": "pro"])["status"] == "PUBLISHED")
        #expect(try fixture.call(.getPlan, ["id": "old"])["status"] == "ARCHIVED", "it was archived by itself")
    }

    @Test func `an add-on is published and archived by its status too`() throws {
        let fixture = try EngineFixture.withCatalog()
        try fixture.addAddon("more", ["maxQuantity": 5])
        let published = try fixture.call(.updateAddon, ["id": "more", "maxQuantity": 3, "status": "PUBLISHED"])
        #expect(published["status"] == "PUBLISHED" && published["maxQuantity"] == 3)
        #expect(try fixture.call(.updateAddon, ["id": "more", "status": "ARCHIVED"])["status"] == "ARCHIVED")
    }

    @Test func `what is new cannot be archived already, and pricing types do not contradict`() throws {
        let fixture = try EngineFixture.withCatalog()
        #expect(
            fixture.failure(.createPlan, EngineFixture.plan("p", ["status": "ARCHIVED"])).message
                == "createPlan: 'status' must be DRAFT or PUBLISHED for something new, got \"ARCHIVED\"")
        let both = EngineFixture.plan("p", ["pricingType": "FREE", "charges": ["pricingType": "PAID"]])
        #expect(
            fixture.failure(.createPlan, both).message
                == "createPlan: 'pricingType' must be the pricingType of 'charges', PAID, got \"FREE\"")
        #expect(try fixture.addPlan("free", published: true)["pricingType"] == "FREE")
        #expect(fixture.failure(.createPlan, EngineFixture.plan("p", ["productId": "x"])).code == .productNotFound)
    }
}
