import Foundation
public import TidemillCore
import TidemillOperations
public import TidemillStore

/// Turns claimed files into committed effects: one thread reads, decodes and runs the rules, another commits; at most
/// two batches wait between them.
public final class DeliveryProcessor: DeliveryProcessing {
    private let store: any Store
    private let sink: any EventSink
    private let options: IngestOptions
    private let clock: any Wallclock
    /// The rules in force; asked again for each call, so that a new script version takes over between calls.
    private let rules: @Sendable () -> any EventRules
    private let progress: @Sendable (DeliveryID, Int64) -> Void
    private let files: FileCalls
    private let decoding = DedicatedThread(name: "tidemill-decode")
    private let committing = DedicatedThread(name: "tidemill-commit")

    /// `progress` hears of every committed batch: the delivery and the bytes of it that are done.
    public init(
        store: any Store, sink: any EventSink, options: IngestOptions = IngestOptions(),
        clock: any Wallclock = SystemWallclock(), files: FileCalls = .system,
        rules: @escaping @Sendable () -> any EventRules,
        progress: @escaping @Sendable (DeliveryID, Int64) -> Void = { _, _ in }
    ) {
        self.store = store
        self.sink = sink
        self.options = options
        self.clock = clock
        self.files = files
        self.rules = rules
        self.progress = progress
    }

    public func process(_ deliveries: [ClaimedDelivery]) async throws -> [DeliveryOutcome] {
        let stop = StopFlag()
        return try await withTaskCancellationHandler {
            try await committing.run { [self] in try commitAll(deliveries, stop) }
        } onCancel: {
            stop.set()
        }
    }

    /// Set when the caller's task is cancelled.
    private final class StopFlag: @unchecked Sendable {  // Guarded by `lock`.
        private let lock = NSLock()
        private var value = false
        func set() { lock.withLock { value = true } }
        var isSet: Bool { lock.withLock { value } }
    }

    /// Runs on the committing thread. Starts again from the stored positions when the meters change under a batch.
    private func commitAll(_ deliveries: [ClaimedDelivery], _ stop: StopFlag) throws -> [DeliveryOutcome] {
        var states: [DeliveryID: DeliveryOutcome.State] = [:]
        // Each restart is due to a change of the meters that someone made; a bound all the same.
        for _ in 0..<100 {
            let open = deliveries.filter { states[$0.id] == nil }
            if open.isEmpty || stop.isSet { break }
            if try commit(open, &states, stop) { break }
        }
        let totals = try finalCounts(deliveries)
        return deliveries.map { delivery in
            DeliveryOutcome(
                id: delivery.id, state: states[delivery.id] ?? .retryLater(message: "stopped before its turn"),
                counts: totals[delivery.id] ?? DeliveryCounts())
        }
    }

    private func finalCounts(_ deliveries: [ClaimedDelivery]) throws -> [DeliveryID: DeliveryCounts] {
        try DeliveryProgress.load(deliveries, from: store).mapValues(\.counts)
    }

    /// One pass; true when it came to its end, false when the meters changed.
    private func commit(
        _ deliveries: [ClaimedDelivery], _ states: inout [DeliveryID: DeliveryOutcome.State], _ stop: StopFlag
    ) throws -> Bool {
        let known = try DeliveryProgress.load(deliveries, from: store)
        var meter = DeliveryMeter(store.metrics, deliveries, from: known.mapValues(\.byteOffset))
        if let hopeless = deliveries.first(where: { $0.care?.isHopeless ?? false }) {
            states[hopeless.id] = .failed(
                code: "poison",
                message:
                    "workers end at record \((known[hopeless.id]?.position ?? 0) + 1) again and again; the rest is not read"
            )
            return deliveries.count == 1
        }
        // A delivery that ends workers comes alone, and goes in small batches past what they had in hand.
        let care = deliveries.count == 1 ? deliveries[0].care : nil
        var options = options
        var carefulTo: Int64?
        if let care, let batch = care.batch, known[deliveries[0].id]?.position ?? 0 < care.until {
            options.batchRecordsMax = Int(batch)
            carefulTo = care.until
        }
        let entering = carefulTo != nil && care?.isSingle == true ? deliveries[0].id : nil
        do { try enter(entering, after: known[deliveries[0].id]?.position ?? 0) } catch {
            return try fail(error, deliveries, &states)
        }
        let handover = Handover<DecodedStep>(capacity: carefulTo == nil ? 2 : 1, isLockstep: carefulTo != nil)
        let fields = try sink.meteredFields()
        let rules = rules()
        decoding.enqueue { [self, options] in
            do {
                let decoder = try BatchDecoder(
                    identityKey: sink.identityKey, fields: fields, rules: rules, options: options, files: files,
                    store: store, now: clock.now, send: handover.send)
                for delivery in deliveries where !decoder.isStopped {
                    guard let progress = known[delivery.id] else {
                        _ = handover.send(.ended(delivery.id, .lost))
                        continue
                    }
                    try decoder.decode(delivery, from: progress)
                }
                try decoder.flush()
            } catch {
                _ = handover.send(.failed(error))
            }
            handover.close()
        }
        // Whatever happens here, the decoding thread must not wait for room for ever.
        defer { handover.close(discarding: true) }
        var lost: Set<DeliveryID> = []
        while let step = handover.receive() {
            if stop.isSet { break }
            switch step {
            case .ended(let id, let state):
                states[id] = state
            case .failed(let error):
                return try fail(error, deliveries, &states)
            case .batch(let batch, let finished):
                do {
                    let begun = ContinuousClock.now
                    _ = try sink.commit(batch, now: clock.now)
                    meter.committed(batch, after: begun.duration(to: .now))
                    for segment in batch.segments { progress(segment.delivery.id, segment.fileOffsetAfter) }
                    for id in finished where !lost.contains(id) {
                        states[id] = .done
                        meter.finished(id, at: clock.now)
                    }
                    // Past what was in hand: on at full speed.
                    if let carefulTo, finished.isEmpty, let last = batch.segments.last, last.positionAfter >= carefulTo
                    {
                        return false
                    }
                    try enter(entering, after: batch.segments.last?.positionAfter ?? 0)
                } catch EventSinkError.metersChanged {
                    return false
                } catch EventSinkError.deliveryLost(let id) {
                    // The others of the batch go again without it.
                    lost.insert(id)
                    states[id] = .lost
                    return false
                } catch {
                    return try fail(error, deliveries, &states)
                }
            }
        }
        return true
    }

    /// Before a record that is alone in its batch is decoded. In step with the commits, so that nothing is in hand before.
    private func enter(_ delivery: DeliveryID?, after position: Int64) throws {
        guard let delivery else { return }
        try store.write { try DeliveryCrashes.enter(delivery, record: position + 1, on: $0) }
    }

    /// A store that is busy or full is tried again later; anything else is a defect that the caller hears of.
    private func fail(
        _ error: any Error, _ deliveries: [ClaimedDelivery], _ states: inout [DeliveryID: DeliveryOutcome.State]
    ) throws -> Bool {
        guard let store = error as? StoreError, store.isTransient else { throw error }
        for delivery in deliveries where states[delivery.id] == nil {
            states[delivery.id] = .retryLater(message: store.message)
        }
        return true
    }
}
