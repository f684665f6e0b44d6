/// What a person sees in place of an error's JSON.
enum RefusalPage {
    static func html(_ error: WireError) -> HTML {
        let title: HTML =
            switch error.status {
            case 404: "Not here"
            case 400..<500: "Refused"
            default: "Not now"
            }
        let way: HTML =
            error.status == 401 ? "<a href=\"/enter\">Enter with a key</a>" : "<a href=\"/\">Overview</a>"
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
            <title>\(title) · Tidemill</title><meta name="color-scheme" content="light dark">
            <link rel="stylesheet" href="\(whole: Assets.path("app.css"))"></head>
            <body><main id="main"><h1>\(title)</h1><p role="alert">\(HTML.prose(error.message))</p>
            <p class="note">\(error.status) <code>\(error.code)</code></p><p>\(way)</p></main></body></html>

            """
    }
}

extension WireError {
    /// The answer, as a page where a browser asks.
    func answer(to headers: WireHeaders) -> WireAnswer {
        guard headers.prefersPages else { return answer }
        var page = DoorDesk.html(status, RefusalPage.html(self))
        page.headers += answer.headers
        return page
    }
}
