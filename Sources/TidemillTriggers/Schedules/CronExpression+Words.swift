/// What an expression says, for people.
extension CronExpression {
    /// `At 02:30, on the last weekday (Monday to Friday) of the month, in January and July`.
    var words: String {
        var parts = [times]
        if isEitherDay {
            parts.append("on \(daysOfMonth), and on \(daysOfWeek)")
        } else if isEvery(dayOfMonth, .dayOfMonth), isEvery(dayOfWeek, .dayOfWeek) {
            parts.append("every day")
        } else if isEvery(dayOfWeek, .dayOfWeek) {
            parts.append("on \(daysOfMonth)")
        } else if isEvery(dayOfMonth, .dayOfMonth) {
            parts.append("on \(daysOfWeek)")
        } else {
            parts.append("on \(daysOfMonth) where that is \(daysOfWeek)")
        }
        if !isEvery(month, .month) {
            parts.append(
                "in \(Self.joined(Self.ranges(values(of: month, .month)).map { Self.span($0, Self.months, from: 1) }))")
        }
        return parts.joined(separator: ", ")
    }

    // MARK: - Times of the day

    /// So many times of a day are told one by one.
    private static let timesMax = 6

    private var times: String {
        let (minutes, hours) = (values(of: minute, .minute), values(of: hour, .hour))
        if minutes.count * hours.count <= Self.timesMax {
            return "At " + Self.joined(hours.flatMap { hour in minutes.map { Self.clock(hour, $0) } })
        }
        let inHours =
            isEvery(hour, .hour)
            ? "" : ", in the hours \(Self.joined(Self.ranges(hours).map { Self.span($0) { "\($0)" } }))"
        if isEvery(minute, .minute) { return "Every minute" + inHours }
        if let step = Self.step(of: minutes, in: 60) { return "Every \(step) minutes" + inHours }
        let said = Self.joined(Self.ranges(minutes).map { Self.span($0) { "\($0)" } })
        let at = minutes.count == 1 ? "At minute \(said)" : "At the minutes \(said)"
        return inHours.isEmpty ? "\(at) of every hour" : at + inHours
    }

    private static func clock(_ hour: Int, _ minute: Int) -> String {
        "\(hour < 10 ? "0" : "")\(hour):\(minute < 10 ? "0" : "")\(minute)"
    }

    /// Of values that come again at even steps around the clock.
    private static func step(of values: [Int], in length: Int) -> Int? {
        guard values.count > 1, values[0] == 0 else { return nil }
        let step = values[1]
        guard length % step == 0, values == Array(stride(from: 0, to: length, by: step)) else { return nil }
        return step
    }

    // MARK: - Days

    /// `the 1st, the 15th and the last day of the month`.
    var daysOfMonth: String {
        let numbers = Self.ranges(values(of: dayOfMonth, .dayOfMonth)).map { range in
            Self.span(range) { "the \(Self.ordinal($0))" }
        }
        let marks = dayOfMonth.marks.map { mark in
            switch mark {
            case .last(0): "the last day of the month"
            case .last(1): "the day before the last of the month"
            case .last(let days): "the day \(days) days before the last of the month"
            case .lastWeekday: "the last weekday (Monday to Friday) of the month"
            case .nearestWeekday(let day): "the weekday (Monday to Friday) nearest to the \(Self.ordinal(day))"
            case .nth, .lastOf: ""
            }
        }
        return Self.joined(numbers + marks)
    }

    /// `every Monday and the last Friday of the month`.
    var daysOfWeek: String {
        let days = Self.ranges(values(of: dayOfWeek, .dayOfWeek)).map { Self.span($0, Self.weekdays, from: 0) }
        let numbers = ["", "first", "second", "third", "fourth", "fifth"]
        let marks = dayOfWeek.marks.map { mark in
            switch mark {
            case .nth(let weekday, let number): "the \(numbers[number]) \(Self.weekdays[weekday]) of the month"
            case .lastOf(let weekday): "the last \(Self.weekdays[weekday]) of the month"
            case .last, .lastWeekday, .nearestWeekday: ""
            }
        }
        return Self.joined((days.isEmpty ? [] : ["every \(Self.joined(days))"]) + marks)
    }

    private static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    private static func ordinal(_ number: Int) -> String {
        switch (number % 10, number) {
        case (1, let number) where number != 11: "\(number)st"
        case (2, let number) where number != 12: "\(number)nd"
        case (3, let number) where number != 13: "\(number)rd"
        default: "\(number)th"
        }
    }

    // MARK: - Lists

    private func isEvery(_ field: CronField, _ kind: CronField.Kind) -> Bool {
        values(of: field, kind).count == Self.last(of: kind) - kind.range.lowerBound + 1
    }

    private static func last(of kind: CronField.Kind) -> Int { kind == .dayOfWeek ? 6 : kind.range.upperBound }

    private func values(of field: CronField, _ kind: CronField.Kind) -> [Int] {
        (kind.range.lowerBound...Self.last(of: kind)).filter { field.contains($0) }
    }

    /// Three and more that follow each other are one range.
    private static func ranges(_ values: [Int]) -> [ClosedRange<Int>] {
        var ranges: [ClosedRange<Int>] = []
        for value in values {
            if let last = ranges.last, last.upperBound + 1 == value {
                ranges[ranges.count - 1] = last.lowerBound...value
            } else {
                ranges.append(value...value)
            }
        }
        return ranges.flatMap { $0.count == 2 ? [$0.lowerBound...$0.lowerBound, $0.upperBound...$0.upperBound] : [$0] }
    }

    private static func span(_ range: ClosedRange<Int>, _ names: [String], from first: Int) -> String {
        span(range) { names[$0 - first] }
    }

    private static func span(_ range: ClosedRange<Int>, _ said: (Int) -> String) -> String {
        range.count == 1 ? said(range.lowerBound) : "\(said(range.lowerBound)) to \(said(range.upperBound))"
    }

    private static func joined(_ parts: [String]) -> String {
        guard let last = parts.last, parts.count > 1 else { return parts.first ?? "no day" }
        return parts.dropLast().joined(separator: ", ") + " and " + last
    }
}

extension Schedule {
    /// What it says, for people: when, by whose clocks, and what happens when these are changed.
    public var words: String {
        switch rule {
        case .every(let seconds): return "Every \(Self.length(seconds)), counted from 1970-01-01T00:00:00Z."
        case .cron(let expression):
            guard let timezone, timezone != "UTC" else { return "\(expression.words), by UTC." }
            let change =
                expression.isFixedTime
                ? "A time that the clocks skip fires at the change, one that they repeat fires once."
                : "It follows the clocks when they are changed: nothing is made up for, and a repeated hour fires twice."
            return "\(expression.words), by the clocks of \(timezone). \(change)"
        }
    }

    private static func length(_ seconds: Int64) -> String {
        for (name, size) in [("day", 86_400), ("hour", 3600), ("minute", 60)] as [(String, Int64)]
        where seconds % size == 0 {
            return seconds == size ? name : "\(seconds / size) \(name)s"
        }
        return seconds == 1 ? "second" : "\(seconds) seconds"
    }
}
