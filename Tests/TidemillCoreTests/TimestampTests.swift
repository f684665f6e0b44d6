import Testing
import TidemillCore
import TidemillTestSupport

/// Expected numbers were computed with Python's `datetime`.
struct TimestampTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-10-01T00:00:02.500Z", 1_790_812_802_500_000),
            ("2000-02-29T23:59:59Z", 951_868_799_000_000), ("1969-12-31T23:59:59.999999Z", -1),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000_000), ("9999-12-31T23:59:59Z", 253_402_300_799_000_000),
            ("2026-03-29T02:30:00+02:00", 1_774_744_200_000_000), ("2026-03-29T02:30:00-05:30", 1_774_771_200_000_000),
            ("2024-02-29t12:00:00z", 1_709_208_000_000_000), ("2024-02-29 12:00:00Z", 1_709_208_000_000_000),
            ("2026-01-01T00:00:00.123456789Z", 1_767_225_600_123_456), ("2016-12-31T23:59:60Z", 1_483_228_800_000_000),
        ] as [(String, Int64)])
    func `an instant is read exactly`(text: String, microseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.microseconds == microseconds)
    }

    @Test func `instants are read and written as everywhere`() throws {
        for vector in try Vectors.instants() {
            #expect(Timestamp(rfc3339: vector.input)?.description == vector.text, "\(vector.input)")
        }
    }

    @Test(arguments: [
        "", "2026", "2026-10-01", "2026-10-01T00:00:00", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z", "2026-10-01T24:00:00Z", "2026-10-01T00:60:00Z", "2026-10-01T00:00:61Z",
        "2026-10-01T00:00:00.Z", "2026-10-01T00:00:00+2:00", "2026-10-01T00:00:00+24:00", "2026-10-01T00:00:00Zx",
        "20261001T000000Z", "2026-1-01T00:00:00Z", "0000-12-31T23:59:59Z", "10000-01-01T00:00:00Z",
        " 2026-10-01T00:00:00Z", "٢٠٢٦-10-01T00:00:00Z",
    ])
    func `what is no instant is refused`(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (1_790_812_802_500_000, "2026-10-01T00:00:02.500Z"), (951_782_400_000_000, "2000-02-29T00:00:00.000Z"),
            (253_402_300_799_000_000, "9999-12-31T23:59:59.000Z"),
        ] as [(Int64, String)])
    func `an instant is printed with milliseconds, and what is finer is cut`(
        microseconds: Int64, text: String
    ) {
        #expect(Timestamp(microseconds: microseconds).description == text)
    }

    @Test func `reading what was printed gives the same millisecond, through leap years and before 1970`() {
        var microseconds: Int64 = -62_135_596_800_000_000
        var wrong = 0
        while microseconds < 253_402_300_799_000_000 {
            let timestamp = Timestamp(microseconds: microseconds)
            if Timestamp(rfc3339: timestamp.description) != timestamp { wrong += 1 }
            microseconds += 86_399_999_000 * 37
        }
        #expect(wrong == 0)
    }

    @Test func `what no text can be read back from is no instant, and is still printed`() {
        #expect(Timestamp(rfc3339: "9999-12-31T23:59:59-00:01") == nil)
        #expect(Timestamp(rfc3339: "0001-01-01T00:00:00+00:01") == nil)
        #expect(Timestamp(microseconds: .max).description == "294247-01-10T04:00:54.775Z")
        #expect(Timestamp(microseconds: .min).description == "-290308-12-21T19:59:05.224Z")
    }

    @Test func `the first of the month is found in UTC`() {
        #expect(Timestamp(rfc3339: "2024-02-29T23:59:59Z")?.startOfMonth.description == "2024-02-01T00:00:00.000Z")
        #expect(Timestamp(rfc3339: "1969-12-31T23:59:59Z")?.startOfMonth.description == "1969-12-01T00:00:00.000Z")
    }
}
