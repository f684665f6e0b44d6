import Foundation
import Testing
import TidemillCore
import TidemillOperations

@testable import TidemillEngine

/// Where reset periods begin (semantics.md, "Meters"). Bounds are worked out by hand from the zones' published rules.
struct UsageWindowTests {
    private func window(
        _ period: ResetPeriod, _ anchor: ResetConfiguration.Anchor? = nil, from start: String = "2026-01-01T00:00:00Z",
        zone: String? = nil, at now: String
    ) -> String {
        let zones = ZoneHistory(first: zone.flatMap { Zone(identifier: $0) })
        return shown(
            UsageWindow.of(
                period, anchor.map { ResetConfiguration(accordingTo: $0) }, from: time(start), zones: zones,
                at: time(now)))
    }

    private func shown(_ window: UsageWindow) -> String {
        guard let start = window.start, let end = window.end else { return "ever" }
        return "\(start.secondsDescription)/\(end.secondsDescription)"
    }

    @Test func `months from the 31st fall on each month's last day, and come back to the 31st`() {
        let anchor = "2026-01-31T10:00:00Z"
        #expect(
            window(.month, .subscriptionStart, from: anchor, at: "2026-02-28T09:59:59Z")
                == "2026-01-31T10:00:00Z/2026-02-28T10:00:00Z")
        #expect(
            window(.month, .subscriptionStart, from: anchor, at: "2026-02-28T10:00:00Z")
                == "2026-02-28T10:00:00Z/2026-03-31T10:00:00Z")
        #expect(
            window(.month, .subscriptionStart, from: anchor, at: "2026-05-01T00:00:00Z")
                == "2026-04-30T10:00:00Z/2026-05-31T10:00:00Z")
    }

    @Test func `a year from the leap day has its 29th again after four years`() {
        let anchor = "2024-02-29T00:00:00Z"
        #expect(
            window(.year, .subscriptionStart, from: anchor, at: "2025-03-01T00:00:00Z")
                == "2025-02-28T00:00:00Z/2026-02-28T00:00:00Z")
        #expect(
            window(.year, .subscriptionStart, from: anchor, at: "2028-02-29T00:00:00Z")
                == "2028-02-29T00:00:00Z/2029-02-28T00:00:00Z")
    }

    @Test func `a subscription's periods step in UTC whatever the customer's zone`() {
        #expect(
            window(
                .week, .subscriptionStart, from: "2026-03-25T12:00:00Z", zone: "Europe/Berlin",
                at: "2026-04-02T00:00:00Z")
                == "2026-04-01T12:00:00Z/2026-04-08T12:00:00Z")
    }

    @Test(arguments: [
        // Clocks go forward on 27 September 2026 and back on 5 April 2026 in Auckland (+12, summer +13).
        ("Pacific/Auckland", "2026-09-27T00:00:00Z", "2026-09-26T12:00:00Z/2026-09-27T11:00:00Z"),
        ("Pacific/Auckland", "2026-04-05T00:00:00Z", "2026-04-04T11:00:00Z/2026-04-05T12:00:00Z"),
        // On 29 March and 25 October in Berlin (+1, summer +2).
        ("Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-28T23:00:00Z/2026-03-29T22:00:00Z"),
        ("Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-24T22:00:00Z/2026-10-25T23:00:00Z"),
    ])
    func `a day whose clocks are set has 23 or 25 hours`(zone: String, now: String, expected: String) {
        #expect(window(.day, zone: zone, at: now) == expected)
    }

    @Test func `calendar months and weeks begin at the customer's midnight`() {
        // 1 October in Auckland is summer time already: 30 September 11:00 UTC; 1 November likewise.
        #expect(
            window(.month, .startOfTheMonth, zone: "Pacific/Auckland", at: "2026-10-01T00:00:00Z")
                == "2026-09-30T11:00:00Z/2026-10-31T11:00:00Z")
        // Monday 26 October 2026 follows the change of clocks: 23:00 UTC; Monday the 19th began at 22:00 UTC.
        #expect(
            window(.week, .everyMonday, zone: "Europe/Berlin", at: "2026-10-22T00:00:00Z")
                == "2026-10-18T22:00:00Z/2026-10-25T23:00:00Z")
        #expect(
            window(.week, .everySunday, at: "2026-10-24T23:59:59Z") == "2026-10-18T00:00:00Z/2026-10-25T00:00:00Z")
        #expect(
            window(.month, .startOfTheMonth, at: "2024-02-29T23:00:00Z") == "2024-02-01T00:00:00Z/2024-03-01T00:00:00Z")
        #expect(window(.hour, at: "2026-10-01T12:34:56Z") == "2026-10-01T12:00:00Z/2026-10-01T13:00:00Z")
    }

    // MARK: - A customer that moves

    private func days(_ first: String, _ changes: (String, String)..., at now: String) -> String {
        let zones = ZoneHistory(
            first: Zone(identifier: first),
            changes: changes.map { ZoneHistory.Change(since: time($0.0), zone: Zone(identifier: $0.1)) })
        return shown(UsageWindow.of(.day, nil, from: EngineFixture.start, zones: zones, at: time(now)))
    }

    @Test func `a new zone begins with the next period, without a gap or an overlap`() {
        let moves = ("2026-06-10T10:00:00Z", "Pacific/Auckland")
        // Berlin's day goes on to 22:00 UTC. Auckland's (+12) next midnight is 12:00 UTC, 14 hours later.
        #expect(days("Europe/Berlin", moves, at: "2026-06-10T09:00:00Z") == "2026-06-09T22:00:00Z/2026-06-10T22:00:00Z")
        #expect(days("Europe/Berlin", moves, at: "2026-06-10T21:59:59Z") == "2026-06-09T22:00:00Z/2026-06-10T22:00:00Z")
        #expect(days("Europe/Berlin", moves, at: "2026-06-10T22:00:00Z") == "2026-06-10T22:00:00Z/2026-06-11T12:00:00Z")
        #expect(days("Europe/Berlin", moves, at: "2026-06-11T12:00:00Z") == "2026-06-11T12:00:00Z/2026-06-12T12:00:00Z")
    }

    @Test func `what is left of a period is joined to the next where it is less than half`() {
        let moves = ("2026-06-10T20:00:00Z", "Europe/Berlin")
        // Auckland's day ends at 12:00 UTC on the 11th; Berlin's ends 10 hours later, and 10 < 12: it lasts until the 12th.
        #expect(
            days("Pacific/Auckland", moves, at: "2026-06-11T12:00:00Z") == "2026-06-11T12:00:00Z/2026-06-12T22:00:00Z")
        #expect(
            days("Pacific/Auckland", moves, at: "2026-06-12T21:00:00Z") == "2026-06-11T12:00:00Z/2026-06-12T22:00:00Z")
        #expect(
            days("Pacific/Auckland", moves, at: "2026-06-12T22:00:00Z") == "2026-06-12T22:00:00Z/2026-06-13T22:00:00Z")
    }

    @Test func `windows of a customer that moves about follow each other without gap or overlap`() {
        let zones = ZoneHistory(
            first: nil,
            changes: [
                ("2026-03-01T05:00:00Z", "Pacific/Auckland"), ("2026-03-01T06:00:00Z", "America/New_York"),
                ("2026-03-20T00:00:00Z", "Asia/Kolkata"), ("2026-04-02T00:00:00Z", "Europe/Berlin"),
            ].map { ZoneHistory.Change(since: time($0.0), zone: Zone(identifier: $0.1)) })
        for period in [ResetPeriod.day, .week, .month] {
            let configuration: ResetConfiguration? =
                period == .day
                ? nil : ResetConfiguration(accordingTo: period == .week ? .everyMonday : .startOfTheMonth)
            func window(at now: Timestamp) -> UsageWindow {
                UsageWindow.of(period, configuration, from: EngineFixture.start, zones: zones, at: now)
            }
            var now = time("2026-02-20T00:30:00Z")
            var current = window(at: now)
            while now < time("2026-06-01T00:00:00Z") {
                now = now.advanced(bySeconds: 1800)
                let next = window(at: now)
                #expect(next == current || next.start == current.end)
                current = next
            }
        }
    }
}
