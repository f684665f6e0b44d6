/// Numbers as people read them.
public enum Figures {
    /// Digits in groups of three: 18,059,974. Digits after a point stay as they are.
    public static func grouped(_ digits: String) -> String {
        let sign = digits.hasPrefix("-") ? "-" : ""
        let parts = digits.dropFirst(sign.count).split(separator: ".", maxSplits: 1)
        guard let whole = parts.first, whole.allSatisfy(\.isNumber) else { return digits }
        var result = ""
        for (index, digit) in whole.enumerated() {
            if index > 0, (whole.count - index).isMultiple(of: 3) { result.append(",") }
            result.append(digit)
        }
        return sign + result + (parts.count > 1 ? ".\(parts[1])" : "")
    }

    public static func grouped(_ value: some BinaryInteger) -> String { grouped(String(value)) }

    /// For the axis of a chart, three digits at most: 950, 1.5 k, 15 k, 1.2 M.
    public static func short(_ value: Int64) -> String {
        var tenths = value.multipliedReportingOverflow(by: 10).overflow ? Int64.max : value * 10
        for unit in ["", " k", " M", " G", " T", " P"] {
            if tenths < 10_000 {
                let isWhole = tenths % 10 == 0 || tenths >= 100
                return (isWhole ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)") + unit
            }
            tenths /= 1000
        }
        return grouped(value)
    }

    /// 512 B, 1.5 KiB, 41 GiB: three digits at most, rounded down.
    public static func bytes(_ count: Int64) -> String {
        var (whole, rest) = (max(0, count), Int64(0))
        for unit in ["B", "KiB", "MiB", "GiB", "TiB"] {
            if whole < 1024 || unit == "TiB" {
                return whole < 10 && unit != "B" ? "\(whole).\(rest * 10 / 1024) \(unit)" : "\(grouped(whole)) \(unit)"
            }
            (whole, rest) = whole.quotientAndRemainder(dividingBy: 1024)
        }
        return grouped(count)
    }

    /// `1 record`, `1,000 records`.
    public static func counted(_ count: some BinaryInteger, _ one: String, _ many: String) -> String {
        "\(grouped(count)) \(count == 1 ? one : many)"
    }
}
