import TidemillCore
import TidemillDisplay
import TidemillOperations

/// What an action would do, as reads of the operation table say it, before it is confirmed.
enum ActionPreview {
    /// Empty where nothing is to be said that the form does not say.
    static func html(of action: OperationID, _ members: TextMap<Payload>, _ request: PageRequest) throws -> HTML {
        let shown = request.shown
        switch action {
        case .retryRejected: return try records(members, "would be tried again", request)
        case .dropRejected: return try records(members, "would be given up", request)
        case .voidDelivery:
            let delivery = try request.ask(.getDelivery, ["id": members["id"] ?? .null])
            let applied = delivery["applied"]?.integer ?? 0
            return told(
                "\(Figures.counted(applied, "record that was", "records that were")) applied would be taken back: their usage, the credits that they burned, and what bills them.",
                [("file", "name", .text), ("state", "state", .state), ("received", "receivedAt", .time)], delivery,
                shown)
        case .retryRun, .cancelRun:
            let run = try request.ask(.getRun, ["id": members["id"] ?? .null])
            let steps = run["journal"]?.items ?? []
            let writes = steps.count { $0["isWrite"] == true }
            let done =
                steps.isEmpty
                ? "It has done nothing yet."
                : "\(Figures.counted(steps.count, "step is", "steps are")) done and \(writes) of them changed something; none is done again."
            return told(
                done,
                [
                    ("job", "name", .text), ("state", "state", .state), ("why", "message", .text),
                    ("attempt", "attempt", .number),
                ], run, shown)
        case .fireJob, .pause, .resume:
            guard let name = members["job"]?.text else { return try pauses(members, request) }
            let jobs = try request.ask(.listJobs)
            guard let job = (jobs["data"]?.items ?? jobs.items ?? []).first(where: { $0["name"]?.text == name }) else {
                return .empty
            }
            let words =
                action == .fireJob
                ? "It would run once, now, beside its schedule."
                : action == .pause
                    ? "Its runs that are due would wait until it is resumed." : "What waits for it would run."
            return told(
                words,
                [
                    ("starts", "starts", .text), ("next", "next", .time), ("waiting", "waiting", .number),
                    ("failures in a row", "failing", .number), ("paused", "paused", .text),
                ], job, shown)
        default: return .empty
        }
    }

    /// By kinds, as the list of rejected records tells them.
    private static func records(
        _ members: TextMap<Payload>, _ words: String, _ request: PageRequest
    ) throws -> HTML {
        var members = members
        members["reason"] = nil
        members["grouped"] = true
        let groups = try request.ask(.listRejected, members)["groups"]?.items ?? []
        let count = groups.compactMap { $0["records"]?.integer }.reduce(0, +)
        guard count > 0 else { return "<p class=\"note\">No open record is meant: nothing would be done.</p>" }
        var table = PageTable(
            "What is meant",
            [.text("why"), .code("code"), .text("rule", minor: true), .number("records"), .time("last")])
        for group in groups {
            table.add([
                request.shown.value(group["message"], .text), request.shown.value(group["code"], .code),
                request.shown.value(group["rule"], .text), request.shown.value(group["records"], .number),
                request.shown.value(group["lastAt"], .time),
            ])
        }
        return "<p><b>\(Figures.counted(count, "record", "records")) \(words).</b></p>\(table.html)"
    }

    private static func pauses(_ members: TextMap<Payload>, _ request: PageRequest) throws -> HTML {
        let status = try request.ask(.getStatus)
        let target = members["target"]?.text ?? ""
        let paused = (status["paused"]?.items ?? []).first { $0["name"]?.text == target }
        let since = paused?["pausedAt"]?.text.flatMap { Timestamp(rfc3339: $0) }
        let files = status.member("inbox.files")?.integer ?? 0
        let waits: HTML = target == "ingest" ? " \(Figures.counted(files, "file waits", "files wait")) now." : .empty
        guard paused != nil else { return "<p>It is not paused now.\(waits)</p>" }
        return "<p>It is paused since \(request.shown.time(since)).\(waits)</p>"
    }

    private static func told(
        _ words: String, _ members: [(name: String, member: String, kind: PageTable.Kind)], _ answer: Payload,
        _ shown: Shown
    ) -> HTML {
        var facts = Facts()
        facts.add(members, of: answer, shown)
        return "<p><b>\(words)</b></p>\(facts.html)"
    }
}
