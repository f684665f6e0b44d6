import ArgumentParser
import Foundation
import TidemillCore
import TidemillOperations
import TidemillTriggers
import TidemillServer

/// `tidemill keys`: who may come in by HTTP.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Keys of the HTTP door: makes, lists and revokes them.",
        subcommands: [ListKeysCommand.self, AddKeyCommand.self, RevokeKeyCommand.self, LinkCommand.self],
        defaultSubcommand: ListKeysCommand.self)
}

struct AddKeyCommand: AskingCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Makes a key and prints it, once.",
        discussion: """
            Scopes: read (looks, holds no credits), ingest (reports usage and events, consumes credits, sees nothing \
            else), full (everything of applications), operator (what operators do, too).
            """)

    @Argument(help: "What it is called: the actor in the audit.")
    var name: String

    @Option(help: "read, ingest, full or operator.")
    var scope: String

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws {
        let answer = try ask(AddKey.self, ["name": .string(name), "scope": .string(scope)], output)
        try output.show(answer.payload) { try answer.output().key }
        if !output.isJSON { output.note("it is not kept, and not shown again") }
    }
}

struct ListKeysCommand: AskingCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Names, scopes, who made them, and how many browsers are in by each.")

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws {
        let answer = try ask(ListKeys.self, output)
        try output.show(answer.payload) {
            let keys = try answer.output().items
            guard !keys.isEmpty else { return "no keys; `tidemill keys add NAME --scope full` makes one" }
            var table = TextTable(.text("key"), .text("scope"), .text("made"), .text("by"), .number("browsers"))
            for key in keys {
                table.add(
                    key.name.escapingControls, key.scope.rawValue, key.createdAt?.secondsDescription ?? "configuration",
                    key.createdBy?.escapingControls ?? "", key.sessions.map { "\($0)" } ?? "")
            }
            return table.text(output.terminal)
        }
    }
}

struct RevokeKeyCommand: AskingCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Takes a key out of use, within a second, and the browsers that it let in.")

    @Argument(help: "The key, by its name.")
    var name: String

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws {
        let answer = try ask(RevokeKey.self, ["name": .string(name)], output)
        output.show(answer.payload) { "\(name.escapingControls) is not taken any more" }
    }
}

struct LinkCommand: AskingCommand {
    static let configuration = CommandConfiguration(
        commandName: "link", abstract: "Prints a link that lets one browser in, once, within ten minutes.")

    @Flag(name: .customLong("operator"), help: "It may do what operators do; otherwise it looks.")
    var asOperator = false

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws { try showLink(asOperator: asOperator, output) }
}

/// `tidemill dashboard`: the same link, under the name that people look for.
struct DashboardCommand: AskingCommand {
    static let configuration = CommandConfiguration(
        commandName: "dashboard",
        abstract: "Prints a link to the pages that the worker serves, good for one browser within ten minutes.")

    @Flag(name: .customLong("operator"), help: "It may do what operators do; otherwise it looks.")
    var asOperator = false

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws { try showLink(asOperator: asOperator, output) }
}

extension DoorSettings.Listen {
    /// Whether somebody takes connections there.
    fileprivate var isTaken: Bool {
        guard case .tcp(let host, let port) = self, port > 0 else { return false }
        var wanted = addrinfo()
        wanted.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &wanted, &found) == 0, let found else { return false }
        defer { freeaddrinfo(found) }
        let descriptor = socket(found.pointee.ai_family, found.pointee.ai_socktype, 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return connect(descriptor, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0
    }
}

extension AskingCommand {
    fileprivate func showLink(asOperator: Bool, _ output: Output) throws {
        let place = try place()
        let answer = try ask(AddLink.self, ["scope": .string(asOperator ? "operator" : "read")], output)
        try output.show(answer.payload) { "\(place)/enter#\(try answer.output().key)" }
        guard options.url == nil else { return }
        // Where that cannot be seen, nothing is said of it.
        let workers = try? Spool.liveWorkers(AppAssembly.spoolSettings(try options.loadConfig()))
        guard workers == 0 else { return }
        output.note(
            try options.loadConfig().http?.door.listen.isTaken == true
                ? "no worker of this project runs, but something answers at \(place): where it is not `tidemill serve` of this project, another one has the port, and the link leads nowhere there; give [http] listen another port"
                : "no worker runs, so nothing answers there yet: start `tidemill run`")
    }

    /// Where the server listens, as far as the configuration says it.
    private func place() throws -> String {
        if let url = options.url { return url.hasSuffix("/") ? String(url.dropLast()) : url }
        guard let door = try options.loadConfig().http?.door else {
            throw CommandFailure(
                .wrongUse, code: "config", "the configuration has no [http]: nothing listens (docs/http.md)")
        }
        guard let url = door.url else {
            throw CommandFailure(
                .wrongUse, code: "usage",
                "http.listen says no port that a browser could go to; give the server's address with --url")
        }
        return url
    }
}
