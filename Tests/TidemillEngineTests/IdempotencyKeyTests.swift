import Testing
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore

struct IdempotencyKeyTests {
    @Test func `a key for another input is a conflict that names what differs`() throws {
        let fixture = try EngineFixture()
        try fixture.provision()
        try fixture.call(.reportUsage, ["customerId": "c", "featureId": "seats", "value": 1], key: "run/1")
        let error = fixture.failure(
            .reportUsage, ["customerId": "c", "featureId": "seats", "value": 2, "resourceId": "r"], key: "run/1")
        #expect(error.code == .idempotencyConflict)
        #expect(
            error.message
                == "reportUsage: the idempotency key \"run/1\" was used with another 'resourceId', 'value'; use a new key for a new intent"
        )
        #expect(
            fixture.failure(.archiveCustomer, ["id": "c"], key: "run/1").message
                == "archiveCustomer: the idempotency key \"run/1\" was used for reportUsage; use a new key for a new intent"
        )
        #expect(try fixture.count("usage_reports") == 1)
    }

    @Test func `keys belong to their customer`() throws {
        let fixture = try EngineFixture()
        try fixture.call(.provisionCustomer, ["id": "a"], key: "k")
        try fixture.call(.provisionCustomer, ["id": "b"], key: "k")
        #expect(try fixture.count("customers") == 2)
        // The same call under the field's other name is the same customer's.
        #expect(try fixture.call(.provisionCustomer, ["id": "a"], key: "k")["id"] == "a")
    }

    @Test func `a call that failed leaves its key free`() throws {
        let fixture = try EngineFixture()
        let input: Payload = ["customerId": "c", "featureId": "seats", "value": 1]
        #expect(fixture.failure(.reportUsage, input, key: "k").code == .customerNotFound)
        try fixture.provision()
        #expect(try fixture.call(.reportUsage, input, key: "k")["currentUsage"] == 1)
    }

    @Test func `old keys are forgotten in steps`() throws {
        let fixture = try EngineFixture()
        for number in 0..<5 {
            try fixture.call(.provisionCustomer, ["id": .string("c\(number)")], key: "k")
            fixture.now = fixture.now.advanced(bySeconds: 10)
        }
        let retention = KeyRetention(store: fixture.store, keepSeconds: 20, stepKeys: 2)
        try retention.runMaintenance(now: fixture.now)
        #expect(try fixture.count("idempotency_keys") == 2)
    }

    @Test func `two stores on one file count every report of a race once`() async throws {
        let fixture = try EngineFixture()
        try fixture.provision()
        let path = fixture.store.path
        let now = fixture.now
        // Each worker has a store of its own; the first fifty keys are common to both.
        let tasks = (0..<2).map { worker in
            Task.detached {
                let backend = try Engine(store: SQLiteStore(path: path, environment: "test"))
                for number in 0..<100 {
                    let key = number < 50 ? "common-\(number)" : "\(worker)-\(number)"
                    _ = try backend.performNow(
                        .reportUsage,
                        ["customerId": "c", "featureId": "seats", "value": 1, "idempotencyKey": .string(key)],
                        in: CallContext(.person, now: now))
                }
            }
        }
        for task in tasks { try await task.value }
        let counter = UsageCounter(customerID: CustomerID("c"), featureID: FeatureID("seats"))
        let level = try fixture.store.read { try CalculatedUsage(connection: $0).level(of: counter) }
        #expect(level == Amount(150))
        #expect(try fixture.count("usage_reports") == 150)
    }
}
