import Foundation
import Testing
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillPricing
import TidemillStore
import TidemillTestSupport

/// A renewal comes out the same whoever is the first to look after it was due. Tax is the configuration's, 10 %; the
/// figures were worked out by hand: 200 and its tax come back as 220, the renewal of 50 takes 55 of them.
struct FirstNoticeTests {
    enum Notice: CaseIterable {
        case check, event, upkeep, catalog
    }

    private let settings = {
        var settings = EngineSettings()
        settings.tax = Tax(percentage: Amount(10))
        return settings
    }()

    @Test(arguments: Notice.allCases)
    func `a renewal takes its tax from the account, whoever notices it`(notice: Notice) async throws {
        let start = try #require(Timestamp(rfc3339: "2026-06-01T00:00:00Z"))
        let later = try #require(Timestamp(rfc3339: "2026-07-01T00:00:05Z"))
        let fixture = try IngestFixture(settings: settings, clock: StandingClock(later))
        let backend = fixture.engine
        func call(_ id: OperationID, _ input: Payload, at now: Timestamp = start) throws {
            _ = try backend.performNow(id, input, in: CallContext(.person, now: now))
        }
        try call(.provisionCustomer, ["id": "c"])
        try call(
            .createFeature,
            [
                "id": "calls", "displayName": "Calls", "featureType": "NUMBER", "meterType": "INCREMENTAL",
                "meter": ["aggregation": ["function": "COUNT"]],
            ])
        for (id, price) in [("a", 50), ("b", 200)] {
            try call(.createProduct, ["id": .string("p-\(id)"), "displayName": "P"])
            try call(.createPlan, ["id": .string(id), "displayName": "Plan", "productId": .string("p-\(id)")])
            let period: Payload = [
                "billingPeriod": "MONTHLY", "price": ["amount": .integer(Int64(price)), "currency": "usd"],
            ]
            let models: Payload = [["billingModel": "FLAT_FEE", "pricePeriods": [period]]]
            try call(
                .updatePlan, ["id": .string(id), "charges": ["pricingType": "PAID", "pricingModels": models]])
            try call(.publishPlan, ["id": .string(id), "migrationType": "NEW_CUSTOMERS"])
            try call(
                .provisionSubscription,
                [
                    "id": .string("s-\(id)"), "customerId": "c", "planId": .string(id), "billingPeriod": "MONTHLY",
                ])
        }
        try call(.cancelSubscription, ["id": "s-b", "cancellationTime": "IMMEDIATE", "prorate": true])

        switch notice {
        case .check:
            try call(.checkEntitlement, ["customerId": "c", "featureId": "calls"], at: later)
        case .event:
            let line = #"{"customerId":"c","eventName":"call","idempotencyKey":"1","timestamp":"2026-07-01T00:00:01Z"}"#
            let outcomes = try await fixture.processor.process([try fixture.deliver(Data(line.utf8))])
            #expect(outcomes.first?.counts.applied == 1)
        case .upkeep:
            try backend.lifecycle.runMaintenance(now: later)
        case .catalog:
            // A price that everybody gets moves the subscription, which is brought up to the present first.
            let declaration: Payload = [
                "products": [["id": "p-a", "displayName": "P"], ["id": "p-b", "displayName": "P"]],
                "plans": [["id": "a", "displayName": "Plan A", "productId": "p-a"]],
            ]
            try CatalogApplier(store: fixture.store, settings: settings)
                .apply(declaration, migration: .allCustomers, now: later)
            try call(.checkEntitlement, ["customerId": "c", "featureId": "calls"], at: later)
        }

        let entries = try fixture.store.read { connection in
            try connection.rows(
                "SELECT cause, amount_units, amount_nanos FROM account_entries WHERE kind = 'credit' ORDER BY sequence"
            ) { "\($0.text(0)) \($0.integer(1)).\($0.integer(2))" }
        }
        #expect(entries.last == "RENEWAL -55.0", "\(entries)")
        #expect(entries.count == 2)
        #expect(entries.first?.hasSuffix(" 220.0") == true)
    }
}
