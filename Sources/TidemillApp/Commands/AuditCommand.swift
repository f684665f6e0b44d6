import ArgumentParser
import TidemillCore
import TidemillOperations
import TidemillStore

/// `tidemill audit`: who changed what, and why.
struct AuditCommand: TidemillCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Who changed what, when and why; the newest first.")

    @Option(help: "Only changes of this customer.")
    var customer: String?

    @Option(help: ArgumentHelp("Only this operation, such as voidCreditGrant.", valueName: "name"))
    var action: String?

    @Option(help: "At most this many.")
    var limit = 50

    @Option(help: ArgumentHelp("Only rows before this number, for the next page.", valueName: "number"))
    var before: Int64?

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard (1...100_000).contains(limit) else { throw ValidationError("--limit must be from 1 to 100000") }
    }

    func perform(_ output: Output) throws {
        let app = try AppAssembly(options)
        let rows = try app.store.read {
            try AuditLog.list(
                customer: customer.map { CustomerID($0) }, action: action, before: before, limit: limit, on: $0)
        }
        output.show(.array(rows.map(\.payload))) {
            rows.isEmpty ? "Nothing was changed yet." : Self.table(rows).text(output.terminal)
        }
    }

    /// Of what it was done with, so much fits a line.
    private static let detailsShown = 100

    private static func table(_ rows: [AuditRow]) -> TextTable {
        var table = TextTable(
            .number("number"), .text("at"), .text("who"), .text("customer"), .text("action"), .text("with"),
            .text("why"))
        for row in rows {
            let details = row.details.count > detailsShown ? row.details.prefix(detailsShown) + "…" : row.details[...]
            table.add(
                "\(row.sequence)", row.at.secondsDescription, "\(row.actorKind) \(row.actor)", row.customer?.text ?? "",
                row.action, String(details), row.reason ?? "")
        }
        return table
    }
}

extension AuditRow {
    var payload: Payload {
        let parsed: Payload
        do { parsed = try Payload(json: details) } catch { parsed = .string(details) }
        var members: [String: Payload] = [
            "number": .integer(sequence), "at": Payload(at), "actorKind": .string(actorKind), "actor": .string(actor),
            "action": .string(action), "details": parsed,
        ]
        if let customer { members["customerId"] = .string(customer.text) }
        if let reason { members["reason"] = .string(reason) }
        return .object(members)
    }
}
