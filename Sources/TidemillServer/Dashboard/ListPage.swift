import TidemillCore
import TidemillDisplay
import TidemillOperations

/// A page that shows a list of the operation table: which row, which filters of it, which members as columns.
struct ListPage: DashboardPage, Sendable {
    struct Column: Sendable {
        var head: PageTable.Column
        /// The member, with a dot between levels.
        var member: String
        /// Where a cell leads, where it names something that has a page.
        var link: (@Sendable (Payload) -> [String]?)?

        init(_ head: PageTable.Column, _ member: String, link: (@Sendable (Payload) -> [String]?)? = nil) {
            self.head = head
            self.member = member
            self.link = link
        }
    }

    var section: PageSection
    var operation: OperationID
    /// Members of the input that the query may give.
    var filters: [String] = []
    var fixed: TextMap<Payload> = [:]
    /// What must be given before there is a list.
    var required: String?
    var columns: [Column]
    var command: String
    /// The filters by the command's names for them.
    var options: [(filter: String, option: String)] = []
    /// What an empty list says, with what fills it.
    var empty: HTML

    static let rowsMax: Int64 = 50

    func frame(_ request: PageRequest) -> PageFrame {
        PageFrame(title: section.rawValue, section: section, facts: asked(request), command: command(request))
    }

    var exported: ListPage? { self }

    /// The same, by the same filters.
    func command(_ request: PageRequest) -> String {
        if command.hasPrefix("tidemill call ") {
            let members = request.filters(filters)
            return members.isEmpty ? command : "\(command) \(Payload.object(members).json.shellQuoted)"
        }
        return options.reduce(command) { command, option in
            request.value(option.filter).map { "\(command) \(option.option) \($0.shellQuoted)" } ?? command
        }
    }

    func panels(_ request: PageRequest) throws -> [PanelSource] {
        [PanelSource(section.rawValue) { try self.panel($0) }]
    }

    /// The filters as links that take them away.
    private func asked(_ request: PageRequest) -> HTML {
        let inForce = filters.filter { request.value($0) != nil }
        guard !inForce.isEmpty else { return .empty }
        let links = inForce.map { name -> HTML in
            let others = request.query.filter { $0.name != name && $0.name != "after" }.map { ($0.name, $0.value) }
            return
                "<span>\(name) <b>\(HTML.name(request.value(name) ?? ""))</b> \(HTML.link(request.segments, query: others, "all"))</span>"
        }
        return "<div class=\"sub\">\(links)</div>"
    }

    func panel(
        _ request: PageRequest, rowsMax: Int64 = Self.rowsMax, title: String? = nil, link: HTML = .empty,
        isWide: Bool = true
    ) throws -> Panel {
        let row = OperationTable.row(operation)
        var members = request.filters(filters)
        members.merge(fixed) { _, fixed in fixed }
        if row.isPaged {
            members["limit"] = .integer(rowsMax)
            members["after"] = request.value("after").map { .string($0) }
        }
        let answer = try request.ask(operation, members)
        let items = (row.pageField.map { answer[$0] } ?? answer["data"])?.items ?? answer.items ?? []
        let table = self.table(items, request)
        let next = answer["pagination"]?["next"]?.text
        let older = next.map { next -> HTML in
            let query = request.query.filter { $0.name != "after" }.map { ($0.name, $0.value) } + [("after", next)]
            return "<p class=\"note\">\(HTML.link(request.segments, query: query, "older"))</p>"
        }
        let file: HTML =
            // Of a list that is a page of its own.
            items.isEmpty || request.segments.count != 1
            ? .empty
            : .link(
                request.segments,
                query: request.query.filter { $0.name != "after" }.map { ($0.name, $0.value) } + [("csv", "1")],
                "CSV")
        return Panel(
            title: title ?? section.rawValue,
            body: items.isEmpty
                ? "<p class=\"note\">\(empty)</p>" : "\(table.html)\(link.isEmpty ? older ?? .empty : .empty)",
            link: link.isEmpty ? file : link, isWide: isWide)
    }

    /// Rows of a file at most.
    private static let exportMax = 100_000

    /// All that the filters leave, as a file for a spreadsheet.
    func export(_ request: PageRequest) throws -> String {
        let row = OperationTable.row(operation)
        var members = request.filters(filters)
        members.merge(fixed) { _, fixed in fixed }
        let limits = row.audience == .operator ? OperatorPaging.limitRange : Paging.limitRange
        if row.isPaged { members["limit"] = .integer(limits.upperBound) }
        var text = Self.line(columns.map(\.head.title))
        var count = 0
        while true {
            let answer = try request.ask(operation, members, isKept: false)
            for item in (row.pageField.map { answer[$0] } ?? answer["data"])?.items ?? answer.items ?? [] {
                text += Self.line(
                    columns.map { column in
                        guard let value = item.member(column.member), !value.isNull else { return "" }
                        guard column.head.kind == .time, let instant = value.text.flatMap({ Timestamp(rfc3339: $0) })
                        else { return value.text ?? value.json }
                        return request.shown.local(instant)
                    })
                count += 1
            }
            guard row.isPaged, count < Self.exportMax, let next = answer["pagination"]?["next"]?.text else {
                return text
            }
            members["after"] = .string(next)
        }
    }

    /// RFC 4180; what a spreadsheet would take for a formula is text.
    private static func line(_ cells: [String]) -> String {
        cells.map { cell -> String in
            let isNumber = Amount(cell) != nil
            let isFormula = !isNumber && cell.utf8.first.map { "=+-@\t\r".utf8.contains($0) } == true
            let text = (isFormula ? "'" : "") + cell
            guard text.utf8.contains(where: { "\",\r\n".utf8.contains($0) }) else { return text }
            return "\"" + text.replacing("\"", with: "\"\"") + "\""
        }.joined(separator: ",") + "\r\n"
    }

    func table(_ items: [Payload], _ request: PageRequest) -> PageTable {
        var table = PageTable(section.rawValue, columns.map(\.head))
        for item in items {
            table.add(
                columns.map { column in
                    let cell = request.shown.value(item.member(column.member), column.head.kind)
                    guard let target = column.link?(item) else { return cell }
                    return .link(target, cell)
                })
        }
        return table
    }
}

extension Payload {
    var integer: Int64? { if case .integer(let number) = self { number } else { nil } }
    var members: TextMap<Payload>? { if case .object(let members) = self { members } else { nil } }

    /// A member of a member: `trigger.kind`.
    func member(_ path: String) -> Payload? {
        path.split(separator: ".").reduce(Optional(self)) { $0?[String($1)] }
    }
}
