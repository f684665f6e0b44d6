public import TidemillCore

/// Instants as a person at a terminal reads them: how long ago or how soon within a day, the day and the time otherwise.
public enum RelativeTime {
    private static let day: Int64 = 86_400

    /// `offset`: how far the reader's clocks are ahead of UTC, in seconds, at so many seconds since 1970.
    public static func text(_ instant: Timestamp, now: Timestamp, offset: (Int64) -> Int64) -> String {
        let seconds = instant.wholeSeconds - now.wholeSeconds
        guard abs(seconds) < day else { return dayAndTime(instant, now: now, offset: offset) }
        let age = age(abs(seconds))
        return seconds > 0 ? "in \(age)" : "\(age) ago"
    }

    /// Two units at most: `12 s`, `4 min`, `1 h 15 min`.
    public static func age(_ seconds: Int64) -> String {
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3600 { return "\(seconds / 60) min" }
        let minutes = seconds % 3600 / 60
        return "\(seconds / 3600) h" + (minutes > 0 ? " \(minutes) min" : "")
    }

    /// `28 Nov 16:20`, with the year where it is another.
    public static func dayAndTime(_ instant: Timestamp, now: Timestamp, offset: (Int64) -> Int64) -> String {
        // As an instant's own text, moved by the offset: 2026-11-30T14:28:49.123Z.
        func parts(_ instant: Timestamp) -> (day: [Substring], time: Substring) {
            let seconds = instant.wholeSeconds
            let text = Timestamp(microseconds: (seconds + offset(seconds)) * 1_000_000).description
            let halves = text.split(separator: "T")
            return (halves[0].split(separator: "-"), halves[1].prefix(5))
        }
        let (day, time) = parts(instant)
        guard day.count == 3, let month = Int(day[1]), (1...12).contains(month), let number = Int(day[2]) else {
            return instant.description
        }
        let name = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][month - 1]
        let isThisYear = parts(now).day.first == day.first
        return "\(number) \(name)\(isThisYear ? "" : " \(day[0])") \(time)"
    }
}

extension Timestamp {
    /// Since 1970, what is finer cut towards the past.
    fileprivate var wholeSeconds: Int64 {
        microseconds / 1_000_000 - (microseconds % 1_000_000 < 0 ? 1 : 0)
    }
}
