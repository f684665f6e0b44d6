import ArgumentParser
import TidemillCore
import TidemillDisplay
import TidemillOperations

/// `tidemill status`: one screen; exit 1 when a person should look.
struct StatusCommand: AskingCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "One screen: spool, rejected records, pauses, scripts; exit 1 when unhealthy.")

    @Flag(help: "Print nothing: the exit code tells.")
    var quiet = false

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws {
        let answer = try ask(GetStatus.self, output)
        if !quiet { try output.show(answer.payload) { try answer.output().text(output.terminal) } }
        if answer.payload["healthy"] != true { throw CommandFailure.reported }
    }
}

extension StatusReport {
    var headline: String { healthy ? "healthy" : "needs attention" }

    fileprivate func text(_ terminal: Terminal) -> String {
        var table = TextTable(.text(headline), .text(environment))
        if let workers {
            let tick = runs.lastTick.map { ", schedules looked at \(shown($0, terminal))" } ?? ""
            table.add("workers", "\(workers == 0 ? "none" : Figures.grouped(workers)) alive\(tick)")
        }
        let oldest = inbox.oldestSeconds.map { ", the oldest for \($0) s" } ?? ""
        table.add("inbox", "\(Figures.grouped(inbox.files)) files waiting\(oldest)")
        if let work {
            table.add(
                "records",
                "\(work.perSecond) a second; in 24 h \(Figures.grouped(work.applied)) applied, \(Figures.grouped(work.filtered)) filtered, \(Figures.grouped(work.duplicate)) duplicate, \(Figures.grouped(work.rejected)) rejected"
            )
        }
        let states = DeliveryState.allCases.map { "\(Figures.grouped(deliveries[$0.rawValue] ?? 0)) \($0.rawValue)" }
        table.add("deliveries", states.joined(separator: ", "))
        for other in otherSpools { table.add("other spool", other.line) }
        table.add("rejected", "\(Figures.grouped(rejected)) records")
        if !filling.isEmpty {
            table.add("meters", "being filled in: \(filling.joined(separator: ", ").escapingControls)")
        }
        if let line = recharges.line { table.add("recharges", line) }
        if let line = runs.line { table.add("runs", line) }
        for job in runs.failing.prefix(Self.failingMax) {
            let next = job.nextTry.map { "; next try \(shown($0, terminal))" } ?? ""
            table.add(
                "\(job.kind) failing",
                "\(job.name), \(job.failing) times in a row\(next): \(job.lastError.message ?? job.lastError.code ?? "")"
            )
        }
        if let none = startedNothing {
            let types = none.types.joined(separator: ", ").escapingControls
            table.add(
                "webhooks", "\(Figures.grouped(none.webhooks)) of the last day started nothing: no job is on \(types)"
            )
        }
        table.add("time zones", "\(timezones.version ?? "of an unknown version"), \(timezones.place)")
        table.add("scripts", scripts.map { "version \($0.version.prefix(12))" } ?? "none loaded yet")
        if let store {
            let free = store.freeBytes.map { ", \(Figures.bytes($0)) of disk left" } ?? ""
            table.add("store", "\(Figures.bytes(store.bytes)), log \(Figures.bytes(store.logBytes))\(free)")
        }
        let marks = warnings.flatMap { warning in
            let lines = terminal.width.map { DisplayWidth.wrapped(warning, to: $0 - 2) } ?? [warning]
            return lines.enumerated().map { terminal.styled(($0 == 0 ? "! " : "  ") + $1, .yellow) }
        }
        return ([table.text(terminal)] + marks).joined(separator: "\n")
    }

    /// Jobs that are named.
    private static var failingMax: Int { 5 }

    /// Relative at a terminal, RFC 3339 elsewhere.
    private func shown(_ instant: Timestamp, _ terminal: Terminal) -> String {
        terminal.width == nil
            ? instant.secondsDescription : RelativeTime.text(instant, now: terminal.now, offset: terminal.offset(at:))
    }
}

extension OtherSpoolEntry {
    fileprivate var line: String {
        let place =
            path.map { "\($0) on \(host ?? "")" } ?? spool.map { "spool \($0)" }
            ?? "a spool that no worker of this release has opened yet"
        let state =
            isGone
            ? ", its folder is not there" : isAttended.map { $0 ? ", a worker runs" : ", no worker runs" } ?? ""
        return "\(place): \(Figures.grouped(open)) deliveries open, the oldest for \(oldestSeconds) s\(state)"
    }
}

extension RechargeReport {
    /// Nil while nobody uses it.
    fileprivate var line: String? {
        guard enabled > 0 || !open.isEmpty else { return nil }
        var parts = ["\(Figures.grouped(enabled)) wallets enabled"]
        parts += open.sorted { $0.key < $1.key }.map { "\(Figures.grouped($0.value)) \($0.key)" }
        if policiesFailing > 0 { parts.append("\(Figures.grouped(policiesFailing)) with a failing policy") }
        if capped > 0 { parts.append("\(Figures.grouped(capped)) at their cap") }
        if idle > 0 { parts.append("\(Figures.grouped(idle)) idle") }
        return parts.joined(separator: ", ")
    }
}

extension RunReport {
    /// Nil in a store without runs.
    fileprivate var line: String? {
        guard waiting + running + done + failed + cancelled + skipped + quarantined + parked > 0 else { return nil }
        let shown = [
            (running, "running"), (waiting, "waiting"), (failed, "failed"), (quarantined, "quarantined"),
            (parked, "parked"),
        ]
        let parts = shown.filter { $0.0 > 0 } + [(done, "done")]
        return parts.map { "\(Figures.grouped($0.0)) \($0.1)" }.joined(separator: ", ")
    }
}
