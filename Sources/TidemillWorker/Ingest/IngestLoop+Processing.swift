import DequeModule
import Logging
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillStore
import TidemillTriggers

extension IngestLoop {
    // MARK: - Groups

    /// The next deliveries to process together, in order; none while trouble is waited out.
    func nextGroup() -> [ClaimedDelivery] {
        let now = time.now()
        for item in parked where item.next <= now { pending.append(item.delivery) }
        let due = Set(parked.filter { $0.next <= now }.map(\.delivery.id))
        if !due.isEmpty { parkedBackoffs(keep: due) }
        if let retryAt, retryAt > now { return [] }
        retryAt = nil
        var group: [ClaimedDelivery] = []
        var bytes: Int64 = 0
        while let next = pending.first, group.count < Self.batchFiles {
            if !group.isEmpty, bytes + next.size > Self.batchBytes || alone.contains(next.id) { break }
            group.append(next)
            bytes += next.size
            pending.removeFirst()
            if alone.contains(next.id) { break }
        }
        return group
    }

    private func parkedBackoffs(keep due: Set<DeliveryID>) {
        for item in parked where due.contains(item.delivery.id) { attempts[item.delivery.id] = item.backoff }
        parked.removeAll { due.contains($0.delivery.id) }
    }

    // MARK: - Processing

    /// Has a group processed while the results of the one before are written and the next one is claimed.
    func process(_ next: [ClaimedDelivery]) async throws {
        let group = try await carefully(next)
        let started = time.now()
        // What fails fails under these scripts, whatever is in force at the end.
        let version = scriptVersion()
        async let kept = keeper.keep(takeUnkept())
        async let claimed: Void = claimMore()
        do {
            let outcomes = try await interruptible(group)
            let duration = started.duration(to: time.now())
            note(await kept)
            try await take(outcomes, of: group, under: version, BatchTime(files: group.count, duration: duration))
        } catch {
            note(await kept)
            try await putBack(group, after: error)
        }
        try await claimed
    }

    /// Notes what of a group was left by an ended worker before it is processed again, so that the next worker knows what
    /// this one ended under.
    private func carefully(_ group: [ClaimedDelivery]) async throws -> [ClaimedDelivery] {
        let doubtful = group.map(\.id).filter { suspects.contains($0) }
        let owner = spool.instance.tag
        guard !doubtful.isEmpty else { return group }
        let cares = try await insist("noting what is processed again") {
            try store.write { connection in
                try doubtful.reduce(into: [DeliveryID: DeliveryCare]()) {
                    $0[$1] = try DeliveryCrashes.begin($1, owner: owner, on: connection)
                }
            }
        }
        return group.map { delivery in
            guard let care = cares?[delivery.id], let batch = care.batch else { return delivery }
            let what =
                care.aside.map { "sets record \($0) aside, in which \(care.ended) of them ended" }
                ?? "goes on after record \(care.position), \(batch) at a time"
            logger.warning("\(delivery.name.escapingControls): workers ended while they processed it; \(what)")
            var delivery = delivery
            delivery.care = care
            return delivery
        }
    }

    /// Processes a group until it is done, the worker stops, or ingest is paused: then between two batches.
    private func interruptible(_ group: [ClaimedDelivery]) async throws -> [DeliveryOutcome] {
        let (processor, stop, store, sleep) = (processor, stop, store, time.sleep)
        return try await withThrowingTaskGroup(of: [DeliveryOutcome]?.self) { tasks in
            tasks.addTask { try await processor.process(group) }
            tasks.addTask {
                while !Task.isCancelled, !stop.isRequested {
                    await stop.wait(atMost: Self.pausePoll, sleep: sleep)
                    // A store that cannot be read now is asked again; the processing meets the same trouble.
                    if Task.isCancelled { break }
                    if let pause = try? store.read({ try Pauses.find(Pauses.ingest, on: $0) }),
                        pause.name == Pauses.ingest
                    {
                        break
                    }
                }
                return nil
            }
            var outcomes: [DeliveryOutcome] = []
            while let result = try await tasks.next() {
                tasks.cancelAll()
                if let result { outcomes = result }
            }
            return outcomes
        }
    }

    // MARK: - Outcomes

    private func take(
        _ outcomes: [DeliveryOutcome], of group: [ClaimedDelivery], under version: ScriptVersionID?, _ batch: BatchTime
    ) async throws {
        let byID = Dictionary(outcomes.map { ($0.id, $0) }) { $1 }
        let processed = group.map { delivery in
            byID[delivery.id]
                ?? DeliveryOutcome(id: delivery.id, state: .retryLater(message: "no outcome"), counts: DeliveryCounts())
        }
        guard let ordered = try await insist("comparing files", { try comparing(processed, of: group) }) else { return }
        let ended = try await insist("finishing deliveries") { try finish(ordered, under: version) }
        guard let ended else { return }  // stopping: the rows are still claimed, recovery finishes them
        var later: [ClaimedDelivery] = []
        var laterMessage: String?
        for (delivery, outcome) in zip(group, ordered) {
            let isLost = ended.lost.contains(delivery.id) || outcome.state == .lost
            if isLost {
                logger.notice("\(delivery.name.escapingControls): another worker has taken it over")
                continue
            }
            switch outcome.state {
            case .retryLater(let message):
                later.append(delivery)
                laterMessage = laterMessage ?? message
                continue
            case .incomplete:
                waitForEnd(delivery)
                continue
            case .unreachable(let message, let isShared):
                // One that was set apart before waits apart.
                let isAnybodys = isShared && attempts[delivery.id] == nil
                if isAnybodys, retry.failures < Self.sharedTries {
                    later.append(delivery)
                    laterMessage = laterMessage ?? message
                } else if isAnybodys, group.count > 1 {
                    // Perhaps it is one file's after all: each shows by itself, and then no other waits for it.
                    alone.insert(delivery.id)
                    later.append(delivery)
                    laterMessage = laterMessage ?? message
                } else {
                    try await setApart(delivery, outcome, message)
                }
                continue
            case .held where ended.outdated.contains(delivery.id):
                later.append(delivery)
                continue
            case .held:
                totals.held += 1
                wasPaused = true  // a resume that comes before the next look at the pauses must be seen
                logger.error(
                    "\(DeliveryLine.text(outcome, name: delivery.name, batch: batch))",
                    metadata: DeliveryLine.fields(outcome, batch: batch))
                observe(.held(outcome, name: delivery.name))
            case .done:
                totals.done += 1
                unkept.append(delivery.id)
                logger.info(
                    "\(DeliveryLine.text(outcome, name: delivery.name, batch: batch))",
                    metadata: DeliveryLine.fields(outcome, batch: batch))
                observe(.finished(outcome, name: delivery.name))
            case .failed:
                totals.failed += 1
                unkept.append(delivery.id)
                logger.error(
                    "\(DeliveryLine.text(outcome, name: delivery.name, batch: batch))",
                    metadata: DeliveryLine.fields(outcome, batch: batch))
                observe(.finished(outcome, name: delivery.name))
            case .lost: break
            }
            totals.counts += outcome.counts
            alone.remove(delivery.id)
            if outcome.state.isEnd { suspects.remove(delivery.id) }
            attempts[delivery.id] = nil
            tails[delivery.id] = nil
        }
        if later.count < group.count { retry.reset() }
        if !ended.outdated.isEmpty {
            logger.notice("the scripts changed while a rule failed: trying with those in force now")
            pending.prepend(contentsOf: later)
        } else if let laterMessage {
            await putOff(later, message: laterMessage)
        }
    }

    /// What could not be ended as it was processed.
    private struct Endings {
        /// No longer this worker's.
        var lost: Set<DeliveryID> = []
        /// Failed under scripts that are no longer in force.
        var outdated: Set<DeliveryID> = []
    }

    /// Writes the endings of a group in one transaction.
    private func finish(_ outcomes: [DeliveryOutcome], under version: ScriptVersionID?) throws -> Endings {
        let owner = spool.instance.tag
        let now = time.wallclock.now
        return try store.write { connection in
            var endings = Endings()
            for outcome in outcomes {
                if suspects.contains(outcome.id), outcome.state.isEnd || outcome.state.isUnreachable {
                    try DeliveryCrashes.end(outcome.id, on: connection)
                }
                switch outcome.state {
                case .done:
                    if try !DeliveryLedger.finish(outcome.id, owner: owner, as: .done, at: now, on: connection) {
                        endings.lost.insert(outcome.id)
                    }
                case .failed(let code, let message):
                    if try !DeliveryLedger.finish(
                        outcome.id, owner: owner, as: .failed, code: code, message: message, at: now, on: connection)
                    {
                        endings.lost.insert(outcome.id)
                    }
                case .held(let rule, let message):
                    // Asked inside the transaction: scripts that take over later end the brake's pause after it.
                    guard version == scriptVersion() else {
                        endings.outdated.insert(outcome.id)
                        continue
                    }
                    try DeliveryLedger.hold(outcome.id, owner: owner, rule: rule, message: message, on: connection)
                    try IngestBrake.pull(because: message, under: version, at: now, on: connection)
                case .unreachable, .incomplete, .retryLater, .lost: break
                }
            }
            return endings
        }
    }

    // MARK: - Later

    /// Puts deliveries back where they were and waits, unless it was this worker that interrupted them.
    private func putOff(_ deliveries: [ClaimedDelivery], message: String) async {
        pending.prepend(contentsOf: deliveries)
        if isStopping { return }
        if let pause = try? store.read({ try Pauses.find(Pauses.ingest, on: $0) }), pause.name == Pauses.ingest {
            return
        }
        let wait = retry.next()
        retryAt = time.now().advanced(by: wait)
        if retry.failures == 1 || retry.failures % 30 == 0 {
            logger.error(
                "\(deliveries.count) deliveries wait: \(message.escapingControls); trying again",
                metadata: ["deliveries": .number(deliveries.count)])
        }
        observe(.waiting(reason: message))
    }

    /// Processing threw: trouble that passes is waited out; otherwise the group is taken apart, and the delivery that
    /// throws alone waits apart from the others.
    private func putBack(_ group: [ClaimedDelivery], after error: any Error) async throws {
        if isStopping || error is CancellationError || Self.passes(error) {
            return await putOff(group, message: "\(error)")
        }
        guard group.count == 1, let delivery = group.first else {
            logger.warning(
                "a group of \(group.count) deliveries cannot be processed: \(error); trying them one by one",
                metadata: ["deliveries": .number(group.count)])
            alone.formUnion(group.map(\.id))
            pending.prepend(contentsOf: group)
            return
        }
        var backoff = attempts[delivery.id] ?? Backoff(first: .seconds(1), cap: .seconds(60))
        let wait = backoff.next()
        logger.error(
            "\(delivery.name.escapingControls): cannot be processed: \(error); it stays in work/ and is tried again in \(wait)"
        )
        parked.append(Parked(delivery: delivery, backoff: backoff, next: time.now().advanced(by: wait)))
    }

    // MARK: - Files that cannot be read now

    /// Lets a delivery wait apart from the others while its file cannot be read; one for which waiting has no end is
    /// held.
    private func setApart(_ delivery: ClaimedDelivery, _ outcome: DeliveryOutcome, _ message: String) async throws {
        var backoff = attempts[delivery.id] ?? Backoff(first: .seconds(1), cap: .seconds(60))
        guard backoff.failures < Self.unreachableTries else {
            attempts[delivery.id] = backoff
            return try await holdUnreachable(delivery, message)
        }
        let wait = backoff.next()
        logger.error(
            "\(delivery.name.escapingControls): \(message.escapingControls); it stays in work/ and is tried again in \(wait)"
        )
        parked.append(
            Parked(delivery: delivery, backoff: backoff, next: time.now().advanced(by: wait), unreachable: message))
        observe(.waiting(reason: message))
    }

    /// Holds a delivery whose file cannot be read: nothing of it has failed, and it goes on at its committed batch.
    func holdUnreachable(_ delivery: ClaimedDelivery, _ message: String) async throws {
        let held: ()? = try await insist("holding a delivery") {
            try store.write {
                try DeliveryLedger.hold(
                    delivery.id, owner: spool.instance.tag, code: DeliveryLedger.unreachable, message: message, on: $0)
            }
        }
        guard held != nil else { return }
        totals.held += 1
        unreachableUntil[delivery.id] = time.now().advanced(by: Self.unreachableRetry)
        logger.error(
            "\(delivery.name.escapingControls): held: \(message.escapingControls); it is tried again every \(Self.unreachableRetry), or after `tidemill resume ingest`"
        )
    }

    /// Whether a delivery that is held so is to be tried again; true also for what an earlier worker held.
    func isDueAgain(_ row: Delivery) -> Bool {
        guard row.state == .held, row.code == DeliveryLedger.unreachable else { return false }
        return unreachableUntil[row.id].map { $0 <= time.now() } ?? true
    }

    // MARK: - Results

    private func takeUnkept() -> [DeliveryID] {
        defer { unkept.removeAll() }
        return unkept
    }

    func keepFinished() async {
        note(await keeper.keep(takeUnkept()))
    }

    private func note(_ kept: ResultKeeper.Kept) {
        unkeptLeft = kept.left
        totals.grown += kept.grown
        if !kept.acknowledged.isEmpty { observe(.acknowledged(kept.acknowledged)) }
    }
}

extension DeliveryOutcome.State {
    /// Whether nothing more is processed of the delivery.
    fileprivate var isEnd: Bool {
        switch self {
        case .done, .failed: true
        case .held, .unreachable, .incomplete, .retryLater, .lost: false
        }
    }

    /// It was not a worker's end that stopped it.
    fileprivate var isUnreachable: Bool {
        switch self {
        case .unreachable, .incomplete: true
        case .done, .failed, .held, .retryLater, .lost: false
        }
    }
}
