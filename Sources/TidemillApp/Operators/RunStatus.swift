import TidemillCore
import TidemillDisplay
import TidemillOperations
import TidemillRuns
import TidemillStore

/// Runs and schedules as `status` shows them.
struct RunStatus {
    let counts: [Run.State: Int64]
    /// The oldest run that is due and that nobody starts.
    let oldestDue: Timestamp?
    let waitingGrants: Int64
    let unwritten: Int
    let progress: TriggerProgress
    let hasSchedules: Bool
    /// Jobs and grant rules that failed twice in a row or more.
    let failing: [FailingJob]
    /// Slots that failed and that a later one stands for: nobody needs to look at them.
    let overtaken: Int64
    private let scheduled: Set<String>
    private let now: Timestamp

    /// A run that is due for longer is not being started.
    private static let dueMax: Int64 = 60
    /// Schedules that nobody has looked at for longer have no worker.
    private static let tickMax: Int64 = 300
    /// Failing jobs that are named one by one, and characters of their reasons.
    private static let failingMax = 5
    private static let messageMax = 300

    init(now: Timestamp, on connection: any SQLConnection) throws {
        self.now = now
        let runs = RunTable(connection)
        counts = try runs.counts()
        oldestDue = try runs.due(until: now, except: [], limit: 1).first?.dueAt
        waitingGrants = try RuleGrants(connection).waitingCount()
        unwritten = try Emissions(connection).unwritten(limit: 1000).count
        progress = try TriggerProgress.find(on: connection)
        scheduled = Set(try ScheduleTable(connection).all().keys)
        hasSchedules = !scheduled.isEmpty
        failing = try FailingJobs(connection).list()
        overtaken = try runs.overtakenSlots()
    }

    var attention: [AttentionEntry] {
        var attention = failing.prefix(Self.failingMax).map { AttentionEntry(.jobFailing, warning($0)) }
        func add(_ code: AttentionCode, _ message: String) { attention.append(AttentionEntry(code, message)) }
        if failing.count > Self.failingMax {
            add(.jobFailing, "\(failing.count - Self.failingMax) more jobs are failing: `tidemill jobs`")
        }
        if let failed = counts[.failed].map({ $0 - overtaken }), failed > 0 {
            add(
                .runsFailed,
                "\(Figures.counted(failed, "run has", "runs have")) failed for good: `tidemill runs --state failed`")
        }
        if let quarantined = counts[.quarantined], quarantined > 0 {
            add(
                .runsQuarantined,
                "\(quarantined) runs ended the process again and again: `tidemill runs --state quarantined`")
        }
        if let parked = counts[.parked], parked > 0 {
            add(
                .runsParked,
                "\(Figures.counted(parked, "run has", "runs have")) asked Stigg for something and nobody knows whether it was done: `tidemill runs --state parked`, then `tidemill runs resolve`"
            )
        }
        if let oldestDue, oldestDue < now.advanced(bySeconds: -Self.dueMax) {
            add(.runsWaiting, "a run is due since \(oldestDue): is a worker running, or is its job paused?")
        }
        if progress.cutOff > 0 {
            add(
                .triggersCutOff,
                "\(progress.cutOff) events had more than 8 causes behind them and started nothing: jobs trigger each other"
            )
        }
        if hasSchedules, progress.lastAt < now.advanced(bySeconds: -Self.tickMax) {
            add(.schedulesStopped, "nobody has looked at the schedules since \(progress.lastAt): is a worker running?")
        }
        return attention
    }

    /// `job lg failed 3 times in a row: scripts/jobs.lua:3: …; next try in 40 s`.
    private func warning(_ job: FailingJob) -> String {
        let why = job.message.map { ": \($0.prefix(Self.messageMax))" } ?? ""
        let next: String
        if job.isBeingTried {
            next = "it is being tried now"
        } else if let at = job.nextTry {
            next = NextTry.text(at, now: now)
        } else {
            let hasSlots = scheduled.contains(job.name)
            next =
                if job.needsScripts {
                    hasSlots ? "each slot fails until its script changes" : "it starts again when its script changes"
                } else {
                    (hasSlots ? "its next slot tries again, " : "") + "`tidemill runs retry \(job.run)` this run"
                }
        }
        let kind = job.kind.rawValue
        return "\(kind) \(job.name) failed \(job.failures) times in a row\(why); \(next)"
    }

    var report: RunReport {
        func count(_ state: Run.State) -> Int64 { counts[state] ?? 0 }
        return RunReport(
            waiting: count(.waiting), running: count(.running), done: count(.done), failed: count(.failed),
            cancelled: count(.cancelled), skipped: count(.skipped), quarantined: count(.quarantined),
            parked: count(.parked),
            waitingGrants: waitingGrants, unwrittenMessages: Int64(unwritten),
            failing: failing.map { FailingJobEntry($0) }, cutOffEvents: progress.cutOff,
            lastTick: progress.lastAt.microseconds > 0 ? progress.lastAt : nil, oldestDue: oldestDue)
    }
}

extension FailingJobEntry {
    fileprivate init(_ job: FailingJob) {
        self.init(
            kind: job.kind.rawValue, name: job.name, failing: job.failures, lastError: JobError(job),
            nextTry: job.nextTry)
    }
}
