import ArgumentParser
import TidemillCore
import TidemillOperations

/// `tidemill audit`: who changed what, and why.
struct AuditCommand: AskingCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Who changed what, when and why; the newest first.")

    @Option(help: "Only changes of this customer.", completion: .names(.customers))
    var customer: String?

    @Option(
        help: ArgumentHelp("Only this operation, such as voidCreditGrant.", valueName: "name"),
        completion: .names(.operations))
    var action: String?

    @Option(help: "At most this many.")
    var limit = 50

    @Option(help: ArgumentHelp("Only rows before this number, for the next page.", valueName: "number"))
    var before: Int64?

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws {
        let after = before.map { Cursor(createdAt: Timestamp(microseconds: 0), id: "\($0)").text }
        let found = try list(
            ListAudit.self, ["customerId": .text(customer), "action": .text(action), "after": .text(after)],
            limit: limit, output)
        if found.documents.isEmpty {
            try noteUnmatched(["customerId": .text(customer), "action": .text(action)], output)
        }
        let isFiltered = customer != nil || action != nil || before != nil
        try output.show(.array(found.documents)) {
            found.documents.isEmpty
                ? isFiltered ? "No changes match." : "Nothing was changed yet."
                : Self.table(try found.items(AuditEntry.self)).text(output.terminal)
        }
    }

    private static func table(_ rows: [AuditEntry]) -> TextTable {
        var table = TextTable(
            .number("number", rank: 4), .time("at"), .text("who", rank: 1), .id("customer"), .id("action"),
            .text("with", rank: 3), .text("why", rank: 2))
        for row in rows {
            table.add(
                "\(row.number)", row.at.secondsDescription, "\(row.actorKind) \(row.actor)", row.customerID ?? "",
                row.action, row.details.json, row.reason ?? "")
        }
        return table
    }
}
