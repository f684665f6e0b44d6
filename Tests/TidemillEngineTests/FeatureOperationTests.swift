import Testing
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore

struct FeatureOperationTests {
    private func versions(_ fixture: EngineFixture) throws -> [String] {
        try fixture.store.read {
            try $0.rows("SELECT feature_id, version, state FROM meter_versions ORDER BY id") {
                "\($0.text(0)) \($0.integer(1)) \($0.text(2))"
            }
        }
    }

    private func sum(_ field: String) -> Payload {
        ["aggregation": ["function": "SUM", "field": .string(field)]]
    }

    @Test func `a new meter is a version that is to be filled in`() throws {
        let fixture = try EngineFixture()
        try fixture.call(.createFeature, CreateFeature.row.example.input)
        #expect(try versions(fixture) == ["feature-tokens 1 filling"])
        let definition = try fixture.store.read { try $0.first("SELECT definition FROM meter_versions") { $0.text(0) } }
        let meter = try MeterDefinition(stored: Payload(json: definition ?? ""))
        #expect(meter.aggregation == .init(.sum, of: .dimension("tokens")))
        #expect(meter.filters == [[.init(.eventName, .equals, value: "llm.inference")]])
    }

    @Test func `a changed meter is a new version, and the old one answers until it has caught up`() throws {
        let fixture = try EngineFixture()
        try fixture.call(
            .createFeature, ["id": "f", "displayName": "F", "featureType": "NUMBER", "meter": sum("a")])
        try makeCurrent(fixture)
        #expect(try versions(fixture) == ["f 1 current"])
        try fixture.call(.updateFeature, ["id": "f", "meter": sum("b")])
        #expect(try versions(fixture) == ["f 1 current", "f 2 filling"])
        // Changed again before it was filled in: given up.
        try fixture.call(.updateFeature, ["id": "f", "meter": sum("c")])
        #expect(try versions(fixture) == ["f 1 current", "f 2 retired", "f 3 filling"])
        // Back to what is counted already.
        try fixture.call(.updateFeature, ["id": "f", "meter": sum("dimensions.a")])
        #expect(try versions(fixture) == ["f 1 current", "f 2 retired", "f 3 retired"])
        // Changing something else leaves the meter alone.
        try fixture.call(.updateFeature, ["id": "f", "displayName": "G", "meter": sum("a")])
        #expect(try versions(fixture).count == 3)
        try fixture.call(.updateFeature, ["id": "f", "meter": sum("d")])
        try makeCurrent(fixture)
        #expect(try versions(fixture) == ["f 1 retired", "f 2 retired", "f 3 retired", "f 4 current"])
    }

    /// What the metering does when it has counted all stored events.
    private func makeCurrent(_ fixture: EngineFixture) throws {
        try fixture.store.write { connection in
            try connection.execute("UPDATE meter_versions SET state = 'retired' WHERE state = 'current'")
            try connection.execute("UPDATE meter_versions SET state = 'current' WHERE state = 'filling'")
        }
    }

    @Test func `a feature's answer has its meter and every other field`() throws {
        let fixture = try EngineFixture()
        let feature = try fixture.call(.createFeature, CreateFeature.row.example.input)
        #expect(feature["featureStatus"] == "ACTIVE")
        #expect(feature["enumConfiguration"] == .null)
        #expect(feature["meter"]?["aggregation"] == ["function": "SUM", "field": "tokens"])
        #expect(try fixture.call(.getFeature, ["id": "feature-tokens"]) == feature)
        #expect(try fixture.call(.listFeatures, ["meterType": "Incremental"])["data"] == [feature])
        #expect(try fixture.call(.listFeatures, ["status": ["NEW", "SUSPENDED"]])["data"] == [])
        #expect(fixture.failure(.getFeature, ["id": "x"]).code.rawValue == "FeatureNotFound")
        #expect(fixture.failure(.createFeature, CreateFeature.row.example.input).code == .duplicatedEntity)
    }

    @Test func `an update must go with the feature's type`() throws {
        let fixture = try EngineFixture()
        try fixture.call(.createFeature, ["id": "s", "displayName": "S", "featureType": "BOOLEAN"])
        #expect(
            fixture.failure(.updateFeature, ["id": "s", "meter": sum("a")]).message
                == "updateFeature: 'meter' needs featureType NUMBER and meterType INCREMENTAL or FLUCTUATING; feature \"s\" has BOOLEAN and None"
        )
        #expect(fixture.failure(.updateFeature, ["id": "s", "meter": .null]).code == .badUserInput)
    }

    @Test func `products are created, changed and listed`() throws {
        let fixture = try EngineFixture()
        let product = try fixture.call(.createProduct, ["id": "p", "displayName": "P"])
        #expect(product["status"] == "PUBLISHED")
        #expect(product["multipleSubscriptions"] == false)
        let changed = try fixture.call(
            .updateProduct,
            [
                "id": "p", "displayName": "Q", "metadata": ["a": "b"],
                "usageResetCutoffRule": ["behavior": "NEVER_RESET"],
                "productSettings": [
                    "subscriptionCancellationTime": "IMMEDIATE", "subscriptionEndSetup": "CANCEL_SUBSCRIPTION",
                    "subscriptionStartSetup": "FREE_PLAN",
                ],
            ])
        #expect(changed["displayName"] == "Q")
        #expect(changed["productSettings"]?["subscriptionStartSetup"] == "FREE_PLAN")
        #expect(try fixture.call(.updateProduct, ["id": "p", "metadata": .null])["metadata"] == [:])
        #expect(try fixture.call(.listProducts, ["id": "p"])["data"]?.list.count == 1)
        #expect(fixture.failure(.getProduct, ["id": "x"]).code.rawValue == "ProductNotFound")
    }
}
