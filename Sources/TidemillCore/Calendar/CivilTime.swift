import Foundation

/// A date and a time of day by the clocks of a zone.
struct CivilTime: Sendable, Hashable {
    /// Days since 1970-01-01.
    var day: Int64
    var microseconds: Int64

    private static let dayLength: Int64 = 86_400_000_000

    init(day: Int64, microseconds: Int64 = 0) {
        self.day = day
        self.microseconds = microseconds
    }

    init(_ instant: Timestamp, in zone: TimeZone?) {
        let local = instant.microseconds + Self.offset(of: zone, at: instant.microseconds)
        day = local.flooredDivision(by: Self.dayLength)
        microseconds = local - day * Self.dayLength
    }

    func adding(days: Int64) -> CivilTime { CivilTime(day: day + days, microseconds: microseconds) }

    /// The same day so many months later, or that month's last day.
    func adding(months: Int64) -> CivilTime {
        let date = Timestamp.civil(daysSince1970: day)
        let total = date.year * 12 + date.month - 1 + months
        let year = total.flooredDivision(by: 12)
        let month = total - year * 12 + 1
        let last = Timestamp.daysIn(month: month, year: year)
        return CivilTime(
            day: Timestamp.daysSince1970(year: year, month: month, day: min(date.day, last)), microseconds: microseconds
        )
    }

    /// When the zone's clocks show it. A time that they show twice means the first; one that they skip means as long
    /// after the gap's begin as it lies inside it, so that a midnight that is skipped is the instant of the change.
    func instant(in zone: TimeZone?) -> Timestamp {
        let local = day * Self.dayLength + microseconds
        guard zone != nil else { return Timestamp(microseconds: local) }
        // Zones change their offset less often than once in two days.
        let before = Self.offset(of: zone, at: local - Self.dayLength)
        let after = Self.offset(of: zone, at: local + Self.dayLength)
        for offset in [before, after] where Self.offset(of: zone, at: local - offset) == offset {
            return Timestamp(microseconds: local - offset)
        }
        return Timestamp(microseconds: local - before)
    }

    /// Microseconds that the zone's clocks are ahead of UTC.
    private static func offset(of zone: TimeZone?, at microseconds: Int64) -> Int64 {
        guard let zone else { return 0 }
        // Whole seconds are exact in a Date.
        let seconds = microseconds.flooredDivision(by: 1_000_000)
        return Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(seconds)))) * 1_000_000
    }
}
