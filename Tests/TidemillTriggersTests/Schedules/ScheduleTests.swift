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
        ("0 0 32W * *", "from 1 to 31"), ("0 0 L-0 * *", "from 1 to 30"),
        ("0 0 L-31 * *", "from 1 to 30"), ("0 0 5#1 * *", "15W"),
        ("0 0 W * *", "cannot be \"W\"; the day of month takes"),
        ("0 0 1-5W * *", "cannot be \"1-5W\"; the day of month takes L, L-3, LW and 15W, the W after one day"),
        ("0 0 * * satuL", "cannot be"), ("0 0 * * L", "5L or friL, the last Friday"),
        ("0 0 * * 5#6", "from 1 to 5"),
        ("0 0 * * 5#", "got \"\""),
        ("0 0 * * L", "1#2, the second Monday"), ("0 0 * * 8L", "from 0 to 7"),
        ("L 0 * * *", "only the day fields"), ("0 0 30W 2 *", "never matches"), ("0 0 L-29 2 *", "never matches"),
        ("0 0 */31 * 5#5", "never matches"), ("@reboot", "no nickname"),
        ("@every 5m", "no nickname"), ("every", "no interval"), ("evry 30s", "as \"every 30s\""),
        ("every 0s", "from 1 second"),
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

    @Test(arguments: [
        ("30 2 * * *", "At 02:30, every day"),
        ("0,30 9,17 * * 1-5", "At 09:00, 09:30, 17:00 and 17:30, on every Monday to Friday"),
        ("*/15 * * * *", "Every 15 minutes, every day"), ("5 * * * *", "At minute 5 of every hour, every day"),
        ("* 9-17 1,15 * *", "Every minute, in the hours 9 to 17, on the 1st and the 15th"),
        ("0 9 L * *", "At 09:00, on the last day of the month"),
        (
            "0 9 LW 1,7 *",
            "At 09:00, on the last weekday (Monday to Friday) of the month, in January and July"
        ),
        (
            "0 9 L-1,L-3 * *",
            "At 09:00, on the day before the last of the month and the day 3 days before the last of the month"
        ),
        ("0 9 15W * *", "At 09:00, on the weekday (Monday to Friday) nearest to the 15th"),
        ("0 9 * * 1#2,5L", "At 09:00, on the second Monday of the month and the last Friday of the month"),
        ("0 9 * * friL,SUNl", "At 09:00, on the last Friday of the month and the last Sunday of the month"),
        ("0 9 13 * 5", "At 09:00, on the 13th, and on every Friday"),
        (
            "0 9 */2 * 5",
            "At 09:00, on the 1st, the 3rd, the 5th, the 7th, the 9th, the 11th, the 13th, the 15th, the 17th, "
                + "the 19th, the 21st, the 23rd, the 25th, the 27th, the 29th and the 31st where that is every Friday"
        ),
        ("@weekly", "At 00:00, on every Sunday"), ("0 0 1 12-2/2 *", ""),
    ])
    func `words say what an expression means`(text: String, words: String) throws {
        if words.isEmpty {
            #expect(throws: ScheduleError.self) { try Schedule(text) }
        } else {
            #expect(try Schedule(text).words == words + ", by UTC.")
        }
    }

    @Test func `words say by whose clocks, and what a change of them does`() throws {
        #expect(
            try Schedule("30 2 * * *", timezone: "Europe/Berlin").words
                == "At 02:30, every day, by the clocks of Europe/Berlin. A time that the clocks skip fires at the change, "
                + "one that they repeat fires once.")
        #expect(try Schedule("every 90s").words == "Every 90 seconds, counted from 1970-01-01T00:00:00Z.")
        #expect(try Schedule("every 2h").words == "Every 2 hours, counted from 1970-01-01T00:00:00Z.")
    }

    @Test func `two day fields of which either is enough warn`() throws {
        #expect(
            try Schedule("0 9 1-7 * 1").warnings == [
                "day of month and day of week both restrict, and either is enough: it fires on the 1st to the 7th, and on "
                    + "every Monday; the first of a month is 1#1"
            ])
        #expect(try Schedule("0 9 */2 * 1").warnings == [])
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
