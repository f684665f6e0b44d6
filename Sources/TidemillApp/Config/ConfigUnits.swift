/// Lengths of time and amounts of memory as people write them.
enum ConfigUnits {
    private static let seconds: [(String, Int64)] = [
        ("ms", 1_000), ("us", 1), ("s", 1_000_000), ("m", 60_000_000), ("h", 3_600_000_000), ("d", 86_400_000_000),
    ]
    private static let bytes: [(String, Int64)] = [
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40), ("B", 1),
    ]

    /// `30s`, `50ms`, `1.5h`, `30d`; nil for anything else, and beyond 10,000 days.
    static func duration(_ text: String) -> Duration? {
        guard let microseconds = scaled(text, by: seconds), microseconds <= 10_000 * 86_400_000_000 else { return nil }
        return .microseconds(microseconds)
    }

    /// `256MiB`, `64KiB`, `1024B`; nil for anything else.
    static func size(_ text: String) -> Int64? {
        scaled(text, by: bytes)
    }

    private static func scaled(_ text: String, by units: [(String, Int64)]) -> Int64? {
        for (unit, factor) in units where text.hasSuffix(unit) {
            let digits = text.dropLast(unit.count)
            let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }),
                let whole = Int64(parts[0])
            else { continue }
            var (result, overflow) = whole.multipliedReportingOverflow(by: factor)
            if parts.count == 2 {
                // At most six digits of a fraction matter at these units.
                guard parts[1].count <= 6, let fraction = Int64(parts[1]) else { return nil }
                let scale = parts[1].reduce(Int64(1)) { power, _ in power * 10 }
                result += fraction * factor / scale
            }
            if overflow || result < 0 { overflow = true }
            return overflow ? nil : result
        }
        return nil
    }

    /// A duration as the configuration would write it.
    static func text(_ duration: Duration) -> String {
        let (wholeSeconds, attoseconds) = duration.components
        let microseconds = wholeSeconds * 1_000_000 + attoseconds / 1_000_000_000_000
        for (unit, factor) in [
            ("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000), ("ms", Int64(1_000)),
        ]
        where microseconds != 0 && microseconds % factor == 0 { return "\(microseconds / factor)\(unit)" }
        return microseconds == 0 ? "0s" : "\(microseconds)us"
    }
}
