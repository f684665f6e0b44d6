/// One field of a cron expression: which of its values match, and whether it restricts anything.
struct CronField: Sendable, Hashable {
    enum Kind: CaseIterable, Sendable {
        case minute, hour, dayOfMonth, month, dayOfWeek

        var name: String {
            switch self {
            case .minute: "minute"
            case .hour: "hour"
            case .dayOfMonth: "day of month"
            case .month: "month"
            case .dayOfWeek: "day of week"
            }
        }

        var range: ClosedRange<Int> {
            switch self {
            case .minute: 0...59
            case .hour: 0...23
            case .dayOfMonth: 1...31
            case .month: 1...12
            case .dayOfWeek: 0...7
            }
        }

        /// Names of values, the first for the range's lower bound.
        var names: [String] {
            switch self {
            case .minute, .hour, .dayOfMonth: []
            case .month:
                ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
            case .dayOfWeek: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
            }
        }
    }

    /// Bit n: the value n matches. Sunday is 0.
    private(set) var values: UInt64 = 0
    /// Days that are others in each month.
    private(set) var marks: [DayMark] = []
    /// Whether the text begins with `*`: crontab(5) decides by the text, not by what it comes to.
    let isWildcard: Bool
    /// A step that is longer than its range: only the first value matches.
    private(set) var hasLongStep = false
    /// As written.
    let text: String

    init(_ text: Substring, _ kind: Kind) throws(ScheduleError) {
        isWildcard = text.hasPrefix("*")
        self.text = String(text)
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            try add(part, kind)
        }
        if kind == .dayOfWeek, values & 1 << 7 != 0 { values = (values | 1) & ~(1 << 7) }
    }

    func contains(_ value: Int) -> Bool { values & 1 << UInt64(value) != 0 }

    /// The first value that matches from `value` on.
    func next(from value: Int) -> Int? {
        guard value < 64 else { return nil }
        let rest = values >> UInt64(value)
        return rest == 0 ? nil : value + rest.trailingZeroBitCount
    }

    private mutating func add(_ part: Substring, _ kind: Kind) throws(ScheduleError) {
        if let mark = try DayMark(part, kind) {
            if !marks.contains(mark) { marks.append(mark) }
            return
        }
        let pieces = part.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = pieces.first, !first.isEmpty else {
            throw ScheduleError("the \(kind.name) field has an empty part")
        }
        var bounds = try Self.bounds(first, kind)
        var step = 1
        if pieces.count == 2 {
            step = try Self.number(pieces[1], "step of the \(kind.name) field", 1...9999)
            // `5/15` means from 5 on; Sunday is the day of week 7 too, so that `5/2` is Friday and Sunday.
            if first != "*", !first.contains("-") { bounds = bounds.lowerBound...kind.range.upperBound }
            if step > bounds.count, bounds.count > 1 { hasLongStep = true }
        }
        for value in stride(from: bounds.lowerBound, through: bounds.upperBound, by: step) {
            values |= 1 << UInt64(value)
        }
    }

    /// Of `*`: Sunday is 0 where no 7 is written.
    private static func last(of kind: Kind) -> Int { kind == .dayOfWeek ? 6 : kind.range.upperBound }

    private static func bounds(_ text: Substring, _ kind: Kind) throws(ScheduleError) -> ClosedRange<Int> {
        if text == "*" { return kind.range.lowerBound...last(of: kind) }
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let low = try value(ends[0], kind)
        guard ends.count == 2 else { return low...low }
        let high = try value(ends[1], kind)
        guard low <= high else {
            throw ScheduleError(
                "the \(kind.name) range \"\(shown(text))\" runs backwards; write it as two, such as \"\(ends[0])-\(last(of: kind)),\(kind.range.lowerBound)-\(ends[1])\""
            )
        }
        return low...high
    }

    static func value(_ text: Substring, _ kind: Kind) throws(ScheduleError) -> Int {
        let lowered = text.lowercased()
        if let index = kind.names.firstIndex(of: lowered) { return kind.range.lowerBound + index }
        if lowered.contains("?") {
            throw ScheduleError("the \(kind.name) field uses \"?\", which crontab(5) does not have; write *")
        }
        if lowered.contains(where: { "lw#".contains($0) }) { throw DayMark.misplaced(text, kind) }
        return try number(text, "\(kind.name) field", kind.range)
    }

    /// ASCII digits only, and few enough of them.
    static func number(
        _ text: Substring, _ what: String, _ range: ClosedRange<Int>
    ) throws(ScheduleError) -> Int {
        guard !text.isEmpty, text.utf8.count <= 4,
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let number = Int(text),
            range.contains(number)
        else {
            throw ScheduleError(
                "the \(what) must be from \(range.lowerBound) to \(range.upperBound), got \"\(shown(text))\"")
        }
        return number
    }

    private static func shown(_ text: Substring) -> String { ScheduleError.shown(String(text)) }
}
