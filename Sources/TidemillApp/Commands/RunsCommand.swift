import ArgumentParser
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillRuns
import TidemillStore

/// `tidemill runs [list|show ID|retry ID]`: what jobs and grant rules did, step by step.
struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "What jobs and grant rules did: history, journals, and another try.",
        subcommands: [List.self, Show.self, Retry.self], defaultSubcommand: List.self)

    struct List: TidemillCommand {
        static let configuration = CommandConfiguration(abstract: "The newest runs first.")

        @Option(help: ArgumentHelp("Only runs of this job or grant rule.", valueName: "name"))
        var job: String?

        @Option(
            help: "Only those that are waiting, running, done, failed, cancelled, skipped or quarantined.",
            transform: { text in
                if let state = Run.State(rawValue: text) { return state }
                let states = Run.State.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--state must be one of \(states), got \"\(text)\"")
            })
        var state: Run.State?

        @Option(help: "At most this many.")
        var limit = 50

        @OptionGroup var options: GlobalOptions

        func validate() throws {
            guard (1...100_000).contains(limit) else { throw ValidationError("--limit must be from 1 to 100000") }
        }

        func perform(_ output: Output) throws {
            let app = try AppAssembly(options)
            let found = try app.store.read {
                try RunTable($0).list(name: job, state: state, limit: Int64(limit))
            }
            output.show(.array(found.map(\.payload))) {
                found.isEmpty ? "No runs yet." : Self.table(found).text(output.terminal)
            }
        }

        private static func table(_ runs: [Run]) -> TextTable {
            var table = TextTable(
                .text("id"), .text("name"), .text("by"), .text("at"), .text("customer"), .text("state"),
                .number("attempts"), .text("why"))
            for run in runs {
                let due = run.state == .waiting ? "due \(run.dueAt.secondsDescription)" : nil
                table.add(
                    String(run.id.text.prefix(8)), run.name, run.trigger.kind.rawValue,
                    run.trigger.scheduledAt.secondsDescription, run.customer?.text ?? "", run.state.rawValue,
                    "\(run.attempt)", [due, run.message].compactMap { $0 }.joined(separator: "; "))
            }
            return table
        }
    }

    struct Show: TidemillCommand {
        static let configuration = CommandConfiguration(
            abstract: "One run: its trigger, its attempts, and every step with its answer.")

        @Argument(help: "The run's id, or the beginning of it.")
        var id: String

        @OptionGroup var options: GlobalOptions

        func perform(_ output: Output) throws {
            let app = try AppAssembly(options)
            let history = try app.store.read { connection in
                try RunHistory(try RunsCommand.find(id, on: connection), on: connection)
            }
            output.show(history.payload) { history.text(output.terminal) }
        }
    }

    struct Retry: TidemillCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tries a run again now that failed, was cancelled or quarantined, or waits for its next attempt.",
            discussion: """
                It goes on where its journal ends: what is done is not done again. It runs under the scripts that are in \
                force then; where they ask for something else than the journal says, it stops again and says so.
                """)

        @Argument(help: "The run's id, or the beginning of it.")
        var id: String

        @Option(help: "Why, for the audit.")
        var reason: String?

        @OptionGroup var options: GlobalOptions

        func perform(_ output: Output) throws {
            let app = try AppAssembly(options)
            let run = try app.store.write { connection in
                let run = try RunsCommand.find(id, on: connection)
                let now = app.clock.now
                guard try RunTable(connection).retry(run.id, now: now) else {
                    throw CommandFailure(
                        .failed, code: "not_retriable",
                        "run \(run.id) is \(run.state.rawValue)\(run.state == .waiting ? " and has not begun" : ""): only what failed, waits for its next attempt, was cancelled after it had begun, or is quarantined can be tried again"
                    )
                }
                try AuditTrail.record(
                    "retryRun", customer: run.customer, ["runId": .string(run.id.text), "name": .string(run.name)],
                    by: .person(Person.current), reason: reason, at: now, on: connection)
                return run
            }
            output.show(.object(["runId": .string(run.id.text), "state": "waiting"])) {
                "run \(run.id) of \(run.name.escapingControls) is due now: a worker takes it"
            }
        }
    }

    /// The run that a person means.
    static func find(_ text: String, on connection: any SQLConnection) throws -> Run {
        let found = text.isEmpty ? [] : try RunTable(connection).find(prefix: text)
        if let exact = found.first(where: { $0.id.text == text }) { return exact }
        guard let run = found.first, found.count == 1 else {
            throw CommandFailure(
                .failed, code: "not_found",
                found.isEmpty
                    ? "there is no run \"\(text.escapingControls)\"; `tidemill runs` lists them"
                    : "more than one run begins with \"\(text.escapingControls)\"; give more of its id")
        }
        return run
    }
}

extension Run {
    var payload: Payload {
        var cause: [String: Payload] = [
            "kind": .string(trigger.kind.rawValue), "cause": .string(trigger.cause), "event": trigger.event,
            "causedAt": Payload(trigger.causedAt), "depth": .integer(trigger.depth),
        ]
        if let file = trigger.file { cause["file"] = .string(file) }
        var members: [String: Payload] = [
            "id": .string(id.text), "kind": .string(kind.rawValue), "name": .string(name),
            "state": .string(state.rawValue), "attempt": .integer(attempt), "failures": .integer(failures),
            "scheduledAt": Payload(trigger.scheduledAt), "createdAt": Payload(createdAt),
            "trigger": .object(cause),
        ]
        if state == .waiting { members["dueAt"] = Payload(dueAt) }
        if let customer { members["customerId"] = .string(customer.text) }
        if let startedAt { members["startedAt"] = Payload(startedAt) }
        if let endedAt { members["endedAt"] = Payload(endedAt) }
        if let scriptVersion { members["scriptVersion"] = .string(scriptVersion.text) }
        if let code { members["code"] = .string(code) }
        if let message { members["message"] = .string(message) }
        if let result, state == .done { members["result"] = result }
        return .object(members)
    }
}
