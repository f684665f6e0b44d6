import Testing
import TidemillCore

/// Expected figures from Python's decimal with ROUND_HALF_UP on magnitudes.
struct AmountArithmeticTests {
    private func amount(_ text: String) throws -> Amount { try #require(Amount(text)) }

    @Test(arguments: [
        ("0.000000001", "0.5", "0.000000001"), ("-0.000000001", "0.5", "-0.000000001"),
        ("0.000000001", "0.4", "0"), ("123456789012345678.123456789", "1", "123456789012345678.123456789"),
        ("999999999.999999999", "999999999.999999999", "999999999999999998"), ("49.99", "3", "149.97"),
    ])
    func `products round half away from zero`(left: String, right: String, product: String) throws {
        #expect(try amount(left).times(try amount(right)) == (try amount(product)))
    }

    @Test func `a product that no amount holds is nil`() throws {
        let large = try amount("999999999999999999")
        #expect(large.times(large)?.times(large) == nil)
    }

    @Test func `a share is rounded once`() throws {
        // 100 × 1 ÷ 3 and 100 × 2 ÷ 3; a day of a 31-day month of 49.
        #expect(try amount("100").scaled(by: 1, over: 3) == (try amount("33.333333333")))
        #expect(try amount("100").scaled(by: 2, over: 3) == (try amount("66.666666667")))
        #expect(try amount("49").scaled(by: 86_400, over: 31 * 86_400) == (try amount("1.580645161")))
        #expect(try amount("-49").scaled(by: 1, over: -98) == (try amount("0.5")))
        #expect(try amount("7").divided(by: try amount("0.7")) == (try amount("10")))
    }

    @Test(arguments: [
        ("1.005", 2, "1.01"), ("-1.005", 2, "-1.01"), ("1.0049", 2, "1"), ("150.5", 0, "151"), ("0.0005", 3, "0.001"),
    ])
    func `lines round to the minor unit`(value: String, digits: Int, rounded: String) throws {
        #expect(try amount(value).rounded(toDigits: digits) == (try amount(rounded)))
    }

    @Test func `currencies have their decimals`() {
        #expect(MinorUnits.digits(of: "usd") == 2)
        #expect(MinorUnits.digits(of: "jpy") == 0)
        #expect(MinorUnits.digits(of: "kwd") == 3)
    }
}
