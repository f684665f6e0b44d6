import Foundation
import Testing
import TidemillCore

/// Expected bounds by hand, from the calendar and the zones' published changes.
struct CalendarPeriodTests {
    private func at(_ text: String) throws -> Timestamp { try #require(Timestamp(rfc3339: text)) }

    private func zone(_ name: String) throws -> Zone { try #require(Zone(identifier: name)) }

    @Test func `months from the 31st keep their anchor`() throws {
        let period = CalendarPeriod(.month, anchor: try at("2026-01-31T10:00:00Z"))
        let bounds = (0...4).map { period.bound($0).secondsDescription }
        #expect(
            bounds == [
                "2026-01-31T10:00:00Z", "2026-02-28T10:00:00Z", "2026-03-31T10:00:00Z", "2026-04-30T10:00:00Z",
                "2026-05-31T10:00:00Z",
            ])
        let window = period.window(containing: try at("2026-03-31T09:59:59Z"))
        #expect(window.start == (try at("2026-02-28T10:00:00Z")) && window.index == 1)
        #expect(period.window(containing: window.end).index == 2)
    }

    @Test func `a year from 29 February ends on 28 February and returns`() throws {
        let period = CalendarPeriod(.year, anchor: try at("2024-02-29T00:00:00Z"))
        #expect(period.bound(1).secondsDescription == "2025-02-28T00:00:00Z")
        #expect(period.bound(4).secondsDescription == "2028-02-29T00:00:00Z")
        #expect(period.window(containing: try at("2023-06-01T00:00:00Z")).index == -1)
    }

    @Test func `days follow the zone through its changes`() throws {
        // Auckland sets its clocks back on 5 April 2026 at 3:00: that day has 25 hours; UTC+13 before, +12 after.
        let days = CalendarPeriod.days(in: try zone("Pacific/Auckland"))
        let long = days.window(containing: try at("2026-04-04T20:00:00Z"))
        #expect(long.start.secondsDescription == "2026-04-04T11:00:00Z")
        #expect(long.end.secondsDescription == "2026-04-05T12:00:00Z")
        // Berlin sets them forward on 29 March 2026: 23 hours.
        let short = CalendarPeriod.days(in: try zone("Europe/Berlin")).window(
            containing: try at("2026-03-29T12:00:00Z"))
        #expect(short.start.secondsDescription == "2026-03-28T23:00:00Z")
        #expect(short.end.secondsDescription == "2026-03-29T22:00:00Z")
    }

    @Test func `a midnight that is skipped is the instant of the change`() throws {
        // Beirut goes from 0:00 to 1:00 on 29 March 2026 (UTC+2 to +3).
        let days = CalendarPeriod.days(in: try zone("Asia/Beirut"))
        let window = days.window(containing: try at("2026-03-29T12:00:00Z"))
        #expect(window.start.secondsDescription == "2026-03-28T22:00:00Z")
        #expect(window.end.secondsDescription == "2026-03-29T21:00:00Z")
    }

    @Test func `weeks begin on their day`() throws {
        let monday = CalendarPeriod.weeks(from: .monday, in: nil).window(containing: try at("2026-11-22T21:00:00Z"))
        // 22 November 2026 is a Sunday.
        #expect(monday.start.secondsDescription == "2026-11-16T00:00:00Z")
        let sunday = CalendarPeriod.weeks(from: .sunday, in: nil).window(containing: try at("2026-11-22T00:00:00Z"))
        #expect(sunday.start.secondsDescription == "2026-11-22T00:00:00Z")
        let month = CalendarPeriod.months(in: try zone("Asia/Kolkata")).window(
            containing: try at("2026-01-31T18:30:00Z"))
        #expect(month.start.secondsDescription == "2026-01-31T18:30:00Z")
    }

    @Test(arguments: ["UTC", "Europe/Berlin", "Pacific/Auckland", "America/St_Johns", "Africa/Casablanca"])
    func `windows follow each other without gap`(name: String) throws {
        let anchor = try at("2025-08-31T23:45:00Z")
        for unit in [CalendarPeriod.Unit.day, .week, .month, .year] {
            let period = CalendarPeriod(unit, anchor: anchor, zone: try zone(name))
            for index in Int64(-30)...30 {
                let start = period.bound(index)
                let window = period.window(containing: start)
                #expect(window.index == index && window.start == start && window.end == period.bound(index + 1))
                let last = Timestamp(microseconds: window.end.microseconds - 1)
                #expect(period.window(containing: last) == window)
            }
        }
    }
}
