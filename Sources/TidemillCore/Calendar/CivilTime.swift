/// A date and a time of day by the clocks of a zone.
public struct CivilTime: Sendable, Hashable {
    /// Days since 1970-01-01.
    public var day: Int64
    /// Since midnight by the clock.
    public var microseconds: Int64

    private static let dayLength: Int64 = 86_400_000_000

    public init(day: Int64, microseconds: Int64 = 0) {
        self.day = day
        self.microseconds = microseconds
    }

    /// Nil for a date that the calendar does not have.
    public init?(year: Int64, month: Int64, day: Int64, hour: Int64 = 0, minute: Int64 = 0) {
        guard (1...12).contains(month), (1...Timestamp.daysIn(month: month, year: year)).contains(day),
            (0...23).contains(hour), (0...59).contains(minute)
        else { return nil }
        self.init(
            day: Timestamp.daysSince1970(year: year, month: month, day: day),
            microseconds: (hour * 60 + minute) * 60_000_000)
    }

    /// What the zone's clocks show at an instant; nil means UTC.
    public init(_ instant: Timestamp, in zone: Zone?) {
        let local = instant.microseconds + Self.offset(of: zone, at: instant.microseconds)
        day = local.flooredDivision(by: Self.dayLength)
        microseconds = local - day * Self.dayLength
    }

    public var date: (year: Int64, month: Int64, day: Int64) { Timestamp.civil(daysSince1970: day) }
    public var hour: Int64 { microseconds / 3_600_000_000 }
    public var minute: Int64 { microseconds / 60_000_000 % 60 }
    /// 0 is Sunday.
    public var weekday: Int64 { (day + 4) - (day + 4).flooredDivision(by: 7) * 7 }

    public func adding(days: Int64) -> CivilTime { CivilTime(day: day + days, microseconds: microseconds) }

    /// The same day so many months later, or that month's last day.
    public func adding(months: Int64) -> CivilTime {
        let total = date.year * 12 + date.month - 1 + months
        let year = total.flooredDivision(by: 12)
        let month = total - year * 12 + 1
        let last = Timestamp.daysIn(month: month, year: year)
        return CivilTime(
            day: Timestamp.daysSince1970(year: year, month: month, day: min(date.day, last)), microseconds: microseconds
        )
    }
}

// MARK: - Clocks that are set forward and back

extension CivilTime {
    /// When clocks show a time.
    public enum Occurrence: Sendable, Hashable {
        case once(Timestamp)
        /// The clocks were set back over it.
        case twice(first: Timestamp, second: Timestamp)
        /// The clocks were set forward over it at `change`, by `microseconds`.
        case never(change: Timestamp, microseconds: Int64)
    }

    /// When the zone's clocks show it.
    public func occurrence(in zone: Zone?) -> Occurrence {
        let local = day * Self.dayLength + microseconds
        guard zone != nil else { return .once(Timestamp(microseconds: local)) }
        // Zones change their offset less often than once in two days.
        let before = Self.offset(of: zone, at: local - Self.dayLength)
        let after = Self.offset(of: zone, at: local + Self.dayLength)
        guard before != after else { return .once(Timestamp(microseconds: local - before)) }
        let isBefore = Self.offset(of: zone, at: local - before) == before
        let isAfter = Self.offset(of: zone, at: local - after) == after
        switch (isBefore, isAfter) {
        case (true, true):
            return .twice(
                first: Timestamp(microseconds: local - before), second: Timestamp(microseconds: local - after))
        case (true, false): return .once(Timestamp(microseconds: local - before))
        case (false, true): return .once(Timestamp(microseconds: local - after))
        case (false, false):
            return .never(
                change: Self.change(of: zone, from: local - after, to: local - before), microseconds: after - before)
        }
    }

    /// When the zone's clocks show it. A time that they show twice means the first; one that they skip means as long
    /// after the change as it lies inside the gap, so that a midnight that is skipped is the instant of the change.
    public func instant(in zone: Zone?) -> Timestamp {
        switch occurrence(in: zone) {
        case .once(let instant), .twice(let instant, _): instant
        case .never(_, let gap):
            Timestamp(
                microseconds: day * Self.dayLength + microseconds + gap
                    - Self.offset(of: zone, at: day * Self.dayLength + microseconds + Self.dayLength))
        }
    }

    /// Microseconds that the zone's clocks are ahead of UTC.
    private static func offset(of zone: Zone?, at microseconds: Int64) -> Int64 {
        guard let zone else { return 0 }
        return zone.offset(at: microseconds.flooredDivision(by: 1_000_000)) * 1_000_000
    }

    /// The first second of the offset that is in force at `to`, and not yet at `from`.
    private static func change(of zone: Zone?, from: Int64, to: Int64) -> Timestamp {
        var low = from.flooredDivision(by: 1_000_000)
        var high = to.flooredDivision(by: 1_000_000)
        let new = offset(of: zone, at: to)
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if offset(of: zone, at: middle * 1_000_000) == new { high = middle } else { low = middle }
        }
        return Timestamp(microseconds: high * 1_000_000)
    }
}
