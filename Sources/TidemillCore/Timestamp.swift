import Foundation

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
    /// sixth decimal are cut. A leap second counts as the second after. Nil for anything else.
    public init?(rfc3339 text: some StringProtocol) {
        var copy = String(text)
        guard let value = copy.withUTF8({ Timestamp(rfc3339: $0) }) else { return nil }
        self = value
    }

    /// As `init(rfc3339:)`, over UTF-8 bytes.
    public init?(rfc3339 bytes: UnsafeBufferPointer<UInt8>) {
        func number(_ start: Int, _ length: Int) -> Int64? {
            guard start + length <= bytes.count else { return nil }
            var value: Int64 = 0
            for index in start..<(start + length) {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) else { return nil }
                value = value * 10 + Int64(bytes[index] - UInt8(ascii: "0"))
            }
            return value
        }
        func byte(_ index: Int, _ options: Character...) -> Bool {
            index < bytes.count && options.contains { $0.asciiValue == bytes[index] }
        }
        guard bytes.count >= 20, bytes.count <= 64,
            let year = number(0, 4), byte(4, "-"), let month = number(5, 2), byte(7, "-"), let day = number(8, 2),
            byte(10, "T", "t", " "), let hour = number(11, 2), byte(13, ":"), let minute = number(14, 2),
            byte(16, ":"), let second = number(17, 2),
            (1...12).contains(month), day >= 1, day <= Self.daysIn(month: month, year: year),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        var index = 19
        var fraction: Int64 = 0
        if byte(index, ".") {
            index += 1
            let start = index
            var scale: Int64 = 100_000
            while index < bytes.count, let digit = number(index, 1) {
                fraction += digit * scale
                scale /= 10
                index += 1
            }
            guard index > start else { return nil }
        }
        var offsetMinutes: Int64 = 0
        if byte(index, "Z", "z") {
            index += 1
        } else if byte(index, "+", "-") {
            guard let hours = number(index + 1, 2), byte(index + 3, ":"), let minutes = number(index + 4, 2),
                hours < 24, minutes < 60
            else { return nil }
            offsetMinutes = (hours * 60 + minutes) * (byte(index, "-") ? -1 : 1)
            index += 6
        } else {
            return nil
        }
        guard index == bytes.count else { return nil }
        let days = Self.daysSince1970(year: year, month: month, day: day)
        let seconds = days * 86_400 + hour * 3_600 + (minute - offsetMinutes) * 60 + second
        microseconds = seconds * 1_000_000 + fraction
    }

    /// `2026-10-01T00:00:02.500Z`: milliseconds, as the API emits them, from every door and function, so that instants
    /// compare as text. What is finer is kept inside and cut here.
    public var description: String {
        let (seconds, fraction) = secondsAndMicroseconds
        return text(seconds, fraction: fraction / 1000, places: 3)
    }

    /// `2026-10-01T00:00:02Z`: whole seconds, for what people read.
    public var secondsDescription: String { text(secondsAndMicroseconds.seconds, fraction: 0, places: 0) }

    private var secondsAndMicroseconds: (seconds: Int64, microseconds: Int64) {
        let seconds = microseconds.flooredDivision(by: 1_000_000)
        return (seconds, microseconds - seconds * 1_000_000)
    }

    /// Answers hold many times: the digits are put where they belong, without strings in between.
    private func text(_ seconds: Int64, fraction: Int64, places: Int) -> String {
        let days = seconds.flooredDivision(by: 86_400)
        let inDay = seconds - days * 86_400
        let (year, month, day) = Self.civil(daysSince1970: days)
        // Years before 0 and after 9999 have a width of their own.
        let yearText = (0...9999).contains(year) ? "" : String(year)
        return yearText
            + String(unsafeUninitializedCapacity: 32) { bytes in
                var count = 0
                func put(_ sign: Unicode.Scalar) {
                    bytes[count] = UInt8(ascii: sign)
                    count += 1
                }
                func put(_ value: Int64, _ width: Int) {
                    var rest = value
                    for index in (count..<(count + width)).reversed() {
                        bytes[index] = UInt8(ascii: "0") + UInt8(rest % 10)
                        rest /= 10
                    }
                    count += width
                }
                if yearText.isEmpty { put(year, 4) }
                put("-")
                put(month, 2)
                put("-")
                put(day, 2)
                put("T")
                put(inDay / 3600, 2)
                put(":")
                put(inDay / 60 % 60, 2)
                put(":")
                put(inDay % 60, 2)
                if places > 0 {
                    put(".")
                    put(fraction, places)
                }
                put("Z")
                return count
            }
    }
}

// MARK: - The proleptic Gregorian calendar

extension Timestamp {
    static func daysIn(month: Int64, year: Int64) -> Int64 {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    /// Counts in 400-year eras that begin on March 1, so that the leap day is the last of its year.
    static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let era = marchYear.flooredDivision(by: 400)
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    static func civil(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = shifted.flooredDivision(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthIndex + 2) / 5 + 1)
    }
}

extension Timestamp {
    /// Midnight, UTC, of the first of this instant's month.
    public var startOfMonth: Timestamp {
        let (year, month, _) = Self.civil(daysSince1970: microseconds.flooredDivision(by: 86_400_000_000))
        return Timestamp(microseconds: Self.daysSince1970(year: year, month: month, day: 1) * 86_400_000_000)
    }
}
