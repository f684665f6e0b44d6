/// A day that is another one in each month, as cronsim writes it, and with L-n and nW as Quartz has them.
enum DayMark: Sendable, Hashable {
    /// `L`, `L-3`: so many days before the last day of the month.
    case last(before: Int)
    /// `LW`: the last day from Monday to Friday.
    case lastWeekday
    /// `15W`: the day from Monday to Friday that is nearest to the day, in the same month.
    case nearestWeekday(Int)
    /// `1#2`: the second Monday. Sunday is 0.
    case nth(weekday: Int, Int)
    /// `5L`: the last Friday.
    case lastOf(weekday: Int)

    /// Nil for what is no such day, and is read as any other part of a field.
    init?(_ part: Substring, _ kind: CronField.Kind) throws(ScheduleError) {
        let text = part.lowercased()[...]
        switch kind {
        case .dayOfMonth:
            if text == "l" || text.hasPrefix("l/") {
                // cronsim takes a step here, which has nothing to step through.
                if text != "l" {
                    _ = try CronField.number(text.dropFirst(2), "step of the \(kind.name) field", 1...9999)
                }
                self = .last(before: 0)
            } else if text == "lw" {
                self = .lastWeekday
            } else if text.hasPrefix("l-") {
                self = .last(
                    before: try CronField.number(part.dropFirst(2), "\"L-n\" of the \(kind.name) field", 1...30))
            } else if text.hasSuffix("w") {
                guard text.count > 1, text.dropLast().allSatisfy({ ("0"..."9").contains($0) }) else {
                    throw Self.misplaced(part, kind)
                }
                self = .nearestWeekday(
                    try CronField.number(part.dropLast(), "\"nW\" of the \(kind.name) field", 1...31))
            } else {
                return nil
            }
        case .dayOfWeek:
            if let sign = part.firstIndex(of: "#") {
                let number = part[part.index(after: sign)...]
                let weekday = try CronField.value(part[..<sign], kind) % 7
                self = .nth(
                    weekday: weekday,
                    try CronField.number(number, "number after \"#\" of the \(kind.name) field", 1...5))
            } else if text.hasSuffix("l"), let first = text.first, Self.isWeekday(text.dropLast(), first) {
                self = .lastOf(weekday: try CronField.value(part.dropLast(), kind) % 7)
            } else {
                return nil
            }
        case .minute, .hour, .month: return nil
        }
    }

    /// Whether a text is meant for a day of the week: one digit, or a name in any case.
    private static func isWeekday(_ text: Substring, _ first: Character) -> Bool {
        text.count == 1 ? ("0"..."9").contains(first) : CronField.Kind.dayOfWeek.names.contains(String(text))
    }

    /// What is written in a place where it means nothing.
    static func misplaced(_ text: Substring, _ kind: CronField.Kind) -> ScheduleError {
        let shown = ScheduleError.shown(String(text))
        let known: String =
            switch kind {
            case .dayOfMonth: "the day of month takes L, L-3, LW and 15W, the W after one day"
            case .dayOfWeek: "the day of week takes 1#2, the second Monday, and 5L or friL, the last Friday"
            case .minute, .hour, .month: "only the day fields take L, W and #"
            }
        return ScheduleError("the \(kind.name) field cannot be \"\(shown)\"; \(known)")
    }

    /// - Parameters:
    ///   - weekday: 0 is Sunday.
    ///   - length: the number of days in the month.
    func matches(day: Int, weekday: Int, length: Int) -> Bool {
        switch self {
        case .last(let before): day == length - before
        case .lastWeekday: day == Self.nearest(to: length, day, weekday, length)
        case .nearestWeekday(let wanted): wanted <= length && day == Self.nearest(to: wanted, day, weekday, length)
        case .nth(let wanted, let number): weekday == wanted && (day + 6) / 7 == number
        case .lastOf(let wanted): weekday == wanted && day + 7 > length
        }
    }

    /// The day from Monday to Friday that is nearest to `wanted`, in a month in which `day` is a `weekday`.
    private static func nearest(to wanted: Int, _ day: Int, _ weekday: Int, _ length: Int) -> Int {
        switch ((weekday + wanted - day) % 7 + 7) % 7 {
        case 6: wanted == 1 ? 3 : wanted - 1
        case 0: wanted == length ? wanted - 2 : wanted + 1
        default: wanted
        }
    }
}
