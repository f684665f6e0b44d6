import ArgumentParser
import Foundation
import Logging
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillRuns
import TidemillScripting
import TidemillStore
import TidemillWorker

/// `tidemill fire JOB`: one run now, by the same path as any other.
struct FireCommand: TidemillCommand {
    static let configuration = CommandConfiguration(
        commandName: "fire", abstract: "Runs one job or grant rule now, and shows what it did.",
        discussion: """
            The run is entered and performed as a worker does it; if this command is killed, a worker goes on with it. \
            An attempt that fails is tried again by a worker. With --dry-run it happens in a copy of the store, of which \
            nothing is kept, and what it would have left is shown; jobs that it would start are not run.
            """)

    @Argument(help: "The job's or grant rule's name.")
    var job: String

    @Option(help: ArgumentHelp("The event that it sees, as JSON; - reads it from stdin.", valueName: "file"))
    var event: String?

    @Option(help: "Why, for the audit.")
    var reason: String?

    @Flag(help: "Do it in a copy of the store, show what would come of it, and keep nothing.")
    var dryRun = false

    @OptionGroup var options: GlobalOptions

    /// Bytes of an event.
    private static let eventMax = 1 << 20

    func perform(_ output: Output) async throws {
        let payload = try readEvent()
        let trial = dryRun ? try DryRun(options.loadConfig(), output) : nil
        let app = try trial?.app ?? AppAssembly(options)
        let logger = app.logger(output)
        let scripts = try ScriptsInForce(app, logger: logger)
        let ingest = try app.ingest(rules: { scripts.rules })
        let runs = Runs(try app.runTools(scripts, ingest.engine, logger: logger))
        let id = try enter(payload, scripts.runs, app)
        let owner = ProcessIdentity.own.description
        guard let claimed = try runs.claim(id, owner: owner, now: app.clock.now) else {
            throw CommandFailure(.failed, code: "taken", "a worker has taken the run; `tidemill runs show \(id)`")
        }
        let control = RunControl()
        let performed = await withTaskCancellationHandler {
            await runs.perform(claimed, control: control) { try await Task.sleep(for: $0) }
        } onCancel: {
            control.stop()
        }
        let history = try app.store.read { connection in
            try RunHistory(try RunsCommand.find(id.text, on: connection), on: connection)
        }
        if let trial {
            let report = try trial.report()
            output.show(.object(report.members.merging(["run": history.payload]) { own, _ in own })) {
                "\(history.text(output.terminal))\n\n\(report.text(output.terminal))"
            }
        } else {
            output.show(history.payload) { history.text(output.terminal) }
        }
        if performed.outcome != .done { throw CommandFailure.reported }
    }

    private func enter(_ payload: Payload, _ scripts: RunScripts, _ app: AppAssembly) throws -> RunID {
        let names = scripts.jobs.map(\.name) + scripts.grantRules.map(\.name)
        guard names.contains(job) else {
            throw CommandFailure(
                .wrongUse, code: "no_such_job",
                "there is no job or grant rule \"\(job.escapingControls)\"\(Suggestion.hint(for: job, in: names)); `tidemill jobs` lists them"
            )
        }
        let id = RunID(RandomID.make())
        let now = app.clock.now
        try app.store.write { connection in
            let trigger = RunTrigger(
                .fire, cause: "fire:\(id)", event: payload, scheduledAt: now, causedAt: now)
            let kind: Run.Kind = scripts.job(job) == nil ? .grant : .job
            let new = RunTable.New(kind, job, customer: trigger.customer, trigger: trigger, dueAt: now)
            try RunTable(connection).insert(new, id: id, now: now)
            try AuditTrail.record(
                "fire", ["name": .string(job), "runId": .string(id.text)], by: .person(Person.current),
                reason: reason, at: now, on: connection)
        }
        return id
    }

    private func readEvent() throws -> Payload {
        guard let event else { return .null }
        let data: Data?
        if event == "-" {
            data = try FileHandle.standardInput.read(upToCount: Self.eventMax + 1)
        } else {
            guard let file = FileHandle(forReadingAtPath: event) else {
                throw CommandFailure(.wrongUse, code: "event", "\(event.escapingControls) cannot be read")
            }
            data = try file.read(upToCount: Self.eventMax + 1)
        }
        let bytes = data ?? Data()
        guard bytes.count <= Self.eventMax else {
            throw CommandFailure(.wrongUse, code: "event", "an event takes at most \(Self.eventMax) bytes")
        }
        do { return try Payload(json: bytes) } catch {
            throw CommandFailure(.wrongUse, code: "event", "the event is no JSON: \(error)")
        }
    }
}
