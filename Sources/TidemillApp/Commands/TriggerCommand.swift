import ArgumentParser
import Foundation
import TidemillCore
import TidemillIngest
import TidemillOperations

/// `tidemill trigger TYPE`: a webhook to try jobs and rules with.
struct TriggerCommand: TidemillCommand {
    static let configuration = CommandConfiguration(
        commandName: "trigger",
        abstract: "Drops a sample webhook into the inbox, in the shape of an engine's event of that type.",
        discussion: """
            `tidemill trigger customer.created --set customer.id=globex` puts a file into the inbox, which the worker takes \
            as any other. A value is JSON where it reads as JSON, else text; null takes a field away. docs/reference/events.md \
            has the types and their fields.
            """)

    @Argument(help: "The type, such as customer.created.")
    var type: String

    @Option(
        help: ArgumentHelp("Sets a field: plan=plan-team, customer.id=acme. As often as you like.", valueName: "f=v"))
    var set: [String] = []

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws {
        let config = try options.loadConfig()
        guard let row = EngineEventTable.row(type) else {
            let types = EngineEventTable.rows.map(\.type)
            let hint = Suggestion.nearest(to: type, in: types).map { "; did you mean \($0)?" }
            let way = "; docs/reference/events.md has them, and a webhook of your own is any JSON file with a \"type\""
            throw CommandFailure(
                .wrongUse, code: "usage",
                "there is no event of the engine \"\(type.escapingControls)\"\(hint ?? way)")
        }
        guard let inbox = config.spool.inboxes.first(where: { $0.accept.contains(.webhook) }) else {
            throw CommandFailure(
                .wrongUse, code: "config",
                "no [[spool.inbox]] accepts \"webhook\": add it to its accept in \(config.file)")
        }
        let id = RandomID.make()
        var event = row.sample(messageID: id, timestamp: SystemWallclock().now.description)
        var told: [[String]] = []
        for setting in set {
            let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let path = parts[0].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !path.contains("") else {
                throw CommandFailure(
                    .wrongUse, code: "usage",
                    "--set takes a field and its value, customer.id=acme, got \"\(setting.escapingControls)\"")
            }
            try row.require(path)
            told.append(path)
            let text = String(parts[1])
            // What is no JSON is meant as text.
            let value = (try? Payload(json: text)) ?? .string(text)
            // Who names another customer means it wherever the sample has it.
            let former = path == ["customer", "id"] ? row.customer(of: event) : path.reduce(event) { $0[$1] ?? .null }
            event = event.setting(path[...], to: value)
            if path.last.map(Payload.namesID) == true, former.text != nil {
                event = event.replacing(former, by: value, except: told, at: [])
            }
        }
        // Written aside and renamed: a file is complete once it is in the inbox.
        let spool = URL(filePath: config.spool.path)
        let file = ProjectTemplate.File(name: "\(type)-\(id.prefix(8)).json", text: event.json + "\n")
        let place = spool.appending(path: inbox.path)
        try FileManager.default.makeFolder(place)
        try file.write(below: spool.appending(path: "tmp"))
        let target = place.appending(path: file.name)
        try FileManager.default.moveItem(at: spool.appending(path: "tmp").appending(path: file.name), to: target)
        output.show(["file": .string(target.path), "event": event]) { "\(event.prettyJSON)\n\(target.path)" }
    }
}

extension EngineEventRow {
    /// The id by which a sample names its customer.
    fileprivate func customer(of sample: Payload) -> Payload {
        let own = type.hasPrefix("customer.") ? sample["id"] : nil
        return sample["customer"]?["id"] ?? sample["customerId"] ?? own ?? .null
    }

    /// Refuses a field that the event does not have, with the nearest that it has.
    fileprivate func require(_ path: [String]) throws {
        var known = EngineEventRow.common + fields
        for (index, name) in path.enumerated() {
            // Billers name the customer so, in any webhook.
            if index == 0, name == "customer", !known.contains(where: { $0.name == name }) {
                known = EngineEventTable.row("customer.created")?.fields ?? []
                continue
            }
            guard let field = known.first(where: { $0.name == name }) else {
                let before = path.prefix(index).map { $0 + "." }.joined()
                let names = known.map(\.name) + (index == 0 ? ["customer"] : [])
                let after = path.dropFirst(index + 1).map { "." + $0 }.joined()
                let near = Suggestion.nearest(to: name, in: names).map { near in
                    "; did you mean \((before + near + after).escapingControls)?"
                }
                let others = names.isEmpty ? "it holds no fields" : "there are \(names.joined(separator: ", "))"
                throw CommandFailure(
                    .wrongUse, code: "usage",
                    "--set: \(type) has no field \"\((before + name).escapingControls)\"\(near ?? "; \(others)")")
            }
            // What is anybody's has any field.
            guard !field.fields.isEmpty || !["object", "any"].contains(field.type) && !field.type.hasPrefix("map of")
            else {
                return
            }
            known = field.fields
        }
    }
}

extension Payload {
    /// Whether a field of that name says which thing is meant.
    fileprivate static func namesID(_ field: String) -> Bool { field == "id" || field.hasSuffix("Id") }

    /// The same with another id in every place that has this one, but where it was told.
    fileprivate func replacing(_ id: Payload, by other: Payload, except told: [[String]], at path: [String]) -> Payload
    {
        guard case .object(let members) = self else { return self }
        var changed = members
        for (name, member) in members {
            let place = path + [name]
            if member == id, Self.namesID(name), name != "messageId", !told.contains(place) {
                changed[name] = other
            } else {
                changed[name] = member.replacing(id, by: other, except: told, at: place)
            }
        }
        return .object(changed)
    }

    /// With a member set below a path; what is no object on the way becomes one. Null takes the member away.
    func setting(_ path: ArraySlice<String>, to value: Payload) -> Payload {
        guard let name = path.first else { return value }
        var members: TextMap<Payload> = [:]
        if case .object(let own) = self { members = own }
        let inner = (members[name] ?? .null).setting(path.dropFirst(), to: value)
        members[name] = inner.isNull ? nil : inner
        return .object(members)
    }
}
