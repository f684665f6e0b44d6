import Testing
import TidemillPricing

struct PricingErrorTests {
    @Test func `errors name what grew too large`() {
        #expect(PricingError.tooLarge("seats") != PricingError.tooLarge("tokens"))
    }
}
