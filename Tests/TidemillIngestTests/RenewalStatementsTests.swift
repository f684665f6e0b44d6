import Foundation
import Testing
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore
import TidemillTestSupport

@testable import TidemillEngine

/// What a renewal with its invoice of ten lines costs, in statements: of machines and their load they say nothing, and they
/// tell when something is read for each customer, feature, day or hour that could be read once.
struct RenewalStatementsTests {
    private static let count = 40
    private static let features = (1...9).map { "feature-\($0)" }

    private struct Shop {
        let store: CountingStore
        let fixture: IngestFixture
        let engine: Engine

        func call(_ id: OperationID, _ input: Payload, at now: Timestamp) throws {
            _ = try engine.performNow(id, input, in: CallContext(.person, now: now))
        }
    }

    private static func time(_ text: String) throws -> Timestamp { try #require(Timestamp(rfc3339: text)) }

    /// Customers with a base fee and nine features whose usage is billed, each used on one day. `isMetered`: by events.
    private func shop(isMetered: Bool, start text: String) async throws -> Shop {
        let start = try Self.time(text)
        let used = start.advanced(bySeconds: 9 * 86_400)
        let fixture = try IngestFixture(clock: StandingClock(start.advanced(bySeconds: 20 * 86_400)))
        let store = CountingStore(fixture.store)
        let shop = Shop(store: store, fixture: fixture, engine: try Engine(store: store))
        func call(_ id: OperationID, _ input: Payload) throws { try shop.call(id, input, at: start) }
        try call(.createProduct, ["id": "p", "displayName": "P"])
        for id in Self.features {
            var feature: TextMap<Payload> = [
                "id": .string(id), "displayName": .string(id), "featureType": "NUMBER", "meterType": "INCREMENTAL",
            ]
            if isMetered { feature["meter"] = ["aggregation": ["function": "SUM", "field": "n"]] }
            try call(.createFeature, .object(feature))
        }
        let monthly: (Payload) -> Payload = {
            [["billingPeriod": "MONTHLY", "price": ["amount": $0, "currency": "usd"]]]
        }
        var models: [Payload] = [["billingModel": "FLAT_FEE", "pricePeriods": monthly(60)]]
        models += Self.features.map {
            ["billingModel": "USAGE_BASED", "featureId": .string($0), "pricePeriods": monthly(.number("0.5"))]
        }
        try call(.createPlan, ["id": "plan", "displayName": "Plan", "productId": "p"])
        try call(.updatePlan, ["id": "plan", "charges": ["pricingType": "PAID", "pricingModels": .array(models)]])
        try call(.publishPlan, ["id": "plan", "migrationType": "NEW_CUSTOMERS"])
        for index in 0..<Self.count {
            let customer = Payload.string("c\(index)")
            try call(.provisionCustomer, ["id": customer])
            try call(
                .provisionSubscription,
                [
                    "id": .string("s\(index)"), "customerId": customer, "planId": "plan", "billingPeriod": "MONTHLY",
                ])
            guard !isMetered else { continue }
            for feature in Self.features {
                try shop.call(
                    .reportUsage, ["customerId": customer, "featureId": .string(feature), "value": 7], at: used)
            }
        }
        guard isMetered else { return shop }
        var lines: [String] = []
        for day in 0..<20 {
            let at = start.advanced(bySeconds: Int64(day) * 86_400 + 60)
            lines += (0..<Self.count).map { index in
                """
                {"customerId":"c\(index)","eventName":"e","idempotencyKey":"\(day)-\(index)","timestamp":"\(at)",\
                "dimensions":{"n":1}}
                """
            }
        }
        let delivery = try fixture.deliver(Data(lines.joined(separator: "\n").utf8))
        #expect(try await fixture.processor.process([delivery]).first?.counts.applied == Int64(lines.count))
        _ = try fixture.store.write { connection in
            try DeliveryLedger.finish(delivery.id, owner: fixture.owner, as: .done, at: used, on: connection)
        }
        return shop
    }

    /// Statements for each renewal; those that are run most often are told where they are too many.
    private func check(_ counts: [String: Int], atMost most: Int, _ what: String) {
        let each = Double(counts.values.reduce(0, +)) / Double(Self.count)
        let often = counts.sorted { ($0.value, $0.key) > ($1.value, $1.key) }.prefix(60).map { sql, count in
            "\(Double(count) / Double(Self.count)) \(sql.split(separator: "\n").joined(separator: " ").prefix(120))"
        }
        #expect(each <= Double(most), "\(what): \(each)\n\(often.joined(separator: "\n"))")
    }

    private func lines(_ shop: Shop, at now: Timestamp) throws -> [Payload] {
        let page = try shop.engine.performNow(
            .listInvoices, ["id": "c7", "includeDrafts": true], in: CallContext(.person, now: now))
        return page["data"]?.items?.last?["lineItems"]?.items ?? []
    }

    /// Nine features that are reported, and nine that events are counted of, in a period that begins and ends within an
    /// hour.
    @Test(arguments: [
        (false, "2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z", 156, 52),
        (true, "2026-06-01T10:20:00Z", "2026-07-01T10:20:00Z", 245, 126),
    ])
    func `a renewal with its invoice of ten lines takes so many statements`(
        isMetered: Bool, start: String, end: String, made: Int, final: Int
    ) async throws {
        let shop = try await shop(isMetered: isMetered, start: start)
        let end = try Self.time(end)
        let later = end.advanced(bySeconds: 3600)
        check(try shop.store.statements { try shop.engine.lifecycle.advanceEveryone(to: end) }, atMost: made, "made")
        let upkeep = InvoiceUpkeep(store: shop.store, settings: EngineSettings()) { nil }
        check(try shop.store.statements { try upkeep.finishDrafts(now: later) }, atMost: final, "final")
        let lines = try lines(shop, at: later)
        // 7 reported, or an event on each of 20 days, at half a dollar.
        #expect(lines.count == 10 && lines.last?["amount"] == (isMetered ? 10 : .number("3.5")))
    }
}
