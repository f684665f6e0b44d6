import Testing
import TidemillCore
import TidemillOperations
import TidemillPricing

/// Which of a plan's charges says what one credit costs.
struct TopUpPriceTests {
    private static let epoch = Timestamp(microseconds: 0)

    private func charge(
        _ price: String, _ currency: String = "usd", period: BillingPeriod = .monthly, country: String? = nil,
        block: String? = nil, credits: String? = "credits"
    ) -> Charge {
        Charge(
            id: "charge", billingModel: .creditBased, billingPeriod: period, createdAt: Self.epoch,
            billingCountryCode: country, blockSize: block.flatMap { Amount($0) },
            price: Amount(price).map { Money($0, currency) }, topUpCustomCurrencyID: credits)
    }

    private func price(
        _ charges: [Charge], period: BillingPeriod? = .monthly, country: String? = nil, currency: String? = "usd"
    ) -> String? {
        let plan = PackageVersion(
            kind: .plan, id: "plan", version: 1, productID: "product", displayName: "Plan", status: .published,
            charges: charges, createdAt: Self.epoch, updatedAt: Self.epoch)
        let price = TopUpPrice.perCredit(
            of: "credits", in: plan, period: period, country: country, currency: currency)
        return price.map { "\($0.amount) \($0.currency)" }
    }

    @Test func `only charges that sell the currency count`() {
        #expect(price([charge("9", credits: nil), charge("8", credits: "gold")]) == nil)
        #expect(price([charge("9", credits: nil), charge("0.02")]) == "0.02 usd")
    }

    @Test func `the nearest country, the subscription's currency and its period are preferred`() {
        let charges = [
            charge("0.03"), charge("0.02", country: "EU"), charge("0.01", country: "DE"),
            charge("0.04", "eur"), charge("0.025", period: .annually),
        ]
        #expect(price(charges) == "0.03 usd")
        #expect(price(charges, country: "FR") == "0.02 usd")
        #expect(price(charges, country: "DE") == "0.01 usd")
        #expect(price(charges, currency: "eur") == "0.04 eur")
        #expect(price(charges, period: .annually) == "0.025 usd")
        // Sold in another currency or period only: better than no price.
        #expect(price([charge("0.04", "eur")], period: .annually) == "0.04 eur")
    }

    @Test func `a block's price is shared by its credits`() {
        // 9.99 ÷ 1000 = 0.00999
        #expect(price([charge("9.99", block: "1000")]) == "0.00999 usd")
    }
}
