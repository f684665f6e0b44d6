import Foundation

/// Lengths of time as scripts write them: `30s`, `10m`, `24h`, `3 days`, `1h 30m`. Fixed lengths only: a day has 24
/// hours; months and years are steps of a calendar, for `time.add`.
public enum DurationText {
    /// The longest: ten years.
    private static let secondsMax: Int64 = 3660 * 86_400

    /// Nil for anything else, and for nothing at all.
    public static func parse(_ text: String) -> Duration? {
        var rest = Substring(text)[...]
        var total: Int64 = 0
        var any = false
        while true {
            rest = rest.drop { $0 == " " }
            guard !rest.isEmpty else { break }
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard digits.utf8.count <= 9, let count = Int64(digits) else { return nil }
            rest = rest.dropFirst(digits.count).drop { $0 == " " }
            let word = rest.prefix { $0.isASCII && $0.isLetter }
            guard let size = seconds(of: String(word)) else { return nil }
            rest = rest.dropFirst(word.count)
            total += count * size
            guard total <= secondsMax else { return nil }
            any = true
        }
        return any ? .seconds(total) : nil
    }

    /// What messages show as an example.
    static let expectation = "a length of time such as \"30s\", \"10m\", \"24h\" or \"3 days\""

    private static func seconds(of unit: String) -> Int64? {
        switch unit {
        case "s", "sec", "secs", "second", "seconds": 1
        case "m", "min", "mins", "minute", "minutes": 60
        case "h", "hour", "hours": 3600
        case "d", "day", "days": 86_400
        case "w", "week", "weeks": 7 * 86_400
        default: nil
        }
    }
}
