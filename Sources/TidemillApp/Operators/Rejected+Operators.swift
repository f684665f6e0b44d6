import Foundation
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore

extension ListRejected: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> Output {
        var wanted = RejectedSelection(
            ids: input.ids ?? [], rule: input.rule, code: input.code, delivery: input.delivery.map { DeliveryID($0) },
            limit: Int(input.limit) + 1)
        if input.all { wanted.states = [.open, .retried, .dropped] }
        if let after = input.after { wanted.after = (after.createdAt, after.id) }
        return try host.app.store.read { connection in
            let open = try RejectedRecords.openCount(on: connection)
            if input.grouped {
                let groups = try RejectedRecords.groups(wanted, on: connection).map { RejectedGroup($0) }
                return Output(data: [], groups: groups, open: open, pagination: Pagination(next: nil, prev: nil))
            }
            let page = Listing(
                try RejectedRecords.list(wanted, on: connection).map { RejectedEntry($0) }, limit: input.limit
            ) { Cursor(createdAt: $0.rejectedAt, id: $0.id) }
            return Output(data: page.data, open: open, pagination: page.pagination)
        }
    }
}

extension RetryRejected: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> Output {
        let wanted = input.selection
        let retry = try host.retry()
        // Written first: what the records then do is in the audit under their deliveries.
        try host.app.store.write { connection in
            try input.requireKnown(for: .retryRejected, on: connection)
            let records = try RejectedRecords.ids(wanted, on: connection).count
            guard records > 0 else { return }
            try host.audit(
                .retryRejected, input.audited(records: records), reason: nil, in: context, on: connection)
        }
        let outcome = try retry.retry(wanted, accepts: host.app.accepts)
        let counts = outcome.counts
        return Output(
            retried: Int64(outcome.retried), applied: counts.applied, filtered: counts.filtered,
            duplicate: counts.duplicate, rejected: counts.rejected)
    }
}

extension DropRejected: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> Output {
        try host.write(Self.self, input, in: context) { connection in
            try input.requireKnown(for: .dropRejected, on: connection)
            let dropped = try RejectedRecords.drop(
                input.selection, by: context.actor, at: context.now, on: connection)
            if dropped > 0 {
                try host.audit(.dropRejected, input.audited(records: dropped), reason: nil, in: context, on: connection)
            }
            return Output(dropped: Int64(dropped))
        }
    }
}

extension RejectedChoice {
    fileprivate var selection: RejectedSelection {
        RejectedSelection(ids: ids ?? [], rule: rule, code: code, delivery: delivery.map { DeliveryID($0) })
    }

    /// The choice, for the audit.
    fileprivate func audited(records: Int) -> Payload {
        var details: TextMap<Payload> = ["records": .integer(Int64(records))]
        details["ids"] = ids.map { .array($0.map { .string($0) }) }
        details["rule"] = rule.map { .string($0) }
        details["code"] = code.map { .string($0) }
        details["delivery"] = delivery.map { .string($0) }
        return .object(details)
    }

    /// An id that is mistyped must not pass as "nothing to do".
    fileprivate func requireKnown(for operation: OperationID, on connection: any SQLConnection) throws {
        guard let ids else { return }
        let found = try RejectedRecords.ids(RejectedSelection(ids: ids), on: connection)
        let known = Set(found.map { "\($0.delivery.text)#\($0.record)" })
        let missing = ids.filter { !known.contains($0) }
        guard missing.isEmpty else {
            let names = missing.map { "\"\($0.escapingControls)\"" }.joined(separator: ", ")
            throw OperationError(
                .notFound,
                "\(operation.rawValue): no open rejected record has the id \(names); `tidemill rejected` lists them")
        }
    }
}

extension RejectedEntry {
    init(_ record: RejectedRecord) {
        self.init(
            id: record.id, delivery: record.delivery.text, record: record.record, line: record.line,
            kind: record.kind, code: record.code, message: record.message, state: record.state.rawValue,
            receivedAt: record.receivedAt, rejectedAt: record.rejectedAt,
            // What is not UTF-8 shows as replacement characters.
            payload: String(decoding: record.payload, as: UTF8.self), rule: record.rule,
            customerID: record.customer?.text)
    }
}

extension RejectedGroup {
    fileprivate init(_ group: RejectedRecords.Group) {
        self.init(
            code: group.code, rule: group.rule, message: group.message, records: group.records,
            customers: Int64(group.customers.count), firstAt: group.firstAt, lastAt: group.lastAt,
            sample: group.sample)
    }
}
