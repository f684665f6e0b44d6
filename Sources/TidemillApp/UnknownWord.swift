import ArgumentParser
import TidemillCore

/// A word of the command line that is no command and no option: the parser itself says only that it is unexpected, and not
/// always that.
struct UnknownWord {
    let failure: CommandFailure

    /// Nil where nothing of the arguments is unknown. To be asked when they could not be parsed.
    init?(_ arguments: [String]) {
        var command: any ParsableCommand.Type = Tidemill.self
        var path = "tidemill"
        var rest = arguments[...]
        // `tidemill help runs lst` asks for the help of a command, too.
        if rest.first == "help" { rest.removeFirst() }
        while let word = rest.first, !command.configuration.subcommands.isEmpty {
            let known = command.configuration.subcommands
            if let next = known.first(where: { $0._commandName == word }) {
                (command, path) = (next, "\(path) \(next._commandName)")
                rest.removeFirst()
            } else if word == "help" {
                return nil
            } else if !word.hasPrefix("-") {
                let names = known.map { $0._commandName }
                let asked = "\(path) \(Self.shown(word))".dropFirst("tidemill ".count)
                failure = Self.wrongUse(
                    "there is no command \"\(asked)\"\(Suggestion.hint(for: word, in: names)); `\(path) --help` lists them"
                )
                return
            } else if let usual = command.configuration.defaultSubcommand {
                (command, path) = (usual, "\(path) \(usual._commandName)")
            } else {
                guard let failure = Self.tooEarly(word, before: known, path) else { return nil }
                self.failure = failure
                return
            }
        }
        let options = Self.options(of: command)
        for word in rest.prefix(while: { $0 != "--" }) where word.hasPrefix("--") {
            let name = Self.name(word)
            guard !options.contains(name) else { continue }
            failure = Self.wrongUse(
                "there is no option \"\(Self.shown(name))\" of `\(path)`\(Suggestion.hint(for: name, in: options)); `\(path) --help` lists them"
            )
            return
        }
        return nil
    }

    /// An option where a command is expected: those of the commands go behind them.
    private static func tooEarly(
        _ word: String, before commands: [any ParsableCommand.Type], _ path: String
    ) -> CommandFailure? {
        let name = name(word)
        guard !(options(of: Tidemill.self) + ["-h"]).contains(name) else { return nil }
        let options = Set(commands.flatMap(Self.options)).sorted()
        guard !options.contains(name) else {
            return wrongUse("\(name) goes behind the command: `\(path) COMMAND \(name)`")
        }
        return wrongUse(
            "there is no option \"\(shown(name))\"\(Suggestion.hint(for: name, in: options)); options go behind the command, and `\(path) --help` lists the commands"
        )
    }

    /// Those that its help lists: `  -h, --help              Show help information.`
    private static func options(of command: any ParsableCommand.Type) -> [String] {
        Tidemill.helpMessage(for: command, columns: 200).split(separator: "\n").flatMap { line -> [String] in
            guard line.hasPrefix("  -") else { return [] }
            return line.split(whereSeparator: { " ,/".contains($0) }).prefix { $0.hasPrefix("-") }.map(String.init)
                .filter { $0.hasPrefix("--") }
        }
    }

    private static func name(_ word: String) -> String { String(word.prefix { $0 != "=" }) }
    private static func shown(_ word: String) -> String { String(word.escapingControls.prefix(80)) }
    private static func wrongUse(_ message: String) -> CommandFailure {
        CommandFailure(.wrongUse, code: "usage", message)
    }
}
