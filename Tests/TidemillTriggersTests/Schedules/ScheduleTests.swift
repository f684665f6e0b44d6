import Testing
import TidemillCore
import TidemillTestSupport
import TidemillTriggers

struct ScheduleTests {
    private func at(_ text: String) throws -> Timestamp { try #require(Timestamp(rfc3339: text)) }

    @Test(arguments: [
        ("", "5 fields"), ("* * * *", "got 4"), ("* * * * * *", "got 6"), ("60 * * * *", "from 0 to 59"),
        ("* 24 * * *", "from 0 to 23"), ("* * 0 * *", "from 1 to 31"), ("* * * 13 *", "from 1 to 12"),
        ("* * * * 8", "from 0 to 7"), ("*/0 * * * *", "from 1 to 9999"), ("5-1 * * * *", "runs backwards"),
        ("* * * * SAT-SUN", "runs backwards"), ("99999999999999999999 * * * *", "from 0 to 59"),
        ("+5 * * * *", "got \"+5\""), ("1_0 * * * *", "from 0"), ("0x10 * * * *", "from 0"), ("1.5 * * * *", "from 0"),
        ("² * * * *", "from 0"), ("٥ * * * *", "from 0"), ("1,,2 * * * *", "empty part"), ("*/ * * * *", "got \"\""),
        ("0 0 30 2 *", "never matches"), ("0 0 31 2,4,6,9,11 *", "never matches"), ("0 0 ? * *", "\"?\""),
        ("0 0 15W * *", "\"W\""), ("0 0 L * *", "\"L\""), ("0 0 * * 5#2", "\"#\""), ("@reboot", "no nickname"),
        ("@every 5m", "no nickname"), ("every", "no interval"), ("every 0s", "from 1 second"),
        ("every 5 parsecs", "no interval"), ("every 99999999999d", "no interval"), ("every -5s", "no interval"),
    ])
    func `what is no schedule is refused with the reason`(text: String, reason: String) {
        do throws(ScheduleError) {
            let schedule = try Schedule(text)
            Issue.record("accepted as \(schedule.text)")
        } catch {
            #expect(error.message.contains(reason), "\(error.message)")
        }
    }

    @Test(arguments: [
        ("\t*/5   *  * * *\n", "*/5 * * * *"), ("@Daily", "0 0 * * *"), ("0 0 * * sun", "0 0 * * sun"),
        ("every 90s", "every 90s"), ("every 2h", "every 7200s"), ("0 0 31 2 1", "0 0 31 2 1"),
    ])
    func `a schedule reads back as what it prints`(text: String, printed: String) throws {
        let schedule = try Schedule(text)
        #expect(schedule.text == printed)
        #expect(try Schedule(schedule.text).text == printed)
    }

    @Test func `an unknown zone is refused`() {
        #expect(throws: ScheduleError.self) { try Schedule("@daily", timezone: "Europe/Atlantis") }
    }

    @Test func `a step longer than its field warns`() throws {
        #expect(try Schedule("*/100 * * * *").warnings.count == 1)
        #expect(try Schedule("*/59 * * * *").warnings == [])
    }

    @Test func `intervals mean the same slots for everybody`() throws {
        let schedule = try Schedule("every 30s", timezone: "Asia/Kolkata")
        #expect(schedule.next(after: try at("2026-11-22T10:00:29.999Z")) == (try at("2026-11-22T10:00:30Z")))
        #expect(schedule.next(after: try at("2026-11-22T10:00:30Z")) == (try at("2026-11-22T10:01:00Z")))
    }

    @Test func `a slot that was repeated does not fire in the second pass`() throws {
        // Berlin, 25 October 2026: 3:00 becomes 2:00 at 01:00Z. 01:10Z is 2:10 for the second time.
        let schedule = try Schedule("30 2 * * *", timezone: "Europe/Berlin")
        #expect(schedule.next(after: try at("2026-10-25T01:10:00Z")) == (try at("2026-10-26T01:30:00Z")))
    }

    @Test func `a day that a zone left out is not made up for`() throws {
        // Apia had no 30 December 2011: a shift of a day is a correction of the clock.
        let schedule = try Schedule("30 12 30 12 *", timezone: "Pacific/Apia")
        #expect(schedule.next(after: try at("2011-12-29T00:00:00Z")) == (try at("2012-12-29T22:30:00Z")))
    }

    @Test func `the next fire time lies ahead and stays until it is reached`() throws {
        var random = SeededRandom(seed: 41)
        let zones = ["UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns"]
        func field(_ range: ClosedRange<Int>) -> String {
            let low = Int.random(in: range, using: &random)
            return switch Int.random(in: 0..<4, using: &random) {
            case 0: "*"
            case 1: "*/\(Int.random(in: 1...range.upperBound, using: &random))"
            case 2: "\(low)"
            default: "\(low)-\(Int.random(in: low...range.upperBound, using: &random))"
            }
        }
        for _ in 0..<300 {
            let text = "\(field(0...59)) \(field(0...23)) \(field(1...28)) \(field(1...12)) \(field(0...6))"
            let schedule = try Schedule(text, timezone: zones.randomElement(using: &random))
            let start = Timestamp(
                microseconds: Int64.random(in: 1_700_000_000...1_900_000_000, using: &random) * 1_000_000)
            let first = try #require(schedule.next(after: start), "\(text)")
            #expect(first > start)
            let just = Timestamp(microseconds: first.microseconds - 1)
            if just > start { #expect(schedule.next(after: just) == first, "\(text) from \(start)") }
        }
    }
}
