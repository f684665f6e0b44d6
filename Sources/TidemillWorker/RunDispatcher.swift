public import Logging
public import TidemillCore
public import TidemillRuns
import TidemillScripting
import TidemillStore
public import TidemillTriggers

/// Starts what is due: turns triggers and slots into runs, takes runs, and performs them side by side. What a process was
/// doing when it was killed is taken back by the next one.
public actor RunDispatcher {
    /// How often the store is asked whether anything is due, where nobody says so.
    static let poll = Duration.seconds(1)
    /// Runs under way at once.
    static let runsMax = 1024
    /// Runs taken in one transaction.
    static let claimsMax = 256
    /// Runs of one row that are performed one after the other before others are looked for.
    static let rowMax = 64
    /// How often it is noted that schedules are looked at.
    static let tick = Duration.seconds(60)
    /// How often it is looked whether another worker has ended, and whether runs were cancelled.
    static let recoveryInterval = Duration.seconds(5)

    private let runs: Runs
    private let out: OutFolder?
    private let time: WorkerTime
    private let logger: Logger
    private let owner: String
    private let grace: Duration
    private let isAlive: @Sendable (String) -> Bool
    private let clockDoubt: @Sendable (Timestamp) throws -> String?
    private let executor = QueueExecutor("tidemill.runs")
    private nonisolated let wake: WakeUp
    private let pulse: Pulse
    private nonisolated let stop: StopSignal

    private var underWay: [RunID: (control: RunControl, isSuspect: Bool)] = [:]
    private var nextSlot: Timestamp?
    /// Schedules of which slots have come and are not entered yet: thousands may have the same slot, and the first run
    /// while the others are entered.
    private var dueSlots: ArraySlice<RunSchedules.Due> = []
    /// Whether the last look at what triggers runs found more than it took: thousands may come at once, and the first run
    /// while the others are entered.
    private var hasMoreCauses = false
    private var slotsKnownFor: ScriptMark?
    /// The scripts under which runs were last started again that failed under earlier ones; and the jobs and rules that
    /// are not looked through yet: there may be many such runs, and the first go on while the others are started.
    private var restartedFor: ScriptMark?
    private var restarts: ArraySlice<String> = []
    private var restartedRuns = 0
    /// When it was last looked what is due.
    private var lookedAt = Timestamp(microseconds: 0)
    private var tickedAt: ContinuousClock.Instant?
    private var recoveredAt: ContinuousClock.Instant?
    private var waitsFor: String?
    private var trouble: String?
    private var totals = RunTotals()

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Parameters:
    ///   - out: where emitted messages are written; nil: nowhere.
    ///   - grace: how long a shutdown waits for runs before it hands them back.
    ///   - wake: signalled by whoever has written something that may trigger a run.
    ///   - pulse: beats each time it is looked what is due.
    ///   - clockDoubt: why the clock is not to be believed; schedules wait then.
    public init(
        _ runs: Runs, out: OutFolder?, time: WorkerTime = .system, grace: Duration = .seconds(20),
        owner: String = ProcessIdentity.own.description,
        isAlive: @escaping @Sendable (String) -> Bool = { ProcessIdentity.mayLive($0) }, wake: WakeUp,
        pulse: Pulse = Pulse(),
        clockDoubt: @escaping @Sendable (Timestamp) throws -> String? = { _ in nil }, logger: Logger
    ) {
        self.runs = runs
        self.out = out
        self.time = time
        self.grace = grace
        self.owner = owner
        self.isAlive = isAlive
        self.wake = wake
        self.pulse = pulse
        self.clockDoubt = clockDoubt
        self.logger = logger
        stop = StopSignal(wake: wake)
    }

    /// Ends the loop in good order, from any thread: nothing new is started; what is under way has the grace time.
    public nonisolated func requestStop() { stop.request() }

    private var isStopping: Bool { stop.isRequested || Task.isCancelled }

    /// Works until stopped.
    public func run() async {
        await withDiscardingTaskGroup { group in
            while !isStopping {
                let started = step { run in group.addTask { await self.perform(run) } }
                if hasMore {
                    // Runs that have ended make room.
                    await Task.yield()
                } else if started < Self.claimsMax {
                    await wake.wait(atMost: wait, sleep: time.sleep)
                }
            }
            await handBack()
        }
        writeEmissions()
    }

    /// Handles all that is due, with what follows from it; then returns. Runs that wait for a later time are left.
    public func runOnce() async -> RunTotals {
        totals = RunTotals()
        while !isStopping {
            // All that is started in a round is waited for: what follows from it comes with the next.
            let started = await withDiscardingTaskGroup(returning: Int.self) { group in
                step { run in group.addTask { await self.perform(run) } }
            }
            if started == 0, !hasMore { break }
        }
        writeEmissions()
        return totals
    }

    /// Whether the last look left something that needs no waiting for.
    private var hasMore: Bool { !dueSlots.isEmpty || hasMoreCauses || !restarts.isEmpty }

    /// One look at everything; returns how many runs were started.
    private func step(_ start: (Runs.Claimed) -> Void) -> Int {
        pulse.beat(at: time.now())
        do {
            let now = time.wallclock.now
            try recover(now)
            try restart(now)
            try takeTriggers(now)
            try fireSlots(now)
            writeEmissions()
            let started = try claim(start)
            works()
            return started
        } catch {
            report(error)
            lookAnew()
            return 0
        }
    }

    /// After an error: what was begun is forgotten, so that the loop waits, and looks at all of it again.
    private func lookAnew() {
        lookedAt = time.wallclock.now
        hasMoreCauses = false
        dueSlots = []
        slotsKnownFor = nil
        restarts = []
        restartedFor = nil
    }

    /// Starts what is due, as far as there is room.
    private func claim(_ start: (Runs.Claimed) -> Void) throws -> Int {
        let free = min(Self.claimsMax, Self.runsMax - underWay.count)
        lookedAt = time.wallclock.now
        let claimed = try runs.claim(
            now: lookedAt, limit: free, suspects: underWay.values.count { $0.isSuspect }, owner: owner)
        for run in claimed {
            underWay[run.run.id] = (RunControl(), run.run.crashes >= Runs.suspectCrashes)
            start(run)
        }
        return claimed.count
    }

    /// Performs a run, and those that stand behind it.
    private func perform(_ claimed: Runs.Claimed) async {
        var next: Runs.Claimed? = claimed
        for place in 1...Self.rowMax {
            guard let claimed = next else { break }
            next = await performOne(claimed, takesFollowing: place < Self.rowMax)
            if let next { underWay[next.run.id] = (RunControl(), false) }
        }
        wake.signal()
    }

    private func performOne(_ claimed: Runs.Claimed, takesFollowing: Bool) async -> Runs.Claimed? {
        guard let control = underWay[claimed.run.id]?.control else { return nil }
        let performed = await runs.perform(
            claimed, control: control, takesFollowing: takesFollowing,
            isStopping: { [stop] in stop.isRequested || Task.isCancelled }, sleep: time.sleep
        )
        underWay[claimed.run.id] = nil
        // It may have failed by what its script said before others took over: that was looked for when it still ran.
        if claimed.scripts !== runs.tools.scripts() { restartedFor = nil }
        totals.add(performed.outcome)
        tell(claimed.run, performed)
        return performed.following
    }

    /// Waits for what is under way; what is not done within the grace time is stopped and handed back.
    private func handBack() async {
        guard !underWay.isEmpty else { return }
        logger.info(
            "waiting for \(underWay.count) runs, for at most \(grace)", metadata: ["runs": .number(underWay.count)])
        let deadline = time.now().advanced(by: grace)
        while !underWay.isEmpty, !Task.isCancelled {
            let left = time.now().duration(to: deadline)
            guard left > .zero else { break }
            await wake.wait(atMost: min(left, .milliseconds(200)), sleep: time.sleep)
        }
        for (control, _) in underWay.values { control.stop() }
    }

    // MARK: - What is due

    private func recover(_ now: Timestamp) throws {
        if let recoveredAt, recoveredAt.duration(to: time.now()) < Self.recoveryInterval { return }
        recoveredAt = time.now()
        let owner = owner
        let taken = try runs.recover(now: now) { [isAlive] in $0 == owner || isAlive($0) }
        if taken > 0 {
            logger.notice(
                "took back \(taken) \(taken == 1 ? "run" : "runs") of a worker that has ended",
                metadata: ["runs": .number(taken)])
        }
        guard !underWay.isEmpty else { return }
        // A run whose place a later slot took changes nothing more: it need not go on, either.
        let held = try runs.held(by: owner)
        for (id, run) in underWay where !held.contains(id) { run.control.stop() }
    }

    /// What failed because of what its script said starts again once the script is another: a portion of one job's runs
    /// in each look.
    private func restart(_ now: Timestamp) throws {
        let mark = ScriptMark(runs.tools.scripts())
        let restarting = RunRestarts(runs.tools)
        if mark != restartedFor {
            restarts = try restarting.names()[...]
            restartedRuns = 0
            restartedFor = mark
        }
        while let name = restarts.first {
            let portion = try restarting.restart(name, now: now)
            restartedRuns += portion.started
            if portion.isMore { return }
            restarts.removeFirst()
            let count = restartedRuns
            restartedRuns = 0
            guard count > 0 else { continue }
            let runs = count == 1 ? "1 run of \(name) starts" : "\(count) runs of \(name) start"
            logger.notice("\(runs) again: the script has changed", metadata: ["runs": .number(count)])
            return
        }
    }

    private func takeTriggers(_ now: Timestamp) throws {
        hasMoreCauses = try RunTriggers(runs.tools).take(now: now).causes > 0
    }

    private func fireSlots(_ now: Timestamp) throws {
        let mark = ScriptMark(runs.tools.scripts())
        let isTick = tickedAt.map { $0.duration(to: time.now()) >= Self.tick } ?? true
        let isKnown = slotsKnownFor == mark
        if !isKnown { dueSlots = [] }
        let isDue = nextSlot.map { $0 <= now } ?? false
        // A clock in doubt is looked at each time, so that nothing waits longer than it must.
        if dueSlots.isEmpty, isTick || !isKnown || isDue || waitsFor != nil {
            let doubt = try clockDoubt(now)
            note(doubt)
            if isTick {
                if doubt == nil { try RunSchedules(runs.tools).tick(now: now) }
                tickedAt = time.now()
            }
            guard doubt == nil else { return }
            let schedules = RunSchedules(runs.tools)
            dueSlots = try schedules.due(now: now)[...]
            slotsKnownFor = mark
            if dueSlots.isEmpty { nextSlot = try schedules.next(now: now) }
        }
        guard !dueSlots.isEmpty else { return }
        let schedules = RunSchedules(runs.tools)
        _ = try schedules.enter(dueSlots.prefix(RunSchedules.batchMax), now: now)
        dueSlots = dueSlots.dropFirst(RunSchedules.batchMax)
        if dueSlots.isEmpty { nextSlot = try schedules.next(now: now) }
    }

    /// Until when nothing is due by time, at most the poll.
    private var wait: Duration {
        let now = time.wallclock.now
        // A store in trouble is asked again with the next look; what came due since the last one is not waited for.
        let due = (try? runs.nextDue(after: lookedAt)) ?? nil
        let slot = waitsFor == nil ? nextSlot.flatMap { $0 > now ? $0 : nil } : nil
        guard let next = [due, slot].compactMap({ $0 }).min() else { return Self.poll }
        return min(Self.poll, .microseconds(max(0, next.microseconds - now.microseconds) + 1))
    }

    /// Files of the messages that were emitted: written before they are marked, so that none is missing.
    private func writeEmissions() {
        guard let out else { return }
        do { try out.write(runs.tools.store, now: time.wallclock.now) } catch { report(error) }
    }

    // MARK: - The log

    private func tell(_ run: Run, _ performed: Runs.Performed) {
        let metadata: Logger.Metadata = ["run": "\(run.id)", "attempt": .stringConvertible(run.attempt)]
        switch performed.outcome {
        case .done: logger.debug("\(run.kind.rawValue) \(run.name) is done", metadata: metadata)
        case .handedBack where performed.message != nil && performed.nextTry != nil:
            logger.warning(
                "\(run.kind.rawValue) \(run.name) waits: \(performed.message ?? "")", metadata: metadata)
        case .parked:
            logger.error(
                "\(run.kind.rawValue) \(run.name) is parked: \(performed.message ?? ""); `tidemill runs resolve \(run.id)`",
                metadata: metadata)
        case .handedBack, .cancelled:
            logger.info("\(run.kind.rawValue) \(run.name) was stopped", metadata: metadata)
        case .failed, .timeout, .memory, .crashed, .scriptChanged:
            let why = performed.message ?? performed.outcome.rawValue
            let next = performed.nextTry.map { NextTry.text($0, now: time.wallclock.now) } ?? "not tried again"
            logger.warning(
                "\(run.kind.rawValue) \(run.name) failed: \(why); \(next): `tidemill runs show \(run.id)`",
                metadata: metadata)
        }
    }

    private func note(_ doubt: String?) {
        if doubt != waitsFor {
            if let doubt {
                logger.warning("schedules wait: \(doubt)")
            } else {
                logger.notice("schedules go on")
            }
        }
        waitsFor = doubt
    }

    private func report(_ error: any Error) {
        let text = "\(error)"
        if text != trouble { logger.error("runs: \(text); trying again") }
        trouble = text
    }

    private func works() {
        if trouble != nil { logger.notice("runs: the store works again") }
        trouble = nil
    }
}

/// Tells one loaded version from another.
private struct ScriptMark: Equatable {
    private let scripts: RunScripts
    init(_ scripts: RunScripts) { self.scripts = scripts }
    static func == (left: ScriptMark, right: ScriptMark) -> Bool { left.scripts === right.scripts }
}

/// What `run --once` ran.
public struct RunTotals: Sendable, Hashable {
    public var done = 0
    /// Attempts that failed; those with attempts left wait for the next.
    public var failed = 0
    public var stopped = 0

    public init() {}

    public var needsAttention: Bool { failed > 0 }

    mutating func add(_ other: RunTotals) {
        done += other.done
        failed += other.failed
        stopped += other.stopped
    }

    mutating func add(_ outcome: RunAttempt.Outcome) {
        switch outcome {
        case .done: done += 1
        case .cancelled, .handedBack: stopped += 1
        case .failed, .timeout, .memory, .crashed, .scriptChanged, .parked: failed += 1
        }
    }
}
