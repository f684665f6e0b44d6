import ArgumentParser
import TidemillCore
import TidemillOperations
import TidemillServer
import TidemillStigg

/// `tidemill operations [NAME]`: the table of operations, straight from its rows.
struct OperationsCommand: TidemillCommand {
    static let configuration = CommandConfiguration(
        commandName: "operations", abstract: "Lists the operations, or one with its fields and an example.")

    @Argument(help: "One operation, such as reportUsage.", completion: .names(.operations))
    var name: String?

    @Flag(help: "Print the HTTP API as an OpenAPI 3.1 document.")
    var openapi = false

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard !openapi || name == nil else {
            throw ValidationError("--openapi prints all operations: leave the name out")
        }
    }

    func perform(_ output: Output) throws {
        if openapi { return Output.write(OpenAPI.text, to: .standardOutput) }
        guard let name else {
            output.show(.array(OperationTable.rows.map(\.summaryPayload))) { Self.list(output.terminal) }
            return
        }
        let id: OperationID
        do { id = try OperationID(named: name) } catch {
            throw CommandFailure(.wrongUse, code: error.code.rawValue, error.message)
        }
        let row = OperationTable.row(id)
        output.show(row.payload) { Self.page(row, output.terminal) }
    }

    private static func list(_ terminal: Terminal) -> String {
        [("operation", OperationRow.Audience.client), ("for operators", .operator)].map { title, audience in
            var table = TextTable(.word(title), .word("effect", rank: 1), .text("what it does"))
            for row in OperationTable.rows where row.audience == audience {
                table.add(row.id.rawValue, row.effect.word, row.summary)
            }
            return table.text(terminal)
        }.joined(separator: "\n\n")
    }

    private static func page(_ row: OperationRow, _ terminal: Terminal) -> String {
        var lines = [
            "\(terminal.styled(row.id.rawValue, .bold)): \(row.summary)",
            "\(row.audience == .operator ? "for operators, " : "")\(row.effect.word), \(row.route.method.rawValue) \(row.route.path)",
        ]
        let missing = Offer.missingFields(row.id)
        for (title, fields, missing) in [
            ("input", row.input, Offer.refusedFields(row.id)),
            (row.answersList ? "output: a list of" : "output", row.output, missing),
        ] where !fields.isEmpty {
            var table = TextTable(.text(title), .text(""), .text("meaning"))
            add(fields, to: &table, missing: missing)
            lines += ["", table.text(terminal)]
        }
        if let refusal = Offer.refusal(row.id) {
            lines += ["", "with client.backend = \"stigg\": not there. \(refusal)."]
        } else if !missing.isEmpty || !Offer.refusedFields(row.id).isEmpty {
            lines += ["", "*  not with client.backend = \"stigg\": refused in the input, not there in the answer"]
        }
        if !row.errors.isEmpty {
            lines += ["", "\(terminal.styled("errors", .bold)): \(row.errors.map(\.rawValue).joined(separator: ", "))"]
        }
        lines += ["", terminal.styled("example", .bold)]
        for step in row.example.after { lines.append(call(step.id, step.input) + "   # first") }
        lines.append(call(row.id, row.example.input))
        return lines.joined(separator: "\n")
    }

    private static func add(
        _ fields: [FieldDescription], to table: inout TextTable, indent: String = "", within place: String = "",
        missing: [String]
    ) {
        for field in fields {
            let path = place + field.name
            let need = field.isRequired ? "required" : field.isNullable ? "null clears" : ""
            let type = field.bounds.map { "\(field.type), \($0)" } ?? field.type
            let mark = missing.contains(path) ? "*" : ""
            table.add(indent + field.name + mark, need, "\(field.about) (\(type))")
            add(field.fields, to: &table, indent: indent + "  ", within: path + ".", missing: missing)
        }
    }

    private static func call(_ id: OperationID, _ input: Payload) -> String {
        "tidemill call \(id.rawValue) '\(input.json.replacing("'", with: "'\\''"))'"
    }
}

extension OperationRow.Effect {
    fileprivate var word: String { isWrite ? "write" : "read" }
}

extension OperationRow {
    fileprivate var summaryPayload: Payload {
        .object([
            "operation": .string(id.rawValue), "effect": .string(effect.word), "summary": .string(summary),
            "audience": .string(audience.rawValue), "route": .string("\(route.method.rawValue) \(route.path)"),
        ])
    }

    fileprivate var payload: Payload {
        guard case .object(var members) = summaryPayload else { return summaryPayload }
        members["input"] = .array(input.map(\.payload))
        members["output"] = .array(output.map(\.payload))
        members["answersList"] = .boolean(answersList)
        let (missing, refused) = (Offer.missingFields(id), Offer.refusedFields(id))
        if !missing.isEmpty { members["missingOnStigg"] = .array(missing.map { .string($0) }) }
        if !refused.isEmpty { members["refusedOnStigg"] = .array(refused.map { .string($0) }) }
        if let refusal = Offer.refusal(id) { members["notOnStigg"] = .string(refusal) }
        members["errors"] = .array(errors.map { .string($0.rawValue) })
        members["example"] = .object([
            "input": example.input,
            "after": .array(example.after.map { .object(["operation": .string($0.id.rawValue), "input": $0.input]) }),
        ])
        return .object(members)
    }
}

extension FieldDescription {
    fileprivate var payload: Payload {
        var members: TextMap<Payload> = [
            "name": .string(name), "type": .string(type), "required": .boolean(isRequired),
            "nullable": .boolean(isNullable), "about": .string(about),
        ]
        if !aliases.isEmpty { members["aliases"] = .array(aliases.map { .string($0) }) }
        if let bounds { members["bounds"] = .string(bounds) }
        if !fields.isEmpty { members["fields"] = .array(fields.map(\.payload)) }
        return .object(members)
    }
}
