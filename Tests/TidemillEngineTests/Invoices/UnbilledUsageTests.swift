import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillPricing
import TidemillStore

/// What `verify` says of usage that is on no invoice, and of invoices that are not what their account or their time says.
struct UnbilledUsageTests {
    private func use(_ customer: String, _ time: String, feature: String = "api", _ shop: EngineFixture) throws {
        shop.now = try max(shop.now, #require(Timestamp(rfc3339: time)))
        try shop.call(
            .reportUsage,
            [
                "customerId": .string(customer), "featureId": .string(feature), "value": 1, "createdAt": .string(time),
            ])
    }

    private func unbilled(_ shop: EngineFixture) throws -> [UnbilledUsage.Reason: Int64] {
        let report = try InvoiceVerifier(settings: EngineSettings(), now: shop.now).verify(shop.store)
        #expect(report.differences == [])
        return report.unbilled.subjects
    }

    @Test func `each kind is counted by its name, and what is billed or will be is not among them`() throws {
        let shop = try EngineFixture()
        try shop.accountShop()
        try shop.call(
            .createFeature,
            ["id": "looks", "displayName": "Looks", "featureType": "NUMBER", "meterType": "INCREMENTAL"])
        for id in ["trial", "free", "plain", "nobody", "imported", "back"] {
            try shop.call(.provisionCustomer, ["id": .string(id)])
        }
        func subscribe(_ customer: String, _ plan: String, _ more: TextMap<Payload> = [:]) throws {
            try shop.call(
                .provisionSubscription,
                .object(
                    [
                        "customerId": .string(customer), "planId": .string(plan), "billingPeriod": "MONTHLY",
                    ].merging(more) { $1 }))
        }
        try subscribe("c", "sixty")
        try subscribe(
            "trial", "sixty",
            ["trialOverrideConfiguration": ["isTrial": true, "trialEndDate": "2026-07-01T00:00:00Z"]])
        try subscribe("free", "free")
        try subscribe("plain", "thirty")
        for id in ["c", "trial", "free", "plain", "nobody", "imported", "back"] {
            try use(id, "2026-06-02T00:00:00Z", shop)
            try use(id, "2026-06-03T00:00:00Z", shop)
        }
        try use("c", "2026-06-03T00:00:00Z", feature: "looks", shop)
        // The running period's is billed, although it was before the subscription was made.
        try use("back", "2026-07-05T00:00:00Z", shop)
        try shop.at("2026-07-10T00:00:00Z")
        try subscribe("back", "sixty", ["startDate": "2026-06-01T00:00:00Z"])
        try shop.call(
            .importSubscriptions,
            [
                "subscriptions": [
                    [
                        "id": "i", "customerId": "imported", "planId": "sixty", "billingPeriod": "MONTHLY",
                        "startDate": "2026-06-01T00:00:00Z",
                    ]
                ]
            ])
        for id in ["c", "trial", "imported", "back"] { try use(id, "2026-07-11T00:00:00Z", shop) }
        try shop.work(at: "2026-07-11T01:00:00Z")
        #expect(
            try unbilled(shop) == [
                .trial: 1, .freePlan: 1, .noPrice: 2, .noSubscription: 1, .imported: 1, .datedBack: 1,
            ])
        try shop.month("08")
        #expect(
            try unbilled(shop) == [
                .trial: 1, .freePlan: 1, .noPrice: 2, .noSubscription: 1, .imported: 1, .datedBack: 1,
            ])
        let report = try InvoiceVerifier(settings: EngineSettings(), now: shop.now).verify(shop.store)
        #expect(report.unbilled.unsubscribed == "\"api\" of nobody")
    }

    private func differences(_ sql: String) throws -> [String] {
        let shop = try EngineFixture()
        try shop.invoiceShop()
        try shop.inScope { scope in
            try scope.accounts.add(
                credit: Amount(20), to: MoneyAccount(payer: CustomerID("c"), currency: "usd"), .change, of: "s",
                at: scope.now)
        }
        for month in ["07", "08", "09"] {
            try shop.use(7, at: "2026-\(month)-10T00:00:00Z")
            try shop.month(month == "07" ? "08" : month == "08" ? "09" : "10")
        }
        #expect(try shop.verifyInvoices() == [])
        try shop.store.write { _ = try $0.execute(sql) }
        return try shop.verifyInvoices()
    }

    @Test func `paid time that no window has is named`() throws {
        let july = try #require(Timestamp(rfc3339: "2026-08-01T00:00:00Z")).microseconds
        let found = try differences("DELETE FROM closed_usage WHERE end_at = \(july)")
        #expect(found.contains { $0.contains("in paid time that no window has") })
    }

    /// On one plan until the middle of June, then on another, cancelled in September.
    private func changedShop() throws -> EngineFixture {
        let shop = try EngineFixture()
        try shop.invoiceShop()
        try shop.plan("ninety", monthly: 90, annually: 900, calls: Amount(1))
        try shop.use(7, at: "2026-06-10T00:00:00Z")
        try shop.at("2026-06-15T00:00:00Z")
        try shop.change("ninety", ["billingPeriod": "MONTHLY"])
        for day in ["06-20", "07-05", "07-20", "08-05", "08-20", "09-05"] {
            try shop.use(7, at: "2026-\(day)T00:00:00Z")
            try shop.work(at: "2026-\(day)T01:00:00Z")
        }
        try shop.at("2026-09-10T00:00:00Z")
        try shop.call(.cancelSubscription, ["id": "s", "cancellationTime": "IMMEDIATE", "prorate": false])
        try shop.work(at: "2026-09-12T00:00:00Z")
        return shop
    }

    @Test func `a gap is named after a change of plan and before an end too`() throws {
        let shop = try changedShop()
        #expect(try shop.verifyInvoices() == [])
        let ends = try shop.store.read {
            try $0.rows("SELECT end_at FROM closed_usage ORDER BY end_at") { $0.integer(0) }
        }
        #expect(ends.count >= 4)
        // The first is known by the lines that bill it: before it nothing tells since when there are invoices.
        for end in ends.dropFirst() {
            let shop = try changedShop()
            try shop.store.write { _ = try $0.execute("DELETE FROM closed_usage WHERE end_at = \(end)") }
            let found = try shop.verifyInvoices()
            #expect(found.contains { $0.contains("in paid time that no window has") }, "\(found)")
        }
    }

    @Test func `an account is its entries, and each invoice what it took of it`() throws {
        let credit = try differences(
            "UPDATE account_entries SET amount_units = -19 WHERE kind = 'credit' AND invoice_id IS NOT NULL")
        #expect(credit.count == 1 && credit.first?.contains("by -20, the entries say -19") == true)
        let missing = try differences("DELETE FROM account_entries WHERE invoice_id IS NOT NULL")
        #expect(missing.count == 1 && missing.first?.contains("the entries say 0") == true)
    }
}
