import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillPricing
import TidemillStore

/// Usage that comes when its time is billed. The figures were worked out by hand: 60 dollars a month and half a dollar a
/// call.
struct LateUsageTests {
    /// Customer `c` with seven calls in June, and June's invoice final.
    private func shop(_ more: TextMap<Payload> = [:]) throws -> EngineFixture {
        let shop = try EngineFixture()
        try shop.invoiceShop(more)
        try shop.use(7, at: "2026-06-10T00:00:00Z")
        try shop.month("07")
        return shop
    }

    @Test func `a file that arrives after the period closed goes on the next invoice`() throws {
        let shop = try shop()
        try shop.at("2026-07-05T00:00:00Z")
        try shop.use(100, at: "2026-06-30T23:59:58Z")
        try shop.work(at: "2026-07-05T00:00:15Z")
        #expect(try shop.billed().last == "0002 OPEN RENEWAL 63.5")
        #expect(try shop.waiting() == Amount(50))
        try shop.month("08")
        #expect(try shop.billed().last == "0003 OPEN RENEWAL 110")
        let invoice = try #require(try shop.invoices().last)
        #expect(shop.lines(invoice) == ["recurring 1 60", "usage 0 0", "usage 100 50"])
        let late = invoice["lineItems"]?.items?.last
        #expect(late?["featureId"] == "api")
        #expect(late?["window"]?["start"] == "2026-06-01T00:00:00.000Z")
        #expect(late?["window"]?["end"] == "2026-07-01T00:00:00.000Z")
        // It is billed once.
        try shop.month("09")
        #expect(try shop.billed().last == "0004 OPEN RENEWAL 60")
        #expect(try shop.verifyInvoices() == [])
    }

    @Test func `what is taken back gives money back, and never more than was billed`() throws {
        let shop = try shop()
        try shop.at("2026-07-05T00:00:00Z")
        try shop.use(-3, at: "2026-06-20T00:00:00Z")
        try shop.work(at: "2026-07-05T00:00:15Z")
        #expect(try shop.waiting() == Amount("-1.5"))
        try shop.use(-30, at: "2026-06-21T00:00:00Z")
        try shop.work(at: "2026-07-05T00:00:30Z")
        #expect(try shop.waiting() == Amount("-3.5"))
        try shop.month("08")
        #expect(try shop.billed().last == "0003 OPEN RENEWAL 56.5")
        #expect(try shop.verifyInvoices() == [])
    }

    @Test func `it has the discount and the tax of then`() throws {
        let shop = try EngineFixture()
        try shop.accountShop()
        try shop.call(.createCoupon, ["id": "less", "name": "less", "percentOff": 20])
        try shop.subscribe(
            "sixty",
            [
                "id": "s", "billingPeriod": "MONTHLY",
                "appliedCoupon": ["couponId": "less"], "billingInformation": ["taxPercentage": 10],
            ])
        try shop.month("07")
        // 60 less 20 % are 48, and 4.80 tax.
        #expect(try shop.billed().last == "0002 OPEN RENEWAL 52.8")
        try shop.at("2026-07-02T00:00:00Z")
        try shop.call(.updateSubscription, ["id": "s", "appliedCoupon": .null])
        try shop.call(.updateSubscription, ["id": "s", "billingInformation": ["taxPercentage": 50]])
        try shop.use(10, at: "2026-06-30T12:00:00Z")
        try shop.work(at: "2026-07-02T00:00:15Z")
        // 5 less 1, and 0.40 tax; nothing of August's touches it.
        let waiting = try shop.store.read {
            try AccountTable(connection: $0).lines(of: MoneyAccount(payer: CustomerID("c"), currency: "usd"))
        }
        #expect(waiting.map { "\($0.line.kind.rawValue) \($0.line.amount)" } == ["usage 5", "discount -1", "tax 0.4"])
        try shop.month("08")
        #expect(try shop.billed().last == "0003 OPEN RENEWAL 94.4")
        #expect(try shop.verifyInvoices() == [])
    }

    @Test func `usage of a plan that was left is billed by that plan`() throws {
        let shop = try EngineFixture()
        try shop.invoiceShop()
        try shop.use(10, at: "2026-06-05T00:00:00Z")
        try shop.at("2026-06-16T00:00:00Z")
        try shop.change("thirty", ["id": "s", "billingPeriod": "MONTHLY"])
        #expect(try shop.billed().last == "0002 PAID CHANGE 0")
        try shop.use(4, at: "2026-06-15T23:59:59Z")
        try shop.work(at: "2026-06-16T00:00:15Z")
        #expect(try shop.waiting() == Amount(2))
        // The change left 10 in the account: 30 − 15 − 5 of the usage.
        try shop.month("07")
        #expect(try shop.billed().last == "0003 OPEN RENEWAL 22")
        #expect(try shop.verifyInvoices() == [])
    }

    @Test func `where no other invoice comes a supplement is made a day later`() throws {
        let shop = try EngineFixture()
        try shop.invoiceShop()
        try shop.use(10, at: "2026-06-05T00:00:00Z")
        try shop.at("2026-06-16T00:00:00Z")
        try shop.call(.cancelSubscription, ["id": "s", "cancellationTime": "IMMEDIATE", "prorate": false])
        try shop.use(2, at: "2026-06-15T00:00:00Z")
        try shop.work(at: "2026-06-16T23:59:59Z")
        #expect(try shop.billed() == ["0001 OPEN START 60"])
        try shop.work(at: "2026-06-17T00:00:00Z")
        #expect(try shop.billed() == ["0001 OPEN START 60", "0002 OPEN SUPPLEMENT 6"])
        try shop.use(1, at: "2026-06-15T00:00:00Z")
        try shop.work(at: "2026-06-20T00:00:00Z")
        try shop.work(at: "2026-06-21T00:00:00Z")
        #expect(try shop.billed().last == "0003 OPEN SUPPLEMENT 0.5")
        #expect(try shop.waiting() == .zero)
        #expect(try shop.verifyInvoices() == [])
    }

    @Test func `a supplement below zero is the customer's credit`() throws {
        let shop = try shop()
        try shop.at("2026-07-02T00:00:00Z")
        try shop.call(.cancelSubscription, ["id": "s", "cancellationTime": "IMMEDIATE", "prorate": false])
        try shop.use(-7, at: "2026-06-11T00:00:00Z")
        try shop.work(at: "2026-07-02T00:00:15Z")
        try shop.work(at: "2026-07-03T00:00:15Z")
        #expect(try shop.billed().last == "0003 PAID SUPPLEMENT 0")
        #expect(try shop.credit() == Amount("3.5"))
        #expect(try shop.verifyInvoices() == [])
    }

    @Test func `three months late, each bill has its own usage, and a later correction its own window`() throws {
        let shop = try EngineFixture()
        try shop.invoiceShop()
        for month in ["07", "08", "09"] { try shop.month(month) }
        try shop.at("2026-09-05T00:00:00Z")
        try shop.use(4, at: "2026-08-10T00:00:00Z")
        try shop.use(2, at: "2026-08-20T00:00:00Z")
        try shop.work(at: "2026-09-05T00:00:15Z")
        try shop.month("10")
        let invoice = try #require(try shop.invoices().last)
        #expect(shop.lines(invoice) == ["recurring 1 60", "usage 0 0", "usage 6 3"])
        #expect(invoice["lineItems"]?.items?.last?["window"]?["start"] == "2026-08-01T00:00:00.000Z")
        #expect(try shop.verifyInvoices() == [])
    }

    @Test func `a start dated back behind another subscription has no time of it twice`() throws {
        // Field B02.
        let shop = try EngineFixture()
        try shop.invoiceShop()
        try shop.use(10, at: "2026-06-05T00:00:00Z")
        try shop.at("2026-06-11T00:00:00Z")
        try shop.call(.cancelSubscription, ["id": "s", "cancellationTime": "IMMEDIATE", "prorate": false])
        try shop.at("2026-06-12T00:00:00Z")
        try shop.subscribe(
            "sixty", ["id": "t", "billingPeriod": "MONTHLY", "startDate": "2026-06-01T00:00:00Z"])
        try shop.use(3, at: "2026-06-11T12:00:00Z")
        let preview = try #require(try shop.next("t")["invoice"])
        // July in advance, what s had used, and the three since.
        #expect(preview["total"]?.json == "66.5")
        try shop.month("07")
        #expect(try shop.billed().last == "0002 OPEN RENEWAL 66.5")
        let lines = shop.lines(try shop.invoices().last)
        #expect(lines == ["recurring 1 60", "usage 3 1.5", "usage 10 5"])
        #expect(try shop.verifyInvoices() == [])
    }

    @Test func `dated back and billed, with the usage of the closed periods`() throws {
        // Field B08.
        let shop = try EngineFixture()
        try shop.accountShop()
        try shop.at("2026-07-12T00:00:00Z")
        try shop.use(100, at: "2026-06-05T00:00:00Z")
        try shop.use(7, at: "2026-07-05T00:00:00Z")
        try shop.subscribe(
            "sixty",
            [
                "id": "s", "billingPeriod": "MONTHLY", "startDate": "2026-06-01T00:00:00Z",
                "billingInformation": ["isBackdated": true],
            ])
        #expect(try shop.billed() == ["0001 OPEN START 120"])
        #expect(try shop.waiting() == Amount(50))
        try shop.month("08")
        // 60 in advance, 7 calls of July, 100 of June.
        #expect(try shop.billed().last == "0002 OPEN RENEWAL 113.5")
        #expect(try shop.verifyInvoices() == [])
    }

    @Test func `a transfer cuts the time, and both resources are billed`() throws {
        let shop = try EngineFixture()
        try shop.accountShop()
        try shop.subscribe("sixty", ["id": "s", "billingPeriod": "MONTHLY", "resourceId": "a"])
        try shop.use(8, at: "2026-06-05T00:00:00Z", resource: "a")
        try shop.at("2026-06-16T00:00:00Z")
        try shop.call(.transferSubscription, ["id": "s", "destinationResourceId": "b"])
        try shop.use(6, at: "2026-06-20T00:00:00Z", resource: "b")
        try shop.use(2, at: "2026-06-15T00:00:00Z", resource: "a")
        try shop.work(at: "2026-06-20T00:00:15Z")
        // Without a subscription by now: nobody is billed for it.
        try shop.use(50, at: "2026-06-21T00:00:00Z", resource: "a")
        try shop.month("07")
        let lines = shop.lines(try shop.invoices().last)
        #expect(lines == ["recurring 1 60", "usage 6 3", "usage 8 4", "usage 2 1"])
        #expect(try shop.verifyInvoices() == [])
    }

    @Test func `usage that is older than identities are known waits for a person`() throws {
        let shop = try shop()
        try shop.at("2026-07-20T00:00:00Z")
        try shop.use(20, at: "2026-06-02T00:00:00Z")
        try shop.use(3, at: "2026-06-28T00:00:00Z")
        try shop.work(at: "2026-07-20T00:00:15Z")
        #expect(try shop.waiting() == Amount("1.5"))
        // It counts as usage all the same.
        let used = try shop.store.read {
            try CalculatedUsage(connection: $0).level(
                of: UsageCounter(customerID: CustomerID("c"), featureID: FeatureID("api"), resourceID: nil))
        }
        #expect(used == Amount(30))
        try shop.store.write { connection in
            let late = TooLateUsage(connection)
            let input = try ListLateUsage.Input.shape.decode([:], as: "input")
            #expect(try late.page(of: input).data.map(\.value) == [Amount(20)])
            let accepted = try DecideLateUsage.Input.shape.decode(
                ["customerId": "c", "decision": "ACCEPTED", "reason": "it is true"], as: "input")
            #expect(try late.decide(accepted, at: shop.now, settings: EngineSettings()).count == 1)
            #expect(try late.page(of: input).data.isEmpty)
        }
        // It is on the next invoice at once.
        #expect(try shop.waiting() == Amount("11.5"))
        try shop.work(at: "2026-07-20T00:00:30Z")
        #expect(try shop.waiting() == Amount("11.5"))
        #expect(try shop.verifyInvoices() == [])
    }

    @Test func `what a person decides about is decided in pieces, and whoever comes after goes on`() throws {
        let shop = try shop()
        let subject = LateSubject(customer: CustomerID("c"), resource: nil, feature: FeatureID("api"))
        let closed = try #require(Timestamp(rfc3339: "2026-06-11T00:00:00Z"))
        try shop.store.write { connection in
            for hour in 0..<5 {
                try LateUsageTable(connection: connection).hold(
                    LateUsageTable.TooLate(
                        subject: subject, at: closed.advanced(bySeconds: Int64(hour) * 3600), delivery: "",
                        arrivedAt: shop.now, amount: Amount(1)), meter: 0)
            }
        }
        let all = try DecideLateUsage.Input.shape.decode(
            ["all": true, "decision": "WAIVED", "reason": "sent twice"], as: "input")
        let pieces = try (0..<4).map { _ in
            try shop.store.write { try TooLateUsage($0).decide(all, at: shop.now, pieceMax: 2).count }
        }
        #expect(pieces == [2, 2, 1, 0])
    }

    @Test(arguments: [(10, 10), (1000, 1000), (1500, 1000)] as [(Int64, Int64)])
    func `what status tells is counted no further than anybody wants to know`(rows: Int64, counted: Int64) throws {
        let many =
            "FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) SELECT i FROM n) AS many"
        let fixture = try EngineFixture()
        #expect(try fixture.store.read { try $0.shortCount(many, [.integer(rows)]) } == counted)
    }
}
