import TidemillDisplay

/// Small drawings: widths are attributes of SVG, since the policy of the page allows no style of an element.
enum Chart {
    private static let barWidth = 64

    /// What became of a delivery's records.
    static func outcomes(applied: Int64, filtered: Int64, duplicate: Int64, rejected: Int64) -> HTML {
        let parts = [(applied, "applied"), (filtered, "filtered"), (duplicate, "duplicate"), (rejected, "rejected")]
        let all = parts.reduce(0) { $0 + $1.0 }
        guard all > 0 else { return Shown.none }
        var start = Int64(0)
        var bars = HTML.empty
        for (count, name) in parts where count > 0 {
            // Whatever there is of it is seen.
            let width = max(1, count * Int64(barWidth) / all)
            let x = min(start, Int64(barWidth) - width)
            bars += "<rect class=\"f-\(name)\" x=\"\(x)\" width=\"\(width)\" height=\"9\"/>"
            start += width
        }
        let words = parts.map { "\(Figures.grouped($0.0)) \($0.1)" }.joined(separator: ", ")
        return "<svg width=\"\(barWidth)\" height=\"9\" role=\"img\" aria-label=\"\(words)\">\(bars)</svg>"
    }

    /// How much of a limit is used, with a mark where it goes at this pace.
    static func share(percent: Int64, pace: Int64?) -> HTML {
        let full = Int64(80)
        let filled = min(max(percent, 0), 100) * full / 100
        let color: HTML = percent >= 100 ? "f-rejected" : percent >= 80 || (pace ?? 0) > 100 ? "f-warn" : "f-applied"
        let mark: HTML
        if let pace, pace > 0 {
            mark = "<rect class=\"f-muted\" x=\"\(min(pace, 115) * full / 100)\" y=\"0\" width=\"2\" height=\"9\"/>"
        } else {
            mark = .empty
        }
        return """
            <svg width="96" height="9" role="img" aria-label="\(percent) % used"><rect class="f-bar" width="\(full)" height="9" \
            rx="2"/><rect class="\(color)" width="\(filled)" height="9" rx="2"/>\(mark)</svg> \(percent) %
            """
    }
}
