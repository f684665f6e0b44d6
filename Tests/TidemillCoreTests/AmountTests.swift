import Testing
import TidemillCore
import TidemillTestSupport

/// Expected texts were computed with Python's `decimal`.
struct AmountTests {
    @Test(arguments: [
        ("0", "0"), ("-0", "0"), ("0.0", "0"), ("12", "12"), ("-0.5", "-0.5"), ("1.50", "1.5"), ("007", "7"),
        ("0.000000001", "0.000000001"), ("999999999999999999.999999999", "999999999999999999.999999999"),
        ("-999999999999999999.999999999", "-999999999999999999.999999999"), ("1e3", "1000"), ("1.25E2", "125"),
        ("12500e-2", "125"), ("5e-9", "0.000000005"), ("1.5000000000000000000", "1.5"),
        ("100e15", "100000000000000000"),
        ("0e999999999999", "0"), ("9007199254740993", "9007199254740993"), ("0.1", "0.1"),
    ])
    func `a decimal is read and printed exactly`(text: String, expected: String) throws {
        #expect(try Amount(parsing: text).description == expected)
    }

    @Test(arguments: [
        ("", Amount.ParseError.notADecimal), ("-", .notADecimal), ("abc", .notADecimal), ("1.", .notADecimal),
        (".5", .notADecimal), ("1e", .notADecimal), ("+1", .notADecimal), ("1 ", .notADecimal), ("0x10", .notADecimal),
        ("NaN", .notADecimal), ("1_000", .notADecimal), ("١", .notADecimal), ("1..2", .notADecimal),
        ("1e5.5", .notADecimal),
        ("1000000000000000000", .tooManyIntegerDigits), ("1e18", .tooManyIntegerDigits),
        ("1e999", .tooManyIntegerDigits),
        ("0.0000000001", .tooManyFractionDigits), ("1e-10", .tooManyFractionDigits),
        ("1.0000000001", .tooManyFractionDigits),
    ])
    func `what is no amount is refused with its reason`(text: String, reason: Amount.ParseError) {
        #expect(throws: reason) { try Amount(parsing: text) }
    }

    @Test func `decimals are read and written as everywhere`() throws {
        for vector in try Vectors.decimals() {
            let read: Vectors.Decimal
            do throws(Amount.ParseError) {
                read = .text(try Amount(parsing: vector.input).description)
            } catch {
                switch error {
                case .notADecimal: read = .none
                case .tooManyIntegerDigits: read = .large
                case .tooManyFractionDigits: read = .fine
                }
            }
            #expect(read == vector.expected, "\(vector.input)")
        }
    }

    @Test(
        arguments: [
            ("10", 3, "3.333333333"), ("20", 3, "6.666666667"), ("-20", 3, "-6.666666667"), ("1", 8, "0.125"),
            ("0.000000001", 2, "0.000000001"), ("-0.000000001", 2, "-0.000000001"), ("0.000000001", 3, "0"),
            ("999999999999999999.999999999", 7, "142857142857142857.142857143"), ("5", -2, "-2.5"),
        ] as [(String, Int64, String)])
    func `division rounds half away from zero to nine digits`(dividend: String, divisor: Int64, expected: String) throws
    {
        #expect(try Amount(parsing: dividend).divided(by: divisor).description == expected)
    }

    @Test func `the two columns of the store hold every amount`() throws {
        for text in ["0", "-0.5", "123.000000001", "-999999999999999999.999999999"] {
            let amount = try Amount(parsing: text)
            #expect(Amount(units: amount.units, nanos: amount.fraction) == amount)
        }
    }

    @Test func `a sum may grow past what a boundary accepts and stays exact`() {
        let sum = (0..<1000).reduce(Amount.zero) { sum, _ in sum + Amount.bound }
        #expect(sum.description == "999999999999999999999.999999")
        #expect(!sum.isWithinBound)
    }
}
