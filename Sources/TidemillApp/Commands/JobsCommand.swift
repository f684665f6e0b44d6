import ArgumentParser
import Logging
import TidemillCore
import TidemillOperations
import TidemillRuns
import TidemillScripting
import TidemillStore
import TidemillTriggers

/// `tidemill jobs`: what the scripts in the folder declare to run, when it runs next, and how it went last.
struct JobsCommand: TidemillCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs",
        abstract: "Jobs and grant rules: their schedule or trigger, next and last run, and what fails.")

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws {
        let app = try AppAssembly(options)
        let rules = try app.declaredRules()
        let lines = try app.store.read { try JobLine.all(of: rules, now: app.clock.now, on: $0) }
        output.show(.array(lines.map(\.payload))) {
            lines.isEmpty ? "The scripts declare no jobs or rules." : Self.table(lines).text(output.terminal)
        }
    }

    private static func table(_ lines: [JobLine]) -> TextTable {
        var table = TextTable(
            .text("kind"), .text("name"), .text("starts"), .text("next"), .text("last"), .text("state"),
            .number("waiting"), .number("failed"), .number("failing"), .text("last error"), .text("place"))
        for line in lines {
            table.add(
                line.kind, line.name, line.starts, line.pausedWhy.map { "paused: \($0)" } ?? line.nextText,
                line.last?.trigger.scheduledAt.secondsDescription ?? "", line.last?.state.rawValue ?? "",
                "\(line.waiting)", "\(line.failed)", "\(line.failing?.failures ?? 0)",
                (line.failing?.message).map(Self.shortened) ?? "", line.place)
        }
        return table
    }

    /// Of a message, so much fits a table; `--json` has all of it.
    private static func shortened(_ message: String) -> String {
        message.count > 100 ? message.prefix(100) + "…" : message
    }
}

extension AppAssembly {
    /// What the scripts of the folder declare; broken ones end the command with their problems.
    func declaredRules() throws -> RuleSet {
        let folder = ScriptFolder(path: config.scripts.path)
        do {
            return try ScriptLoader(config, folder, clock: clock, log: { _ in }).load(folder.read())
        } catch {
            throw CommandFailure(error.problems)
        }
    }
}

/// A job, grant rule or recharge policy, and how it stands.
private struct JobLine {
    var kind: String
    var name: String
    var place: String
    /// `0 3 * * * Europe/Berlin`, `on invoice.*`, `currency credits`.
    var starts: String
    var isEnabled = true
    var next: Timestamp?
    var pausedWhy: String?
    var last: Run?
    var waiting: Int64 = 0
    var failed: Int64 = 0
    /// Where its last attempts failed.
    var failing: FailingJob?

    var nextText: String { isEnabled ? next?.secondsDescription ?? "" : "disabled" }

    static func all(of rules: RuleSet, now: Timestamp, on connection: any SQLConnection) throws -> [JobLine] {
        var lines: [JobLine] = []
        for job in rules.jobs {
            var line = JobLine(
                kind: "job", name: job.name, place: "\(job.file):\(job.line)",
                starts: Self.starts(
                    job.schedule, job.timezone, job.on.map(\.text) + (job.files.map { ["file \($0.text)"] } ?? [])))
            line.isEnabled = job.isEnabled
            try line.fill(job.schedule, job.timezone, now, connection)
            lines.append(line)
        }
        for rule in rules.grantRules {
            var line = JobLine(
                kind: "grant", name: rule.name, place: "\(rule.file):\(rule.line)",
                starts: Self.starts(rule.schedule, rule.timezone, rule.on.map(\.text)))
            try line.fill(rule.schedule, rule.timezone, now, connection)
            if let pause = try Pauses.find(Runs.grantsPause, on: connection) { line.pausedWhy = pause.reason }
            lines.append(line)
        }
        for policy in rules.policies {
            var line = JobLine(
                kind: "recharge", name: policy.name, place: "\(policy.file):\(policy.line)",
                starts: "currency \(policy.currencyID)")
            if let pause = try Pauses.find(Pauses.recharge, on: connection) { line.pausedWhy = pause.reason }
            lines.append(line)
        }
        return lines
    }

    private static func starts(_ schedule: String?, _ timezone: String?, _ on: [String]) -> String {
        let timed = schedule.map { "\($0)\(timezone.map { " \($0)" } ?? "")" }
        let started = on.isEmpty ? nil : "on \(on.joined(separator: ", "))"
        return [timed, started].compactMap { $0 }.joined(separator: "; ")
    }

    private mutating func fill(
        _ schedule: String?, _ timezone: String?, _ now: Timestamp, _ connection: any SQLConnection
    ) throws {
        if let schedule, isEnabled {
            do { next = try Schedule(schedule, timezone: timezone).next(after: now) } catch {
                throw CommandFailure(.wrongUse, code: "schedule", "\(place): \(error)")
            }
        }
        let runs = RunTable(connection)
        last = try runs.list(name: name, limit: 20).first { $0.state != .waiting || $0.attempt > 0 }
        let counts = try runs.counts(name: name)
        waiting = (counts[.waiting] ?? 0) + (counts[.running] ?? 0)
        failed = (counts[.failed] ?? 0) + (counts[.quarantined] ?? 0)
        failing = try FailingJobs(connection).find(name)
        pausedWhy = try Pauses.find(Runs.pauseName(name), on: connection)?.reason
    }

    var payload: Payload {
        var members: [String: Payload] = [
            "kind": .string(kind), "name": .string(name), "place": .string(place), "starts": .string(starts),
            "enabled": .boolean(isEnabled), "waiting": .integer(waiting), "failed": .integer(failed),
            "failing": .integer(failing?.failures ?? 0),
        ]
        if let failing {
            members["lastError"] = failing.lastError
            if let next = failing.nextTry { members["nextTry"] = Payload(next) }
        }
        if let next { members["next"] = Payload(next) }
        if let pausedWhy { members["paused"] = .string(pausedWhy) }
        if let last { members["last"] = last.payload }
        return .object(members)
    }
}
