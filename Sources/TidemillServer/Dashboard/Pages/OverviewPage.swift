import TidemillCore
import TidemillDisplay
import TidemillOperations

/// Is something wrong, since when, what do I do? And is it keeping up?
struct OverviewPage: DashboardPage {
    private static let attentionMax = 8

    func frame(_ request: PageRequest) -> PageFrame {
        PageFrame(title: "Overview", section: .overview, command: "tidemill status")
    }

    func panels(_ request: PageRequest) throws -> [PanelSource] {
        let status = try request.ask(.getStatus)
        return [
            PanelSource("Needs attention") { _ in Self.attention(status) },
            PanelSource("Figures") { _ in Self.figures(status) },
            PanelSource("Records") { try Self.records($0) },
            PanelSource("Jobs") {
                try ListPage.jobs.panel($0, title: "Jobs", link: "<a class=\"m\" href=\"/jobs\">all</a>")
            },
            PanelSource("Runs") { try JobTimeline.panel($0, isBeside: true) },
            PanelSource("Near a limit") { try Self.nearLimits($0) },
            PanelSource("Wallets running low") { try Self.lowWallets($0) },
            PanelSource("Deliveries") {
                try ListPage.deliveries.panel(
                    $0, rowsMax: 7, title: "Deliveries", link: "<a class=\"m\" href=\"/deliveries\">all</a>",
                    isWide: false)
            },
            PanelSource("Recharges") {
                try ListPage.recharges.panel(
                    $0, rowsMax: 7, title: "Recharges", link: "<a class=\"m\" href=\"/recharges\">all</a>",
                    isWide: false)
            },
        ]
    }

    private static func attention(_ status: Payload) -> Panel {
        let entries = status["attention"]?.items ?? []
        let items = entries.prefix(attentionMax).map { entry -> HTML in
            let code = entry["code"]?.text ?? ""
            return """
                <li>\(Mark.fail.html())<span>\(HTML.prose(entry["message"]?.text ?? ""))</span>\(link(code))\
                <code title="tidemill explain \(code)">\(code)</code></li>

                """
        }
        let more: HTML =
            entries.count > attentionMax
            ? "<p class=\"note\">and \(entries.count - attentionMax) more: <code>tidemill status</code></p>" : .empty
        let title =
            switch entries.count {
            case 0: "All is well"
            case 1: "1 thing needs a person"
            default: "\(entries.count) things need a person"
            }
        let files = Figures.counted(status["inbox"]?["files"]?.integer ?? 0, "file waits", "files wait")
        return Panel(
            title: title,
            note: entries.isEmpty
                ? "spools, records, jobs, recharges, invoices and pauses were looked at; \(files)" : .empty,
            body: entries.isEmpty ? .empty : "<ol class=\"att\" aria-live=\"polite\">\(Array(items))</ol>\(more)")
    }

    /// Where one looks further.
    private static func link(_ code: String) -> HTML {
        let target: PageSection? =
            switch code.prefix(while: { $0 != "_" }) {
            case "records": .rejected
            case "deliveries", "delivery", "events", "file": .deliveries
            case "job", "schedules": .jobs
            case "runs": .runs
            case "recharge", "policy": .recharges
            case "catalog": .catalog
            case "scripts": .scripts
            default: nil
            }
        return target.map { "<a href=\"\($0.path)\">look</a>" } ?? "<span></span>"
    }

    private static func records(_ request: PageRequest) throws -> Panel {
        let span = ThroughputChart.Span(request)
        let answer = try request.ask(.getThroughput, span.input(at: request.shown.now))
        let chart = ThroughputChart(
            answer: try GetThroughput.Output.shape.decode(answer, as: "getThroughput's answer"), span: span,
            shown: request.shown, versions: try versions(request))
        let isTable = request.value("table") != nil
        let links = ThroughputChart.Span.all.map { other -> HTML in
            let current: HTML = other.name == span.name ? " aria-current=\"true\"" : ""
            return "<a href=\"/?span=\(other.name)\"\(current)>\(other.name)</a>"
        }
        let asTable: HTML =
            isTable
            ? .link([], query: [("span", span.name)], "as a chart")
            : .link([], query: [("span", span.name), ("table", "1")], "as a table")
        let (records, rejected) = chart.sums
        return Panel(
            title: "Records",
            note: "\(Figures.grouped(records)) in \(span.name), \(Figures.grouped(rejected)) rejected",
            body: isTable ? chart.table : chart.html,
            link: "<span class=\"legend\">\(Self.legend)</span><span class=\"seg\">\(links)</span> \(asTable)")
    }

    private static let legend: HTML = .joined(
        ["applied", "filtered", "duplicate", "rejected"].map {
            "<span><svg aria-hidden=\"true\"><rect class=\"f-\($0)\" width=\"10\" height=\"10\"/></svg>\($0)</span>"
                as HTML
        }, separator: "")

    /// When the scripts of late came into force.
    private static func versions(_ request: PageRequest) throws -> [(at: Timestamp, version: String)] {
        let answer = try request.ask(.listScriptVersions, ["limit": 20])
        return (answer["data"]?.items ?? answer.items ?? []).compactMap { item in
            guard let version = item["version"]?.text, let text = item["createdAt"]?.text,
                let at = Timestamp(rfc3339: text)
            else { return nil }
            return (at, version)
        }
    }

    private static func figures(_ status: Payload) -> Panel {
        func number(_ path: String) -> HTML { "\(Figures.grouped(status.member(path)?.json ?? "0"))" }
        func count(_ path: String) -> Int64 { status.member(path)?.integer ?? 0 }
        func figure(_ title: String, _ value: HTML, _ detail: HTML, isBad: Bool = false) -> HTML {
            """
            <div class="kpi"><dt>\(title)</dt><dd class="v\(isBad ? " s-fail" : "" as HTML)">\(value)</dd><dd class="d">\(detail)</dd></div>

            """
        }
        let oldest = status.member("inbox.oldestSeconds")?.integer
        let failed = count("runs.failed")
        let open = (status.member("recharges.open")?.members ?? [:]).map(\.value).compactMap(\.integer).reduce(0, +)
        let figures: [HTML] = [
            figure(
                "Behind by", oldest.map { "\(RelativeTime.age($0))" } ?? "0 s",
                "\(Figures.counted(count("inbox.files"), "file waits", "files wait")), \(number("deliveries.held")) held",
                isBad: (oldest ?? 0) > 300),
            figure("Deliveries done", number("deliveries.done"), "\(number("deliveries.failed")) failed"),
            figure(
                "Rejected, open", number("rejected"),
                count("rejected") == 1 ? "record that waits for a decision" : "records that wait for a decision",
                isBad: count("rejected") > 0),
            figure(
                "Runs done", number("runs.done"), "\(failed) failed, \(number("runs.waiting")) wait", isBad: failed > 0),
            figure(
                "Wallets that recharge", number("recharges.enabled"),
                "\(Figures.counted(open, "purchase", "purchases")) under way, \(number("recharges.capped")) at their cap"
            ),
        ]
        return Panel(title: "Figures", body: "<dl class=\"kpis\">\(figures)</dl>")
    }
}

// What is about to run out.
extension OverviewPage {
    private static let rowsMax = 8

    private static func nearLimits(_ request: PageRequest) throws -> Panel {
        let answer = try request.ask(.listNearLimits, ["limit": .integer(Int64(rowsMax))])
        var table = PageTable(
            "Near a limit",
            [.text("customer"), .text("feature"), .text("share"), .time("full"), .time("resets", minor: true)])
        for item in answer.items ?? [] {
            let id = item["customerId"]?.text ?? ""
            table.add([
                .link(["customers", id], .name(id)), request.shown.value(item["featureName"], .text),
                Chart.share(percent: item["percent"]?.integer ?? 0, pace: nil),
                request.shown.value(item["fullAt"], .time), request.shown.value(item["resetsAt"], .time),
            ])
        }
        return Panel(
            title: "Near a limit",
            body: table.isEmpty
                ? "<p class=\"note\">nobody is near a limit: <code>tidemill limits</code></p>" : table.html,
            isWide: false)
    }

    private static func lowWallets(_ request: PageRequest) throws -> Panel {
        let answer = try request.ask(.listLowWallets, ["limit": .integer(Int64(rowsMax))])
        var table = PageTable(
            "Wallets running low",
            [.text("customer"), .text("credits"), .number("left"), .number("of"), .text("lasts"), .state("recharge")])
        for item in answer.items ?? [] {
            let id = item["customerId"]?.text ?? ""
            let lasts = item["lastsSeconds"]?.integer.map { "\(RelativeTime.age($0))" as HTML }
            table.add([
                .link(["customers", id], .name(id)), request.shown.value(item["currencyId"], .text),
                request.shown.value(item["balance"], .number), request.shown.value(item["granted"], .number),
                lasts ?? Shown.none, request.shown.value(item["recharge"], .state),
            ])
        }
        return Panel(
            title: "Wallets running low",
            body: table.isEmpty ? "<p class=\"note\">none runs low: <code>tidemill wallets</code></p>" : table.html,
            isWide: false)
    }
}
