import TidemillCore
import TidemillDisplay
import TidemillOperations

/// What an operator does from a page: one row of the table, as a form of its own that tells what it is about and asks why.
/// Nothing here grants, charges, prices or changes the catalog.
struct ActionPage: DashboardPage {
    let row: OperationRow
    private let offer: Actions.Offer
    let members: TextMap<Payload>

    /// Nil for what is not offered.
    init?(_ name: String, _ query: [WireTarget.Pair]) throws(WireError) {
        guard let offer = Actions.offered.first(where: { $0.id.rawValue == name }) else { return nil }
        row = OperationTable.row(offer.id)
        self.offer = offer
        // Why is noted in the audit also where the operation itself does not take it.
        let own = row.input.contains { $0.name == "reason" } ? ["key", "back"] : ["key", "back", "reason"]
        members = try QueryReading.members(query.filter { !own.contains($0.name) }, row.input)
    }

    func frame(_ request: PageRequest) -> PageFrame {
        PageFrame(title: verb, section: .overview, command: command)
    }

    private var verb: String { offer.verb }

    /// The equal command.
    private var command: String { "tidemill call \(row.id.rawValue) \(Payload.object(members).json.shellQuoted)" }

    func panels(_ request: PageRequest) throws -> [PanelSource] {
        [PanelSource(verb) { try self.form($0, problem: nil) }]
    }

    func form(_ request: PageRequest, problem: String?, key: String? = nil) throws -> Panel {
        guard request.isOperator else {
            return Panel(
                title: verb,
                body:
                    "<p class=\"note\">Only an operator's session may do this: <code>tidemill keys link --operator</code></p>"
            )
        }
        if let missing = offer.missing(members) {
            let section = offer.section
            return Panel(
                title: verb,
                body: """
                    <p class="note">Nothing is chosen: the address has no <code>\(missing)</code>. \
                    Choose among <a href="\(section.path)">\(section.rawValue)</a>, and begin there.</p>
                    """)
        }
        var fields = HTML.empty
        for (name, value) in members where name != "reason" {
            for item in value.items ?? [value] {
                let text = item.text ?? item.json
                fields += "<input type=\"hidden\" name=\"\(name)\" value=\"\(whole: text)\">"
            }
        }
        let reason = members["reason"]?.text ?? request.value("reason") ?? ""
        var about = Facts()
        for (name, value) in members where name != "reason" { about.add(name, .name(value.text ?? value.json)) }
        let alert: HTML =
            problem.map { "<p class=\"note s-fail\" role=\"alert\">\(Mark.fail.html()) \(HTML.prose($0))</p>" }
            ?? .empty
        let back = request.value("back").flatMap { Actions.isOwn($0) ? $0 : nil } ?? "/"
        let preview = try ActionPreview.html(of: row.id, members, request)
        return Panel(
            title: verb,
            body: """
                \(alert)<p class="note">\(row.summary)</p>\(about.html)\(preview)
                <form class="do" method="post" action="\(whole: PagePath.text(["do", row.id.rawValue]))">\(fields)
                <input type="hidden" name="key" value="\(whole: key ?? AccessKey.make())">
                <input type="hidden" name="back" value="\(whole: back)">
                <p><label>Why, for whoever looks at it later<br><input name="reason" maxlength="1000" size="60" required \
                value="\(whole: reason)"></label></p>
                <p><button class="btn">\(verb)</button></p></form>
                <p class="note"><a href="\(whole: back)">Back, and do nothing</a></p>
                """)
    }
}
