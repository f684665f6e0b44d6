import TidemillCore
import TidemillDisplay
import TidemillOperations

/// What became of records over time: columns that stand on each other, and a lane of its own scale for what was rejected,
/// which is rare.
struct ThroughputChart {
    /// A look back, as the query names it.
    struct Span: Sendable {
        let name: String
        let seconds: Int64
        let stepSeconds: Int64

        static let all = [
            Span(name: "1h", seconds: 3600, stepSeconds: 60), Span(name: "24h", seconds: 86_400, stepSeconds: 900),
            Span(name: "7d", seconds: 7 * 86_400, stepSeconds: 7200),
        ]

        init(name: String, seconds: Int64, stepSeconds: Int64) {
            (self.name, self.seconds, self.stepSeconds) = (name, seconds, stepSeconds)
        }

        init(_ request: PageRequest) {
            let asked = request.value("span")
            self = Self.all.first { $0.name == asked } ?? Self.all[1]
        }

        /// The spans of an answer end with the one that runs.
        func input(at now: Timestamp) -> TextMap<Payload> {
            let step = stepSeconds * 1_000_000
            let end = (now.microseconds / step + 1) * step
            return [
                "from": .string(Timestamp(microseconds: end - seconds * 1_000_000).description),
                "to": .string(Timestamp(microseconds: end).description), "stepSeconds": .integer(stepSeconds),
            ]
        }
    }

    private static let kinds = ["applied", "filtered", "duplicate"]
    private static let (width, left, top, height) = (Int64(1000), Int64(58), Int64(8), Int64(104))
    private static let (laneTop, laneHeight) = (Int64(124), Int64(26))

    let answer: GetThroughput.Output
    let span: Span
    let shown: Shown
    /// When scripts came into force, and their version.
    let versions: [(at: Timestamp, version: String)]

    private func records(_ entry: ThroughputEntry) -> Int64 { entry.applied + entry.filtered + entry.duplicate }

    var sums: (records: Int64, rejected: Int64) {
        answer.spans.reduce((0, 0)) { ($0.0 + records($1) + $1.rejected, $0.1 + $1.rejected) }
    }

    private func x(_ instant: Timestamp) -> Int64 {
        let whole = max(1, answer.to.microseconds - answer.from.microseconds)
        let passed = min(max(0, instant.microseconds - answer.from.microseconds), whole)
        return Self.left + passed / 1000 * (Self.width - Self.left) / (whole / 1000)
    }

    /// The lowest of 1, 2, 5, 10, 20, … that is no less.
    static func ceiling(_ count: Int64) -> Int64 {
        var power: Int64 = 1
        while power < Int64.max / 100 {
            for factor in [1, 2, 5] as [Int64] where power * factor >= count { return power * factor }
            power *= 10
        }
        return count
    }

    var html: HTML {
        let most = Self.ceiling(max(1, answer.spans.map(records).max() ?? 1))
        let mostRejected = Self.ceiling(max(1, answer.spans.map(\.rejected).max() ?? 1))
        let base = Self.top + Self.height
        let laneBase = Self.laneTop + Self.laneHeight
        var marks = HTML.empty
        for (count, y) in [(most, Self.top), (most / 2, Self.top + Self.height / 2)] where count > 0 {
            marks += """
                <path class="grid" d="M\(Self.left) \(y)H\(Self.width)"/><text x="\(Self.left - 6)" y="\(y + 4)" text-anchor="end">\
                \(Figures.short(count))</text>
                """
        }
        marks += """
            <path class="axis" d="M\(Self.left) \(base)H\(Self.width)M\(Self.left) \(laneBase)H\(Self.width)"/>\
            <text x="\(Self.left - 6)" y="\(Self.laneTop + 10)" text-anchor="end">\(Figures.short(mostRejected))</text>\
            <text x="\(Self.left - 6)" y="\(laneBase)" text-anchor="end">rejected</text>
            """
        for entry in answer.spans { marks += column(entry, base, most, laneBase, mostRejected) }
        for (at, version) in versions where answer.from <= at && at < answer.to {
            marks += """
                <path class="l ver" d="M\(x(at)) 0V\(laneBase)"><title>scripts \(version.prefix(12)), \(shown.text(at))</title></path>
                """
        }
        marks += times(laneBase + 14)
        let (records, rejected) = sums
        let words =
            "Records by what became of them, \(shown.text(answer.from)) to \(shown.text(min(answer.to, shown.now))): \(Figures.grouped(records)) in all, \(Figures.grouped(rejected)) rejected, \(Figures.grouped(answer.spans.map(self.records).max() ?? 0)) in the busiest \(RelativeTime.age(answer.stepSeconds))"
        return """
            <figure><svg class="chart" viewBox="0 0 \(Self.width) \(laneBase + 20)" role="img" aria-label="\(whole: words)">\(marks)</svg></figure>
            """
    }

    private func column(
        _ entry: ThroughputEntry, _ base: Int64, _ most: Int64, _ laneBase: Int64, _ mostRejected: Int64
    ) -> HTML {
        let from = x(entry.start)
        let wide = max(1, x(entry.start.advanced(bySeconds: answer.stepSeconds)) - from - 1)
        var y = base
        var bars = HTML.empty
        for (name, count) in zip(Self.kinds, [entry.applied, entry.filtered, entry.duplicate]) where count > 0 {
            // Whatever there is of it is seen.
            let high = max(1, Self.share(count, of: most, Self.height))
            y -= high
            bars += "<rect class=\"f-\(name)\" x=\"\(from)\" y=\"\(y)\" width=\"\(wide)\" height=\"\(high)\"/>"
        }
        if entry.rejected > 0 {
            let high = max(2, Self.share(entry.rejected, of: mostRejected, Self.laneHeight))
            bars +=
                "<rect class=\"f-rejected\" x=\"\(from)\" y=\"\(laneBase - high)\" width=\"\(wide)\" height=\"\(high)\"/>"
        }
        let words =
            "\(shown.text(entry.start)): \(Figures.grouped(entry.applied)) applied, \(Figures.grouped(entry.filtered)) filtered, \(Figures.grouped(entry.duplicate)) duplicate, \(Figures.grouped(entry.rejected)) rejected"
        return "<g><title>\(words)</title>\(bars)</g>"
    }

    /// Exact for whatever was counted: the product may be too large for 64 bits.
    private static func share(_ count: Int64, of most: Int64, _ length: Int64) -> Int64 {
        let (high, low) = count.multipliedFullWidth(by: length)
        return most.dividingFullWidth((high, low)).quotient
    }

    private func times(_ y: Int64) -> HTML {
        let count: Int64 = 6
        let step = span.seconds / count
        return .joined(
            (0..<count).map { index in
                let at = answer.from.advanced(bySeconds: index * step)
                return "<text x=\"\(x(at))\" y=\"\(y)\">\(shown.label(at, within: span.seconds))</text>" as HTML
            }, separator: "")
    }

    /// The same as a table, the newest first.
    var table: HTML {
        var table = PageTable(
            "Records by what became of them",
            [.time("from"), .number("applied"), .number("filtered"), .number("duplicate"), .number("rejected")])
        for entry in answer.spans.reversed() {
            table.add(
                [shown.time(entry.start)]
                    + [entry.applied, entry.filtered, entry.duplicate, entry.rejected].map {
                        "\(Figures.grouped($0))"
                    })
        }
        return table.isEmpty ? "<p class=\"note\">nothing came in</p>" : table.html
    }
}
