/// The rule of a zone for all time to come, as POSIX writes it in TZ and RFC 8536 at the end of a file:
/// `CET-1CEST,M3.5.0,M10.5.0/3`. Offsets are written the other way round there: hours behind UTC.
struct PosixZone: Sendable, Equatable {
    /// A day of each year, and the time on it by the clock of before.
    private struct Change: Sendable, Equatable {
        enum Day: Sendable, Equatable {
            /// 1–365; 29 February is never counted.
            case julian(Int64)
            /// 0–365.
            case ordinal(Int64)
            /// The nth weekday (0 is Sunday) of a month; 5 is the last.
            case weekday(month: Int64, week: Int64, day: Int64)
        }

        let day: Day
        let seconds: Int64

        /// Seconds since 1970 by the clock of before.
        func local(_ year: Int64) -> Int64 {
            let first = Timestamp.daysSince1970(year: year, month: 1, day: 1)
            let days: Int64
            switch day {
            case .julian(let number):
                let isLeap = Timestamp.daysIn(month: 2, year: year) == 29
                days = first + number - 1 + (isLeap && number >= 60 ? 1 : 0)
            case .ordinal(let number): days = first + number
            case .weekday(let month, let week, let day):
                let start = Timestamp.daysSince1970(year: year, month: month, day: 1)
                // 1970-01-01 was a Thursday.
                let weekday = (start + 4) - (start + 4).flooredDivision(by: 7) * 7
                var found = start + (day - weekday + 7) % 7 + (week - 1) * 7
                while found >= start + Timestamp.daysIn(month: month, year: year) { found -= 7 }
                days = found
            }
            return days * 86_400 + seconds
        }
    }

    private struct Summer: Sendable, Equatable {
        let offset: Int64
        let start: Change
        let end: Change
    }

    private let offset: Int64
    private let summer: Summer?

    /// Seconds ahead of UTC.
    func offset(at seconds: Int64) -> Int64 {
        guard let summer else { return offset }
        let day = (seconds + offset).flooredDivision(by: 86_400)
        let year = Timestamp.civil(daysSince1970: day).year
        // The last change before decides. Changes may lie some days outside of their year.
        var latest = Int64.min
        var isSummer = false
        for year in (year - 1)...(year + 1) {
            for (at, begins) in [
                (summer.end.local(year) - summer.offset, false), (summer.start.local(year) - offset, true),
            ] where at <= seconds && at >= latest {
                // Where one ends as the other begins, it goes on.
                if at == latest, !begins { continue }
                latest = at
                isSummer = begins
            }
        }
        return isSummer ? summer.offset : offset
    }

    // MARK: - Reading

    init?(_ text: ArraySlice<UInt8>) {
        guard text.count <= 256 else { return nil }
        var reader = Reader(rest: text)
        guard reader.name(), let standard = reader.time(hoursMax: 24) else { return nil }
        offset = -standard
        guard !reader.rest.isEmpty else {
            summer = nil
            return
        }
        guard reader.name() else { return nil }
        var ahead = offset + 3600
        if let next = reader.rest.first, next != UInt8(ascii: ",") {
            guard let written = reader.time(hoursMax: 24) else { return nil }
            ahead = -written
        }
        guard let start = reader.change(), let end = reader.change(), reader.rest.isEmpty else { return nil }
        summer = Summer(offset: ahead, start: start, end: end)
    }

    private struct Reader {
        var rest: ArraySlice<UInt8>

        mutating func take(_ character: Character) -> Bool {
            guard let byte = character.asciiValue, rest.first == byte else { return false }
            rest = rest.dropFirst()
            return true
        }

        /// `CET`, or `<+0330>`.
        mutating func name() -> Bool {
            if take("<") {
                guard let end = rest.firstIndex(of: UInt8(ascii: ">")) else { return false }
                let length = rest.distance(from: rest.startIndex, to: end)
                rest = rest[(end + 1)...]
                return (1...30).contains(length)
            }
            let letters = rest.prefix { ($0 | 0x20) >= UInt8(ascii: "a") && ($0 | 0x20) <= UInt8(ascii: "z") }
            rest = rest.dropFirst(letters.count)
            return (3...30).contains(letters.count)
        }

        mutating func number(_ range: ClosedRange<Int64>) -> Int64? {
            let digits = rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            guard (1...3).contains(digits.count) else { return nil }
            rest = rest.dropFirst(digits.count)
            let value = digits.reduce(Int64(0)) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
            return range.contains(value) ? value : nil
        }

        /// `[+-]hh[:mm[:ss]]`, in seconds.
        mutating func time(hoursMax: Int64) -> Int64? {
            let isNegative = take("-")
            if !isNegative { _ = take("+") }
            guard var seconds = number(0...hoursMax).map({ $0 * 3600 }) else { return nil }
            for unit in [Int64(60), 1] where take(":") {
                guard let part = number(0...59) else { return nil }
                seconds += part * unit
            }
            return isNegative ? -seconds : seconds
        }

        /// `,M3.5.0/2`, `,J60` or `,59`; a time that is left out is two o'clock.
        mutating func change() -> Change? {
            guard take(",") else { return nil }
            let day: Change.Day
            if take("M") {
                guard let month = number(1...12), take("."), let week = number(1...5), take("."),
                    let weekday = number(0...6)
                else { return nil }
                day = .weekday(month: month, week: week, day: weekday)
            } else if take("J") {
                guard let number = number(1...365) else { return nil }
                day = .julian(number)
            } else {
                guard let number = number(0...365) else { return nil }
                day = .ordinal(number)
            }
            guard take("/") else { return Change(day: day, seconds: 7200) }
            return time(hoursMax: 167).map { Change(day: day, seconds: $0) }
        }
    }
}
