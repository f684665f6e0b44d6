import Testing
import TidemillCore
import TidemillOperations
import TidemillPricing

/// Changes at 14 June 2026, with 17 of 30 days left: 30 → 17, 10 → 5.666… → 5.67, 100 → 56.666… → 56.67.
struct ChangeQuoteTests {
    private let june: BillingRange
    private let instant: Timestamp
    private let thirty: SelectedPrices
    private let ten: SelectedPrices
    private let floor: SelectedPrices

    init() throws {
        june = BillingRange(
            start: try PricingKit.at("2026-06-01T00:00:00"), end: try PricingKit.at("2026-07-01T00:00:00"))
        instant = try PricingKit.at("2026-06-14T00:00:00")
        thirty = try PricingKit.prices(PricingKit.plan("thirty", [PricingKit.flat("30")]))
        ten = try PricingKit.prices(PricingKit.plan("ten", [PricingKit.flat("10")]))
        floor = try PricingKit.prices(
            PricingKit.plan(
                "floor", [PricingKit.units("calls", "0.01", .usageBased)],
                minimum: [MinimumSpend(billingPeriod: .monthly, minimum: PricingKit.money("100"))]))
    }

    private func coupon(_ percent: Int64, from start: Timestamp, _ duration: Discount.Duration = .forever) -> Discount {
        Discount(name: "coupon", value: .percent(Amount(percent)), duration: duration, start: start)
    }

    @Test(arguments: [(100, "0", "-11.33"), (25, "8.5", "-2.83"), (0, "11.33", "0")])
    func `no more is credited than was paid with a coupon`(percent: Int64, surplus: String, taken: String) throws {
        // 5.67 − 17 = −11.33; 25 % of it is 2.8325 → 2.83, and 8.50 are left.
        let quote = try QuoteCalculator(discounts: [coupon(percent, from: june.start)]).change(
            from: thirty, to: ten, in: june, at: instant)
        #expect(quote.due.total == .zero)
        #expect(quote.due.surplus.description == surplus)
        #expect(quote.due.discountAmount.description == taken)
    }

    @Test func `a coupon that is new takes nothing from the credit; one that ended still does`() throws {
        let new = try QuoteCalculator(discounts: [coupon(100, from: instant)]).change(
            from: thirty, to: ten, in: june, at: instant)
        // The new price is free with it, and all of the 17 comes back.
        #expect(new.due.surplus == Amount(17))
        // In force on 1 June, over on 10 June: nothing was paid for the 17 that are credited, 5.67 are due.
        let ended = coupon(100, from: try PricingKit.at("2026-05-10T00:00:00"), .repeating(months: 1))
        let quote = try QuoteCalculator(discounts: [ended]).change(from: thirty, to: ten, in: june, at: instant)
        #expect((quote.due.total, quote.due.surplus) == (try PricingKit.amount("5.67"), .zero))
    }

    @Test func `a coupon that was given with a back-dated start was paid with then`() throws {
        let given = try PricingKit.at("2026-06-05T00:00:00")
        let discounts = [coupon(25, from: given)]
        let calculator = QuoteCalculator(discounts: discounts)
        let quote = try calculator.change(
            from: thirty, to: ten, in: june, at: instant, paid: calculator.paidPeriod(of: thirty, at: given))
        #expect(quote.due.surplus == (try PricingKit.amount("8.5")))
    }

    @Test func `a start in the past is charged with the next period, or with all of the past`() throws {
        let plan = PricingKit.plan("p", [try PricingKit.flat("40"), try PricingKit.flat("15", cadence: .oneOff)])
        let prices = try PricingKit.prices(plan)
        let start = try PricingKit.at("2026-03-10T00:00:00")
        let now = try PricingKit.at("2026-06-01T00:00:00")
        let later = try QuoteCalculator().new(prices, start: start, now: now, isCharged: false)
        #expect((later.due.total, later.recurring.total) == (.zero, Amount(40)))
        #expect(later.period.start == (try PricingKit.at("2026-05-10T00:00:00")))
        #expect(later.period.end == (try PricingKit.at("2026-06-10T00:00:00")))
        // From 10 March, 10 April and 10 May: 3 × 40, and 15 once.
        let billed = try QuoteCalculator().new(prices, start: start, now: now)
        #expect((billed.due.total, billed.period) == (Amount(135), later.period))
    }

    @Test func `the rest of a minimum spend is credited and charged like any price in advance`() throws {
        let calculator = QuoteCalculator()
        let up = try calculator.change(from: thirty, to: floor, in: june, at: instant)
        // 56.67 − 17.
        #expect(up.due.total == (try PricingKit.amount("39.67")))
        #expect(up.minimumSpendAdjustment == (try PricingKit.amount("56.67")))
        #expect(up.recurring.total == Amount(100))
        let down = try calculator.change(from: floor, to: thirty, in: june, at: instant)
        #expect((down.due.total, down.due.surplus) == (.zero, try PricingKit.amount("39.67")))
        let same = try calculator.change(from: floor, to: floor, in: june, at: instant)
        #expect(!same.proration.hasProrations)
        let restarted = try calculator.change(from: floor, to: floor, in: june, at: instant, beginsPeriod: true)
        // 100 − 56.67.
        #expect(restarted.due.total == (try PricingKit.amount("43.33")))
    }

    @Test func `a change at a later date of the period shows its proration, and nothing is due`() throws {
        let period = BillingRange(
            start: try PricingKit.at("2026-11-10T00:00:00"), end: try PricingKit.at("2026-12-10T00:00:00"))
        let quote = try QuoteCalculator().change(
            from: ten, to: thirty, in: period, at: PricingKit.at("2026-12-01T00:00:00"), isScheduled: true)
        // 9 of 30 days are left: 3 and 9.
        #expect((quote.proration.credit, quote.proration.debit) == (Amount(3), Amount(9)))
        #expect((quote.due.total, quote.period, quote.isScheduled) == (.zero, period, true))
        #expect(quote.recurring.total == Amount(30))
    }

    @Test func `a price for another country is said to be`() throws {
        let plan = PricingKit.plan(
            "p", [try PricingKit.flat("10"), try PricingKit.flat("9", currency: "eur", country: "DE")])
        let error = PricingKit.failure { try PricingKit.prices(plan, currency: "eur") }
        #expect(
            error
                == PricingError(
                    .priceNotFound,
                    "the price of the plan \"p\" in eur for its base charge is for DE only; give 'billingCountryCode', such as \"DE\", or add a price in eur for every country"
                ))
        #expect(try PricingKit.prices(plan, country: "DE", currency: "eur").currency == "eur")
    }
}
