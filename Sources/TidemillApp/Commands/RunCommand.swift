import ArgumentParser
import Logging
import TidemillCore
import TidemillDisplay
import TidemillIngest
import TidemillOperations
import TidemillStore
import TidemillTriggers
import TidemillVersion
import TidemillWorker

/// `tidemill run`: the worker.
struct RunCommand: TidemillCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Runs the worker: takes what arrives in the spool, until SIGINT or SIGTERM.",
        discussion: """
            SIGHUP takes changed scripts at once; without it they are taken when nothing changed for 2 s. A second \
            SIGINT or SIGTERM ends it at once, which loses nothing.
            """)

    @Flag(help: "Handle all that is waiting and due, then exit: 1 when something failed or was rejected.")
    var once = false

    @Flag(
        help: "With --once: do it in a copy of the store and the inboxes, show what would come of it, and keep nothing."
    )
    var dryRun = false

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard once || !dryRun else {
            throw ValidationError("--dry-run goes with --once: `tidemill run --once --dry-run`")
        }
    }

    func perform(_ output: Output) async throws {
        if dryRun { return try await rehearse(output) }
        let signals = SignalWatch()
        let config = try options.loadConfig()
        let logger = AppAssembly.logger(config, output)
        guard once else {
            // Before the store is opened: a webhook that comes while it migrates is taken.
            let door = try await ServedApp.open(config, logger: logger)
            do {
                try await work(config, door, signals, logger)
            } catch {
                await door?.stop()
                throw error
            }
            await door?.stop()
            output.show(.object(["stopped": true])) { "" }
            return
        }
        let app = try AppAssembly(config)
        let scripts = try ScriptsInForce(app, logger: logger)
        let reload = ScriptReload(scripts, app, logger: logger)
        try reload.endBrake()
        let totals = try await app.worker(scripts, reload, signals: signals, logger: logger).runOnce()
        output.show(totals.payload) { totals.text(output.terminal) }
        if totals.needsAttention { throw CommandFailure.reported }
    }

    /// Until it is told to stop.
    private func work(
        _ config: AppConfig, _ door: ServedApp?, _ signals: SignalWatch, _ logger: Logger
    ) async throws {
        let app = try AppAssembly(config, metrics: door?.registry ?? .unread)
        let scripts = try ScriptsInForce(app, logger: logger)
        let reload = ScriptReload(scripts, app, logger: logger)
        try reload.endBrake()
        let ingest = try app.ingest(rules: { scripts.rules })
        let worker = try app.worker(
            scripts, reload, ingest, signals: signals, logger: logger, stopping: { door?.beginStop() },
            observe: { [metrics = door.map { DeliveryMetrics(registry: $0.registry) }] in metrics?.note($0) })
        if let door {
            try door.serve(app, ingest, scripts)
            logger.info("listening on \(door.url)")
        }
        logger.info("watching \(app.config.spool.path)", metadata: ["version": "\(TidemillVersion.text)"])
        try await worker.run()
    }

    private func rehearse(_ output: Output) async throws {
        let trial = try DryRun(options.loadConfig(), output)
        let logger = trial.app.logger(output)
        let spool = try await trial.copySpool()
        for name in spool.left {
            logger.notice("\(name.escapingControls): still being written, or taken by a worker; left out")
        }
        for refusal in spool.refused { logger.warning("refused: \(refusal)") }
        let scripts = try ScriptsInForce(trial.app, logger: logger)
        let reload = ScriptReload(scripts, trial.app, logger: logger)
        try reload.endBrake()
        var totals = try await trial.app.worker(scripts, reload, signals: SignalWatch(), logger: logger).runOnce()
        totals.left += spool.left.count
        totals.refused += spool.refused.count
        let report = try trial.report()
        output.show(.object(report.members.merging(["totals": totals.payload]) { own, _ in own })) {
            "\(totals.text(output.terminal))\n\n\(report.text(output.terminal))"
        }
        if totals.needsAttention { throw CommandFailure.reported }
    }
}

extension IngestTotals {
    fileprivate var payload: Payload {
        var members: TextMap<Payload> = [
            "done": .integer(Int64(done)), "failed": .integer(Int64(failed)), "held": .integer(Int64(held)),
            "refused": .integer(Int64(refused)), "left": .integer(Int64(left)),
            "grown": .integer(Int64(grown)),
            "unreadableInboxes": .integer(Int64(unreadable)),
        ]
        for (name, value) in counts.members { members[name] = value }
        if let pauseReason { members["paused"] = .string(pauseReason) }
        members["recharges"] = .object([
            "charged": .integer(Int64(recharges.charged)), "declined": .integer(Int64(recharges.declined)),
            "pending": .integer(Int64(recharges.pending)), "refused": .integer(Int64(recharges.refused)),
            "unknown": .integer(Int64(recharges.unknown)), "stopped": .integer(Int64(recharges.stopped)),
            "policyFailures": .integer(Int64(recharges.policyFailures)),
            "waitsFor": recharges.obstacle.map { .string($0) } ?? .null,
        ])
        members["runs"] = .object([
            "done": .integer(Int64(runs.done)), "failed": .integer(Int64(runs.failed)),
            "stopped": .integer(Int64(runs.stopped)),
        ])
        return .object(members)
    }

    fileprivate func text(_ terminal: Terminal) -> String {
        var parts = [Figures.counted(done, "delivery", "deliveries") + " done"]
        if failed > 0 { parts.append(terminal.styled("\(Figures.grouped(failed)) failed", .red)) }
        if held > 0 { parts.append(terminal.styled("\(Figures.grouped(held)) held", .red)) }
        if refused > 0 { parts.append(Figures.counted(refused, "file", "files") + " refused") }
        if left > 0 { parts.append(Figures.counted(left, "file", "files") + " left") }
        if grown > 0 {
            parts.append(
                terminal.styled(Figures.counted(grown, "file", "files") + " written to after being taken", .red))
        }
        if unreadable > 0 {
            parts.append(terminal.styled(Figures.counted(unreadable, "inbox", "inboxes") + " cannot be read", .red))
        }
        var lines = [parts.joined(separator: ", ")]
        var records = ["\(Figures.grouped(counts.applied)) applied"]
        for (rule, count) in counts.filteredBy.sorted(by: { $0.key < $1.key }) where count > 0 {
            records.append("\(Figures.grouped(count)) filtered by \(rule.escapingControls)")
        }
        if counts.duplicate > 0 { records.append("\(Figures.grouped(counts.duplicate)) duplicate") }
        if counts.rejected > 0 {
            records.append(terminal.styled("\(Figures.grouped(counts.rejected)) rejected", .red))
        }
        records += counts.marks.map { "\(Figures.grouped($0.records)) \($0.text)" }
        lines.append("\(Figures.counted(counts.records, "record", "records")): \(records.joined(separator: ", "))")
        if recharges != RechargeTotals(), recharges.wallets > 0 || recharges.needsAttention {
            var parts = ["\(recharges.charged) recharged"]
            if recharges.refused > 0 { parts.append("\(recharges.refused) refused") }
            if recharges.pending > 0 { parts.append("\(recharges.pending) pending") }
            if recharges.declined > 0 { parts.append("\(recharges.declined) declined") }
            if recharges.unknown > 0 { parts.append("\(recharges.unknown) without an answer") }
            if recharges.stopped > 0 { parts.append(terminal.styled("\(recharges.stopped) stopped", .red)) }
            if recharges.policyFailures > 0 {
                parts.append(terminal.styled("\(recharges.policyFailures) with a failing policy", .red))
            }
            if let obstacle = recharges.obstacle { parts.append("waiting: \(obstacle.escapingControls)") }
            lines.append("wallets: \(parts.joined(separator: ", "))")
        }
        if runs != RunTotals() {
            var parts = ["\(Figures.grouped(runs.done)) done"]
            if runs.failed > 0 { parts.append(terminal.styled("\(Figures.grouped(runs.failed)) failed", .red)) }
            if runs.stopped > 0 { parts.append("\(Figures.grouped(runs.stopped)) stopped") }
            lines.append("runs: \(parts.joined(separator: ", "))")
        }
        if let pauseReason {
            lines.append("ingest is paused: \(pauseReason.escapingControls); `tidemill resume ingest` lets it go on")
        }
        return lines.joined(separator: "\n")
    }
}
