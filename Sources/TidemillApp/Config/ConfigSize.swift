/// Amounts of memory as people write them.
enum ConfigSize {
    private static let bytes: [(String, Int64)] = [
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40), ("B", 1),
    ]

    /// `256MiB`, `64KiB`, `1024B`; nil for anything else.
    static func parse(_ text: String) -> Int64? {
        scaled(text, by: bytes)
    }

    /// In the largest unit that it is whole in.
    static func text(_ size: Int64) -> String {
        let (unit, factor) = bytes.filter { size >= $0.1 && size % $0.1 == 0 }.max { $0.1 < $1.1 } ?? ("B", 1)
        return "\(size / factor)\(unit)"
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
}
