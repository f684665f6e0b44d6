import ArgumentParser
import TidemillCore

/// A word where a command is expected, and that is none: the parser itself says only that it is unexpected.
struct UnknownCommand {
    let failure: CommandFailure

    /// Nil where every command of the arguments is one.
    init?(_ arguments: [String]) {
        var command: any ParsableCommand.Type = Tidemill.self
        var path = "tidemill"
        for word in arguments {
            let known = command.configuration.subcommands
            // An option ends the search: what follows may be its value.
            guard !known.isEmpty, !word.hasPrefix("-") else { return nil }
            if let next = known.first(where: { $0._commandName == word }) {
                command = next
                path += " " + word
                continue
            }
            if word == "help" { return nil }
            let names = known.map { $0._commandName }
            let shown = String(word.escapingControls.prefix(80))
            failure = CommandFailure(
                .wrongUse, code: "usage",
                "there is no command \"\(path.dropFirst("tidemill".count).isEmpty ? "" : path.dropFirst("tidemill ".count) + " ")\(shown)\""
                    + "\(Suggestion.hint(for: word, in: names)); `\(path) --help` lists them")
            return
        }
        return nil
    }
}
