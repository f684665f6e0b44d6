import CEvents
import CLuaSupport
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore

/// Stored events, some blocks at a time.
extension Engine {
    func performEvents(
        _ reprocess: Reprocess, _ rules: any EventRules, _ options: IngestOptions, now: Timestamp
    ) throws {
        let meters = try store.read { try MeterRegistry.load(on: $0) }
        let chunk = try store.read {
            try ReprocessChunk(reprocess, meters: meters, identityKey: identityKey, Compressor(), on: $0)
        }
        guard let chunk else { return try endEvents(reprocess) }
        let decoder = try StoredEventDecoder(
            identityKey: identityKey, fields: meters, rules: rules, options: options)
        try chunk.evaluate(decoder, inbox: inboxes())
        try transaction { transaction in
            guard try self.meters(in: transaction).generation == meters.generation else {
                throw EventSinkError.metersChanged
            }
            try self.move(reprocess, in: transaction) { next in
                next.position = chunk.last
                next.counts += chunk.counts
                try self.commit(chunk, of: reprocess, meters, now: now, in: transaction)
            }
        }
    }

    /// Names the inbox of a delivery, '' where there is none.
    func inboxes() -> (DeliveryID) throws -> String {
        var known: [DeliveryID: String] = [:]
        return { id in
            if let inbox = known[id] { return inbox }
            let inbox = try self.store.read { try DeliveryLedger.find(id, on: $0)?.inbox ?? "" }
            known[id] = inbox
            return inbox
        }
    }

    /// All are done: those of a voided delivery count from here on, and what is touched is counted again.
    private func endEvents(_ reprocess: Reprocess) throws {
        try move(reprocess) { next, _, connection in
            next.step = .usage
            next.position = 0
            guard let id = reprocess.selection.delivery else {
                next.counts.notKept = try SealedUsage.events(reprocess.selection, on: connection)
                return
            }
            if let delivery = try DeliveryLedger.find(id, on: connection) {
                let kept = next.counts.found
                next.counts.notKept = max(0, delivery.counts.events - kept)
                if let voided = delivery.voided, voided.restoredBy == nil {
                    try VoidedDeliveries.restore(id, by: reprocess.id, on: connection)
                }
            }
        }
    }

    // MARK: - A transaction

    private func commit(
        _ chunk: ReprocessChunk, of reprocess: Reprocess, _ meters: MeterSet, now: Timestamp,
        in transaction: EngineTransaction
    ) throws {
        guard let batch = chunk.now else { return }
        let connection = transaction.connection
        let scope = settings.scope(CallContext(.engine("reprocess"), now: now), on: connection)
        scope.isQuiet = true
        let credits = try CreditCorrection(meters, reprocess: reprocess.id, scope)
        let late = LateUsageTable(connection: connection)
        var waiting = TextMap<Bool>()
        var cells = CellTable()
        var outcomes = [EventOutcome?](repeating: nil, count: batch.records.count)
        var counts = TextMap<DeliveryCounts>()
        var subjects: [LateSubject: Int64] = [:]
        for event in chunk.events where event.change != .none {
            guard let place = event.now else { continue }
            let record = batch.records[place]
            let before = chunk.before(of: event)
            let after = chunk.now(of: event)
            var change = counts[event.raw.delivery] ?? DeliveryCounts()
            change.leave(event.raw)
            let old = meter(before, meters, isCounted: !event.isVoided, &cells)
            let new = meter(after, meters, isCounted: true, &cells)
            if before != nil { change.note(-1, old.addition) }
            if after != nil { change.note(1, new.addition) }
            change.join(record, batch)
            counts[event.raw.delivery] = change
            if case .form = event.change { outcomes[place] = after == nil ? .filtered : .applied }
            if case .rejected = event.change {
                try reject(record, in: batch, by: reprocess.id, now: now, on: connection)
            }
            try credits?.take(
                event.raw.delivery, record, before: event.isVoided ? nil : before, now: after, meters)
            try changeTooLate(event, before, -1, meters, late, &waiting)
            try changeTooLate(event, after, 1, meters, late, &waiting)
            for subject in Set(old.subjects + new.subjects) { subjects[subject, default: 0] += 1 }
        }
        try credits?.flush()
        try rewrite(chunk, of: reprocess, state: transaction.state, on: connection)
        try writeRaw(batch, outcomes, [:], state: transaction.state, on: connection)
        for (delivery, change) in counts.sorted(by: { $0.key < $1.key }) {
            try DeliveryLedger.change(DeliveryID(delivery), by: change, on: connection)
        }
        try note(subjects, now: now, on: connection)
        let touched = TouchedUsage(connection: connection)
        for key in Set(cells.cells.map { UsageKey($0) }) { try touched.note(key) }
    }

    /// Meters a form: into the cells where it counts. Answers what that came to, and whose usage it is.
    private func meter(
        _ form: CreditCorrection.Form?, _ meters: MeterSet, isCounted: Bool, _ cells: inout CellTable
    ) -> (addition: MeterSet.Addition, subjects: [LateSubject]) {
        var addition = MeterSet.Addition()
        var subjects: [LateSubject] = []
        guard let form else { return (addition, subjects) }
        identityKey.withUnsafeBufferPointer { key in
            guard let key = key.baseAddress else { return }
            for part in form.parts where part.dropped_by == UInt32.max {
                guard let values = form.batch.values(of: part) else { continue }
                guard isCounted else {
                    for meter in meters.meters { _ = meters.counts(meter, values, &addition) }
                    continue
                }
                meters.meter(part, values, key: key, into: &cells, &addition)
                for (meter, version) in zip(meters.meters, meters.versions) where meters.counts(meter, values) {
                    subjects.append(LateSubject(part.customer_id.string, part.resource_id.string, version.featureID))
                }
            }
        }
        return (addition, subjects)
    }

    /// What came too late, and waits for a person or was waived, follows the event. `waiting`: whether a delivery has such.
    private func changeTooLate(
        _ event: ReprocessChunk.Event, _ form: CreditCorrection.Form?, _ sign: Int64, _ meters: MeterSet,
        _ late: LateUsageTable, _ waiting: inout TextMap<Bool>
    ) throws {
        guard let form, !event.isVoided else { return }
        let delivery = event.raw.delivery
        let isWaiting = try waiting[delivery] ?? late.hasTooLate(of: delivery)
        waiting[delivery] = isWaiting
        guard isWaiting else { return }
        for part in form.parts where part.dropped_by == UInt32.max {
            guard let values = form.batch.values(of: part) else { continue }
            for (meter, version) in zip(meters.meters, meters.versions)
            where (meter.kind == .sum || meter.kind == .count) && meters.counts(meter, values) {
                let subject = LateSubject(part.customer_id.string, part.resource_id.string, version.featureID)
                let value = meter.kind == .count ? Amount(1) : Amount(nanos: values[meter.field].nanos128)
                let hour = Timestamp.hour(part.timestamp.flooredDivision(by: 3_600_000_000))
                try late.change(subject, at: hour, of: delivery, by: sign > 0 ? value : -value)
            }
        }
    }

    /// What changed leaves its block; the form that it had is kept.
    private func rewrite(
        _ chunk: ReprocessChunk, of reprocess: Reprocess, state: State, on connection: any SQLConnection
    ) throws {
        var earlier = RawBlockWriter()
        var left: Int64 = 0
        for block in chunk.blocks where block.isChanged {
            var rest = RawBlockWriter()
            for event in chunk.events[block.events] {
                switch event.change {
                case .none, .restored: rest.append(event.raw, from: block.header)
                case .form, .rejected: earlier.append(event.raw, from: block.header)
                }
            }
            left += block.header.events - (try rest.replace(block.header.id, state.compressor, on: connection))
        }
        guard left > 0 else { return }
        try Sequences.add(-left, to: .eventsStored, on: connection)
        try earlier.takeOut(state.compressor) { data, last in
            try ReprocessTable(connection: connection).keep(
                data, events: left, lastReceivedAt: last, of: reprocess.id)
        }
    }

    /// Customers and features that are shown with what they used before.
    static let subjectsShown = 100

    /// Notes whose usage changes.
    func note(_ subjects: [LateSubject: Int64], now: Timestamp, on connection: any SQLConnection) throws {
        let table = ReprocessTable(connection: connection)
        for (subject, events) in subjects.sorted(by: { Self.comes($0.key, $1.key) }) {
            try table.note(subject, events: events, limit: Self.subjectsShown) {
                try self.noteDrafts(of: subject, in: table, now: now)
                return try self.usage(of: subject, on: connection)
            }
        }
    }

    /// What its drafts come to before it changes.
    private func noteDrafts(of subject: LateSubject, in table: ReprocessTable, now: Timestamp) throws {
        let scope = settings.scope(
            CallContext(.engine("invoices"), now: now), on: table.connection, mayWrite: false, keepsNothing: true)
        let windows = MeteredWindowTable(
            connection: table.connection, customer: subject.customer, resource: subject.resource)
        for id in try windows.unbilled(of: subject.feature) {
            guard let draft = try scope.invoices.table.find(id), draft.state == .draft else { continue }
            try table.note(draft: draft, before: scope.invoices.shown(draft).body.total)
        }
    }

    private static func comes(_ left: LateSubject, _ right: LateSubject) -> Bool {
        (left.customer.text, left.feature.text, left.resource ?? "")
            < (right.customer.text, right.feature.text, right.resource ?? "")
    }

    /// All that was ever used.
    func usage(of subject: LateSubject, on connection: any SQLConnection) throws -> Amount {
        let query = UsageQuery(
            feature: subject.feature, customer: subject.customer, resource: subject.resource ?? "")
        let answer = try UsageReader(identityKey: identityKey).usage(query, on: connection)
        return answer?.rows.reduce(Amount.zero) { $0 + $1.value } ?? Amount.zero
    }
}

extension DeliveryCounts {
    /// The event is no longer what it was.
    fileprivate mutating func leave(_ event: RawEvent) {
        switch event.outcome {
        case .applied: applied -= 1
        case .filtered: filter(-1, by: event.rule ?? "")
        case .duplicate, .differs: return
        }
        events -= 1
    }

    /// It is what the rules made of it.
    fileprivate mutating func join(_ record: cev_record, _ batch: RecordBatch) {
        switch UInt32(record.verdict) {
        case CEV_REJECTED.rawValue:
            rejected += 1
            return
        case CEV_FILTERED.rawValue:
            let rule = Int(record.rule)
            filter(1, by: batch.ruleNames.indices.contains(rule) ? batch.ruleNames[rule] : "")
        default: applied += 1
        }
        events += 1
    }

    /// Whether it adds nothing, and why.
    fileprivate mutating func note(_ sign: Int64, _ addition: MeterSet.Addition) {
        guard !addition.isAny else { return }
        if addition.refused != nil { notANumber += sign } else { noMeter += sign }
    }
}

extension Reprocess.Counts {
    static func += (left: inout Self, right: Self) {
        for (_, value) in all { left[keyPath: value] += right[keyPath: value] }
    }
}
