import Foundation
import Testing
import TidemillCore
import TidemillTriggers

/// Against cronsim, which behaves as Debian's cron (cronsim_fixture.py beside this file), and against instants that the
/// real daemon fired at.
struct CronOracleTests {
    private struct Case {
        let expression: String
        let zone: String
        let start: Timestamp
        let instants: [Timestamp]
    }

    private func cases() throws -> [Case] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "cronsim.txt")
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { line in
            let parts = line.split(separator: "|", omittingEmptySubsequences: false)
            let start = try #require(Timestamp(rfc3339: parts[2]))
            let instants = try parts[3].split(separator: ",").map { try #require(Timestamp(rfc3339: $0)) }
            return Case(expression: String(parts[0]), zone: String(parts[1]), start: start, instants: instants)
        }
    }

    @Test func `fire times are those of cronsim`() throws {
        let cases = try cases()
        #expect(cases.count > 850)
        for item in cases {
            let schedule = try Schedule(item.expression, timezone: item.zone)
            var at = item.start
            var found: [Timestamp] = []
            while found.count < item.instants.count, let next = schedule.next(after: at) {
                found.append(next)
                at = next
            }
            #expect(
                found == item.instants,
                "\(item.expression) in \(item.zone) from \(item.start): \(found.map(\.secondsDescription)), cronsim \(item.instants.map(\.secondsDescription))"
            )
        }
    }

    /// Debian cron 3.0pl1 in both transitions of Berlin and New York, recorded with a faked clock.
    @Test(arguments: [
        ("30 2 * * *", "Europe/Berlin", "2023-10-28T12:00:00Z", ["2023-10-29T00:30:00Z", "2023-10-30T01:30:00Z"]),
        ("30 2 * * *", "Europe/Berlin", "2023-03-25T12:00:00Z", ["2023-03-26T01:00:00Z", "2023-03-27T00:30:00Z"]),
        ("30 1 * * *", "America/New_York", "2023-11-04T12:00:00Z", ["2023-11-05T05:30:00Z", "2023-11-06T06:30:00Z"]),
        ("30 2 * * *", "America/New_York", "2023-03-11T12:00:00Z", ["2023-03-12T07:00:00Z", "2023-03-13T06:30:00Z"]),
        (
            "*/15 * * * *", "Europe/Berlin", "2023-10-29T00:00:00Z",
            [
                "2023-10-29T00:15:00Z", "2023-10-29T00:30:00Z", "2023-10-29T00:45:00Z", "2023-10-29T01:00:00Z",
                "2023-10-29T01:15:00Z", "2023-10-29T01:30:00Z", "2023-10-29T01:45:00Z",
            ]
        ),
    ])
    func `fire times are those of the daemon`(text: String, zone: String, start: String, expected: [String]) throws {
        let schedule = try Schedule(text, timezone: zone)
        var at = try #require(Timestamp(rfc3339: start))
        for instant in expected {
            at = try #require(schedule.next(after: at))
            #expect(at.secondsDescription == instant)
        }
    }
}
