import ArgumentParser
import TidemillCore
import TidemillOperations

/// `tidemill runs [list|show ID|retry ID|resolve ID|cancel ID]`: what jobs and grant rules did, step by step.
struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "What jobs and grant rules did: history, journals, another try or none.",
        subcommands: [List.self, Show.self, Retry.self, Resolve.self, Cancel.self], defaultSubcommand: List.self)

    struct List: AskingCommand {
        static let configuration = CommandConfiguration(abstract: "The newest runs first.")

        @Option(
            help: ArgumentHelp("Only runs of this job or grant rule.", valueName: "name"), completion: .names(.jobs))
        var job: String?

        @Option(help: "Only runs about this customer.", completion: .names(.customers))
        var customer: String?

        @Option(help: "Only those that are waiting, running, done, failed, cancelled, skipped, quarantined or parked.")
        var state: String?

        @Option(help: "At most this many.")
        var limit = 50

        @OptionGroup var options: GlobalOptions

        func perform(_ output: Output) throws {
            let found = try list(
                ListRuns.self, ["job": .text(job), "customerId": .text(customer), "state": .text(state)], limit: limit,
                output)
            if found.documents.isEmpty {
                try noteUnmatched(["job": .text(job), "customerId": .text(customer)], output)
            }
            let isFiltered = job != nil || customer != nil || state != nil
            try output.show(.array(found.documents)) {
                found.documents.isEmpty
                    ? isFiltered ? "No runs match." : "No runs yet."
                    : Self.table(try found.items(RunEntry.self), output.terminal).text(output.terminal)
            }
        }

        private static func table(_ runs: [RunEntry], _ terminal: Terminal) -> TextTable {
            var table = TextTable(
                .word("id"), .text("name"), .word("by", rank: 4), .time("at", rank: 1), .id("customer", rank: 3),
                .state("state"), .number("attempts", rank: 5), .text("why", rank: 2))
            for run in runs {
                let due = run.dueAt.map { "due \($0.secondsDescription)" }
                table.add(
                    terminal.start(of: run.id), run.name, run.trigger.kind, run.scheduledAt.secondsDescription,
                    run.customerID ?? "", run.state.rawValue,
                    "\(run.attempt)", [due, run.message].compactMap { $0 }.joined(separator: "; "))
            }
            return table
        }
    }

    struct Show: AskingCommand {
        static let configuration = CommandConfiguration(
            abstract: "One run: its trigger, its attempts, and every step with its answer.")

        @Argument(help: "The run's id, or the beginning of it.", completion: .names(.runs))
        var id: String

        @OptionGroup var options: GlobalOptions

        func perform(_ output: Output) throws {
            let answer = try ask(GetRun.self, ["id": .string(id)], output)
            try output.show(answer.payload) { try answer.output().page(output.terminal) }
        }
    }

    struct Retry: AskingCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tries a run again now that failed, was cancelled or quarantined, or waits for its next attempt.",
            discussion: """
                It goes on where its journal ends: what is done is not done again. It runs under the scripts that are in \
                force then; where they ask for something else than the journal says, it stops again and says so.
                """)

        @Argument(help: "The run's id, or the beginning of it.", completion: .names(.runs))
        var id: String

        @Option(help: "Why, for the audit.")
        var reason: String?

        @OptionGroup var options: GlobalOptions

        func perform(_ output: Output) throws {
            let answer = try ask(RetryRun.self, ["id": .string(id), "reason": .text(reason)], output)
            try output.show(answer.payload) { "run \(try answer.output().runID) is due now: a worker takes it" }
        }
    }

    struct Resolve: AskingCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lets a parked run go on, once a person has looked whether Stigg performed what it asked for.",
            discussion: """
                A run is parked when Stigg never answered, and a repeat might do twice what it asked for. The last step of \
                `tidemill runs show ID` says what that was. With --done the script gets the answer that is given and goes \
                on; with --retry it is asked for again.
                """)

        @Argument(help: "The run's id, or the beginning of it.", completion: .names(.runs))
        var id: String

        @Flag(help: "Stigg has performed it.")
        var done = false

        @Flag(help: "Stigg has not performed it: ask again.")
        var retry = false

        @Option(help: ArgumentHelp("With --done: what the script gets for it; {} when left out.", valueName: "json"))
        var answer: String?

        @Option(help: "Why, for the audit.")
        var reason: String?

        @OptionGroup var options: GlobalOptions

        func validate() throws {
            guard done != retry else { throw ValidationError("say what came of it: --done, or --retry") }
            guard answer == nil || done else { throw ValidationError("--answer goes with --done") }
        }

        func perform(_ output: Output) throws {
            var given: Payload?
            do { given = try answer.map { try Payload(json: Array($0.utf8)) } } catch {
                throw CommandFailure(.wrongUse, code: "usage", "--answer is no JSON: \(error)")
            }
            let found = try ask(
                ResolveRun.self,
                [
                    "id": .string(id), "resolution": done ? "DONE" : "RETRY", "answer": given, "reason": .text(reason),
                ], output)
            try output.show(found.payload) { "run \(try found.output().runID) is due now: a worker goes on with it" }
        }
    }

    struct Cancel: AskingCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ends a run that waits for its time, its turn or its next attempt.")

        @Argument(help: "The run's id, or the beginning of it.", completion: .names(.runs))
        var id: String

        @Option(help: "Why, for whoever looks at it later.")
        var reason: String

        @OptionGroup var options: GlobalOptions

        func perform(_ output: Output) throws {
            let answer = try ask(CancelRun.self, ["id": .string(id), "reason": .string(reason)], output)
            try output.show(answer.payload) { "run \(try answer.output().runID) is cancelled" }
        }
    }
}
