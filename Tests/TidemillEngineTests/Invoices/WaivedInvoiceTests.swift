import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillPricing
import TidemillStore

/// Invoices that are voided without being billed anew: waived counts as not charged, and is not owed. The figures were
/// worked out by hand. June has 30 days.
struct WaivedInvoiceTests {
    /// Five seats at ten a month since 1 June.
    private func seats(_ count: Int64 = 5) throws -> SeatShop {
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        try shop.publish([shop.seats(10)])
        try shop.publish([shop.flat(20)], as: "extra", .addon)
        try shop.subscribe(count)
        return shop
    }

    private func waive(_ number: String, _ shop: EngineFixture, rebill: Bool = false) throws {
        try shop.call(
            .voidInvoice,
            ["customerId": "c", "invoiceNumber": .string(number), "rebill": .boolean(rebill), "reason": "x"])
    }

    // MARK: - Time

    @Test func `of waived seats nothing is given back, and of paid ones their time`() throws {
        let shop = try seats()
        try shop.fixture.at("2026-06-11T00:00:00Z")
        // 3 × 10 for 20 of 30 days.
        #expect(try shop.change(8) == "20 / 0")
        try shop.fixture.call(.markInvoiceAsPaid, ["id": "s"])
        try waive("0001", shop.fixture)
        try shop.fixture.at("2026-06-16T00:00:00Z")
        // 3 × 10 for 15 of 30 days.
        #expect(try shop.change(5) == "0 / 15")
        try shop.fixture.at("2026-06-21T00:00:00Z")
        #expect(try shop.cancel() == "15")
        try verify(shop.fixture)
    }

    @Test func `what is added to waived seats costs what it costs`() throws {
        let shop = try SeatShop()
        try shop.publish([shop.seats(320)])
        try shop.subscribe(1)
        try waive("0001", shop.fixture)
        try shop.fixture.at(SeatShop.half)
        #expect(try shop.change(1001) == "160000 / 0")
        // A thousand go for what they cost, and the first for nothing.
        #expect(try shop.change(0) == "0 / 160000")
    }

    @Test func `a mistaken order that is voided and set back costs nothing, in either order`() throws {
        for isSetBackFirst in [false, true] {
            let shop = try seats()
            try shop.fixture.at("2026-06-02T00:00:00Z")
            #expect(try shop.change(105) == "966.67 / 0")
            if !isSetBackFirst { try waive("0002", shop.fixture) }
            try shop.fixture.at("2026-06-02T00:10:00Z")
            try shop.fixture.call(.updateSubscription, ["id": "s", "charges": SeatShop.charges(5)])
            #expect(try shop.fixture.credit() == (isSetBackFirst ? Amount("966.44") : .zero))
            if isSetBackFirst { try waive("0002", shop.fixture) }
            #expect(try shop.fixture.credit() == .zero)
            #expect(try shop.fixture.waiting() == .zero)
            try shop.fixture.at("2026-06-16T00:00:00Z")
            // The five are still paid for.
            #expect(try shop.cancel() == "25")
            try verify(shop.fixture)
        }
    }

    @Test func `what was given back of a charge before it was waived is taken back`() throws {
        let shop = try seats(10)
        try shop.fixture.at("2026-06-16T00:00:00Z")
        #expect(try shop.change(6) == "0 / 20")
        // The 20 pay for an add-on, but for its last 10: 10 are left in the account.
        #expect(try shop.change(["addons": SeatShop.addons(1)]) == "0 / 10")
        try waive("0001", shop.fixture)
        #expect(try shop.fixture.credit() == .zero)
        #expect(try shop.fixture.waiting() == Amount(10))
        // The add-on's time is the customer's, and of the seats nothing.
        try shop.fixture.at("2026-06-21T00:00:00Z")
        try shop.fixture.call(.cancelSubscription, ["id": "s", "cancellationTime": "IMMEDIATE", "prorate": true])
        try shop.fixture.work(at: "2026-06-22T00:00:00Z")
        // The add-on for five days: 10 of which 6.67 came back.
        #expect(try shop.fixture.billed().last == "0005 OPEN SUPPLEMENT 3.33")
        try verify(shop.fixture)
    }

    @Test func `an end that gave time back gives nothing where that time is waived`() throws {
        let shop = try seats()
        try shop.fixture.at("2026-06-16T00:00:00Z")
        #expect(try shop.cancel() == "25")
        try waive("0001", shop.fixture)
        #expect(try shop.fixture.credit() == .zero)
        #expect(try shop.fixture.waiting() == .zero)
    }

    @Test func `a plan that was ordered by mistake is paid for by what it gave back`() throws {
        for isSetBack in [true, false] {
            let shop = try EngineFixture()
            try shop.accountShop()
            try shop.subscribe("thirty", ["id": "s", "billingPeriod": "MONTHLY"])
            try shop.at("2026-06-16T00:00:00Z")
            try shop.change("sixty", ["id": "s", "billingPeriod": "MONTHLY"])
            #expect(try shop.billed().last == "0002 OPEN CHANGE 15")
            try waive("0002", shop)
            if isSetBack {
                try shop.change("thirty", ["id": "s", "billingPeriod": "MONTHLY"])
                #expect(try shop.billed().last == "0003 PAID CHANGE 0")
                #expect(try shop.credit() == .zero)
            }
            try shop.at("2026-06-21T00:00:00Z")
            try shop.call(.cancelSubscription, ["id": "s", "cancellationTime": "IMMEDIATE", "prorate": true])
            // Ten of the thirty days that were paid for.
            #expect(try shop.credit() == Amount(10))
            try verify(shop)
        }
    }

    @Test func `what a change gives back beyond its own time stays the customer's`() throws {
        let shop = try EngineFixture()
        try shop.invoiceShop()
        try shop.use(40, at: "2026-06-10T00:00:00Z")
        try shop.at("2026-06-16T00:00:00Z")
        try shop.change("thirty", ["id": "s", "billingPeriod": "MONTHLY"])
        // 15 for 30 that come back, and 20 of calls.
        #expect(try shop.billed().last == "0002 OPEN CHANGE 5")
        try waive("0002", shop)
        #expect(try shop.credit() == Amount(15))
        try shop.use(-40, at: "2026-06-11T00:00:00Z")
        try shop.work(at: "2026-06-16T00:00:15Z")
        #expect(try shop.waiting() == .zero)
        try shop.at("2026-06-21T00:00:00Z")
        try shop.call(.cancelSubscription, ["id": "s", "cancellationTime": "IMMEDIATE", "prorate": true])
        // 60 were paid: for 15 days of sixty, and 5 of thirty.
        #expect(try shop.credit() == Amount(25))
        try verify(shop)
    }

    @Test func `a change that was put off is waived with the invoice that bills it, or waits again`() throws {
        let shop = try EngineFixture()
        try shop.accountShop()
        try shop.plan("small", annually: 365, calls: Amount("0.5"))
        try shop.plan("big", annually: 730, calls: Amount("0.5"))
        let order: TextMap<Payload> = [
            "id": "s", "billingPeriod": "ANNUALLY", "billingInformation": ["prorationBehavior": "CREATE_PRORATIONS"],
        ]
        try shop.subscribe("small", order)
        try shop.month("07")
        // 10 July: 326 days are left.
        try shop.at("2026-07-10T00:00:00Z")
        try shop.change("big", order)
        #expect(try shop.waiting() == Amount(326))
        try shop.month("08")
        #expect(try shop.billed().last == "0003 OPEN USAGE_MONTH 326")
        try waive("0003", shop)
        try shop.at("2026-08-02T00:00:00Z")
        // 303 days of small, which were paid for, against as many of big, for which they pay.
        try shop.change("small", order)
        #expect(try shop.waiting() == .zero)

        try shop.change("big", order)
        try shop.month("09")
        #expect(try shop.billed().last == "0004 OPEN USAGE_MONTH 303")
        try shop.at("2026-09-02T00:00:00Z")
        try shop.change("small", order)
        // 272 days.
        #expect(try shop.waiting() == Amount(-272))
        try shop.use(1000, at: "2026-09-03T00:00:00Z")
        try shop.month("10")
        #expect(try shop.billed().last == "0005 OPEN USAGE_MONTH 228")
        try waive("0005", shop)
        #expect(try shop.waiting() == Amount(-272))
        try verify(shop)
    }

    // MARK: - Usage

    /// A thousand calls in June, 500 dollars.
    private func calls() throws -> EngineFixture {
        let shop = try EngineFixture()
        try shop.invoiceShop()
        try shop.use(1000, at: "2026-06-30T00:00:00Z")
        try shop.month("07")
        return shop
    }

    private func late(_ calls: Int64, _ shop: EngineFixture) throws -> Amount {
        let before = try shop.waiting()
        if calls != 0 { try shop.use(calls, at: "2026-06-30T01:00:00Z") }
        try shop.inScope { scope in
            for mark in try scope.late.marks(until: scope.now, limit: 10) {
                try LateUsage(scope: scope).settle(mark)
                try scope.late.end(mark)
            }
        }
        return try shop.waiting() - before
    }

    @Test func `of waived usage nothing is given back, and what exceeds it is billed`() throws {
        let shop = try calls()
        #expect(try shop.billed().last == "0002 OPEN RENEWAL 560")
        try waive("0002", shop)
        try shop.at("2026-07-02T00:00:00Z")
        #expect(try late(-1000, shop) == .zero)
        #expect(try late(900, shop) == .zero)
        #expect(try late(300, shop) == Amount(100))
        #expect(try late(-100, shop) == Amount(-50))
        try verify(shop)
        try shop.month("08")
        // 60, and 100 calls.
        #expect(try shop.billed().last == "0003 OPEN RENEWAL 110")
        try verify(shop)
    }

    @Test func `of usage that came late only its own part is waived`() throws {
        let shop = try calls()
        try shop.at("2026-07-02T00:00:00Z")
        #expect(try late(200, shop) == Amount(100))
        try shop.month("08")
        #expect(try shop.billed().last == "0003 OPEN RENEWAL 160")
        try waive("0003", shop)
        // From 1200 calls to 900: 200 of them were waived.
        #expect(try late(-300, shop) == Amount(-50))
        #expect(try late(400, shop) == Amount(100))
        try verify(shop)
    }

    @Test func `what was given back of usage before it was waived is due again`() throws {
        let shop = try calls()
        try shop.at("2026-07-02T00:00:00Z")
        #expect(try late(-200, shop) == Amount(-100))
        try waive("0002", shop)
        #expect(try late(0, shop) == Amount(100))
        #expect(try shop.waiting() == .zero)
        try verify(shop)
    }

    @Test func `a correction on a waived invoice is given back on the next`() throws {
        let shop = try calls()
        try shop.at("2026-07-02T00:00:00Z")
        try shop.use(500, at: "2026-07-02T00:00:00Z")
        #expect(try late(-100, shop) == Amount(-50))
        try shop.month("08")
        // 60, 250 of July, and 50 less of June.
        #expect(try shop.billed().last == "0003 OPEN RENEWAL 260")
        try waive("0003", shop)
        try shop.work(at: "2026-08-01T01:00:15Z")
        #expect(try shop.waiting() == Amount(-50))
        try verify(shop)
        try shop.month("09")
        #expect(try shop.billed().last == "0004 OPEN RENEWAL 10")
        try verify(shop)
    }

    @Test func `waived usage keeps its discount and its tax`() throws {
        let shop = try EngineFixture()
        try shop.accountShop()
        try shop.call(.createCoupon, ["id": "less", "name": "less", "percentOff": 20])
        try shop.subscribe(
            "sixty",
            [
                "id": "s", "billingPeriod": "MONTHLY", "appliedCoupon": ["couponId": "less"],
                "billingInformation": ["taxPercentage": 10],
            ])
        try shop.use(10, at: "2026-06-30T00:00:00Z")
        try shop.month("07")
        try waive("0002", shop)
        try shop.at("2026-07-02T00:00:00Z")
        #expect(try late(-10, shop) == .zero)
        // Two more than ten: 1 less 0.20, and 0.08 tax.
        #expect(try late(12, shop) == Amount("0.88"))
        try verify(shop)
    }

    @Test func `what is rebilled and then waived is waived`() throws {
        let shop = try calls()
        try waive("0002", shop, rebill: true)
        #expect(try shop.waiting() == Amount(560))
        let names = try shop.store.read {
            try AccountTable(connection: $0).lines(of: MoneyAccount(payer: CustomerID("c"), currency: "usd"))
                .map(\.line.description)
        }
        #expect(names.allSatisfy { $0.hasSuffix(", of invoice 0002") })
        try shop.month("08")
        try waive("0003", shop)
        #expect(try late(-1000, shop) == .zero)
        #expect(try late(1010, shop) == Amount(5))
        try verify(shop)
    }
}

private func verify(_ shop: EngineFixture) throws {
    let differences = try shop.verifyInvoices()
    #expect(differences == [])
}

/// What holds of every invoice.
struct InvoiceSumTests {
    @Test func `a credit gives its tax back, with its sign`() throws {
        let shop = try EngineFixture()
        try shop.invoiceShop(["billingInformation": ["taxPercentage": 10]])
        try shop.at("2026-06-16T00:00:00Z")
        try shop.call(.cancelSubscription, ["id": "s", "cancellationTime": "IMMEDIATE", "prorate": true])
        let end = try #require(try shop.invoices().last)
        let figures = ["subtotal", "discount", "tax", "creditUsed", "creditAdded", "total"].map { end[$0]?.json }
        #expect(figures == ["-30", "0", "-3", "0", "33", "0"])
        try verify(shop)
    }

    @Test func `late lines on a draft are no difference`() throws {
        let shop = try EngineFixture()
        try shop.invoiceShop()
        try shop.month("07")
        try shop.at("2026-07-05T00:00:00Z")
        try shop.use(100, at: "2026-06-30T00:00:00Z")
        try shop.work(at: "2026-07-05T00:00:15Z")
        try shop.work(at: "2026-08-01T00:30:00Z")
        #expect(try shop.billed().last == "null DRAFT RENEWAL 110")
        try verify(shop)
    }

    @Test func `usage of an ended subscription has its own tax on another's invoice`() throws {
        let shop = try EngineFixture()
        try shop.invoiceShop(["billingInformation": ["taxPercentage": 10]])
        try shop.use(50, at: "2026-06-05T00:00:00Z")
        try shop.at("2026-06-11T00:00:00Z")
        try shop.call(.cancelSubscription, ["id": "s", "cancellationTime": "IMMEDIATE", "prorate": false])
        try shop.subscribe(
            "sixty", ["id": "t", "billingPeriod": "MONTHLY", "billingInformation": ["taxPercentage": 20]])
        try shop.work(at: "2026-07-11T00:00:00Z")
        try shop.work(at: "2026-07-11T01:00:00Z")
        // 60 and 20 %, 25 and 10 %.
        #expect(try shop.billed().last == "0003 OPEN RENEWAL 99.5")
        try verify(shop)
    }

    @Test func `a fixed amount is good for a year once, and what is left of it for the months' usage`() throws {
        for (off, months) in [(Int64(10), ["20", "20"]), (610, ["10", "20"])] {
            let shop = try EngineFixture()
            try shop.accountShop()
            let amounts: Payload = [["amount": .integer(off), "currency": "usd"]]
            try shop.call(.createCoupon, ["id": "off", "name": "off", "amountsOff": amounts])
            try shop.subscribe(
                "sixty", ["id": "s", "billingPeriod": "ANNUALLY", "appliedCoupon": ["couponId": "off"]])
            try shop.use(40, at: "2026-06-10T00:00:00Z")
            try shop.month("07")
            try shop.use(40, at: "2026-07-10T00:00:00Z")
            try shop.month("08")
            #expect(try shop.invoices().dropFirst().map { $0["total"]?.json } == months)
        }
    }
}
