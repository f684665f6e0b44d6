/// An exact decimal: usage, credits, prices and money. At most 18 digits before and 9 after the point (semantics.md,
/// "Amounts and money"); sums of amounts may grow past 18 digits and stay exact.
public struct Amount: Sendable, Hashable, Comparable {
    /// The value in 10⁻⁹ units.
    public var nanos: Int128

    public static let zero = Amount(nanos: 0)
    public static let nanosPerUnit: Int128 = 1_000_000_000
    /// The largest magnitude that a boundary accepts: 18 nines before and 9 after the point.
    public static let bound = Amount(nanos: 999_999_999_999_999_999 * nanosPerUnit + 999_999_999)

    public init(nanos: Int128) {
        self.nanos = nanos
    }

    public init(_ units: Int64) {
        nanos = Int128(units) * Self.nanosPerUnit
    }

    /// The two INTEGER columns of the store: whole units, and 10⁻⁹ units of the same sign.
    public init(units: Int64, nanos: Int64) {
        self.nanos = Int128(units) * Self.nanosPerUnit + Int128(nanos)
    }

    /// Whole units, truncated towards zero. Traps beyond Int64, which `isWithinBound` excludes.
    public var units: Int64 { Int64(nanos / Self.nanosPerUnit) }
    /// What `units` leaves, with the sign of the value.
    public var fraction: Int64 { Int64(nanos % Self.nanosPerUnit) }

    public var isWithinBound: Bool { nanos.magnitude <= Self.bound.nanos.magnitude }
    public var isIntegral: Bool { nanos % Self.nanosPerUnit == 0 }

    public static func < (left: Amount, right: Amount) -> Bool { left.nanos < right.nanos }
    public static func + (left: Amount, right: Amount) -> Amount { Amount(nanos: left.nanos + right.nanos) }
    public static func - (left: Amount, right: Amount) -> Amount { Amount(nanos: left.nanos - right.nanos) }
    public static prefix func - (amount: Amount) -> Amount { Amount(nanos: -amount.nanos) }
    public static func += (left: inout Amount, right: Amount) { left.nanos += right.nanos }
    public static func -= (left: inout Amount, right: Amount) { left.nanos -= right.nanos }
}

// MARK: - Text

extension Amount: CustomStringConvertible, LosslessStringConvertible {
    /// Why a text is no amount; `description` completes "expected a decimal number, …".
    public enum ParseError: Error, Equatable, CustomStringConvertible {
        case notADecimal
        case tooManyIntegerDigits
        case tooManyFractionDigits

        public var description: String {
            switch self {
            case .notADecimal: "not a decimal number such as 12 or -0.5"
            case .tooManyIntegerDigits: "more than 18 digits before the point"
            case .tooManyFractionDigits: "more than 9 digits after the point"
            }
        }
    }

    /// Parses JSON's number syntax (an exponent is allowed as long as the value fits) plus leading zeros.
    public init(parsing text: some StringProtocol) throws(ParseError) {
        var copy = String(text)
        let parsed = copy.withUTF8 { digits -> Result<Amount, ParseError> in
            do throws(ParseError) { return .success(try Amount(digits: digits)) } catch { return .failure(error) }
        }
        self = try parsed.get()
    }

    /// As `init(parsing:)`, over UTF-8 bytes.
    public init(digits: UnsafeBufferPointer<UInt8>) throws(ParseError) {
        var index = 0
        let count = digits.count
        var isNegative = false
        if index < count, digits[index] == UInt8(ascii: "-") {
            isNegative = true
            index += 1
        }
        // The significant digits as one integer, and how many of them follow the point.
        var significand: Int128 = 0
        var digitsSeen = 0
        var significant = 0
        var fractionDigits = 0
        var pendingZeros = 0
        var sawPoint = false
        scan: while index < count {
            let byte = digits[index]
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digitsSeen += 1
                if sawPoint { fractionDigits += 1 }
                if byte == UInt8(ascii: "0") {
                    // Zeros count only once a later digit needs them: 1.5000000000000 has one fraction digit.
                    pendingZeros += 1
                } else {
                    let room = significant == 0 ? 0 : pendingZeros
                    significant += room + 1
                    guard significant <= 27 else {
                        throw sawPoint ? .tooManyFractionDigits : .tooManyIntegerDigits
                    }
                    for _ in 0..<room { significand *= 10 }
                    significand = significand * 10 + Int128(byte - UInt8(ascii: "0"))
                    pendingZeros = 0
                }
            case UInt8(ascii: ".") where !sawPoint && digitsSeen > 0 && index + 1 < count:
                sawPoint = true
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digits[index + 1]) else { throw .notADecimal }
            default:
                break scan
            }
            index += 1
        }
        guard digitsSeen > 0 else { throw .notADecimal }
        var exponent = 0
        if index < count {
            guard digits[index] == UInt8(ascii: "e") || digits[index] == UInt8(ascii: "E") else { throw .notADecimal }
            index += 1
            var exponentNegative = false
            if index < count, digits[index] == UInt8(ascii: "+") || digits[index] == UInt8(ascii: "-") {
                exponentNegative = digits[index] == UInt8(ascii: "-")
                index += 1
            }
            guard index < count else { throw .notADecimal }
            while index < count {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digits[index]) else { throw .notADecimal }
                exponent = min(exponent * 10 + Int(digits[index] - UInt8(ascii: "0")), 1_000_000)
                index += 1
            }
            if exponentNegative { exponent = -exponent }
        }
        if significand == 0 {
            self = .zero
            return
        }
        // The value is significand × 10^power.
        let power = pendingZeros - fractionDigits + exponent
        guard power >= -9 else { throw .tooManyFractionDigits }
        guard significant + power <= 18 else { throw .tooManyIntegerDigits }
        for _ in 0..<(power + 9) { significand *= 10 }
        nanos = isNegative ? -significand : significand
    }

    public init?(_ description: String) {
        do { self = try Amount(parsing: description) } catch { return nil }
    }

    /// The shortest exact decimal: `12`, `-0.5`. Valid JSON.
    public var description: String {
        let magnitude = nanos.magnitude
        let whole = magnitude / Self.nanosPerUnit.magnitude
        var fraction = UInt64(magnitude % Self.nanosPerUnit.magnitude)
        let sign = nanos < 0 ? "-" : ""
        guard fraction != 0 else { return "\(sign)\(whole)" }
        var places = 9
        while fraction.isMultiple(of: 10) {
            fraction /= 10
            places -= 1
        }
        let digits = String(fraction)
        return "\(sign)\(whole).\(String(repeating: "0", count: places - digits.count))\(digits)"
    }
}

// MARK: - Multiplication and division

extension Amount {
    /// How a result that has more digits than fit is rounded.
    public enum Rounding: Sendable {
        /// Half away from zero: the rule for money and divisions (semantics.md).
        case halfAwayFromZero
        case up
        case down
    }

    /// `self ÷ divisor` to 9 decimals. `divisor` is not zero.
    public func divided(by divisor: Int64, rounding: Rounding = .halfAwayFromZero) -> Amount {
        Amount(nanos: Self.divide(nanos, by: Int128(divisor), rounding: rounding))
    }

    /// The quotient rounded as named; `up` is away from zero, `down` towards it.
    static func divide(_ dividend: Int128, by divisor: Int128, rounding: Rounding) -> Int128 {
        let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
        guard remainder != 0 else { return quotient }
        let away: Int128 = (dividend < 0) == (divisor < 0) ? 1 : -1
        switch rounding {
        case .down: return quotient
        case .up: return quotient + away
        case .halfAwayFromZero:
            return remainder.magnitude >= divisor.magnitude - remainder.magnitude ? quotient + away : quotient
        }
    }
}
