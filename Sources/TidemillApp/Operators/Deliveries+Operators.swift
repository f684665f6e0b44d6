import Foundation
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillStore
import TidemillTriggers

extension ListEvents: OperatorOperation {
    static func perform(
        _ input: Input, by host: OperatorBackend, in context: CallContext
    ) throws -> Listing<StoredEvent> {
        let reader = EventReader(identityKey: host.engine.identityKey)
        return try host.app.store.read { try reader.page(input, on: $0) }
    }
}

extension ListDeliveries: OperatorOperation {
    static func perform(
        _ input: Input, by host: OperatorBackend, in context: CallContext
    ) throws -> Listing<DeliveryEntry> {
        let found = try host.app.store.read {
            try DeliveryLedger.list(
                state: input.state.flatMap { Delivery.State(rawValue: $0.rawValue) },
                before: input.after.map { DeliveryID($0.id) }, limit: Int(input.limit) + 1, on: $0)
        }
        return Listing(found.map { DeliveryEntry($0) }, limit: input.limit) {
            Cursor(createdAt: $0.facts.receivedAt, id: $0.facts.delivery)
        }
    }
}

extension GetDelivery: OperatorOperation {
    /// The most answers and rejected records that are shown; all are in the result file.
    private static let linesMax = 1000

    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> DeliveryEntry {
        let id = DeliveryID(input.id)
        return try host.app.store.read { connection in
            var entry = DeliveryEntry(try DeliveryLedger.require(id, for: .getDelivery, on: connection))
            entry.facts.answers = try DeliveryAnswers.list(of: id, limit: linesMax, on: connection).map {
                DeliveryAnswer(record: $0.record, answer: Payload(stored: $0.json))
            }
            entry.facts.rejections = try DeliveryLedger.rejected(of: id, limit: linesMax, on: connection).map {
                DeliveryRejection(
                    record: $0.record, line: $0.line, kind: $0.kind, code: $0.code, message: $0.message, rule: $0.rule)
            }
            return entry
        }
    }
}

extension VoidDelivery: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> VoidedEntry {
        do {
            return VoidedEntry(
                try host.engine.void(
                    DeliveryID(input.id), by: context.actor, reason: input.reason, now: context.now,
                    progress: context.progress
                ) { try KeyedWrite(Self.self, input, in: context, on: $1).keep(VoidedEntry($0)) })
        } catch let error as VoidError {
            throw OperationError(.cannotVoid, error.description)
        }
    }
}

extension FailDelivery: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> Output {
        let id = DeliveryID(input.id)
        let delivery = try host.app.store.read { try DeliveryLedger.require(id, for: .failDelivery, on: $0) }
        guard !delivery.state.isFinished else {
            throw refused("delivery \(id) has ended already: it is \(delivery.state.rawValue)")
        }
        if let hope = try hope(for: delivery, host.app) { throw refused("delivery \(id) is not lost: \(hope)") }
        return try host.write(Self.self, input, in: context) { connection in
            let code = delivery.spoolID == nil ? "file_gone" : "spool_gone"
            let isOver = try DeliveryLedger.fail(
                id, code: code, message: input.reason, at: context.now, on: connection)
            guard isOver else { throw refused("delivery \(id) has ended meanwhile") }
            try host.audit(
                .failDelivery, ["delivery": .string(id.text), "name": .string(delivery.name)], reason: input.reason,
                in: context, on: connection)
            return Output(delivery: id.text, state: .failed, applied: delivery.applied)
        }
    }

    /// Who may still go on with it; nil when nobody can.
    private static func hope(for delivery: Delivery, _ app: AppAssembly) throws -> String? {
        if let source = delivery.source {
            return FileManager.default.fileExists(atPath: source)
                ? "\(source.escapingControls) is there; repeat the `tidemill ingest`" : nil
        }
        guard let spool = delivery.spoolID else { return "the next worker of the spool that has its file takes it" }
        if try Spool.id(at: app.spoolSettings.path) == spool {
            return "it is this spool's; `tidemill run` goes on with it"
        }
        let known = try app.store.read { try Spools.find(spool, on: $0) }
        switch OtherSpool.worker(of: known) {
        case .runs: return "a worker runs on its spool"
        case .none: return "its spool is there; start a worker on it"
        case .unseen, .gone, .replaced: return nil
        }
    }

    private static func refused(_ message: String) -> OperationError { OperationError(.cannotFail, message) }
}

extension DeliveryLedger {
    fileprivate static func require(
        _ id: DeliveryID, for operation: OperationID, on connection: any SQLConnection
    ) throws -> Delivery {
        if let delivery = try find(id, on: connection) { return delivery }
        throw OperationError(
            .notFound,
            "\(operation.rawValue): there is no delivery \"\(id.text.escapingControls)\"; `tidemill deliveries` lists them"
        )
    }
}

extension DeliveryEntry {
    init(_ delivery: Delivery) {
        var unknown: TextMap<Int64> = [:]
        for remark in delivery.remarks where remark.reason == .unknownField {
            unknown[remark.shownName] = remark.records
        }
        var counts: TextMap<Int64> = ["records": delivery.records]
        for counter in DeliveryCounts.counters { counts[counter.name] = delivery.counts[keyPath: counter.value] }
        self.init(
            DeliveryFacts(
                delivery: delivery.id.text, name: delivery.name, inbox: delivery.inbox,
                state: DeliveryState(rawValue: delivery.state.rawValue) ?? .claimed, size: delivery.size,
                receivedAt: delivery.receivedAt, filteredBy: delivery.filteredBy, unknownFields: unknown,
                remarks: delivery.remarks.map {
                    RemarkEntry(
                        reason: $0.reason.rawValue, name: $0.shownName, records: $0.records, record: $0.record,
                        example: $0.example)
                },
                voided: delivery.voided.map { VoidedEntry($0) }, code: delivery.code, message: delivery.message,
                finishedAt: delivery.finishedAt, duplicateOf: delivery.duplicateOf?.text,
                repeatsVoided: delivery.repeatsVoided?.text, keptAs: delivery.keptAs),
            counts: counts)
    }
}

extension VoidedEntry {
    init(_ voided: VoidedDelivery) {
        self.init(
            delivery: voided.delivery.text, voidedAt: voided.voidedAt, voidedBy: voided.voidedBy,
            reason: voided.reason, events: voided.events, reports: voided.reports, finishedAt: voided.finishedAt,
            restoredBy: voided.restoredBy)
    }
}

extension Payload {
    /// JSON that the store keeps; damage shows as text.
    init(stored json: String) {
        do { self = try Payload(json: json) } catch { self = .string(json) }
    }
}
