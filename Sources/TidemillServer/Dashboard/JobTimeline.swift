import TidemillCore
import TidemillDisplay
import TidemillOperations

/// Runs of jobs and rules over time: a lane for each, by how long they took; what is to come is hollow.
struct JobTimeline {
    /// A look back and forward, as the query names it.
    private struct Span {
        let name: String
        let back: Int64
        let ahead: Int64

        static let all = [
            Span(name: "6h", back: 3 * 3600, ahead: 3 * 3600), Span(name: "24h", back: 18 * 3600, ahead: 6 * 3600),
            Span(name: "7d", back: 6 * 86_400, ahead: 86_400),
        ]

        init(name: String, back: Int64, ahead: Int64) { (self.name, self.back, self.ahead) = (name, back, ahead) }

        init(_ request: PageRequest) {
            let asked = request.value("span")
            self = Self.all.first { $0.name == asked } ?? Self.all[0]
        }
    }

    private static let lanesMax = 12
    /// The newest that are looked at, whatever the span.
    private static let runsMax: Int64 = 500
    /// On a page of many things: each takes its part of the milliseconds that the page may.
    private static let runsMaxBesides: Int64 = 200
    private static let (width, left, lane) = (Int64(1000), Int64(180), Int64(18))

    private let from: Timestamp
    private let to: Timestamp
    private let shown: Shown

    static func panel(_ request: PageRequest, only name: String? = nil, isBeside: Bool = false) throws -> Panel {
        let runsMax = isBeside ? runsMaxBesides : runsMax
        let span = Span(request)
        let now = request.shown.now
        let timeline = JobTimeline(
            from: now.advanced(bySeconds: -span.back), to: now.advanced(bySeconds: span.ahead), shown: request.shown)
        let known = try request.asked.last { $0.id == .listJobs }?.answer ?? request.ask(.listJobs)
        var jobs = (known["data"]?.items ?? known.items ?? []).filter { $0["kind"]?.text != "recharge" }
        if let name { jobs = jobs.filter { $0["name"]?.text == name } }
        // What fails is seen first.
        jobs.sort { ($0["failing"]?.integer ?? 0) > ($1["failing"]?.integer ?? 0) }
        var members: TextMap<Payload> = ["limit": .integer(runsMax)]
        members["job"] = name.map { .string($0) }
        let answer = try request.ask(.listRuns, members, isKept: false)
        let runs = (answer["data"]?.items ?? []).filter(timeline.isSeen)
        let isCut = answer["pagination"]?["next"]?.isNull == false && runs.count == Int(runsMax)
        let links = Span.all.map { other -> HTML in
            let query = request.query.filter { !["span", "after"].contains($0.name) }.map { ($0.name, $0.value) }
            let path = PagePath.text(request.segments, query + [("span", other.name)])
            let current: HTML = other.name == span.name ? " aria-current=\"true\"" : ""
            return "<a href=\"\(whole: path)\"\(current)>\(other.name)</a>"
        }
        let more: HTML =
            jobs.count > lanesMax
            ? "<p class=\"note\">and \(Figures.counted(jobs.count - lanesMax, "other", "others")): each has a page of its own</p>"
            : .empty
        return Panel(
            title: name == nil ? "Runs" : "Over time",
            note: isCut ? "the newest \(Figures.grouped(runsMax))" : "\(Figures.counted(runs.count, "run", "runs"))",
            body: jobs.isEmpty
                ? "<p class=\"note\">no job is declared</p>"
                : "\(timeline.html(Array(jobs.prefix(lanesMax)), runs))\(more)",
            link: "<span class=\"seg\">\(links)</span> <a class=\"m\" href=\"/runs\">as a table</a>")
    }

    private static func instant(_ run: Payload, _ member: String) -> Timestamp? {
        run[member]?.text.flatMap { Timestamp(rfc3339: $0) }
    }

    private func start(_ run: Payload) -> Timestamp? {
        Self.instant(run, "startedAt") ?? Self.instant(run, "dueAt") ?? Self.instant(run, "scheduledAt")
    }

    private func isSeen(_ run: Payload) -> Bool {
        guard let start = start(run) else { return false }
        let end = Self.instant(run, "endedAt") ?? (run["startedAt"]?.isNull == false ? shown.now : start)
        return start < to && end >= from
    }

    private func x(_ instant: Timestamp) -> Int64 {
        let whole = max(1, to.microseconds - from.microseconds)
        let passed = min(max(0, instant.microseconds - from.microseconds), whole)
        return Self.left + passed / 1000 * (Self.width - Self.left) / (whole / 1000)
    }

    private func html(_ jobs: [Payload], _ runs: [Payload]) -> HTML {
        let names = jobs.compactMap { $0["name"]?.text }
        let base = Self.lane * Int64(names.count) + 4
        var marks = HTML.empty
        for (index, job) in jobs.enumerated() {
            let name = job["name"]?.text ?? ""
            let y = Self.lane * Int64(index)
            let label = name.count > 24 ? name.prefix(23) + "…" : name[...]
            marks += """
                <path class="grid" d="M\(Self.left) \(y + Self.lane - 1)H\(Self.width)"/>\
                <text x="0" y="\(y + 13)">\(label)</text>
                """
            for run in runs.reversed() where run["name"]?.text == name { marks += mark(run, y) }
            if job["paused"]?.isNull != false, let next = Self.instant(job, "next"), next < to {
                marks += hollow(next, y, "\(name): next at \(shown.text(next))")
            }
        }
        marks += """
            <path class="l now" d="M\(x(shown.now)) 0V\(base)"><title>now</title></path>\
            <path class="axis" d="M\(Self.left) \(base)H\(Self.width)"/>\(times(base + 14))
            """
        let failed = runs.count { $0["state"]?.text == "failed" }
        let words =
            "Runs of \(Figures.counted(names.count, "job", "jobs")), \(shown.text(from)) to \(shown.text(to)): \(Figures.counted(runs.count, "run", "runs")), \(failed) failed"
        return """
            <figure><svg class="chart" viewBox="0 0 \(Self.width) \(base + 20)" role="img" aria-label="\(whole: words)">\(marks)</svg></figure>
            """
    }

    private func mark(_ run: Payload, _ y: Int64) -> HTML {
        guard let start = start(run) else { return .empty }
        let state = run["state"]?.text ?? ""
        let end = Self.instant(run, "endedAt")
        let took = end.map { max(0, $0.microseconds - start.microseconds) / 1_000_000 }
        let words =
            "\(run["name"]?.text ?? ""): \(state), \(shown.text(start))\(took.map { ", \(RelativeTime.age($0))" } ?? "")"
        guard run["startedAt"]?.isNull == false else { return hollow(start, y, words) }
        let color: HTML =
            switch state {
            case "failed", "quarantined": "f-rejected"
            case "skipped", "cancelled": "f-filtered"
            default: "f-applied"
            }
        let from = x(start)
        let wide = max(3, x(end ?? shown.now) - from)
        return """
            <rect class="\(color)" x="\(min(from, Self.width - 3))" y="\(y + 4)" width="\(wide)" height="10"><title>\(words)</title></rect>
            """
    }

    private func hollow(_ at: Timestamp, _ y: Int64, _ words: String) -> HTML {
        """
        <rect x="\(min(x(at), Self.width - 5))" y="\(y + 5)" width="4" height="8" fill="none" stroke="currentColor"><title>\(words)</title></rect>
        """
    }

    private func times(_ y: Int64) -> HTML {
        let seconds = (to.microseconds - from.microseconds) / 1_000_000
        return .joined(
            (Int64(0)..<6).map { index in
                let at = from.advanced(bySeconds: index * seconds / 6)
                return "<text x=\"\(x(at))\" y=\"\(y)\">\(shown.label(at, within: seconds))</text>" as HTML
            }, separator: "")
    }
}
