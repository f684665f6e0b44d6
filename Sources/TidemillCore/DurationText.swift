/// Lengths of time as people write them: `30s`, `10m`, `24h`, `3 days`, `1h 30m`. Fixed lengths only: a day has 24 hours;
/// months and years are steps of a calendar, for `time.add`.
public enum DurationText {
    /// Where a length of time is written.
    public enum Place: Sendable {
        /// Whole seconds, at most ten years.
        case script
        /// Also `50ms`, `100us` and `1.5h`, with at most six digits behind the point; at most 10,000 days.
        case configuration

        fileprivate var longest: Int64 { (self == .script ? 3660 : 10_000) * 86_400_000_000 }
        fileprivate var hasParts: Bool { self == .configuration }
    }

    private static let units: [(names: [Substring], microseconds: Int64)] = [
        (["s", "sec", "secs", "second", "seconds"], 1_000_000),
        (["m", "min", "mins", "minute", "minutes"], 60_000_000),
        (["h", "hour", "hours"], 3_600_000_000),
        (["d", "day", "days"], 86_400_000_000),
        (["w", "week", "weeks"], 7 * 86_400_000_000),
        (["ms"], 1_000),
        (["us"], 1),
    ]

    /// What messages show as an example.
    public static let expectation = "a length of time such as \"30s\", \"10m\", \"24h\" or \"3 days\""

    /// Nil for anything else, for nothing at all, and beyond the longest.
    public static func parse(_ text: String, in place: Place = .script) -> Duration? {
        var rest = Substring(text)
        var total: Int64 = 0
        var any = false
        while true {
            rest = rest.drop { $0 == " " }
            guard !rest.isEmpty else { return any ? .microseconds(total) : nil }
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            var fraction = Substring()
            if place.hasParts, rest.first == "." {
                fraction = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
                guard !fraction.isEmpty else { return nil }
                rest = rest.dropFirst(1 + fraction.count)
            }
            rest = rest.drop { $0 == " " }
            let name = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(name.count)
            guard let size = units.first(where: { $0.names.contains(name) })?.microseconds,
                place.hasParts || size >= 1_000_000,
                digits.utf8.count <= 15, let count = Int64(digits), count <= place.longest / size,
                fraction.utf8.count <= 6
            else { return nil }
            let scale = fraction.reduce(Int64(1)) { power, _ in power * 10 }
            total += count * size + (Int64(fraction) ?? 0) * size / scale
            guard total <= place.longest else { return nil }
            any = true
        }
    }

    /// As the configuration would write it, in the largest unit that keeps it whole: `90m`, `36h`, `50ms`.
    public static func text(_ duration: Duration) -> String {
        let microseconds = duration.microseconds
        guard microseconds != 0 else { return "0s" }
        for unit in ["d", "h", "m", "s", "ms"] {
            guard let size = units.first(where: { $0.names.contains(unit[...]) })?.microseconds else { continue }
            if microseconds % size == 0 { return "\(microseconds / size)\(unit)" }
        }
        return "\(microseconds)us"
    }
}
