import TidemillCore

/// Five fields as in crontab(5), by Debian's rules.
public struct CronExpression: Sendable, Hashable {
    /// The fields with one blank between them.
    public let text: String
    let minute: CronField
    let hour: CronField
    let dayOfMonth: CronField
    let month: CronField
    let dayOfWeek: CronField

    private static let nicknames = [
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
    ]

    /// Reads five fields, or a nickname such as `@daily`.
    public init(_ text: String) throws(ScheduleError) {
        guard text.utf8.count <= 1000 else { throw ScheduleError("a cron expression has at most 1000 bytes") }
        let trimmed = text.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r\n" })
        if let first = trimmed.first, first.hasPrefix("@") {
            guard trimmed.count == 1, let fields = Self.nicknames[first.lowercased()] else {
                let known = Self.nicknames.keys.sorted().joined(separator: ", ")
                throw ScheduleError("\"\(ScheduleError.shown(text))\" is no nickname; there are \(known)")
            }
            try self.init(fields.split(separator: " "))
            return
        }
        try self.init(trimmed)
    }

    private init(_ fields: [Substring]) throws(ScheduleError) {
        guard fields.count == 5 else {
            let interval = fields.count == 2 ? "; an interval is written as \"every 30s\"" : ""
            throw ScheduleError(
                "a cron expression has 5 fields (minute, hour, day of month, month, day of week), got \(fields.count)\(interval)"
            )
        }
        text = fields.joined(separator: " ")
        minute = try CronField(fields[0], .minute)
        hour = try CronField(fields[1], .hour)
        dayOfMonth = try CronField(fields[2], .dayOfMonth)
        month = try CronField(fields[3], .month)
        dayOfWeek = try CronField(fields[4], .dayOfWeek)
        guard canMatch else { throw ScheduleError("\"\(text)\" never matches: no month of it has such a day") }
    }

    /// Whether the time of day is fixed: then it is made up for when clocks skip it, and runs once when they repeat it.
    /// Otherwise the clock is followed.
    var isFixedTime: Bool { !minute.isWildcard && !hour.isWildcard }

    /// Both day fields restrict: either is enough. Where one begins with `*`, both must match.
    var isEitherDay: Bool { !dayOfMonth.isWildcard && !dayOfWeek.isWildcard }

    /// - Parameters:
    ///   - weekday: 0 is Sunday.
    ///   - length: the number of days in the month.
    func matches(day: Int, weekday: Int, length: Int) -> Bool {
        let isDay =
            dayOfMonth.contains(day)
            || dayOfMonth.marks.contains {
                $0.matches(day: day, weekday: weekday, length: length)
            }
        let isWeekday =
            dayOfWeek.contains(weekday)
            || dayOfWeek.marks.contains {
                $0.matches(day: day, weekday: weekday, length: length)
            }
        return isEitherDay ? isDay || isWeekday : isDay && isWeekday
    }

    /// Whether it matches the day, by a calendar without zones.
    func matches(_ day: CivilTime) -> Bool {
        let date = day.date
        return month.contains(Int(date.month))
            && matches(
                day: Int(date.day), weekday: Int(day.weekday),
                length: Int(Timestamp.daysIn(month: date.month, year: date.year)))
    }

    /// Whether any month begins on a weekday with which it has such a day: each month begins on each of them in time.
    private var canMatch: Bool {
        let lengths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return lengths.enumerated().contains { index, longest in
            month.contains(index + 1)
                && ((index == 1 ? 28 : longest)...longest).contains { length in
                    (0...6).contains { first in
                        (1...length).contains { matches(day: $0, weekday: (first + $0 - 1) % 7, length: length) }
                    }
                }
        }
    }

    /// What is legal and probably not meant.
    public var warnings: [String] {
        let fields: [(CronField, CronField.Kind)] = [
            (minute, .minute), (hour, .hour), (dayOfMonth, .dayOfMonth), (month, .month), (dayOfWeek, .dayOfWeek),
        ]
        var warnings = fields.filter(\.0.hasLongStep).map {
            "the \($0.1.name) field has a step longer than its range: only the first value matches"
        }
        if isEitherDay {
            let first =
                dayOfMonth.text == "1-7" && dayOfWeek.text.count == 1
                ? "; the first of a month is \(dayOfWeek.text)#1" : ""
            warnings.append(
                "day of month and day of week both restrict, and either is enough: it fires on \(daysOfMonth), and on "
                    + "\(daysOfWeek)\(first)")
        }
        return warnings
    }
}
