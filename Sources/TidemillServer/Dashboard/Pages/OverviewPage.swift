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
            PanelSource("Jobs") {
                try ListPage.jobs.panel($0, title: "Jobs", link: "<a class=\"m\" href=\"/jobs\">all</a>")
            },
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
                <li>\(Mark.fail.html())<span>\(HTML.name(entry["message"]?.text ?? ""))</span>\(link(code))\
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
        let files = status["inbox"]?["files"]?.json ?? "0"
        return Panel(
            title: title,
            note: entries.isEmpty
                ? "spools, records, jobs, recharges, invoices and pauses were looked at; \(files) files wait" : .empty,
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
                "\(number("inbox.files")) files wait, \(number("deliveries.held")) held", isBad: (oldest ?? 0) > 300),
            figure("Deliveries done", number("deliveries.done"), "\(number("deliveries.failed")) failed"),
            figure(
                "Rejected, open", number("rejected"), "records that wait for a decision", isBad: count("rejected") > 0),
            figure(
                "Runs done", number("runs.done"), "\(failed) failed, \(number("runs.waiting")) wait", isBad: failed > 0),
            figure(
                "Wallets recharged", number("recharges.enabled"),
                "\(open) purchases under way, \(number("recharges.capped")) at their cap"),
        ]
        return Panel(title: "Figures", body: "<dl class=\"kpis\">\(figures)</dl>")
    }
}
