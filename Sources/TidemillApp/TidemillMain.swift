import ArgumentParser
import Foundation
import TidemillOperations

/// The command line, from arguments to exit code.
public enum TidemillMain {
    public static func run(_ arguments: [String] = Array(CommandLine.arguments.dropFirst())) async -> Int32 {
        // A reader that closes our stdout must not kill the worker.
        signal(SIGPIPE, SIG_IGN)
        let isJSON = arguments.contains("--json")
        var command: any ParsableCommand
        do {
            command = try Tidemill.parseAsRoot(arguments)
            guard var asynchronous = command as? any AsyncParsableCommand else {
                try command.run()
                return 0
            }
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
