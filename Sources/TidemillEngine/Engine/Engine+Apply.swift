import CEvents
import CLuaSupport
import Foundation
public import TidemillCore
public import TidemillIngest
import TidemillOperations
public import TidemillStore

extension Engine {
    /// Events this much older than their arrival are counted and flagged late (semantics.md, "Events").
    static let lateAfter: Int64 = EventBounds.lateAfter * 1_000_000

    public func meteredFields() throws -> any MeteredFields {
        try store.read { try MeterRegistry.load(on: $0) }
    }

    public func commit(_ batch: RecordBatch, now: Timestamp) throws -> [DeliveryCounts] {
        try addSomeFilters()
        let counts = try transaction { try apply(batch, now: now, in: $0) }
        tidy()
        return counts
    }

    /// The effects of a batch. When it throws, the transaction or the savepoint around it must be undone.
    func apply(_ batch: RecordBatch, now: Timestamp, in transaction: EngineTransaction) throws -> [DeliveryCounts] {
        let state = transaction.state
        let connection = transaction.connection
        transaction.noteMemoryChange()
        state.isBusy = true
        state.batchesSinceFold += 1
        state.untidied = now
        // An operation in the middle may change the meters: the batch goes on with those it was decoded for, what it
        // reports too, and the new ones are filled in from the next batch on.
        let isNested = transaction.batchMeters != nil
        let meters = try transaction.batchMeters ?? refresh(batch, in: transaction)
        guard batch.meterGeneration == meters.generation else { throw EventSinkError.metersChanged }
        transaction.batchMeters = meters
        defer { if !isNested { transaction.batchMeters = nil } }
        var counts = [DeliveryCounts](repeating: DeliveryCounts(), count: batch.segments.count)
        var tally = Tally(filtered: Array(repeating: 0, count: max(1, batch.ruleNames.count) * batch.segments.count))
        var cells = CellTable()
        var notes: [Int: String] = [:]
        var remarks = BatchRemarks()
        try closeRetried(batch, on: connection)
        try state.customers.begin(on: connection)
        let outcomes = try record(
            batch, meters, &counts, &tally, &cells, &notes, &remarks, now: now, in: transaction)
        for (index, segment) in batch.segments.enumerated() {
            for (rule, name) in batch.ruleNames.enumerated() {
                let dropped = tally.filtered[index * batch.ruleNames.count + rule]
                if dropped > 0 { counts[index].filter(dropped, by: name) }
            }
            try advance(segment, counts[index], on: connection)
            if let call = segment.call { try audit(call, index, counts[index], in: batch, on: connection) }
        }
        Self.note(counts, tally, on: connection)
        let bytes = batch.records.reduce(0) { $0 + Int64($1.textBuffer.count) }
        try Throughput.add(counts, bytes: bytes, at: now, on: connection)
        try remarks.write(on: connection)
        try writeRaw(batch, outcomes, notes, state: state, on: connection)
        try UsageStore.append(cells, on: connection)
        // What a person asked for does not wait for a person, and is not announced.
        try noteLate(cells, batch.isQuiet ? [] : tally.tooLate, in: batch, meters, on: connection)
        if batch.isQuiet { state.standings.forget() } else { try alert(cells, meters, now: now, state, on: connection) }
        try state.dedup.write(
            on: connection, receivedAt: batch.segments.last?.delivery.receivedAt.microseconds ?? now.microseconds)
        return counts
    }

    /// Rejected records that are tried again leave the open ones; what fails again comes back. One that somebody else
    /// retried or dropped meanwhile is taken out of the batch by failing it.
    private func closeRetried(_ batch: RecordBatch, on connection: any SQLConnection) throws {
        for segment in batch.segments {
            guard case .retry(let record) = segment.kind else { continue }
            guard try RejectedRecords.close(record, of: segment.delivery.id, as: .retried, on: connection) else {
                throw EventSinkError.deliveryLost(segment.delivery.id)
            }
        }
    }

    /// Counters of the batch by (segment, rule).
    struct Tally {
        var filtered: [Int64]
        /// Of all segments: records that are no events.
        var performedApplied: Int64 = 0
        var performedDuplicate: Int64 = 0
        /// By segment.
        var tooLate: [TooLatePart] = []
    }

    /// For the metrics: what became of the batch's events. What is rejected, and what is no event, is counted where it is.
    private static func note(_ counts: [DeliveryCounts], _ tally: Tally, on connection: any SQLConnection) {
        let all = counts.reduce(into: DeliveryCounts()) { $0 += $1 }
        connection.count(.records, ["event", "applied"], by: all.applied - tally.performedApplied)
        connection.count(.records, ["event", "duplicate"], by: all.duplicate - tally.performedDuplicate)
        connection.count(.records, ["event", "filtered"], by: all.filtered)
        for (rule, records) in all.filteredBy { connection.count(.recordsFiltered, [rule], by: records) }
        connection.count(.eventsUncounted, ["no_meter"], by: all.noMeter)
        connection.count(.eventsUncounted, ["not_a_number"], by: all.notANumber)
        connection.count(.eventsUncounted, ["unknown_customer"], by: all.unknownCustomer)
    }

    /// Takes in what other processes and other calls of this one have changed.
    private func refresh(_ batch: RecordBatch, in transaction: EngineTransaction) throws -> MeterSet {
        try transaction.state.dedup.begin(on: transaction.connection)
        let meters = try meters(in: transaction)
        guard batch.meterGeneration == meters.generation else { throw EventSinkError.metersChanged }
        try MeterRegistry.goLive(meters, on: transaction.connection)
        return meters
    }

    /// The meters that a batch is decoded for which is applied next in the transaction.
    func meters(in transaction: EngineTransaction) throws -> MeterSet {
        if let meters = transaction.batchMeters { return meters }
        let state = transaction.state
        transaction.noteMemoryChange()
        let generation = try MeterRegistry.generation(on: transaction.connection)
        if generation != state.meters.generation {
            state.meters = try MeterRegistry.load(on: transaction.connection)
        }
        return state.meters
    }

    /// Goes through the records in order; returns each one's outcome. `notes` say, by the number of the part in the batch,
    /// why applied events cost no credits.
    private func record(
        _ batch: RecordBatch, _ meters: MeterSet, _ counts: inout [DeliveryCounts], _ tally: inout Tally,
        _ cells: inout CellTable, _ notes: inout [Int: String], _ remarks: inout BatchRemarks, now: Timestamp,
        in transaction: EngineTransaction
    ) throws -> [EventOutcome?] {
        let state = transaction.state
        let connection = transaction.connection
        let records = batch.records
        let parts = batch.parts
        var outcomes = [EventOutcome?](repeating: nil, count: records.count)
        let credits = try EventCredits(meters, creditScope(now: now, isQuiet: batch.isQuiet, on: connection))
        let seen = try state.dedup.probe(keyed(batch), on: connection)
        var checked = 0
        for index in records.indices {
            let record = records[index]
            let at = Int(record.segment)
            let segment = batch.segments[at]
            if record.unknown_count > 0 {
                try remarkUnknownFields(record, of: segment, &counts[at], &remarks, in: batch, on: connection)
            }
            if record.verdict == CEV_REJECTED.rawValue {
                counts[at].rejected += 1
                try reject(record, in: batch, now: now, on: connection)
                continue
            }
            guard record.kind == CEV_EVENT.rawValue else {
                // What comes before it in the file has burned before it looks.
                try credits?.flush(batch)
                // What an operation reports is written and undone by itself: what is pending must not go with it.
                if record.kind == CEV_OPERATION.rawValue {
                    try state.dedup.write(on: connection, receivedAt: segment.delivery.receivedAt.microseconds)
                }
                let (applied, duplicate) = (counts[at].applied, counts[at].duplicate)
                try perform(record, segment, &counts[at], &remarks, in: batch, now: now, transaction)
                tally.performedApplied += counts[at].applied - applied
                tally.performedDuplicate += counts[at].duplicate - duplicate
                if record.kind == CEV_OPERATION.rawValue { try state.customers.refresh(on: connection) }
                continue
            }
            counts[at].events += 1
            if !record.has_key { counts[at].withoutKey += 1 }
            let receivedAt = segment.delivery.receivedAt
            if record.has_key, !segment.isKnownIdentity {
                if segment.isWhollyKnown {
                    counts[at].duplicate += 1
                    outcomes[index] = .duplicate
                    continue
                }
                defer { checked += 1 }
                if case .repeated(let differs) = try state.dedup.check(checked, of: seen, on: connection) {
                    counts[at].duplicate += 1
                    if differs { counts[at].differs += 1 }
                    outcomes[index] = differs ? .differs : .duplicate
                    continue
                }
            }
            if receivedAt.microseconds - record.timestamp > Self.lateAfter { counts[at].late += 1 }
            if record.verdict == CEV_FILTERED.rawValue {
                let rule = at * batch.ruleNames.count + Int(record.rule)
                if tally.filtered.indices.contains(rule) { tally.filtered[rule] += 1 }
                outcomes[index] = .filtered
                continue
            }
            counts[at].applied += 1
            outcomes[index] = .applied
            if let credits {
                var isUnrated = false
                for number in Int(record.part_first)..<Int(record.part_first + record.part_count)
                where parts[number].dropped_by == UInt32.max {
                    guard let values = batch.values(of: parts[number]),
                        let problem = try credits.add(
                            parts[number], of: record, values, meters, segment: at, of: segment.delivery.id)
                    else { continue }
                    notes[number] = problem
                    isUnrated = true
                }
                if isUnrated { counts[at].unrated += 1 }
            }
            if receivedAt.microseconds - record.timestamp > settings.dedupeWindow * 1_000_000 {
                for part in Int(record.part_first)..<Int(record.part_first + record.part_count)
                where parts[part].dropped_by == UInt32.max {
                    tally.tooLate.append(TooLatePart(segment: at, part: part))
                }
            }
            var addition = MeterSet.Addition()
            identityKey.withUnsafeBufferPointer { key in
                guard let key = key.baseAddress else { return }
                for part in parts[Int(record.part_first)..<Int(record.part_first + record.part_count)]
                where part.dropped_by == UInt32.max {
                    if let values = batch.values(of: part) {
                        meters.meter(part, values, key: key, into: &cells, &addition)
                    }
                }
            }
            try remark(
                record, parts[Int(record.part_first)..<Int(record.part_first + record.part_count)], of: segment,
                addition, meters, &counts[at], &remarks, state: state, on: connection)
        }
        try credits?.flush(batch)
        return outcomes
    }

    /// The identities that are looked for, in the order of the records.
    private func keyed(_ batch: RecordBatch) -> [DedupEntry] {
        var entries: [DedupEntry] = []
        entries.reserveCapacity(batch.records.count)
        for record in batch.records
        where record.has_key && record.kind == CEV_EVENT.rawValue && record.verdict != CEV_REJECTED.rawValue {
            let segment = batch.segments[Int(record.segment)]
            if segment.isWhollyKnown || segment.isKnownIdentity { continue }
            entries.append(
                DedupEntry(record.identity, content: record.content, hour: segment.delivery.receivedAt.hour))
        }
        return entries
    }

    /// Leaves a row about a call that reported events, unless all of them were known.
    private func audit(
        _ call: CallContext, _ segment: Int, _ counts: DeliveryCounts, in batch: RecordBatch,
        on connection: any SQLConnection
    ) throws {
        guard counts.duplicate < counts.records else { return }
        let customers = Set(
            batch.records.lazy.filter { Int($0.segment) == segment }.map { CustomerID($0.customer_id.string) })
        try settings.scope(call, on: connection).audit(
            OperationID.reportEvent.rawValue, customers.count == 1 ? customers.first : nil,
            [
                "call": .string(batch.segments[segment].delivery.id.text), "events": .integer(counts.records),
                "applied": .integer(counts.applied), "filtered": .integer(counts.filtered),
                "duplicate": .integer(counts.duplicate), "customers": .integer(Int64(customers.count)),
            ])
    }

    /// What burns credits for events: the engine by itself, at the instant at which the batch is processed.
    private func creditScope(now: Timestamp, isQuiet: Bool, on connection: any SQLConnection) -> CallScope {
        let scope = settings.scope(CallContext(.engine("ingest"), now: now), on: connection)
        scope.isQuiet = isQuiet
        return scope
    }

    /// Moves the delivery's position; a worker that lost its claim finds no row and rolls back.
    private func advance(_ segment: RecordBatch.Segment, _ counts: DeliveryCounts, on connection: any SQLConnection)
        throws
    {
        switch segment.kind {
        case .call: return
        case .retry: try DeliveryLedger.recount(segment.delivery.id, as: counts, on: connection)
        case .delivery:
            let step = DeliveryLedger.Step(
                from: segment.positionBefore, to: segment.positionAfter, byteOffset: segment.byteOffsetAfter,
                contentHash: segment.contentHash)
            guard
                try DeliveryLedger.advance(
                    segment.delivery.id, owner: segment.delivery.owner, step, counts, on: connection)
            else { throw EventSinkError.deliveryLost(segment.delivery.id) }
        }
    }

    /// Packs the batch's events into blocks: one a shard when the batch is large, one in all when it is small. An event
    /// that a mapping moved to a customer of another shard goes to the mixed block, where both are looked for.
    func writeRaw(
        _ batch: RecordBatch, _ outcomes: [EventOutcome?], _ notes: [Int: String], state: State,
        on connection: any SQLConnection
    ) throws {
        let records = batch.records
        let parts = batch.parts
        var byShard = [[Int32]](repeating: [], count: UsageStore.shards + 1)
        let events = outcomes.reduce(0) { $0 + ($1 == nil ? 0 : 1) }
        for index in records.indices where outcomes[index] != nil {
            let record = records[index]
            let shard = UInt8(truncatingIfNeeded: record.identity.high >> 60)
            let isMoved = parts[Int(record.part_first)..<Int(record.part_first + record.part_count)].contains {
                $0.bucket >> 4 != shard
            }
            byShard[isMoved || events < Self.mixedBlockEventsMax ? UsageStore.shards : Int(shard)].append(Int32(index))
        }
        var written: Int64 = 0
        for (shard, indices) in byShard.enumerated() where !indices.isEmpty {
            var writer = RawBlockWriter()
            for index in indices {
                let record = records[Int(index)]
                guard let outcome = outcomes[Int(index)] else { continue }
                let first = Int(record.part_first)
                let mapped = outcome == .applied ? first..<first + Int(record.part_count) : first..<first
                let delivery = batch.segments[Int(record.segment)].delivery
                writer.append(
                    RawBlockWriter.Entry(
                        delivery: delivery.id.text, record: record.number,
                        receivedAt: delivery.receivedAt.microseconds, outcome: outcome,
                        rule: record.rule != UInt32.max && batch.ruleNames.indices.contains(Int(record.rule))
                            ? batch.ruleNames[Int(record.rule)] : nil,
                        reason: record.message.buffer, text: record.textBuffer),
                    at: record.timestamp, customer: RawBlock.customerHash(record.customer_id.buffer),
                    parts: UnsafeBufferPointer(rebasing: parts[mapped]), ruleNames: batch.ruleNames
                ) { notes.isEmpty ? nil : notes[first + $0] }
            }
            written += try writer.write(
                shard: Int64(shard), scriptVersion: batch.scriptVersion, compressor: state.compressor, on: connection)
        }
        if written > 0 { try Sequences.add(written, to: .eventsStored, on: connection) }
    }

    /// Below this many events a batch makes one block for all shards.
    static let mixedBlockEventsMax = 512
}

extension RecordBatch.Segment {
    /// Its events with a key were taken already, with the same file.
    fileprivate var isWhollyKnown: Bool { isKnownContent && !delivery.isAgain }
}
