import CBase

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
        var value = cb_decimal()
        let outcome = digits.withMemoryRebound(to: CChar.self) { cb_decimal_read($0.baseAddress, $0.count, &value) }
        switch outcome {
        case CB_DECIMAL_READ: self.init(units: value.units, nanos: Int64(value.nanos))
        case CB_DECIMAL_TOO_LARGE: throw .tooManyIntegerDigits
        case CB_DECIMAL_TOO_FINE: throw .tooManyFractionDigits
        default: throw .notADecimal
        }
    }

    public init?(_ description: String) {
        do { self = try Amount(parsing: description) } catch { return nil }
    }

    /// The shortest exact decimal: `12`, `-0.5`. Valid JSON.
    public var description: String {
        String(unsafeUninitializedCapacity: CB_DECIMAL_TEXT) { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text in
                text.baseAddress.map {
                    cb_decimal_write(
                        Int64(truncatingIfNeeded: nanos >> 64), UInt64(truncatingIfNeeded: nanos), $0)
                } ?? 0
            }
        }
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
