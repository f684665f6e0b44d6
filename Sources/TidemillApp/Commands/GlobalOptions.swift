import ArgumentParser
import Foundation

/// What every command takes.
struct GlobalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The configuration file (default: TIDEMILL_CONFIG, else config.toml).", valueName: "path"),
        completion: .file(extensions: ["toml"]))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "Ask the server at this URL, with the key in TIDEMILL_KEY, in place of this machine's store.",
            valueName: "url"))
    var url: String?

    @Option(
        help: ArgumentHelp(
            "Certificates in PEM form that the server of --url is believed by, beside this machine's (default: TIDEMILL_CA).",
            valueName: "file"), completion: .file(extensions: ["pem", "crt"]))
    var ca: String?

    @Flag(help: "Print one JSON document on stdout, and nothing else there.")
    var json = false

    @Flag(help: "Cut nothing at a terminal either; in a pipe nothing ever is.")
    var full = false

    var output: Output {
        var output = Output(isJSON: json)
        if full { output.terminal.width = nil }
        return output
    }

    var configPath: String { Self.configPath(config) }

    /// What the words of a command line that is still being typed mean.
    static func configPath(typed words: [String]) -> String {
        let joined = words.compactMap { $0.hasPrefix("--config=") ? String($0.dropFirst("--config=".count)) : nil }
        let apart = zip(words, words.dropFirst()).compactMap { $0 == "--config" ? $1 : nil }
        return configPath((joined + apart).last)
    }

    private static func configPath(_ config: String?) -> String {
        if let config { return config }
        let variable = ProcessInfo.processInfo.environment["TIDEMILL_CONFIG"] ?? ""
        return variable.isEmpty ? "config.toml" : variable
    }

    func loadConfig() throws -> AppConfig { try AppConfig.load(path: configPath) }
}

/// A command that asks operations, of this machine's store or by `--url` of a server.
protocol AskingCommand: TidemillCommand {}

/// A command of `tidemill`: one function that may fail, told how to print. One that asks no operations refuses `--url`.
protocol TidemillCommand: AsyncParsableCommand {
    var options: GlobalOptions { get }
    func perform(_ output: Output) async throws
}

extension TidemillCommand {
    func run() async throws {
        guard options.url != nil || options.ca == nil else {
            throw CommandFailure(
                .wrongUse, code: "usage", "--ca is for the server of --url: give that, too, or leave --ca out")
        }
        guard options.url == nil || self is any AskingCommand else {
            throw CommandFailure(
                .wrongUse, code: "usage",
                "`tidemill \(Self._commandName)` works on this machine and asks no server: leave --url out")
        }
        try await perform(options.output)
    }
}
