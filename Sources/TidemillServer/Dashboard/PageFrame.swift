import TidemillCore
import TidemillOperations

/// A part of a page: what was asked for it, drawn.
struct Panel {
    var title: String
    var note: HTML = .empty
    var body: HTML
    /// At the head's right end.
    var link: HTML = .empty
    /// Over the whole width, where two stand side by side.
    var isWide = true

    var html: HTML {
        let style: HTML = isWide ? "panel wide" : "panel"
        return """
            <section class="\(style)" aria-label="\(title)"><div class="head"><h2>\(title)</h2><span class="m">\(note)</span>\
            <span class="grow"></span>\(link)</div>
            \(body)
            </section>

            """
    }
}

/// Every page's frame: where one is, in which environment, what else there is.
struct PageFrame {
    let title: String
    /// Before the title: the list that it is of.
    var parent: PageSection?
    let section: PageSection
    /// Under the title.
    var facts: HTML = .empty
    /// The same in a terminal.
    let command: String

    func html(_ panels: HTML, _ request: PageRequest) -> HTML {
        let environment = request.environment
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
            <title>\(title) · \(environment.environment) · Tidemill</title><meta name="color-scheme" content="light dark">
            <link rel="stylesheet" href="\(whole: Assets.path("app.css"))"><link rel="icon" href="\(whole: Assets.path("icon.svg"))">
            <script src="\(whole: Assets.path("app.js"))"></script></head><body>
            <a class="skip" href="#main">Skip to content</a>\(Self.symbols)
            \(navigation(request))
            <main id="main"><div class="top"><h1>\(heading)</h1><span class="grow"></span>
            <span class="live" role="status" data-stamp="\(request.stamp)">as of \(request.shown.time(request.shown.now))</span>
            <form class="search" action="/search" role="search"><input name="q" type="search" \
            placeholder="Customer, run, delivery" aria-label="Search" required><kbd>/</kbd></form></div>
            \(facts)<div class="panels">\(panels)</div>
            <footer class="end"><span>In a terminal: <code>\(whole: command)</code></span>\
            <span>As JSON: <a href="\(whole: Self.asJSON(request))">this page</a></span><span class="grow"></span>\
            <span class="m">drawn in \(request.milliseconds) ms from \(request.asked.count) queries</span></footer>
            </main></body></html>

            """
    }

    private var heading: HTML {
        guard let parent else { return "\(title)" }
        return "<a class=\"crumb\" href=\"\(parent.path)\">\(parent.rawValue)</a> / \(HTML.name(title))"
    }

    private static func asJSON(_ request: PageRequest) -> String {
        PagePath.text(request.segments, request.query.map { ($0.name, $0.value) } + [("json", "1")])
    }

    private func navigation(_ request: PageRequest) -> HTML {
        let environment = request.environment
        let items = PageSection.allCases.map { item -> HTML in
            let current: HTML = item == section ? " aria-current=\"page\"" : ""
            let gap: HTML = item.beginsGroup ? " class=\"gap\"" : ""
            return "<li\(gap)><a href=\"\(item.path)\"\(current)>\(item.rawValue)</a></li>"
        }
        let style: HTML = environment.isProduction ? "env" : "env plain"
        let rights: HTML = request.isOperator ? "An operator's session." : "Read only."
        return """
            <nav class="side" aria-label="Pages"><div class="brand">\(Self.logo)Tidemill</div>
            <div class="\(style)" title="environment of the store">\(environment.environment) <span>\(environment.host)</span></div>
            <ul>\(items)</ul>
            <div class="foot"><p>\(rights)</p><p>Times: \(request.shown.zoneName)<br>\
            <button type="button" data-theme-toggle hidden>Light or dark</button></p>
            <form method="post" action="/leave"><button>Leave</button></form><p>\(environment.version)</p></div></nav>
            """
    }

    private static let symbols: HTML = """
        <svg width="0" height="0" class="skip" aria-hidden="true"><defs>
        <symbol id="fail" viewBox="0 0 12 12"><path d="M6 .8 11.6 11H.4Z" fill="currentColor"/></symbol>
        <symbol id="warn" viewBox="0 0 12 12"><path d="M6 .6 11.4 6 6 11.4.6 6Z" fill="currentColor"/></symbol>
        <symbol id="ok" viewBox="0 0 12 12"><circle cx="6" cy="6" r="4.6" fill="currentColor"/></symbol>
        <symbol id="wait" viewBox="0 0 12 12"><circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" stroke-width="1.6"/></symbol>
        <symbol id="pause" viewBox="0 0 12 12"><path d="M2.6 1.6h2.4v8.8H2.6zM7 1.6h2.4v8.8H7z" fill="currentColor"/></symbol>
        </defs></svg>
        """

    private static let logo: HTML = """
        <svg viewBox="0 0 20 20" aria-hidden="true"><path class="wave" d="M1 13.2c2.2 0 2.2-2.4 4.5-2.4s2.3 2.4 4.5 2.4 2.3-2.4 \
        4.5-2.4 2.3 2.4 4.5 2.4"/><path class="wave low" d="M1 17.4c2.2 0 2.2-2.4 4.5-2.4s2.3 2.4 4.5 2.4 2.3-2.4 4.5-2.4 2.3 2.4 \
        4.5 2.4"/><path class="moon" d="M14.6 2a5.2 5.2 0 1 1-7.9 5.6A4.2 4.2 0 0 0 14.6 2Z"/></svg>
        """
}
