import Foundation
import Testing
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillStore

/// The history of usage that is counted from events: each series begins anew with each period of the limit.
struct EventHistoryTests {
    private struct Stopped: Wallclock { let now: Timestamp }

    private static let late = time("2026-06-01T00:00:00Z")

    private func shop(_ function: String) throws -> IngestFixture {
        let fixture = try IngestFixture(clock: Stopped(now: Self.late))
        func call(_ id: OperationID, _ input: Payload) throws {
            _ = try fixture.engine.performNow(
                id, input, in: CallContext(.person, now: Self.time("2026-03-01T00:00:00Z")))
        }
        try call(.provisionCustomer, ["id": "c"])
        try call(.createProduct, ["id": "p", "displayName": "P"])
        try call(
            .createFeature,
            [
                "id": "tokens", "displayName": "Tokens", "featureType": "NUMBER", "meterType": "INCREMENTAL",
                "meter": [
                    "aggregation": ["function": .string(function), "field": "n"], "filters": [], "groupBy": ["model"],
                ],
            ])
        try call(.createPlan, ["id": "pro", "displayName": "Pro", "productId": "p", "pricingType": "FREE"])
        try call(
            .createPlanEntitlements,
            [
                "planId": "pro",
                "entitlements": [
                    [
                        "id": "tokens", "type": "FEATURE", "usageLimit": 100, "resetPeriod": "MONTH",
                        "monthlyResetPeriodConfiguration": ["accordingTo": "StartOfTheMonth"],
                    ]
                ],
            ])
        try call(.publishPlan, ["id": "pro", "migrationType": "NEW_CUSTOMERS"])
        try call(.provisionSubscription, ["customerId": "c", "planId": "pro"])
        return fixture
    }

    private static func time(_ text: String) -> Timestamp {
        guard let time = Timestamp(rfc3339: text) else { preconditionFailure("\(text) is a time") }
        return time
    }

    private func event(_ key: String, _ at: String, _ value: Int, _ model: String) -> String {
        #"{"customerId":"c","eventName":"e","idempotencyKey":"\#(key)","timestamp":"\#(at)","dimensions":{"n":\#(value),"model":"\#(model)"}}"#
            + "\n"
    }

    /// The last point of March, April's first and its last, for each series.
    @Test(
        arguments: [
            // 3 + 5 in March and 4 in April of a; 7 in March of b, and nothing in April.
            ("SUM", ["a": [8, 0, 4], "b": [7, 0, 0]]), ("MAX", ["a": [5, 0, 4], "b": [7, 0, 0]]),
            ("AVG", ["a": [4, 0, 4], "b": [7, 0, 0]]),
        ] as [(String, [String: [Payload]])])
    func `each series begins anew with the month`(function: String, expected: [String: [Payload]]) async throws {
        let fixture = try shop(function)
        let text =
            event("1", "2026-03-10T05:00:00Z", 3, "a") + event("2", "2026-03-31T23:59:59Z", 5, "a")
            + event("3", "2026-03-11T00:00:00Z", 7, "b") + event("4", "2026-04-01T00:00:00Z", 4, "a")
        _ = try await fixture.processor.process([try fixture.deliver(Data(text.utf8))])
        let history = try fixture.engine.performNow(
            .getUsageHistory,
            [
                "customerId": "c", "featureId": "tokens", "startDate": "2026-03-01T00:00:00Z",
                "endDate": "2026-04-03T00:00:00Z", "groupBy": ["model"],
            ], in: CallContext(.person, now: Self.late))
        #expect(
            history["markers"] == [["timestamp": "2026-04-01T00:00:00.000Z", "type": "PERIODIC_RESET"]])
        var found: [String: [Payload]] = [:]
        for series in history["series"]?.items ?? [] {
            let points = series["points"]?.items ?? []
            let reset = try #require(points.firstIndex { $0["isResetPoint"] == true })
            found[series["tags"]?.items?.first?["value"]?.text ?? ""] =
                [points[reset - 1], points[reset], try #require(points.last)].compactMap { $0["value"] }
        }
        #expect(found == expected)
    }
}
