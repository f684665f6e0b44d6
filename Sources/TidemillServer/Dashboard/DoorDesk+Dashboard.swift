import TidemillCore
import TidemillOperations
import TidemillStore

/// The pages that people look at.
extension DoorDesk {
    static func cookies(of request: WireRequest) -> TextMap<String> {
        var cookies: TextMap<String> = [:]
        for header in request.headers.all("cookie") {
            for pair in header.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1)
                guard parts.count == 2 else { continue }
                cookies[String(parts[0].drop { $0 == " " })] = String(parts[1])
            }
        }
        return cookies
    }

    /// Whether a path is one of a page, whatever is there.
    static func isPage(_ segments: [String]) -> Bool {
        Dashboard.page(segments) != nil || segments.first == "do" && segments.count == 2
    }

    /// The template of a page's path, for metrics.
    static func pageRoute(_ segments: [String]) -> String {
        switch segments.count {
        case 0: "/"
        case 1: "/\(segments[0])"
        default: "/\(segments[0])/{id}"
        }
    }

    /// A page, or the way in for whoever has not come in.
    func page(_ request: WireRequest) async throws(WireError) -> WireAnswer {
        let holder: KeyRing.Holder
        do { holder = try await self.holder(request) } catch {
            guard error.status == 401, request.method == "GET" || request.method == "HEAD" else { throw error }
            return Self.elsewhere("/enter")
        }
        try spend(holder.name)
        guard holder.scope.seesStatus else { throw Self.forbidden("the pages") }
        try await shares.enter(holder.name)
        defer { shares.leave(holder.name) }
        let work = try opened()
        let settings = settings.dashboard
        if request.method == "POST" { return try await act(request, holder, work) }
        let answer = try await settled {
            try await drawnAgain(request, holder) {
                try await work.look(for: holder.name) {
                    let page = try PageRequest(request, holder: holder, backend: work.backend, environment: settings)
                    return try Self.answer(page)
                }
            }
        }
        return try answers.held(answer, for: holder.name)
    }

    private static func answer(_ request: PageRequest) throws -> WireAnswer {
        do {
            let page: (any DashboardPage)?
            if request.segments.first == "do", request.segments.count == 2 {
                page = try ActionPage(request.segments[1], request.query)
            } else {
                page = Dashboard.page(request.segments)
            }
            guard let page else { return missing(request, "page", "/" + request.segments.joined(separator: "/")) }
            if request.has("json") {
                for panel in try page.panels(request) { _ = try panel.make(request) }
                return .json(200, request.document)
            }
            if request.has("csv"), let list = page.exported {
                var answer = WireAnswer(
                    200, type: "text/csv; charset=utf-8", body: Array(try list.export(request).utf8))
                let name = "\(list.section.rawValue.lowercased()).csv"
                answer.headers.append(("content-disposition", "attachment; filename=\"\(name)\""))
                return answer
            }
            return html(200, try page.html(request))
        } catch PageFailure.missing(let kind, let name) {
            return missing(request, kind, name)
        } catch PageFailure.elsewhere(let path) {
            return elsewhere(path)
        } catch let error as OperationError where error.code.status == 404 {
            return missing(request, nil, error.message)
        }
    }

    static func html(_ status: Int, _ html: HTML) -> WireAnswer {
        var answer = WireAnswer(status, type: "text/html; charset=utf-8", body: Array(html.text.utf8))
        answer.policy = policy
        for name in ["cross-origin-opener-policy", "cross-origin-resource-policy", "referrer-policy"] {
            answer.headers.append((name, "same-origin"))
        }
        return answer
    }

    /// Nothing from elsewhere, nothing inline.
    static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

    private static func missing(_ request: PageRequest, _ kind: String?, _ name: String) -> WireAnswer {
        let frame = PageFrame(title: "Not here", section: .overview, command: "tidemill status")
        let message: HTML = kind.map { "There is no \($0) \(HTML.name(name))." } ?? "\(name)."
        let panel = Panel(title: "Not here", body: "<p class=\"note\">\(message) <a href=\"/\">Overview</a></p>")
        return html(404, frame.html(panel.html, request))
    }

    // MARK: - Actions

    private func act(
        _ request: WireRequest, _ holder: KeyRing.Holder, _ work: RequestWork
    ) async throws(WireError) -> WireAnswer {
        try Self.checkOrigin(request)
        guard holder.scope == .operator else { throw Self.forbidden("actions") }
        let form = try WireTarget("/?" + String(decoding: request.body, as: UTF8.self))
        guard request.target.segments.count == 2, request.target.segments[0] == "do",
            let action = try ActionPage(request.target.segments[1], form.query.filter { !$0.value.isEmpty })
        else { throw WireError(.noRoute, "there is no such action") }
        let call = PlannedCall(asking: action.row, .object(action.members))
        let key = form.value(of: "key").flatMap { $0.isEmpty ? nil : String($0.prefix(255)) }
        let reason = form.value(of: "reason") ?? ""
        do {
            // Every action says why, also one whose operation does not ask.
            if let problem = Reason.problem(reason) {
                throw OperationError(
                    .badUserInput, "\(action.row.id.rawValue): 'reason' must be \(Reason.expected), got \(problem)")
            }
            let outcome = try await work.perform(
                call, .init(key: key, reason: reason), by: named(holder, request)
            ) { _ in () }
            if outcome?.isReplay == true { return try await sentAlready(action, request, holder, work) }
        } catch let error as OperationError {
            let settings = settings.dashboard
            return try await settled {
                try await work.look(for: holder.name) {
                    var again = request
                    again.target = form.with(segments: request.target.segments)
                    let page = try PageRequest(again, holder: holder, backend: work.backend, environment: settings)
                    let panel = try action.form(page, problem: error.message, key: key)
                    return Self.html(400, action.frame(page).html(panel.html, page))
                }
            }
        } catch {
            throw Self.wire(error)
        }
        let back = form.value(of: "back").flatMap { Actions.isOwn($0) ? $0 : nil } ?? "/"
        return Self.elsewhere(back)
    }

    /// A form that comes twice acts once, and says so: what it did may have been undone meanwhile.
    private func sentAlready(
        _ action: ActionPage, _ request: WireRequest, _ holder: KeyRing.Holder, _ work: RequestWork
    ) async throws(WireError) -> WireAnswer {
        let settings = settings.dashboard
        return try await settled {
            try await work.look(for: holder.name) {
                let page = try PageRequest(request, holder: holder, backend: work.backend, environment: settings)
                let panel = Panel(
                    title: "Sent already",
                    body:
                        "<p class=\"note\">This form was sent before, and did nothing now. <a href=\"/\">Overview</a></p>"
                )
                return Self.html(200, action.frame(page).html(panel.html, page))
            }
        }
    }

    // MARK: - Assets

    /// What a page is drawn with, under a name that has its content's hash: a browser keeps it for good.
    func asset(_ name: String) -> WireAnswer? {
        guard let asset = Assets.named(name) else { return nil }
        var answer = WireAnswer(200, type: asset.type, body: Array(asset.text.utf8))
        answer.headers.append(("cache-control", "public, max-age=31536000, immutable"))
        return answer
    }
}
