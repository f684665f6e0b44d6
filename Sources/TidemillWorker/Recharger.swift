public import Logging
import TidemillCore
public import TidemillEngine
public import TidemillPayments
import TidemillStore
import TidemillTriggers

/// Carries auto-recharge out: looks at wallets that changed or whose time has come, and asks the gateway, outside any
/// transaction. What it was doing when it was killed is found in the store and goes on, with the same keys.
public actor Recharger {
    /// How often the store is asked whether anything is due.
    static let poll = Duration.seconds(1)
    /// Requests under way at once; a wallet has one at a time.
    static let callsMax = 8
    /// How long `run --once` waits, after the last answer, for requests that are to be repeated.
    static let onceGrace = Duration.seconds(15)
    /// So long wallets are looked at before the answers of the gateway get a turn.
    static let turn = Duration.milliseconds(200)

    private let recharges: Recharges
    private let gateway: any PaymentGateway
    private let time: WorkerTime
    private let logger: Logger
    private let owner: String
    private let isAlive: @Sendable (String) -> Bool
    private let executor = QueueExecutor("tidemill.recharge")
    private nonisolated let wake = WakeUp()
    private nonisolated let stop: StopSignal

    private let clock: ClockWatch
    /// What was said last, so that it is said once.
    private var waitsFor: String?
    private var trouble: String?
    private var toldFailures: Set<String> = []
    private var underWay = 0
    private var totals = RechargeTotals()

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// `owner` names this worker on leases, `isAlive` tells whether another one still runs, `clock` whether the
    /// machine's clock is to be believed.
    public init(
        _ recharges: Recharges, gateway: any PaymentGateway, time: WorkerTime = .system,
        owner: String = ProcessIdentity.own.description,
        isAlive: @escaping @Sendable (String) -> Bool = { ProcessIdentity.mayLive($0) }, clock: ClockWatch? = nil,
        logger: Logger
    ) {
        self.recharges = recharges
        self.gateway = gateway
        self.time = time
        self.owner = owner
        self.isAlive = isAlive
        self.logger = logger
        self.clock = clock ?? ClockWatch(recharges.store, time: time)
        stop = StopSignal(wake: wake)
    }

    /// Ends the loop in good order, from any thread: no new requests; those under way are waited for.
    public nonisolated func requestStop() { stop.request() }

    private var isStopping: Bool { stop.isRequested || Task.isCancelled }

    /// Works until stopped.
    public func run() async {
        takeUp()
        await withDiscardingTaskGroup { group in
            while !isStopping {
                let calls = due()
                for call in calls { group.addTask { await self.perform(call) } }
                // Full hands are told when one is free; else the next poll comes by itself.
                if calls.isEmpty || underWay >= Self.callsMax { await wake.wait(atMost: Self.poll, sleep: time.sleep) }
            }
        }
    }

    /// Handles all that is due, and repeats for a while what got no answer; then returns.
    public func runOnce() async -> RechargeTotals {
        totals = RechargeTotals()
        takeUp()
        var deadline = time.now().advanced(by: Self.onceGrace)
        while !isStopping {
            let before = totals.wallets
            let calls = due()
            if !calls.isEmpty {
                await withDiscardingTaskGroup { group in
                    for call in calls { group.addTask { await self.perform(call) } }
                }
                deadline = time.now().advanced(by: Self.onceGrace)
                continue
            }
            if totals.wallets > before { continue }
            guard waitsFor == nil, let wait = waitOnce(until: deadline) else { break }
            // Cancelled while waiting: the loop ends.
            try? await time.sleep(wait)
        }
        totals.obstacle = waitsFor
        return totals
    }

    /// How long to wait for what is due next; nil when it is not worth waiting for.
    private func waitOnce(until deadline: ContinuousClock.Instant) -> Duration? {
        guard let next = try? recharges.nextDue() else { return nil }  // an unusable store ends the run
        let wait = Duration.microseconds(next.microseconds - min(next, time.wallclock.now).microseconds)
        let bounded = max(wait, .milliseconds(100))
        return time.now().advanced(by: bounded) <= deadline ? bounded : nil
    }

    /// What an earlier process left in the middle is due at once.
    private func takeUp() {
        do { try recharges.wake(now: time.wallclock.now) } catch { report(error) }
    }

    /// Evaluates what is waiting, and takes the requests that are to be sent now.
    private func due() -> [Recharges.Call] {
        do {
            let now = time.wallclock.now
            let next = try recharges.nextDue()
            works()
            guard let next, next <= now else { return [] }
            let obstacle = try obstacle(now)
            if let obstacle, !obstacle.letsFinish { return [] }
            let begun = time.now()
            while obstacle == nil, !isStopping {
                let evaluated = try recharges.evaluate(now: now)
                totals.add(evaluated)
                for failure in evaluated.failures { logger.error("auto-recharge: \(failure)") }
                for failure in evaluated.policyFailures { tell(failure) }
                guard evaluated.wallets > 0 else { break }
                guard begun.duration(to: time.now()) < Self.turn else {
                    wake.signal()
                    break
                }
            }
            let calls = try recharges.begin(
                now: now, limit: Self.callsMax - underWay, owner: owner, isAlive: isAlive)
            underWay += calls.count
            return calls
        } catch {
            report(error)
            return []
        }
    }

    /// Says how a policy fails, once, however often it is tried.
    private func tell(_ failure: String) {
        if toldFailures.count >= 1000 { toldFailures.removeAll() }
        guard toldFailures.insert(failure).inserted else { return }
        logger.error("auto-recharge: a policy failed, nothing is bought: \(failure)")
    }

    private nonisolated func perform(_ call: Recharges.Call) async {
        let answer: PaymentAnswer
        let asked = time.now()
        switch call.question {
        case .charge(let request): answer = await gateway.charge(request)
        case .lookUp: answer = await gateway.lookUp(key: call.key)
        }
        recharges.store.metrics.observe(.gatewayDuration, [], asked.duration(to: time.now()))
        await apply(answer, to: call)
    }

    private func apply(_ answer: PaymentAnswer, to call: Recharges.Call) async {
        defer {
            underWay -= 1
            wake.signal()
        }
        var backoff = Backoff()
        while true {
            do {
                try recharges.settle(call, answer, now: time.wallclock.now)
                break
            } catch {
                report(error)
                // What is not applied is asked again when the lease is over: the same key, the same answer.
                guard backoff.failures < 5, !Task.isCancelled else { return }
                let wait = backoff.next()
                do { try await time.sleep(wait) } catch { return }
            }
        }
        totals.add(answer, to: call.key)
        tell(answer, call)
    }

    private func tell(_ answer: PaymentAnswer, _ call: Recharges.Call) {
        let wallet: Logger.Metadata = [
            "customer": "\(call.customerID)", "currency": "\(call.currencyID)", "key": "\(call.key)",
        ]
        switch answer {
        case .succeeded: logger.info("recharged", metadata: wallet)
        case .pending: logger.info("a recharge is pending", metadata: wallet)
        case .declined(let code, _):
            logger.warning("a recharge was declined\(code.map { " (\($0))" } ?? "")", metadata: wallet)
        case .keyConflict(let reason): logger.error("a recharge has stopped: \(reason)", metadata: wallet)
        case .notFound: logger.notice("the gateway knows no charge with this key", metadata: wallet)
        case .unknown(let reason):
            logger.warning("nobody knows yet whether a recharge was charged: \(reason)", metadata: wallet)
        }
    }

    // MARK: - What stands in the way

    /// What recharges wait for; said once, and once that they go on.
    private func obstacle(_ now: Timestamp) throws -> Recharges.Obstacle? {
        let found: Recharges.Obstacle?
        if let doubt = try clock.doubt(now: now) {
            found = .clock(doubt)
        } else {
            found = try recharges.obstacle(now: now)
        }
        let reason: String?
        switch found {
        case .paused(let pause): reason = "paused by \(pause.pausedBy): \(pause.reason)"
        case .clock(let doubt): reason = doubt
        case nil: reason = nil
        }
        if reason != waitsFor {
            if let reason {
                logger.warning("auto-recharge waits: \(reason)")
            } else {
                logger.notice("auto-recharge goes on")
            }
        }
        waitsFor = reason
        return found
    }

    /// Says trouble with the store once, however often it is met, and once that it is over.
    private func report(_ error: any Error) {
        let text = "\(error)"
        if text != trouble { logger.error("auto-recharge: \(text); trying again") }
        trouble = text
    }

    private func works() {
        if trouble != nil { logger.notice("auto-recharge: the store works again") }
        trouble = nil
    }
}

/// What `run --once` recharged.
public struct RechargeTotals: Sendable, Hashable {
    /// Wallets that were looked at.
    public var wallets = 0
    public var refused = 0
    public var charged = 0
    public var declined = 0
    public var pending = 0
    /// Answers that told nothing, and the keys for which none has come since that tells something.
    public var unknown = 0
    public private(set) var unanswered: Set<String> = []
    public var stopped = 0
    /// Wallets that could not be looked at.
    public var failures = 0
    /// Questions to which a policy had no answer.
    public var policyFailures = 0
    /// Why nothing more was done.
    public var obstacle: String?

    public init() {}

    /// Whether a caller should look.
    public var needsAttention: Bool {
        !unanswered.isEmpty || stopped > 0 || failures > 0 || policyFailures > 0 || obstacle != nil
    }

    /// What one more round came to.
    mutating func add(_ other: RechargeTotals) {
        wallets += other.wallets
        refused += other.refused
        charged += other.charged
        declined += other.declined
        pending += other.pending
        unknown += other.unknown
        unanswered.formUnion(other.unanswered)
        stopped += other.stopped
        failures += other.failures
        policyFailures += other.policyFailures
        obstacle = other.obstacle
    }

    mutating func add(_ evaluated: Recharges.Evaluated) {
        wallets += evaluated.wallets
        refused += evaluated.refused
        charged += evaluated.granted
        failures += evaluated.failures.count
        policyFailures += evaluated.policyFailures.count
    }

    mutating func add(_ answer: PaymentAnswer, to key: String) {
        unanswered.remove(key)
        switch answer {
        case .succeeded: charged += 1
        case .pending: pending += 1
        case .declined: declined += 1
        case .keyConflict: stopped += 1
        case .unknown:
            unknown += 1
            unanswered.insert(key)
        case .notFound: break
        }
    }
}
