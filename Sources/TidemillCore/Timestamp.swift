import CBase

/// An instant, in microseconds since 1970-01-01T00:00:00Z. Event times, arrival times and period bounds.
public struct Timestamp: Sendable, Hashable, Comparable {
    public var microseconds: Int64

    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

    public func advanced(bySeconds seconds: Int64) -> Timestamp {
        Timestamp(microseconds: microseconds + seconds * 1_000_000)
    }

    /// The UTC hour that holds this instant, counted from 1970.
    public var hour: Int64 { microseconds.flooredDivision(by: 3_600_000_000) }

    public static func hour(_ hour: Int64) -> Timestamp { Timestamp(microseconds: hour * 3_600_000_000) }
}

extension Int64 {
    /// Rounds towards minus infinity, so that instants before 1970 fall into the right bucket.
    public func flooredDivision(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder != 0 && (remainder < 0) != (divisor < 0) ? quotient - 1 : quotient
    }
}

// MARK: - RFC 3339

extension Timestamp: CustomStringConvertible {
    /// Parses RFC 3339: `2026-10-01T00:00:02.5Z`, an offset instead of `Z`, a blank instead of `T`. Digits after the
    /// sixth decimal are cut. A leap second counts as the second after. Nil for anything else, and outside of the years
    /// 1 to 9999.
    public init?(rfc3339 text: some StringProtocol) {
        var copy = String(text)
        guard let value = copy.withUTF8({ Timestamp(rfc3339: $0) }) else { return nil }
        self = value
    }

    /// As `init(rfc3339:)`, over UTF-8 bytes.
    public init?(rfc3339 bytes: UnsafeBufferPointer<UInt8>) {
        var value: Int64 = 0
        let isRead = bytes.withMemoryRebound(to: CChar.self) { cb_instant_read($0.baseAddress, $0.count, &value) }
        guard isRead else { return nil }
        microseconds = value
    }

    /// `2026-10-01T00:00:02.500Z`: milliseconds, as the API emits them, from every door and function, so that instants
    /// compare as text. What is finer is kept inside and cut here.
    public var description: String { text(places: 3) }

    /// `2026-10-01T00:00:02Z`: whole seconds, for what people read.
    public var secondsDescription: String { text(places: 0) }

    private func text(places: Int32) -> String {
        String(unsafeUninitializedCapacity: CB_INSTANT_TEXT) { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                $0.baseAddress.map { cb_instant_write(microseconds, places, $0) } ?? 0
            }
        }
    }
}

// MARK: - The proleptic Gregorian calendar

extension Timestamp {
    package static func daysIn(month: Int64, year: Int64) -> Int64 { cb_days_in_month(year, month) }

    static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 { cb_days(year, month, day) }

    static func civil(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let date = cb_date_of(days)
        return (date.year, date.month, date.day)
    }
}

extension Timestamp {
    /// Midnight, UTC, of the first of this instant's month.
    public var startOfMonth: Timestamp {
        let (year, month, _) = Self.civil(daysSince1970: microseconds.flooredDivision(by: 86_400_000_000))
        return Timestamp(microseconds: Self.daysSince1970(year: year, month: month, day: 1) * 86_400_000_000)
    }
}
