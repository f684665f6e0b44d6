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
        for setting in set {
            let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let path = parts[0].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !path.contains("") else {
                throw CommandFailure(
                    .wrongUse, code: "usage",
                    "--set takes a field and its value, customer.id=acme, got \"\(setting.escapingControls)\"")
            }
            let text = String(parts[1])
            // What is no JSON is meant as text.
            event = event.setting(path[...], to: (try? Payload(json: text)) ?? .string(text))
        }
        // Written aside and renamed: a file is complete once it is in the inbox.
        let spool = URL(filePath: config.spool.path)
        let file = ProjectTemplate.File(name: "\(type)-\(id.prefix(8)).json", text: event.json + "\n")
        let place = spool.appending(path: inbox.path)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        try file.write(below: spool.appending(path: "tmp"))
        let target = place.appending(path: file.name)
        try FileManager.default.moveItem(at: spool.appending(path: "tmp").appending(path: file.name), to: target)
        output.show(["file": .string(target.path), "event": event]) { "\(event.prettyJSON)\n\(target.path)" }
    }
}

extension Payload {
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
