import Testing
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore

struct UsageReportTests {
    @Test func `deltas add up and a set replaces`() throws {
        let fixture = try EngineFixture()
        try fixture.provision()
        let report: (Payload, String) throws -> Payload? = { value, behavior in
            fixture.now = fixture.now.advanced(bySeconds: 1)
            return try fixture.call(
                .reportUsage,
                ["customerId": "c", "featureId": "seats", "value": value, "updateBehavior": .string(behavior)]
            )["currentUsage"]
        }
        #expect(try report(3, "DELTA") == 3)
        #expect(try report(.number("-1.5"), "DELTA") == .number("1.5"))
        #expect(try report(10, "SET") == 10)
        #expect(try report("0.000000001", "DELTA") == .number("10.000000001"))
    }

    @Test func `a measurement has every field of the API`() throws {
        let fixture = try EngineFixture()
        try fixture.provision()
        let measurement = try fixture.call(
            .reportUsage,
            [
                "customerId": "c", "featureId": "seats", "resourceId": "r", "value": 2,
                "createdAt": "2026-09-01T00:00:00Z",
            ])
        guard case .object(var members) = measurement else {
            Issue.record("no object")
            return
        }
        #expect(members.removeValue(forKey: "id")?.text?.count == 36)
        #expect(
            members == [
                "customerId": "c", "featureId": "seats", "resourceId": "r", "value": 2, "currentUsage": 2,
                "timestamp": "2026-09-01T00:00:00.000Z", "createdAt": "2026-10-01T12:00:00.000Z",
                "usagePeriodStart": .null, "usagePeriodEnd": .null, "nextResetDate": .null, "credit": .null,
            ])
        #expect(
            try fixture.call(.listCustomerResources, ["id": "c"])["data"]?.list.compactMap { $0["id"] } == ["r"])
    }

    @Test func `a repeated key changes nothing and answers the first measurement`() throws {
        let fixture = try EngineFixture()
        try fixture.provision()
        let input: Payload = ["customerId": "c", "featureId": "seats", "value": 3, "idempotencyKey": "k"]
        let first = try fixture.call(.reportUsage, input)
        fixture.now = fixture.now.advanced(bySeconds: 60)
        #expect(try fixture.call(.reportUsage, input) == first)
        #expect(try fixture.count("usage_reports") == 1)
        let other: Payload = ["customerId": "c", "featureId": "seats", "value": 4, "idempotencyKey": "k"]
        let error = fixture.failure(.reportUsage, other)
        #expect(error.code.rawValue == "idempotency_conflict")
        #expect(
            error.message
                == "reportUsage: the idempotency key \"k\" was used with another 'value'; use a new key for a new report"
        )
        // Another resource is another counter, with keys of its own.
        try fixture.call(
            .reportUsage,
            ["customerId": "c", "featureId": "seats", "resourceId": "r", "value": 4, "idempotencyKey": "k"])
        #expect(try fixture.count("usage_reports") == 2)
    }

    @Test func `what cannot be reported says why`() throws {
        let fixture = try EngineFixture()
        try fixture.provision()
        try fixture.call(.createFeature, CreateFeature.row.example.input)
        try fixture.call(.createFeature, ["id": "switch", "displayName": "S", "featureType": "BOOLEAN"])
        try fixture.call(.createFeature, ["id": "plain", "displayName": "P", "featureType": "NUMBER"])
        try fixture.call(
            .createFeature,
            [
                "id": "off", "displayName": "O", "featureType": "NUMBER", "meterType": "INCREMENTAL",
                "featureStatus": "SUSPENDED",
            ])
        try fixture.call(.provisionCustomer, ["id": "gone"])
        try fixture.call(.archiveCustomer, ["id": "gone"])
        let expected: [(customer: String, feature: String, code: String)] = [
            ("nobody", "seats", "CustomerNotFound"), ("gone", "seats", "EntityIsArchivedError"),
            ("c", "nothing", "FeatureNotFound"),
            ("c", "feature-tokens", "CannotReportUsageForEntitlementWithMeterError"),
            ("c", "switch", "MeteringNotAvailableForFeatureType"),
            ("c", "plain", "MeteringNotAvailableForFeatureType"), ("c", "off", "EntityIsArchivedError"),
        ]
        for (customer, feature, code) in expected {
            let error = fixture.failure(
                .reportUsage, ["customerId": .string(customer), "featureId": .string(feature), "value": 1])
            #expect(error.code.rawValue == code)
        }
        #expect(try fixture.count("usage_reports") == 0)
    }

    @Test(arguments: ["0001-01-01T00:00:00Z", "1999-12-31T23:59:59Z", "2026-10-02T12:00:01Z", "9999-12-31T23:59:59Z"])
    func `usage is dated from 2000 to a day ahead`(time: String) throws {
        let fixture = try EngineFixture()
        try fixture.provision()
        let error = fixture.failure(
            .reportUsage, ["customerId": "c", "featureId": "seats", "value": 1, "createdAt": .string(time)])
        #expect(
            error.message.hasPrefix(
                "reportUsage: 'createdAt' must be a time from 2000-01-01T00:00:00Z to 2026-10-02T12:00:00Z, got "))
    }

    @Test func `a counter never grows beyond what an amount holds`() throws {
        let fixture = try EngineFixture()
        try fixture.provision()
        let most: Payload = ["customerId": "c", "featureId": "seats", "value": 999_999_999_999_999_999]
        try fixture.call(.reportUsage, most)
        #expect(fixture.failure(.reportUsage, most).code.rawValue == "UsageMeasurementDiffOutOfRangeError")
        #expect(try fixture.count("usage_reports") == 1)
        // Late reports before a SET may add up to more than 64 bits.
        fixture.now = fixture.now.advanced(bySeconds: 100)
        try fixture.call(
            .reportUsage, ["customerId": "c", "featureId": "seats", "value": 5, "updateBehavior": "SET"])
        for _ in 0..<30 {
            try fixture.call(
                .reportUsage,
                [
                    "customerId": "c", "featureId": "seats", "value": 999_999_999_999_999_999,
                    "createdAt": "2026-10-01T12:00:30Z",
                ])
        }
        let counter = UsageCounter(customerID: CustomerID("c"), featureID: FeatureID("seats"))
        let (before, after) = try fixture.store.read { connection in
            let usage = CalculatedUsage(connection: connection)
            return (
                try usage.level(of: counter, before: EngineFixture.start.advanced(bySeconds: 60)),
                try usage.level(of: counter)
            )
        }
        #expect(before == Amount(nanos: 31 * 999_999_999_999_999_999 * Amount.nanosPerUnit))
        #expect(after == Amount(5))
    }

    @Test func `of a bulk all are stored or none`() throws {
        let fixture = try EngineFixture()
        try fixture.provision()
        let good: Payload = ["customerId": "c", "featureId": "seats", "value": 1]
        let error = fixture.failure(
            .reportUsageBulk, ["usages": [good, ["customerId": "nobody", "featureId": "seats", "value": 1]]])
        #expect(error.code == .customerNotFound)
        #expect(
            error.message
                == "reportUsageBulk: usages[1]: there is no customer \"nobody\"; create it with provisionCustomer")
        #expect(try fixture.count("usage_reports") == 0)
        let answer = try fixture.call(.reportUsageBulk, ["usages": [good, good]])
        #expect(answer["usages"]?.list.compactMap { $0["currentUsage"] } == [1, 2])
    }

    @Test func `history gives the level at each point, from the first report on`() throws {
        let fixture = try EngineFixture()
        try fixture.provision()
        for (time, value, behavior) in [
            ("2026-10-01T01:30:00Z", 5, "SET"), ("2026-10-01T02:00:00Z", 2, "DELTA"),
            ("2026-10-01T03:59:59Z", -1, "DELTA"),
        ] as [(String, Int64, String)] {
            try fixture.call(
                .reportUsage,
                [
                    "customerId": "c", "featureId": "seats", "value": .integer(value), "createdAt": .string(time),
                    "updateBehavior": .string(behavior),
                ])
        }
        let answer = try fixture.call(
            .getUsageHistory,
            [
                "customerId": "c", "featureId": "seats", "startDate": "2026-10-01T00:00:00Z",
                "endDate": "2026-10-01T04:30:00Z",
            ])
        let points = answer["series"]?.list.first?["points"]?.list ?? []
        #expect(
            points.map { "\($0["timestamp"]?.text ?? "") \($0["value"]?.json ?? "")" } == [
                "2026-10-01T02:00:00.000Z 5", "2026-10-01T03:00:00.000Z 7", "2026-10-01T04:00:00.000Z 6",
                "2026-10-01T04:30:00.000Z 6",
            ])
        #expect(
            fixture.failure(
                .getUsageHistory,
                [
                    "customerId": "c", "featureId": "seats", "startDate": "2026-10-02T00:00:00Z",
                    "endDate": "2026-10-01T00:00:00Z",
                ]
            ).message == "getUsageHistory: 'endDate' must be later than 'startDate'")
    }
}
