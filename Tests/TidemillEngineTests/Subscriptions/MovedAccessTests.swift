import Testing
import TidemillCore
import TidemillOperations
import TidemillStore

@testable import TidemillEngine

/// Who gains and who loses access by a transfer or a delegation is told, once each.
struct MovedAccessTests {
    private func shop() throws -> EngineFixture {
        let engine = try EngineFixture()
        for id in ["c", "d"] { try engine.call(.provisionCustomer, ["id": .string(id)]) }
        try engine.call(.createProduct, ["id": "p", "displayName": "P", "multipleSubscriptions": true])
        try engine.call(.createFeature, ["id": "sso", "displayName": "SSO", "featureType": "BOOLEAN"])
        try engine.call(.createPlan, ["id": "pro", "displayName": "Pro", "productId": "p"])
        try engine.call(
            .createPlanEntitlements, ["planId": "pro", "entitlements": [["type": "FEATURE", "id": "sso"]]])
        try engine.call(.publishPlan, ["id": "pro", "migrationType": "NEW_CUSTOMERS"])
        try engine.call(
            .provisionSubscription, ["id": "s", "customerId": "c", "planId": "pro", "resourceId": "r1"])
        return engine
    }

    /// `customer/resource: features`, in the order in which it was told.
    private func told(_ engine: EngineFixture, after count: Int) throws -> [String] {
        try engine.events("entitlements.updated").dropFirst(count).map { event in
            let features = (event["entitlements"]?.items ?? []).compactMap { $0["feature"]?["id"]?.text }
            return
                "\(event["customer"]?["id"]?.text ?? "")/\(event["resource"]?["id"]?.text ?? ""): \(features.joined(separator: " "))"
        }
    }

    @Test func `a transfer takes access from one resource and gives it to the other`() throws {
        let engine = try shop()
        #expect(try told(engine, after: 0) == ["c/r1: sso"])
        try engine.call(.transferSubscription, ["id": "s", "destinationResourceId": "r2"])
        #expect(try told(engine, after: 1) == ["c/r1: ", "c/r2: sso"])
        #expect(try engine.check("sso", resource: "r1")["isGranted"] == false)
        #expect(try engine.check("sso", resource: "r2")["isGranted"] == true)
    }

    @Test func `a delegation takes access from one customer and gives it to the other`() throws {
        let engine = try shop()
        try engine.call(.delegateSubscription, ["id": "s", "targetCustomerId": "d"])
        #expect(try told(engine, after: 1) == ["c/r1: ", "d/r1: sso"])
        try engine.call(.delegateSubscription, ["id": "s", "targetCustomerId": "c"])
        #expect(try told(engine, after: 3) == ["d/r1: ", "c/r1: sso"])
    }
}
