/// A repeating period: whole steps of a unit from an anchor, half open. Each bound is counted from the anchor and not
/// from the bound before it, so that 31 January is followed by 28 February and 31 March (semantics.md, "Meters").
public struct CalendarPeriod: Sendable, Hashable {
    public enum Unit: Sendable, Hashable {
        case hour
        case day
        case week
        case month
        case year
    }

    /// One of the periods, `start` included, `end` not.
    public struct Window: Sendable, Hashable {
        /// Steps from the anchor; negative before it.
        public let index: Int64
        public let start: Timestamp
        public let end: Timestamp

        public func contains(_ instant: Timestamp) -> Bool { start <= instant && instant < end }
    }

    public let unit: Unit
    /// Units in one step.
    public let count: Int64
    public let anchor: Timestamp
    /// Whose days and months are meant; nil for UTC.
    public let zone: Zone?
    /// The anchor by the zone's clocks.
    private let local: CivilTime

    /// `count` is positive.
    public init(_ unit: Unit, count: Int64 = 1, anchor: Timestamp, zone: Zone? = nil) {
        precondition(count > 0, "a period of no length")
        self.unit = unit
        self.count = count
        self.anchor = anchor
        self.zone = zone
        local = CivilTime(anchor, in: zone)
    }

    /// The bound this many steps from the anchor.
    public func bound(_ index: Int64) -> Timestamp {
        switch unit {
        case .hour: anchor.advanced(bySeconds: index * count * 3600)
        case .day: local.adding(days: index * count).instant(in: zone)
        case .week: local.adding(days: index * count * 7).instant(in: zone)
        case .month: local.adding(months: index * count).instant(in: zone)
        case .year: local.adding(months: index * count * 12).instant(in: zone)
        }
    }

    /// The period that holds this instant.
    public func window(containing instant: Timestamp) -> Window {
        var index = estimate(of: instant)
        // Clocks that were set back or forward, and months of other lengths, move the estimate by a step at most.
        while bound(index) > instant { index -= 1 }
        while bound(index + 1) <= instant { index += 1 }
        return Window(index: index, start: bound(index), end: bound(index + 1))
    }

    private func estimate(of instant: Timestamp) -> Int64 {
        switch unit {
        case .hour: (instant.microseconds - anchor.microseconds).flooredDivision(by: 3_600_000_000 * count)
        case .day: days(to: instant).flooredDivision(by: count)
        case .week: days(to: instant).flooredDivision(by: 7 * count)
        case .month: months(to: instant).flooredDivision(by: count)
        case .year: months(to: instant).flooredDivision(by: 12 * count)
        }
    }

    private func days(to instant: Timestamp) -> Int64 { CivilTime(instant, in: zone).day - local.day }

    private func months(to instant: Timestamp) -> Int64 {
        let from = Timestamp.civil(daysSince1970: local.day)
        let to = Timestamp.civil(daysSince1970: CivilTime(instant, in: zone).day)
        return (to.year - from.year) * 12 + to.month - from.month
    }
}

// MARK: - Periods of the calendar

extension CalendarPeriod {
    public enum Weekday: Int64, Sendable, Hashable {
        case sunday, monday, tuesday, wednesday, thursday, friday, saturday
    }

    /// Full hours of UTC.
    public static let hours = CalendarPeriod(.hour, anchor: Timestamp(microseconds: 0))

    /// Days from midnight to midnight.
    public static func days(in zone: Zone?) -> CalendarPeriod {
        CalendarPeriod(.day, anchor: CivilTime(day: 0).instant(in: zone), zone: zone)
    }

    /// Weeks that begin on this day, at midnight.
    public static func weeks(from weekday: Weekday, in zone: Zone?) -> CalendarPeriod {
        // 1970-01-04 was a Sunday.
        CalendarPeriod(.week, anchor: CivilTime(day: 3 + weekday.rawValue).instant(in: zone), zone: zone)
    }

    /// Months from the first to the first.
    public static func months(in zone: Zone?) -> CalendarPeriod {
        CalendarPeriod(.month, anchor: CivilTime(day: 0).instant(in: zone), zone: zone)
    }
}

extension Timestamp {
    /// This instant a number of months later by UTC's calendar, on the same day or the month's last.
    public func adding(months: Int64) -> Timestamp { CivilTime(self, in: nil).adding(months: months).instant(in: nil) }
}
