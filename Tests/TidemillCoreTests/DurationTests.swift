import Testing
import TidemillCore

struct DurationTests {
    @Test func `whole units are counted, and what does not fit ends at the largest number`() {
        let duration = Duration.seconds(90) + .microseconds(1_999)
        #expect(duration.nanoseconds == 90_001_999_000)
        #expect(duration.microseconds == 90_001_999)
        #expect(duration.milliseconds == 90_001)
        #expect(Duration.milliseconds(-1_500).milliseconds == -1_500)
        #expect(Duration.seconds(Int64.max / 2).nanoseconds == .max)
        #expect(Duration.seconds(Int64.min / 2).microseconds == .min)
        #expect(
            Timestamp(microseconds: 5).advanced(by: .milliseconds(-1)) == Timestamp(microseconds: -995))
    }

    @Test(
        arguments: [
            ("30s", 30_000_000), ("50ms", 50_000), ("100us", 100), ("1.5h", 5_400_000_000), ("0.000001s", 1),
            ("30d", 2_592_000_000_000), ("1h 30m", 5_400_000_000), ("3 days", 259_200_000_000),
            ("10000d", 864_000_000_000_000), ("10001d", nil), ("10000d 1us", nil), ("1.0000001s", nil), ("1.s", nil),
            (".5s", nil), ("s", nil), ("5", nil), ("-1s", nil), ("1e3s", nil), ("9999999999999999us", nil), ("", nil),
        ] as [(String, Int64?)])
    func `the configuration has parts of seconds`(text: String, microseconds: Int64?) {
        #expect(DurationText.parse(text, in: .configuration)?.microseconds == microseconds)
    }

    @Test(arguments: ["50ms", "100us", "1.5h", "0.5s", "1000ms"])
    func `scripts have whole seconds`(text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test(arguments: ["0s", "30s", "90m", "36h", "10d", "50ms", "1500ms", "7us", "61s"])
    func `a length of time is written in the largest unit that keeps it whole`(text: String) throws {
        let duration = try #require(DurationText.parse(text, in: .configuration))
        #expect(DurationText.text(duration) == text)
    }
}
