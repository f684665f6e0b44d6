import Testing
import TidemillCore
import TidemillOperations
import TidemillPricing
import TidemillTestSupport

struct InvoiceTests {
    private func line(_ amount: String) throws -> QuoteLine {
        let amount = try PricingKit.amount(amount)
        return QuoteLine(
            kind: .recurring, description: "line", quantity: Amount(1), unitPrice: amount, amount: amount)
    }

    private func discount(_ value: Discount.Value, _ duration: Discount.Duration = .forever) -> Discount {
        Discount(name: "coupon", value: value, duration: duration, start: PricingKit.epoch)
    }

    private func invoice(_ amount: String, _ discounts: [Discount], tax: Tax? = nil, _ currency: String = "usd") throws
        -> Invoice
    {
        try Invoice(
            [line(amount)], in: currency, discounts: discounts, at: PricingKit.epoch, tax: tax)
    }

    @Test func `fixed comes before percentage, whatever the order`() throws {
        let fixed = discount(.fixed([try PricingKit.money("10")]))
        let percent = discount(.percent(Amount(20)))
        for discounts in [[fixed, percent], [percent, fixed]] {
            let invoice = try invoice("100", discounts)
            // 100 − 10 = 90; 20 % of 90 = 18.
            #expect((invoice.discountAmount, invoice.total) == (Amount(28), Amount(72)))
        }
    }

    @Test func `nothing goes below zero, and another currency is ignored`() throws {
        #expect(try invoice("30", [discount(.fixed([PricingKit.money("50")]))]).total == .zero)
        let euros = try invoice("30", [discount(.fixed([PricingKit.money("50", "eur")]))])
        #expect((euros.total, euros.discounts.isEmpty) == (Amount(30), true))
        #expect(try invoice("30", [discount(.percent(Amount(100)))]).total == .zero)
    }

    @Test(arguments: [("0.05", "0.01"), ("0.04", "0"), ("33.35", "3.34"), ("99.99", "10")])
    func `a percentage is rounded once, half away from zero`(amount: String, taken: String) throws {
        // 10 % of 0.05 is 0.005 → 0.01; of 33.35 is 3.335 → 3.34.
        #expect(try invoice(amount, [discount(.percent(Amount(10)))]).discountAmount.description == taken)
    }

    @Test(arguments: [
        ("100", "20", false, "100", "20", "120"), ("100", "20", true, "83.33", "16.67", "100"),
        ("9.99", "7.7", false, "9.99", "0.77", "10.76"), ("49", "19", true, "41.18", "7.82", "49"),
        ("0", "20", false, "0", "0", "0"),
    ])
    func `tax is taken once on the discounted sum`(
        sum: String, percentage: String, inclusive: Bool, net: String, tax: String, total: String
    ) throws {
        // Exclusive: 9.99 × 0.077 = 0.76923 → 0.77. Inclusive: 49 × 19 ÷ 119 = 7.823529… → 7.82.
        let terms = Tax(percentage: try PricingKit.amount(percentage), isInclusive: inclusive)
        let invoice = try invoice(sum, [], tax: terms)
        #expect(invoice.totalExcludingTax.description == net)
        #expect(invoice.tax.description == tax)
        #expect(invoice.total.description == total)
    }

    @Test func `yen are whole`() throws {
        let invoice = try invoice(
            "999", [discount(.percent(Amount(15)))], tax: Tax(percentage: Amount(10)), "jpy")
        // 15 % of 999 = 149.85 → 150; 10 % of 849 = 84.9 → 85.
        #expect((invoice.discountAmount, invoice.tax, invoice.total) == (Amount(150), Amount(85), Amount(934)))
    }

    @Test func `a coupon ends when its months are over`() throws {
        let start = try PricingKit.at("2026-01-31T00:00:00")
        let quarter = Discount(name: "q", value: .percent(Amount(50)), duration: .repeating(months: 3), start: start)
        // Three months after 31 January is 30 April.
        #expect(quarter.end == (try PricingKit.at("2026-04-30T00:00:00")))
        #expect(quarter.isInForce(at: start))
        #expect(quarter.isInForce(at: try PricingKit.at("2026-04-29T23:59:59")))
        #expect(!quarter.isInForce(at: try PricingKit.at("2026-04-30T00:00:00")))
        let once = Discount(name: "o", value: .percent(Amount(50)), duration: .once, start: start)
        let quote = try QuoteCalculator(discounts: [once]).new(
            PricingKit.prices(PricingKit.plan("p", [PricingKit.flat("40")])), start: start)
        #expect((quote.due.total, quote.recurring.total) == (Amount(20), Amount(40)))
    }

    @Test func `sums and discounts hold for any lines`() throws {
        var random = SeededRandom(seed: 7)
        for _ in 0..<2000 {
            let lines = try (0..<Int.random(in: 0...8, using: &random)).map { _ in
                try line(
                    "\(Int64.random(in: -5000...20_000, using: &random)).\(Int.random(in: 10...99, using: &random))")
            }
            let discounts = [
                discount(.fixed([Money(Amount(Int64.random(in: 1...9000, using: &random)), "usd")])),
                discount(.percent(Amount(Int64.random(in: 1...100, using: &random)))),
            ]
            let tax = Tax(
                percentage: Amount(Int64.random(in: 0...30, using: &random)), isInclusive: Bool.random(using: &random))
            let invoice = try Invoice(lines, in: "usd", discounts: discounts, at: PricingKit.epoch, tax: tax)
            #expect(invoice.subTotal == lines.reduce(.zero) { $0 + $1.amount })
            #expect(invoice.discountAmount >= .zero)
            #expect(invoice.total >= .zero)
            #expect(invoice.total - invoice.surplus == invoice.totalExcludingTax + invoice.tax)
            #expect(invoice.surplus == .zero || invoice.total == .zero)
        }
    }
}
