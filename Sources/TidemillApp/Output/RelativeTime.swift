import Foundation
import TidemillCore

/// Instants as a person at a terminal reads them: how long ago or how soon within a day, the day and the time otherwise.
enum RelativeTime {
    private static let day: Int64 = 86_400

    /// `zone` is the reader's own.
    static func text(_ instant: Timestamp, now: Timestamp, in zone: TimeZone) -> String {
        let seconds = instant.wholeSeconds - now.wholeSeconds
        guard abs(seconds) < day else { return dayAndTime(instant, now: now, in: zone) }
        let age = age(abs(seconds))
        return seconds > 0 ? "in \(age)" : "\(age) ago"
    }

    /// Two units at most: `12 s`, `4 min`, `1 h 15 min`.
    static func age(_ seconds: Int64) -> String {
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3600 { return "\(seconds / 60) min" }
        let minutes = seconds % 3600 / 60
        return "\(seconds / 3600) h" + (minutes > 0 ? " \(minutes) min" : "")
    }

    /// `28 Nov 16:20`, with the year where it is another.
    static func dayAndTime(_ instant: Timestamp, now: Timestamp, in zone: TimeZone) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        func parts(_ instant: Timestamp) -> DateComponents {
            calendar.dateComponents(
                [.year, .month, .day, .hour, .minute],
                from: Date(timeIntervalSince1970: TimeInterval(instant.wholeSeconds)))
        }
        let at = parts(instant)
        guard let year = at.year, let month = at.month, let day = at.day, let hour = at.hour, let minute = at.minute
        else { return instant.description }
        let name = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][month - 1]
        let date = year == parts(now).year ? "\(day) \(name)" : "\(day) \(name) \(year)"
        func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(date) \(twoDigits(hour)):\(twoDigits(minute))"
    }
}

extension Timestamp {
    /// Since 1970, what is finer cut towards the past.
    fileprivate var wholeSeconds: Int64 {
        microseconds / 1_000_000 - (microseconds % 1_000_000 < 0 ? 1 : 0)
    }
}
