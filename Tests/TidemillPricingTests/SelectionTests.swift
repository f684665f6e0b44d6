import Testing
import TidemillCore
import TidemillOperations
import TidemillPricing
import TidemillTestSupport

struct SelectionTests {
    private func localized() throws -> PackageVersion {
        PricingKit.plan(
            "pro",
            [
                try PricingKit.flat("50"), try PricingKit.flat("45", currency: "eur", country: "EU"),
                try PricingKit.flat("40", currency: "eur", country: "DE"), try PricingKit.flat("500", .annually),
            ])
    }

    @Test(arguments: [
        (nil, "50", "usd"), ("US", "50", "usd"), ("DE", "40", "eur"), ("de", "40", "eur"), ("FR", "45", "eur"),
        ("NZ", "50", "usd"),
    ])
    func `the nearest country's price applies, else the default`(country: String?, price: String, currency: String)
        throws
    {
        let prices = try PricingKit.prices(localized(), country: country)
        #expect(prices.currency == currency)
        #expect(prices.items[0].exact.rounded(toDigits: 2).description == price)
    }

    @Test func `a period is needed where there are two, and must be sold`() throws {
        let both = try localized()
        #expect(PricingKit.failure { try PricingKit.prices(both, nil) }?.code == .billingPeriodMissing)
        let monthly = PricingKit.plan("m", [try PricingKit.flat("5")])
        #expect(PricingKit.failure { try PricingKit.prices(monthly, .annually) }?.code == .priceNotFound)
        #expect(try PricingKit.prices(monthly, nil).billingPeriod == .monthly)
        #expect(PricingKit.failure { try PricingKit.prices(monthly, currency: "jpy") }?.code == .priceNotFound)
    }

    @Test func `quantities stay within what is sold`() throws {
        let plan = PricingKit.plan("seats", [try PricingKit.units("seats", "10", least: 2, most: 5)])
        for (asked, code) in [(1, OperationError.Code.invalidQuantity), (6, .invalidQuantity), (2, nil), (5, nil)] {
            #expect(PricingKit.failure { try PricingKit.prices(plan, units: ["seats": Int64(asked)]) }?.code == code)
        }
        #expect(try PricingKit.prices(plan).units == [FeatureID("seats"): Amount(2)], "the fewest by default")
        let open = PricingKit.plan("open", [try PricingKit.units("seats", "10")])
        #expect(PricingKit.failure { try PricingKit.prices(open) }?.code == .invalidQuantity)
        let none = try PricingKit.prices(open, units: ["seats": 0])
        #expect(try QuoteCalculator().new(none, start: PricingKit.epoch).due.total == .zero)
        #expect(try PricingKit.prices(open, units: ["seats": 1, "desks": 2]).unusedQuantities == ["desks"])
    }

    @Test func `a new subscription pays base, seats, add-ons and what is due once`() throws {
        let plan = PricingKit.plan(
            "pro",
            [
                try PricingKit.flat("49.99"), try PricingKit.units("seats", "9.995"),
                try PricingKit.flat("100", cadence: .oneOff), try PricingKit.units("calls", "0.001", .usageBased),
            ], minimum: [MinimumSpend(billingPeriod: .monthly, minimum: try PricingKit.money("20"))])
        let addon = PricingKit.plan("extra", [try PricingKit.flat("3.335")], kind: .addon)
        let prices = try PricingKit.prices(plan, addons: [(addon, 3)], units: ["seats": 3])
        let quote = try QuoteCalculator().new(prices, start: PricingKit.at("2026-01-31T10:00:00"))
        // 49.99 + 3 × 9.995 = 29.985 → 29.99 + 3 × 3.335 = 10.005 → 10.01 + 100 once + 20 minimum spend.
        #expect(quote.due.total == (try PricingKit.amount("209.99")))
        #expect(quote.minimumSpendAdjustment == Amount(20))
        #expect(quote.recurring.total == (try PricingKit.amount("109.99")))
        #expect(quote.period.end == (try PricingKit.at("2026-02-28T10:00:00")))
        let trial = try QuoteCalculator().new(
            prices, start: PricingKit.epoch, trialEnd: PricingKit.epoch.advanced(bySeconds: 86_400))
        #expect((trial.due.total, trial.recurring.total) == (.zero, quote.recurring.total))
    }

    @Test func `a subscription's own prices replace the plan's`() throws {
        let plan = PricingKit.plan("pro", [try PricingKit.flat("50"), try PricingKit.units("seats", "10")])
        var configuration = Configuration(
            plan: plan, billingPeriod: .monthly, units: [FeatureID("seats"): Amount(4)],
            overrides: [
                OverriddenPrice(amount: Amount(30)), OverriddenPrice(featureID: FeatureID("seats"), amount: Amount(7)),
            ])
        #expect(
            try QuoteCalculator().new(SelectedPrices(configuration), start: PricingKit.epoch).due.total == Amount(58))
        configuration.overrides = [OverriddenPrice(featureID: FeatureID("desks"), amount: Amount(1))]
        #expect(PricingKit.failure { try SelectedPrices(configuration) }?.code == .priceNotFound)
        let custom = PricingKit.plan("deal", [], type: .custom)
        configuration = Configuration(plan: custom, overrides: [OverriddenPrice(amount: Amount(999), currency: "eur")])
        let quote = try QuoteCalculator().new(SelectedPrices(configuration), start: PricingKit.epoch)
        #expect((quote.due.total, quote.currency) == (Amount(999), "eur"))
    }

    @Test func `plans are ranked by inheritance, else by a year's price`() throws {
        let monthly = try PricingKit.prices(PricingKit.plan("m", [PricingKit.flat("10")]))
        let yearly = try PricingKit.prices(PricingKit.plan("y", [PricingKit.flat("100", .annually)]), .annually)
        #expect(try PlanRanking.change(from: monthly, ["m"], to: yearly, ["y"]) == .downgrade)
        #expect(try PlanRanking.change(from: monthly, ["m"], to: yearly, ["y", "m"]) == .upgrade)
        #expect(try PlanRanking.change(from: yearly, ["y", "m"], to: monthly, ["m"]) == .downgrade)
        #expect(try RecurringPrice(yearly).monthly == PricingKit.amount("8.333333333"))
    }

    @Test func `usage is billed with minimum spend and overage`() throws {
        let plan = PricingKit.plan(
            "pay", [try PricingKit.units("calls", "0.01", .usageBased)],
            overages: [try PricingKit.units("storage", "2", .usageBased)],
            minimum: [MinimumSpend(billingPeriod: .monthly, minimum: try PricingKit.money("20"))])
        let prices = try PricingKit.prices(plan)
        for (calls, storage, due) in [(0, 0, "0"), (1500, 12, "4"), (2000, 10, "0"), (5000, 10, "30")] {
            let billing = UsageBilling(
                prices, usage: { $0.text == "calls" ? Amount(Int64(calls)) : Amount(Int64(storage)) },
                included: { _ in Amount(10) })
            // 20 were paid in advance: max(calls × 0.01 − 20, 0) + (storage − 10) × 2.
            let sum = try billing.lines(prepaid: Amount(20)).reduce(Amount.zero) { $0 + $1.amount }
            #expect(sum.description == due)
        }
    }

    @Test func `more units never cost less, where tiers do not fall`() throws {
        var random = SeededRandom(seed: 99)
        for _ in 0..<300 {
            var upTo: Int64 = 0
            let tiers = (0..<4).map { index -> PriceTier in
                upTo += Int64.random(in: 1...50, using: &random)
                return PriceTier(
                    upTo: index == 3 ? nil : Amount(upTo), unitPrice: Amount(Int64.random(in: 0...9, using: &random)),
                    flatPrice: Amount(Int64.random(in: 0...9, using: &random)))
            }
            let scheme = PriceScheme.graduated(tiers)
            var last = ExactAmount.zero
            for units in 0...Int64(220) {
                let cost = try scheme.amount(of: Amount(units), named: "units")
                #expect(cost >= last)
                last = cost
            }
        }
    }
}
