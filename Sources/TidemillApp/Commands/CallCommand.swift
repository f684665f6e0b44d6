import ArgumentParser
import Foundation
import TidemillCore
import TidemillOperations

/// `tidemill call OPERATION [JSON|-]`: one operation, performed as a script would.
struct CallCommand: AskingCommand {
    static let configuration = CommandConfiguration(
        commandName: "call", abstract: "Performs one operation and prints its result as JSON.",
        discussion: "`tidemill operations NAME` shows the fields, with an example to copy.")

    @Argument(help: "The operation, such as reportUsage.", completion: .names(.operations))
    var operation: String

    @Argument(help: ArgumentHelp("Its input as a JSON object; - reads it from stdin.", valueName: "json|-"))
    var input = "{}"

    @Option(help: "Why, for the audit.")
    var reason: String?

    @Option(
        help: ArgumentHelp(
            "The idempotency key: a call that repeats it changes nothing, and answers as the first did.",
            discussion: "A random one unless you give it.", valueName: "key"))
    var key: String?

    @Flag(help: "Answer as the operation would, and keep nothing.")
    var dryRun = false

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) async throws {
        let id: OperationID
        do { id = try OperationID(named: operation) } catch {
            throw CommandFailure(.wrongUse, code: error.code.rawValue, error.message)
        }
        let row = OperationTable.row(id)
        let payload = try withReason(Self.payload(input, for: id), row)
        guard key.map({ (1...255).contains($0.utf8.count) }) ?? true else {
            throw CommandFailure(
                .wrongUse, code: "usage", "--key must have 1 to 255 bytes; a variable that is not set makes it empty")
        }
        if let problem = reason.flatMap(Reason.problem) {
            throw CommandFailure(
                .wrongUse, code: "usage", "--reason must be \(Reason.expected), got \(problem)")
        }
        let host = try options.host(output)
        var context = host.context(reason: reason)
        context.idempotencyKey = key ?? (row.tellsSecret ? nil : RandomID.make())
        context.dryRun = dryRun
        do throws(OperationError) {
            let answer = try host.performNow(id, payload, in: context)
            output.show(answer) { answer.prettyJSON }
        } catch {
            // What is not to be had here is asked in vain.
            switch error.code {
            case .operationNotAvailable:
                if let failure = error.cause as? CommandFailure { throw failure }
                throw CommandFailure(.wrongUse, code: "usage", error.message)
            // As the command that asks the same.
            case .noSuchJob: throw CommandFailure(.wrongUse, code: error.code.rawValue, error.message)
            default: throw error
            }
        }
    }

    /// The reason of the command line is the operation's own, where it takes one and the input gives none.
    private func withReason(_ payload: Payload, _ row: OperationRow) -> Payload {
        guard let reason, case .object(var members) = payload, members["reason"] == nil,
            row.input.contains(where: { $0.name == "reason" })
        else { return payload }
        members["reason"] = .string(reason)
        return .object(members)
    }

    private static func payload(_ text: String, for id: OperationID) throws -> Payload {
        let bytes = text == "-" ? try FileHandle.standardInput.readToEnd() ?? Data() : Data(text.utf8)
        do { return try Payload(json: bytes, uniqueNames: true) } catch {
            throw CommandFailure(
                .wrongUse, code: "input",
                "the input of \(id.rawValue) is no JSON: \(error); `tidemill operations \(id.rawValue)` shows an example"
            )
        }
    }
}
