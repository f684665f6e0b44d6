import TidemillCore
import TidemillDisplay
import TidemillOperations

/// Records that could not be applied, by what was wrong with them.
struct RejectedGroupsPage: DashboardPage {
    func frame(_ request: PageRequest) -> PageFrame {
        PageFrame(title: "Rejected", section: .rejected, command: "tidemill rejected list --grouped")
    }

    func panels(_ request: PageRequest) throws -> [PanelSource] {
        [PanelSource("Groups") { try Self.groups($0) }, PanelSource("Records") { try Self.newest($0) }]
    }

    private static func groups(_ request: PageRequest) throws -> Panel {
        let answer = try request.ask(.listRejected, ["grouped": true])
        var table = PageTable(
            "Groups",
            [
                .text("why"), .code("code"), .text("rule", minor: true), .number("records"),
                .number("customers", minor: true),
                .time("first", minor: true), .time("last"), .text("do"),
            ])
        for group in answer["groups"]?.items ?? [] {
            let code = group["code"]?.text ?? ""
            let rule = group["rule"]?.text
            let choice = rule.map { ("rule", $0) } ?? ("code", code)
            table.add([
                .link(["rejected", group["sample"]?.text ?? ""], .name(group["message"]?.text ?? "")), .code(code),
                request.shown.value(group["rule"], .text), request.shown.value(group["records"], .number),
                request.shown.value(group["customers"], .number), request.shown.value(group["firstAt"], .time),
                request.shown.value(group["lastAt"], .time),
                Actions.links([(.retryRejected, [choice]), (.dropRejected, [choice])], request),
            ])
        }
        return Panel(
            title: "Groups", note: "\(answer["open"]?.integer ?? 0) open",
            body: table.isEmpty ? "<p class=\"note\">Nothing is rejected.</p>" : table.html)
    }

    private static func newest(_ request: PageRequest) throws -> Panel {
        var members = request.filters(["rule", "code", "delivery"])
        members["limit"] = 50
        let answer = try request.ask(.listRejected, members)
        let items = answer["data"]?.items ?? []
        return Panel(title: "Records", note: "the newest", body: items.isEmpty ? .empty : records(items, request))
    }

    static func records(_ items: [Payload], _ request: PageRequest) -> HTML {
        var table = PageTable(
            "Rejected records",
            [
                .code("record"), .text("why"), .text("customer", minor: true), .time("rejected"),
                .text("rule", minor: true),
            ])
        for item in items {
            let id = item["id"]?.text ?? ""
            table.add([
                .link(["rejected", id], .code(id)), request.shown.value(item["message"], .text),
                request.shown.value(item["customerId"], .text), request.shown.value(item["rejectedAt"], .time),
                request.shown.value(item["rule"], .text),
            ])
        }
        return table.html
    }
}

/// One rejected record with its bytes.
struct RejectedPage: DashboardPage {
    let id: String

    func frame(_ request: PageRequest) -> PageFrame {
        PageFrame(title: id, parent: .rejected, section: .rejected, command: "tidemill rejected show \(id.shellQuoted)")
    }

    func panels(_ request: PageRequest) throws -> [PanelSource] {
        let answer = try request.ask(.listRejected, ["ids": .array([.string(id)])])
        guard let record = answer["data"]?.items?.first else { throw PageFailure.missing("rejected record", id) }
        return [
            PanelSource("Record") { request in
                var facts = Facts()
                facts.add(
                    [
                        ("why", "message", .text), ("code", "code", .code), ("rule", "rule", .text),
                        ("state", "state", .state),
                        ("kind", "kind", .text), ("customer", "customerId", .text), ("line", "line", .number),
                        ("received", "receivedAt", .time), ("rejected", "rejectedAt", .time),
                    ], of: record, request.shown)
                let delivery = record["delivery"]?.text ?? ""
                let page = PagePath.delivery(delivery)
                facts.add("delivery", page.map { HTML.link($0, .code(delivery)) } ?? .code(delivery))
                let payload = record["payload"]?.text ?? ""
                return Panel(
                    title: "Record",
                    body: "\(facts.html)<pre>\(whole: String(payload.prefix(Folded.lettersMax)))</pre>",
                    link: Actions.links(
                        [(.retryRejected, [("ids", self.id)]), (.dropRejected, [("ids", self.id)])], request))
            }
        ]
    }
}
