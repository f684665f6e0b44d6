import Foundation
import TidemillCore
import TidemillOperations

/// Since when and until when usage is counted, half open.
struct UsageWindow: Sendable, Hashable {
    /// What its periods are counted from; nil where usage never begins anew.
    var anchor: Timestamp?
    var start: Timestamp?
    var end: Timestamp?

    static let allTime = UsageWindow()

    /// The period that holds `now`. SubscriptionStart steps in UTC from `anchor`; the calendar's weeks, months and days
    /// are the customer's; hours are UTC's (semantics.md, "Meters").
    static func of(
        _ period: ResetPeriod?, _ configuration: ResetConfiguration?, from anchor: Timestamp, zones: ZoneHistory,
        at now: Timestamp
    ) -> UsageWindow {
        guard let period else { return .allTime }
        let accordingTo = (configuration ?? .standard(for: period))?.accordingTo
        switch (period, accordingTo) {
        case (.hour, _): return calendar(zones.window(at: now) { _ in .hours })
        case (.day, _): return calendar(zones.window(at: now) { .days(in: $0) })
        case (.month, .startOfTheMonth): return calendar(zones.window(at: now) { .months(in: $0) })
        case (.week, _):
            guard let weekday = accordingTo?.weekday else { return stepping(.week, anchor, now) }
            return calendar(zones.window(at: now) { .weeks(from: weekday, in: $0) })
        case (.month, _): return stepping(.month, anchor, now)
        case (.year, _): return stepping(.year, anchor, now)
        }
    }

    private static func stepping(_ unit: CalendarPeriod.Unit, _ anchor: Timestamp, _ now: Timestamp) -> UsageWindow {
        let window = CalendarPeriod(unit, anchor: anchor).window(containing: now)
        return UsageWindow(anchor: anchor, start: window.start, end: window.end)
    }

    private static func calendar(_ range: Range<Timestamp>) -> UsageWindow {
        UsageWindow(anchor: range.lowerBound, start: range.lowerBound, end: range.upperBound)
    }
}

extension ResetConfiguration.Anchor {
    fileprivate var weekday: CalendarPeriod.Weekday? {
        switch self {
        case .everySunday: .sunday
        case .everyMonday: .monday
        case .everyTuesday: .tuesday
        case .everyWednesday: .wednesday
        case .everyThursday: .thursday
        case .everyFriday: .friday
        case .everySaturday: .saturday
        case .subscriptionStart, .startOfTheMonth: nil
        }
    }
}

/// The time zones that a customer has had. A new zone begins with the next period, which begins where the one before
/// ends: no gap and no overlap. Where less than half of the new zone's period is left by then, the rest is joined to the
/// next one, so that nobody gets a month's allowance for some hours.
struct ZoneHistory: Sendable, Hashable {
    struct Change: Sendable, Hashable {
        let since: Timestamp
        let zone: Zone?
    }

    let first: Zone?
    /// Oldest first.
    var changes: [Change] = []

    /// The zone that the customer had at an instant; nil for UTC.
    func zone(at instant: Timestamp) -> Zone? {
        changes.last { $0.since <= instant }.map(\.zone) ?? first
    }

    func window(at now: Timestamp, of period: (Zone?) -> CalendarPeriod) -> Range<Timestamp> {
        var zone = first
        /// Where the first period in the zone began.
        var floor: Timestamp?
        var rest = changes[...].prefix { $0.since <= now }
        while let change = rest.first {
            let current = Self.window(of: period(zone), at: change.since, from: floor)
            if now < current.upperBound { return current }
            floor = current.upperBound
            while let next = rest.first, next.since <= current.upperBound {
                zone = next.zone
                rest = rest.dropFirst()
            }
        }
        return Self.window(of: period(zone), at: now, from: floor)
    }

    private static func window(
        of period: CalendarPeriod, at instant: Timestamp, from floor: Timestamp?
    ) -> Range<Timestamp> {
        let window = period.window(containing: instant)
        guard let floor else { return window.start..<window.end }
        let first = period.window(containing: floor)
        let left = first.end.microseconds - floor.microseconds
        let isShort = left * 2 < first.end.microseconds - first.start.microseconds
        if window.index == first.index { return floor..<(isShort ? period.bound(first.index + 2) : first.end) }
        if isShort, window.index == first.index + 1 { return floor..<window.end }
        return window.start..<window.end
    }
}
