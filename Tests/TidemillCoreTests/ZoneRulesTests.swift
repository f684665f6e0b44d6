import Foundation
import Testing
import TidemillTestSupport

@testable import TidemillCore

/// Files of the tz database, held to Python's zoneinfo over the same files (Tests/Fixtures/zones.py).
struct ZoneRulesTests {
    static let zones = (try? Vectors.zones()) ?? []

    @Test(arguments: zones)
    func `every clock shows what Python says`(zone: Vectors.ZoneVector) throws {
        let rules = try #require(ZoneRules(zone.file))
        #expect(zone.offsets.count > 20)
        for (at, offset) in zone.offsets {
            #expect(rules.offset(at: at) == offset, "\(zone.name) at \(at)")
        }
    }

    @Test func `there are zones to look at`() { #expect(Self.zones.count == 14) }

    @Test func `a damaged file is refused or read, and nothing else`() throws {
        let whole = try #require(Self.zones.first { $0.name == "Europe/Berlin" }).file
        for length in 0..<whole.count where length % 7 == 0 || length < 100 || length > whole.count - 40 {
            #expect(ZoneRules(Array(whole.prefix(length))) == nil, "\(length) bytes")
        }
        var random = SeededRandom(seed: 11)
        for _ in 0..<5000 {
            var file = whole
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                file[Int.random(in: 0..<file.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            guard let rules = ZoneRules(file) else { continue }
            for at in [Int64.min / 4, -1, 0, 1_700_000_000, 10_000_000_000] {
                #expect(abs(rules.offset(at: at)) <= 26 * 3600 + 3600)
            }
        }
        #expect(ZoneRules([UInt8](repeating: 0, count: ZoneRules.sizeMax + 1)) == nil)
    }

    @Test(arguments: [
        "CET", "CET-", "CET-25", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0",
        "CET-1CEST,M3.6.0,M10.5.0",
        "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J366", "CET-1CEST,M3.5.0/168,M10.5.0", "<>-1", "<CET-1", "CE-1",
        "CET-1CEST,M3.5.0,M10.5.0,", "CET-1 ", "CET-1:60", "\u{0}",
    ])
    func `what is no rule is refused`(text: String) { #expect(PosixZone(Array(text.utf8)[...]) == nil) }

    // By the calendars of those years: 2026-03-29 and 2026-10-25 are the last Sundays of their months.
    @Test(
        arguments: [
            ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29T00:59:59Z", 3600),
            ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29T01:00:00Z", 7200),
            ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T00:59:59Z", 7200),
            ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T01:00:00Z", 3600),
            ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T00:59:59Z", -7200),
            ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T01:00:00Z", -3600),
            ("AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-01-01T00:00:00Z", 39600),
            ("XXX3EDT4,0/0,J365/23", "2026-07-01T00:00:00Z", -14400),
            ("XXX3EDT4,0/0,J365/23", "2026-12-31T23:59:59Z", -14400), ("A1BC-1", "2026-01-01T00:00:00Z", nil),
            ("<+0330>-3:30", "2026-01-01T00:00:00Z", 12600), ("ABC0DEF,J60/0,J61/0", "2024-03-01T12:00:00Z", 3600),
            ("ABC0DEF,59/0,60/0", "2024-02-29T12:00:00Z", 3600),
        ] as [(String, String, Int64?)])
    func `a rule holds for all time to come`(text: String, at: String, offset: Int64?) throws {
        let instant = try #require(Timestamp(rfc3339: at)).microseconds / 1_000_000
        #expect(PosixZone(Array(text.utf8)[...])?.offset(at: instant) == offset)
    }
}
