import ArgumentParser
import TidemillOperations

/// The command line, from arguments to exit code.
public enum TidemillMain {
    /// To be called first of all, before anything makes a thread.
    public static func settle() { ProcessStart.settle() }

    /// The whole command line; answers the exit code. The process ends with it: stdout is closed.
    public static func main() async -> Int32 {
        CompletionDeadline.begin(ProcessStart.arguments)
        let status = await run(ProcessStart.arguments)
        guard let error = StandardStream.finish() else { return status }
        Output.write("tidemill: \(StandardStream.message(error))\n", to: .standardError)
        return status == 0 ? CommandFailure.Exit.failed.rawValue : status
    }

    static func run(_ arguments: [String]) async -> Int32 {
        let isJSON = arguments.contains("--json")
        var command: any ParsableCommand
        // After `help` the parser shows whatever it finds of the words.
        if arguments.first == "help", let unknown = UnknownWord(arguments) {
            return end(unknown.failure, isJSON: isJSON)
        }
        do { command = try Tidemill.parseAsRoot(arguments) } catch {
            let isHelp = Tidemill.exitCode(for: error) == .success
            // A shell that asks what completes a line shows what it hears in the middle of it.
            if !isHelp, arguments.first == "---completion" { return CommandFailure.Exit.wrongUse.rawValue }
            if !isHelp, let unknown = UnknownWord(arguments) { return end(unknown.failure, isJSON: isJSON) }
            return end(error, isJSON: isJSON)
        }
        do {
            guard var asynchronous = command as? any AsyncParsableCommand else {
                try command.run()
                return 0
            }
            try ProcessStart.checkLimits()
            try await asynchronous.run()
            return 0
        } catch {
            return end(error, isJSON: isJSON)
        }
    }

    /// Help and version are no failures; wrong usage is 2 where ArgumentParser says 64.
    private static func end(_ error: any Error, isJSON: Bool) -> Int32 {
        let isOurs = !(error is CleanExit) && Tidemill.exitCode(for: error) == .failure
        guard isOurs else {
            let text = Tidemill.fullMessage(for: error)
            if Tidemill.exitCode(for: error) == .success {
                Output.write(text + "\n", to: .standardOutput)
                return 0
            }
            if isJSON {
                let failure = CommandFailure(.wrongUse, code: "usage", Tidemill.message(for: error))
                Output.write(failure.payload.prettyJSON + "\n", to: .standardOutput)
            }
            Output.write(text + "\n", to: .standardError)
            return CommandFailure.Exit.wrongUse.rawValue
        }
        let failure = CommandFailure(error)
        if !failure.isSilent {
            if isJSON { Output.write(failure.payload.prettyJSON + "\n", to: .standardOutput) }
            for message in failure.messages { Output.write("tidemill: \(message)\n", to: .standardError) }
        }
        return failure.exit.rawValue
    }
}
