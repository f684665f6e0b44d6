import ArgumentParser
import Dispatch
import Glibc
import TidemillCore
import TidemillOperations

/// `tidemill completions SHELL`: the script that a shell completes commands by.
struct CompletionsCommand: TidemillCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions", abstract: "Prints the script by which a shell completes commands and names.",
        discussion: """
            bash: `source <(tidemill completions bash)` in ~/.bashrc. zsh: write it as _tidemill into a folder of $fpath. \
            fish: write it into ~/.config/fish/completions/tidemill.fish. Packages bring them along.
            """)

    enum Shell: String, CaseIterable, ExpressibleByArgument { case bash, zsh, fish }

    @Argument(help: "The shell.")
    var shell: Shell

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws {
        let script = Tidemill.completionScript(for: kind)
        output.show(["shell": .string(shell.rawValue), "script": .string(script)]) { script }
    }

    private var kind: CompletionShell {
        switch shell {
        case .bash: .bash
        case .zsh: .zsh
        case .fish: .fish
        }
    }
}

/// `tidemill complete WHAT [PREFIX]`: names for whoever writes completions of their own. It says nothing of what fails.
struct CompleteCommand: TidemillCommand {
    static let configuration = CommandConfiguration(
        commandName: "complete", abstract: "Lists names that begin so, one a line.", shouldDisplay: false)

    @Argument(help: "operations, jobs, pauses, customers, deliveries, runs, groups of rejected records, or codes.")
    var what: CompletedName

    @Argument(help: "How they begin.")
    var prefix = ""

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) {
        let names = NameCompletion(configPath: options.configPath).names(what, beginning: prefix)
        output.show(.array(names.map { .string($0) })) { names.joined(separator: "\n") }
    }
}

/// A shell waits for its answer: rather none than a late one, as from a disk that does not answer.
enum CompletionDeadline {
    private static let patience = DispatchTimeInterval.seconds(1)

    /// Ends the process, where it was asked to complete, when nobody waits any more.
    static func begin(_ arguments: [String]) {
        guard ["complete", "---completion"].contains(arguments.first) else { return }
        DispatchQueue.global().asyncAfter(deadline: .now() + patience) { _exit(0) }
    }
}
