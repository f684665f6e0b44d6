import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillStore

/// Metered time that changes hands or its price within a period, and time that nobody is billed for. The figures were worked
/// out by hand: 60 dollars a month and half a dollar a call.
struct MovedUsageTests {
    /// Eight calls until 16 June.
    private func shop() throws -> EngineFixture {
        let shop = try EngineFixture()
        try shop.accountShop()
        for id in ["d", "boss"] { try shop.call(.provisionCustomer, ["id": .string(id)]) }
        try shop.subscribe("sixty", ["id": "s", "billingPeriod": "MONTHLY"])
        try shop.use(8, at: "2026-06-05T00:00:00Z")
        try shop.at("2026-06-16T00:00:00Z")
        return shop
    }

    private func use(_ calls: Int64, of customer: String, at time: String, _ shop: EngineFixture) throws {
        shop.now = try max(shop.now, #require(Timestamp(rfc3339: time)))
        try shop.call(
            .reportUsage,
            [
                "customerId": .string(customer), "featureId": "api", "value": .integer(calls),
                "createdAt": .string(time),
            ])
    }

    @Test func `a delegation closes what the one had used, and bills the other's from then on, to who pays`() throws {
        let shop = try shop()
        try shop.call(.delegateSubscription, ["id": "s", "targetCustomerId": "d"])
        try use(6, of: "d", at: "2026-06-20T00:00:00Z", shop)
        // Late of before, and of nobody's since.
        try use(2, of: "c", at: "2026-06-15T00:00:00Z", shop)
        try use(50, of: "c", at: "2026-06-21T00:00:00Z", shop)
        try use(70, of: "d", at: "2026-06-10T00:00:00Z", shop)
        try shop.work(at: "2026-06-21T00:00:15Z")
        try shop.month("07")
        let invoice = try #require(try shop.invoices().last)
        #expect(shop.lines(invoice) == ["recurring 1 60", "usage 6 3", "usage 8 4", "usage 2 1"])
        #expect(try shop.invoices(of: "d") == [])
        let differences = try shop.verifyInvoices()
        #expect(differences == [])
    }

    @Test func `another payer pays for what is used from then on, and the one before for what was`() throws {
        let shop = try shop()
        try shop.subscribe("sixty", ["billingPeriod": "MONTHLY", "payingCustomerId": "boss"])
        try shop.use(6, at: "2026-06-20T00:00:00Z")
        try shop.use(2, at: "2026-06-15T00:00:00Z")
        try shop.work(at: "2026-06-20T00:00:15Z")
        try shop.month("07")
        // Nothing else will bill c: a supplement does.
        #expect(try shop.billed() == ["0001 OPEN START 60", "0002 OPEN SUPPLEMENT 5"])
        #expect(try shop.billed("boss") == ["0001 OPEN RENEWAL 63"])
        let differences = try shop.verifyInvoices()
        #expect(differences == [])
    }

    @Test func `another price holds for what is used from then on, and late usage has the one of its time`() throws {
        let shop = try shop()
        try shop.call(
            .updateSubscription, ["id": "s", "priceOverrides": [["featureId": "api", "amount": 1, "currency": "usd"]]])
        try shop.use(6, at: "2026-06-20T00:00:00Z")
        try shop.use(2, at: "2026-06-15T00:00:00Z")
        try shop.work(at: "2026-06-20T00:00:15Z")
        try shop.month("07")
        #expect(shop.lines(try shop.invoices().last) == ["recurring 1 60", "usage 6 6", "usage 8 4", "usage 2 1"])
        try shop.use(3, at: "2026-06-14T00:00:00Z")
        try shop.use(3, at: "2026-06-17T00:00:00Z")
        try shop.work(at: "2026-07-02T00:00:00Z")
        #expect(try shop.waiting() == Amount("4.5"))
        let differences = try shop.verifyInvoices()
        #expect(differences == [])
    }

    @Test func `what was used before an import, or before a start that was dated back, is not billed`() throws {
        for (operation, isBilled) in [("import", false), ("start", false), ("billed", true)] {
            let shop = try EngineFixture()
            try shop.accountShop()
            try shop.use(100, at: "2026-06-05T00:00:00Z")
            try shop.use(40, at: "2026-07-05T00:00:00Z")
            try shop.at("2026-07-10T00:00:00Z")
            var order: TextMap<Payload> = [
                "id": "s", "customerId": "c", "planId": "sixty", "billingPeriod": "MONTHLY",
                "startDate": "2026-06-01T00:00:00Z",
            ]
            if isBilled { order["billingInformation"] = ["isBackdated": true] }
            if operation == "import" {
                try shop.call(.importSubscriptions, ["subscriptions": [.object(order)]])
            } else {
                try shop.call(.provisionSubscription, .object(order))
            }
            try shop.use(7, at: "2026-07-20T00:00:00Z")
            try shop.month("08")
            let billed = try shop.billed()
            switch operation {
            // Seven since the import.
            case "import": #expect(billed == ["0001 OPEN RENEWAL 63.5"])
            // The running period's, and June's is over.
            case "start": #expect(billed == ["0001 OPEN RENEWAL 83.5"])
            // June and July in advance; August, 47 of July and 100 of June.
            default: #expect(billed == ["0001 OPEN START 120", "0002 OPEN RENEWAL 133.5"])
            }
            let differences = try shop.verifyInvoices()
            #expect(differences == [])
        }
    }

    @Test func `a clock that goes back and forth bills nothing twice`() throws {
        let shop = try EngineFixture()
        try shop.invoiceShop()
        try shop.use(7, at: "2026-06-10T00:00:00Z")
        try shop.work(at: "2026-07-01T00:00:00Z")
        try shop.work(at: "2026-06-20T00:00:00Z")
        try shop.work(at: "2026-07-01T00:30:00Z")
        try shop.work(at: "2026-06-30T23:59:59Z")
        #expect(try shop.billed() == ["0001 OPEN START 60", "null DRAFT RENEWAL 63.5"])
        try shop.work(at: "2026-07-01T01:00:00Z")
        try shop.work(at: "2026-07-01T00:00:00Z")
        try shop.work(at: "2026-08-15T00:00:00Z")
        try shop.work(at: "2026-07-20T00:00:00Z")
        try shop.work(at: "2026-08-15T01:00:00Z")
        #expect(
            try shop.billed() == ["0001 OPEN START 60", "0002 OPEN RENEWAL 63.5", "0003 OPEN RENEWAL 60"])
        let differences = try shop.verifyInvoices()
        #expect(differences == [])
    }
}
