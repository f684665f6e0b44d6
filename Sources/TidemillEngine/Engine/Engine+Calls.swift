import Foundation
import TidemillCore
public import TidemillOperations
import TidemillStore

/// Operations: each call in one transaction.
extension Engine {
    public nonisolated(nonsending) func perform(
        _ id: OperationID, _ input: Payload, in context: CallContext
    ) async throws(OperationError) -> Payload {
        try performNow(id, input, in: context)
    }

    /// As `perform`, without suspending.
    public func performNow(_ id: OperationID, _ input: Payload, in context: CallContext) throws(OperationError)
        -> Payload
    {
        try settled(id) {
            if let answer = try Self.required(id).answer(input, in: context, by: self) { return answer }
            let row = OperationTable.row(id)
            switch row.effect {
            case .read: return try read(id, input, in: context)
            case .write:
                let customer = row.customer(in: input)
                guard context.dryRun else {
                    return try store.write(customer: customer) {
                        try outcome(of: id, input, in: context, on: $0).answer
                    }
                }
                return try undone(customer) { try outcome(of: id, input, in: context, on: $0).answer }
            }
        }
    }

    /// Answers as a write would, and keeps nothing.
    private func undone(_ customer: CustomerID?, _ body: (any SQLConnection) throws -> Payload) throws -> Payload {
        do {
            return try store.write(customer: customer) { throw Undone(answer: try body($0)) }
        } catch let undone as Undone {
            return undone.answer
        }
    }

    /// Reads in a snapshot. Where something is due by time alone, it is made up for first: reads are right though no
    /// worker runs (semantics.md, "Meters").
    func read(_ id: OperationID, _ input: Payload, in context: CallContext) throws -> Payload {
        do {
            return try store.read { try outcome(of: id, input, in: context, on: $0, mayWrite: false).answer }
        } catch WriteNeeded.customer(let customer) {
            guard try context.dryRun || isInDoubt(context.now) else {
                return try store.write(customer: customer) { try outcome(of: id, input, in: context, on: $0).answer }
            }
            return try undone(customer) { try outcome(of: id, input, in: context, on: $0, keepsNothing: true).answer }
        } catch WriteNeeded.everyone {
            guard try !isInDoubt(context.now) else {
                return try undone(nil) { connection in
                    let scope = settings.scope(context, on: connection, keepsNothing: true)
                    for customer in try scope.due.customers(until: context.now, limit: .max) {
                        try scope.advance(customer)
                    }
                    return try outcome(of: id, input, in: context, on: connection, keepsNothing: true).answer
                }
            }
            try lifecycle.advanceEveryone(to: context.now)
            return try store.write { try outcome(of: id, input, in: context, on: $0).answer }
        }
    }

    /// Whether renewals must not be written; what is due is made up for in a transaction that is undone.
    private func isInDoubt(_ now: Timestamp) throws -> Bool {
        try store.read { try BillingDoubt.find(now: now, on: $0) != nil }
    }

    /// Performs an operation in a transaction of the engine, and tells whether the call repeated an earlier one and so
    /// changed nothing.
    func outcome(
        of id: OperationID, _ input: Payload, in context: CallContext, _ transaction: EngineTransaction
    ) throws(OperationError) -> CallOutcome {
        try settled(id) {
            try outcome(of: id, input, in: context, on: transaction.connection, transaction: transaction)
        }
    }

    private func outcome(
        of id: OperationID, _ input: Payload, in context: CallContext, on connection: any SQLConnection,
        mayWrite: Bool = true, keepsNothing: Bool = false, transaction: EngineTransaction? = nil
    ) throws -> CallOutcome {
        let scope = settings.scope(
            context, on: connection, mayWrite: mayWrite, keepsNothing: keepsNothing || context.dryRun)
        let row = OperationTable.row(id)
        scope.leavesDue = try row.report != nil && BillingDoubt.find(now: context.now, on: connection) != nil
        let handler = try Self.required(id)
        let customer = row.customer(in: input)
        guard row.effect.isWrite else {
            if let customer { try scope.advance(customer) }
            let answer = try handler.answer(input, in: scope, transaction, by: self)
            return CallOutcome(answer: answer, isRepeat: scope.isRepeat)
        }
        let keys = IdempotencyKeys(connection: connection, customer: customer)
        if let key = context.idempotencyKey, let kept = try keys.answer(to: id, input, key: key) {
            return CallOutcome(answer: kept, isRepeat: true)
        }
        if let customer { try scope.advance(customer) }
        var audited = try AuditedCustomers(of: row, input, in: scope)
        let answer = try handler.answer(input, in: scope, transaction, by: self)
        audited.add(from: answer)
        if let key = context.idempotencyKey {
            try keys.keep(answer, of: id, input, key: key, now: context.now)
        }
        if !scope.isRepeat {
            let customers: [CustomerID?] = audited.all.isEmpty ? [nil] : audited.all
            var details = input
            if case .object(let members) = input, !scope.auditDetails.isEmpty {
                details = .object(members.merging(scope.auditDetails) { $1 })
            }
            for customer in customers { try scope.audit(id.rawValue, customer, details, reason: input["reason"]?.text) }
        }
        return CallOutcome(answer: answer, isRepeat: scope.isRepeat)
    }

    /// The one place where the store's errors become those of operations.
    func settled<T>(_ id: OperationID, _ body: () throws -> T) throws(OperationError) -> T {
        do {
            return try body()
        } catch let error as OperationError {
            throw error
        } catch let error as StoreError {
            throw OperationError(error, during: id)
        } catch {
            throw OperationError(.storeFailed, "\(id.rawValue): \(error)", cause: error)
        }
    }
}

/// What a call came to.
struct CallOutcome: Sendable {
    let answer: Payload
    /// Whether the call repeated an earlier one: it changed nothing, and `answer` is the earlier one's.
    let isRepeat: Bool
}

/// Carries a dry run's answer out of the transaction that it rolls back.
private struct Undone: Error {
    let answer: Payload
}

extension OperationError {
    fileprivate init(_ error: StoreError, during id: OperationID) {
        self.init(
            error.isTransient ? .storeUnavailable : .storeFailed, "\(id.rawValue): \(error.message)", cause: error)
    }
}
