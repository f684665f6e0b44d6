import ArgumentParser
import Foundation
import Logging
import TidemillCore
import TidemillOperations
import TidemillRuns
import TidemillScripting
import TidemillWorker

/// `tidemill fire JOB`: one run now, by the same path as any other.
struct FireCommand: AskingCommand {
    static let configuration = CommandConfiguration(
        commandName: "fire", abstract: "Runs one job or grant rule now, and shows what it did.",
        discussion: """
            The run is entered and performed as a worker does it; if this command is killed, a worker goes on with it. \
            An attempt that fails is tried again by a worker. With --dry-run it happens in a copy of the store, of which \
            nothing is kept, and what it would have left is shown; jobs that it would start are not run. By --url the run \
            is entered there, and that server's worker performs it.
            """)

    @Argument(help: "The job's or grant rule's name.", completion: .names(.jobs))
    var job: String

    @Option(
        help: ArgumentHelp("The event that it sees, as JSON; - reads it from stdin.", valueName: "file"),
        completion: .file())
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
        guard options.url == nil else { return try fireElsewhere(payload, output) }
        let trial = dryRun ? try DryRun(options.loadConfig(), output) : nil
        let app = try trial?.app ?? AppAssembly(options)
        let logger = app.logger(output)
        let scripts = try ScriptsInForce(app, logger: logger)
        let ingest = try app.ingest(rules: { scripts.rules })
        let runs = Runs(try app.runTools(scripts, ingest.engine, logger: logger))
        let host = OperatorBackend(app, engine: ingest.engine, scripts: LateScripts(scripts))
        let entered = try RunNote.shape.decode(
            try ask(FireJob.self, members(payload), host, output), as: "fireJob's answer")
        let owner = ProcessIdentity.own.description
        guard let claimed = try runs.claim(RunID(entered.runID), owner: owner, now: app.clock.now) else {
            throw CommandFailure(
                .failed, code: "taken", "a worker has taken the run; `tidemill runs show \(entered.runID)`")
        }
        let control = RunControl()
        let note = Self.note(thatStill: job, config: app.config, output)
        defer { note.cancel() }
        let performed = await withTaskCancellationHandler {
            await runs.perform(claimed, control: control) { try await Task.sleep(for: $0) }
        } onCancel: {
            control.stop()
        }
        let document = try ask(GetRun.self, ["id": .string(entered.runID)], host, output)
        let run = try RunEntry.shape.decode(document, as: "getRun's answer")
        if let trial {
            let report = try trial.report()
            output.show(.object(report.members.merging(["run": document]) { own, _ in own })) {
                "\(run.page(output.terminal))\n\n\(report.text(output.terminal))"
            }
        } else {
            output.show(document) { run.page(output.terminal) + Self.hint(document) }
        }
        if performed.outcome != .done { throw CommandFailure.reported }
    }

    /// Enters the run where a server is asked: its worker performs it.
    private func fireElsewhere(_ event: Payload, _ output: Output) throws {
        guard !dryRun else {
            throw CommandFailure(
                .wrongUse, code: "usage", "--dry-run works in a copy of the store on this machine: leave --url out")
        }
        let entered = try ask(FireJob.self, members(event), output).output()
        let document = try ask(GetRun.self, ["id": .string(entered.runID)], output)
        try output.show(document.payload) {
            "\(try document.output().page(output.terminal))\nA worker there performs it: `tidemill runs show \(entered.runID)` with the same --url."
        }
    }

    private func members(_ event: Payload) -> [String: Payload?] {
        ["job": .string(job), "event": self.event == nil ? nil : event, "reason": .text(reason)]
    }

    /// Says after some seconds that the job is at work, and how long it may be.
    private static func note(thatStill job: String, config: AppConfig, _ output: Output) -> Task<Void, Never> {
        let limit = config.limits.jobTime.components.seconds
        return Task {
            // Cancelled once the run has ended.
            guard (try? await Task.sleep(for: .seconds(3))) != nil else { return }
            output.note(
                "\(job.escapingControls) still runs; it is ended after \(limit) s of processor time, or its timeout; Ctrl-C stops it"
            )
        }
    }

    /// Where to look for what it emitted: a worker writes it.
    private static func hint(_ document: Payload) -> String {
        let hasEmitted = document["journal"]?.items?.contains { $0["name"] == "emit" } ?? false
        return hasEmitted ? "\nWhat it emitted is in spool/out, and starts its jobs, as soon as a worker runs." : ""
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
        do { return try Payload(json: bytes, uniqueNames: true) } catch {
            throw CommandFailure(.wrongUse, code: "event", "the event is no JSON: \(error)")
        }
    }
}
