import Testing
import TidemillCore
import TidemillOperations
import TidemillPricing
import TidemillTestSupport

/// The figures come from Python's decimal: `(price * seconds_left / seconds_of_period).quantize(minor, ROUND_HALF_UP)`.
struct ProrationTests {
    struct Change: Sendable {
        let start, end, at: String
        let prices: (String, String)
        let credit, debit, net: String
        var currency = "usd"
    }

    static let changes = [
        // 30 days: 1,702,311 of 2,592,000 seconds are left.
        Change(
            start: "2026-06-01T00:00:00", end: "2026-07-01T00:00:00", at: "2026-06-11T07:08:09", prices: ("49", "99"),
            credit: "32.18", debit: "65.02", net: "32.84"),
        // 28 days: 1,164,304 of 2,419,200.
        Change(
            start: "2026-02-01T00:00:00", end: "2026-03-01T00:00:00", at: "2026-02-15T12:34:56", prices: ("49", "99"),
            credit: "23.58", debit: "47.65", net: "24.07"),
        // The last second of a leap February: 1 of 2,505,600.
        Change(
            start: "2028-02-01T00:00:00", end: "2028-03-01T00:00:00", at: "2028-02-29T23:59:59", prices: ("49", "99"),
            credit: "0", debit: "0", net: "0"),
        // From the 31st of January to the 28th of February, half of it left.
        Change(
            start: "2026-01-31T00:00:00", end: "2026-02-28T00:00:00", at: "2026-02-14T00:00:00", prices: ("49", "99"),
            credit: "24.5", debit: "49.5", net: "25"),
        // A year from 29 February: 15,681,600 of 31,536,000.
        Change(
            start: "2028-02-29T00:00:00", end: "2029-02-28T00:00:00", at: "2028-08-30T12:00:00",
            prices: ("490", "990"), credit: "243.66", debit: "492.29", net: "248.63"),
        // A year of 366 days: 9,102,599 of 31,622,400.
        Change(
            start: "2027-03-15T08:30:00", end: "2028-03-15T08:30:00", at: "2027-12-01T00:00:01",
            prices: ("490", "990"), credit: "141.05", debit: "284.97", net: "143.92"),
        // In the period's first second all of it is left.
        Change(
            start: "2026-03-01T00:00:00", end: "2026-04-01T00:00:00", at: "2026-03-01T00:00:00", prices: ("49", "99"),
            credit: "49", debit: "99", net: "50"),
        // Yen have no decimals: 999,570 of 2,678,400.
        Change(
            start: "2026-03-01T00:00:00", end: "2026-04-01T00:00:00", at: "2026-03-20T10:20:30",
            prices: ("4900", "9900"), credit: "1829", debit: "3695", net: "1866", currency: "jpy"),
    ]

    @Test(arguments: changes)
    func `a change is credited and charged by the second of the actual period`(change: Change) throws {
        let period = BillingRange(start: try PricingKit.at(change.start), end: try PricingKit.at(change.end))
        let old = try PricingKit.prices(
            PricingKit.plan("old", [PricingKit.flat(change.prices.0, currency: change.currency)]))
        let new = try PricingKit.prices(
            PricingKit.plan("new", [PricingKit.flat(change.prices.1, currency: change.currency)]))
        let instant = try PricingKit.at(change.at)
        let proration = try Proration(
            from: old, to: new, paid: PaidPeriod(of: old, terms: PaidTerms()), in: period, at: instant)
        #expect(proration.credit.description == change.credit)
        #expect(proration.debit.description == change.debit)
        #expect(proration.netAmount.description == change.net)

        let quote = try QuoteCalculator().change(from: old, to: new, in: period, at: instant)
        #expect(quote.due.total.description == change.net)
        #expect(quote.recurring.total.description == change.prices.1)
        #expect(quote.period == period)
    }

    private static func june() throws -> BillingRange {
        BillingRange(start: try PricingKit.at("2026-06-01T00:00:00"), end: try PricingKit.at("2026-07-01T00:00:00"))
    }

    @Test func `only what changes is prorated: more seats, an add-on more and one less`() throws {
        let june = try Self.june()
        let half = try PricingKit.at("2026-06-16T00:00:00")
        let plan = PricingKit.plan("pro", [try PricingKit.flat("100"), try PricingKit.units("seats", "10")])
        let addon = PricingKit.plan("extra", [try PricingKit.flat("7")], kind: .addon)
        let three = try PricingKit.prices(plan, units: ["seats": 3])
        let five = try PricingKit.prices(plan, units: ["seats": 5])
        let seats = try Proration(
            from: three, to: five, paid: PaidPeriod(of: three, terms: PaidTerms()), in: june, at: half)
        // Half of the two that are added.
        #expect((seats.credit, seats.debit, seats.netAmount) == (.zero, Amount(10), Amount(10)))
        let more = try PricingKit.prices(plan, addons: [(addon, 3)], units: ["seats": 3])
        let added = try Proration(
            from: three, to: more, paid: PaidPeriod(of: three, terms: PaidTerms()), in: june, at: half)
        // Half of 3 × 7 is 10.50.
        #expect((added.credit, added.debit) == (.zero, try PricingKit.amount("10.5")))
        let removed = try Proration(
            from: more, to: three, paid: PaidPeriod(of: more, terms: PaidTerms()), in: june, at: half)
        #expect((removed.credit, removed.debit) == (try PricingKit.amount("10.5"), .zero))
    }

    @Test func `a downgrade leaves a surplus, and nothing is due`() throws {
        let old = try PricingKit.prices(PricingKit.plan("big", [PricingKit.flat("90")]))
        let new = try PricingKit.prices(PricingKit.plan("small", [PricingKit.flat("30")]))
        let quote = try QuoteCalculator(tax: Tax(percentage: Amount(20))).change(
            from: old, to: new, in: Self.june(), at: PricingKit.at("2026-06-16T00:00:00"))
        // Half of 90 back, half of 30 due: −30, with the 20 % that were paid on it −36.
        #expect(quote.due.subTotal == Amount(-30))
        #expect(quote.due.total == .zero)
        #expect(quote.due.surplus == Amount(36))
    }

    @Test func `paid to free credits all unused time; free to paid begins a period`() throws {
        let half = try PricingKit.at("2026-06-16T00:00:00")
        let paid = try PricingKit.prices(PricingKit.plan("pro", [PricingKit.flat("50")]))
        let free = try PricingKit.prices(PricingKit.plan("free", [], type: .free))
        let down = try QuoteCalculator().change(from: paid, to: free, in: Self.june(), at: half)
        #expect((down.due.total, down.due.surplus, down.recurs) == (.zero, Amount(25), false))
        let up = try QuoteCalculator().change(from: free, to: paid, in: Self.june(), at: half)
        #expect(up.due.total == Amount(50))
        #expect(up.period.start == half)
        #expect(up.period.end == (try PricingKit.at("2026-07-16T00:00:00")))
    }

    @Test func `each behavior charges when it says`() throws {
        let half = try PricingKit.at("2026-06-16T00:00:00")
        let old = try PricingKit.prices(PricingKit.plan("a", [PricingKit.flat("50")]))
        let new = try PricingKit.prices(PricingKit.plan("b", [PricingKit.flat("80")]))
        let calculator = QuoteCalculator()
        let june = try Self.june()
        let none = try calculator.change(from: old, to: new, in: june, at: half, behavior: .none)
        #expect((none.due.total, none.proration.debit, none.proration.hasProrations) == (.zero, .zero, false))
        let later = try calculator.change(from: old, to: new, in: june, at: half, behavior: .createProrations)
        #expect((later.due.total, later.proration.netAmount) == (.zero, Amount(15)))
        let restarted = try calculator.change(from: old, to: new, in: june, at: half, beginsPeriod: true)
        // A whole period at 80, half of 50 back.
        #expect((restarted.due.total, restarted.period.start) == (Amount(55), half))
        let trial = try calculator.change(from: old, to: new, in: june, at: half, isPaid: false)
        #expect((trial.due.total, trial.proration.credit) == (.zero, .zero))
    }

    @Test func `the parts of a proration add up`() throws {
        var random = SeededRandom(seed: 20_260_601)
        for _ in 0..<2000 {
            let whole = Int64.random(in: 2_419_200...31_622_400, using: &random)
            let first = Int64.random(in: 0...whole, using: &random)
            let second = Int64.random(in: 0...(whole - first), using: &random)
            let price = ExactAmount(Amount(nanos: Int128(Int64.random(in: 0...9_999_999_999_999, using: &random))))
            let parts = [first, second, first + second].map {
                price.share(PeriodShare(part: $0, whole: whole), toDigits: 2)
            }
            // Each of the two lines is rounded by half a cent at most.
            let difference = parts[0] + parts[1] - parts[2]
            #expect(abs(difference.nanos) <= 10_000_000)
            let rest = price.share(PeriodShare(part: whole - first, whole: whole), toDigits: 2)
            #expect(abs((parts[0] + rest - price.rounded(toDigits: 2)).nanos) <= 10_000_000)
            // Without rounding to cents the nanos add up to the last digit of each.
            let exact = [first, second, first + second].map {
                price.share(PeriodShare(part: $0, whole: whole), toDigits: 9).nanos
            }
            #expect(abs(exact[0] + exact[1] - exact[2]) <= 1)
        }
    }
}
