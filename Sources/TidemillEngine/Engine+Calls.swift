import Foundation
import TidemillCore
public import TidemillOperations
public import TidemillPricing
public import TidemillStore

/// Tidemill's own engine: performs operations in the store, each in one transaction.
public final class EmbeddedBackend: OperationBackend {
    private let store: any Store
    private let events: (any EventReporting)?
    private let settings: Settings
    private let makeID: @Sendable () -> String
    private let entitlements = EntitlementCache()

    public struct Settings: Sendable {
        /// How far ahead of its arrival usage may be dated: `events.max_future`.
        public var maxFutureSeconds: Int64
        /// Percentages of what was granted; what is left is announced when it falls to one: `alerts.credits_remaining`.
        public var creditsRemaining: [Int64] = [20, 10]
        /// The tax where a subscription has none of its own, and whether prices contain it: `billing`.
        public var tax: Tax?
        /// When an invoice for credits that says nothing else is due, from its making: `billing.invoice_due`.
        public var invoiceDueSeconds: Int64 = 30 * 86_400

        /// Shares of a limit, in percent, that are announced when usage reaches them: `alerts.usage`.
        public var usageAlerts: [Int]

        public init(maxFutureSeconds: Int64 = 24 * 3600, usageAlerts: [Int] = [80, 100]) {
            self.maxFutureSeconds = maxFutureSeconds
            self.usageAlerts = usageAlerts
        }
    }

    /// `events` takes what `reportEvent` reports; without one that operation is refused. Ids of measurements are random
    /// unless `makeID` makes them.
    public init(
        store: any Store, events: (any EventReporting)? = nil, settings: Settings = Settings(),
        makeID: (@Sendable () -> String)? = nil
    ) {
        self.store = store
        self.events = events
        self.settings = settings
        self.makeID = makeID ?? { RandomID.make() }
    }

    /// What changes by time alone, for the worker.
    public var lifecycle: Lifecycle { Lifecycle(store: store, settings: settings, makeID: makeID) }

    public func perform(
        _ id: OperationID, _ input: Payload, in context: CallContext
    ) async throws(OperationError) -> Payload {
        try performNow(id, input, in: context)
    }

    /// As `perform`, without suspending.
    public func performNow(_ id: OperationID, _ input: Payload, in context: CallContext) throws(OperationError)
        -> Payload
    {
        try settled(id) {
            if let answer = try Self.handler(of: id).answer(input, in: context, by: self) { return answer }
            let row = OperationTable.row(id)
            switch row.effect {
            case .read: return try read(id, input, in: context)
            case .write:
                let customer = row.customer(in: input)
                guard context.dryRun else {
                    return try store.write(customer: customer) { try perform(id, input, in: context, on: $0) }
                }
                return try undone(customer) { try perform(id, input, in: context, on: $0) }
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

    /// Whether a customer may use a feature, for callers in the process.
    public func check(_ input: CheckEntitlement.Input, in context: CallContext) throws(OperationError)
        -> EntitlementAccess
    {
        try settled(.checkEntitlement) {
            if let feature = input.featureID { return .feature(try check(input, feature, in: context)) }
            let answer = try read(
                .checkEntitlement, CheckEntitlement.Input.shape.encode(input, nulls: .omitted), in: context)
            return try EntitlementAccess.shape.decode(answer, as: "checkEntitlement's answer")
        }
    }

    /// A check of a feature is answered from what was resolved before, as long as nobody has committed since.
    func check(
        _ input: CheckEntitlement.Input, _ feature: FeatureID, in context: CallContext
    ) throws -> FeatureAccess {
        let key = EntitlementCache.Key(customer: input.customerID, resource: input.resourceID, feature: feature)
        let stamp = try store.commitStamp()
        if let stamp, let known = entitlements.state(key, stamp: stamp, at: context.now) {
            return CheckEntitlement.access(known, input)
        }
        let resolve: (any SQLConnection, Bool) throws -> EntitlementState = { [settings, makeID] connection, mayWrite in
            let scope = CallScope(
                connection: connection, context: context, settings: settings, mayWrite: mayWrite, makeID: makeID)
            return try CheckEntitlement.state(of: feature, for: input, in: scope)
        }
        let state: EntitlementState
        do {
            state = try store.read { try resolve($0, false) }
        } catch WriteNeeded.customer(let customer) {
            state = try store.write(customer: customer) { try resolve($0, true) }
        }
        if let stamp { entitlements.keep(state, key, stamp: stamp) }
        return CheckEntitlement.access(state, input)
    }

    /// Reads in a snapshot. Where something is due by time alone, it is made up for first: reads are right though no
    /// worker runs (semantics.md, "Meters").
    private func read(_ id: OperationID, _ input: Payload, in context: CallContext) throws -> Payload {
        do {
            return try store.read { try outcome(of: id, input, in: context, on: $0, mayWrite: false).answer }
        } catch WriteNeeded.customer(let customer) {
            guard context.dryRun else {
                return try store.write(customer: customer) { try outcome(of: id, input, in: context, on: $0).answer }
            }
            return try undone(customer) { try outcome(of: id, input, in: context, on: $0).answer }
        } catch WriteNeeded.everyone {
            try lifecycle.advanceEveryone(to: context.now)
            return try store.write { try outcome(of: id, input, in: context, on: $0).answer }
        }
    }

    // MARK: - Lookups

    /// Answers a read in a snapshot and writes nothing. Nil where something is due by time alone that has to be written
    /// first; with `leavesDue` the answer is what was written last.
    func look(
        _ id: OperationID, _ input: Payload, now: Timestamp, leavesDue: Bool
    ) throws(OperationError) -> Payload? {
        try settled(id) {
            do {
                return try store.read { connection in
                    let scope = CallScope(
                        connection: connection, context: CallContext(.engine("lookup"), now: now), settings: settings,
                        mayWrite: false, makeID: makeID)
                    scope.leavesDue = leavesDue
                    if let customer = OperationTable.row(id).customer(in: input) { try scope.advance(customer) }
                    return try Self.handler(of: id).answer(input, in: scope, by: self)
                }
            } catch is WriteNeeded {
                return nil
            }
        }
    }

    /// Writes what is due for the customer by time alone.
    func advance(_ customer: CustomerID, to now: Timestamp) throws {
        try store.write(customer: customer) { connection in
            let scope = CallScope(
                connection: connection, context: CallContext(.engine("lookup"), now: now), settings: settings,
                makeID: makeID)
            try scope.advance(customer)
        }
    }

    /// Nil where the store cannot tell.
    func commitStamp() -> Int64? {
        // Whoever asks reads the store then.
        (try? store.commitStamp()) ?? nil
    }

    /// Performs an operation inside a transaction that the caller has open: a record of a delivery, in its batch. The
    /// caller sets a savepoint, and gives the whole batch up when the error `isStoreFailure`.
    public func perform(
        _ id: OperationID, _ input: Payload, in context: CallContext, on connection: any SQLConnection
    ) throws(OperationError) -> Payload {
        try outcome(of: id, input, in: context, on: connection).answer
    }

    /// Runs `body`, which opens a transaction and performs operations in it, while no batch of events is under way: see
    /// `EventReporting.exclusively`.
    public func exclusively(_ body: () throws -> Void) rethrows {
        guard let events else { return try body() }
        try events.exclusively(body)
    }

    /// As `perform(_:_:in:on:)`, and tells whether the call repeated an earlier one and so changed nothing.
    public func outcome(
        of id: OperationID, _ input: Payload, in context: CallContext, on connection: any SQLConnection
    ) throws(OperationError) -> CallOutcome {
        try settled(id) { try outcome(of: id, input, in: context, on: connection, mayWrite: true) }
    }

    private func outcome(
        of id: OperationID, _ input: Payload, in context: CallContext, on connection: any SQLConnection, mayWrite: Bool
    ) throws -> CallOutcome {
        let scope = CallScope(
            connection: connection, context: context, settings: settings, mayWrite: mayWrite, makeID: makeID)
        let row = OperationTable.row(id)
        let handler = Self.handler(of: id)
        let customer = row.customer(in: input)
        guard row.effect.isWrite else {
            if let customer { try scope.advance(customer) }
            return CallOutcome(answer: try handler.answer(input, in: scope, by: self), isRepeat: scope.isRepeat)
        }
        let keys = IdempotencyKeys(connection: connection, customer: customer)
        if let key = context.idempotencyKey, let kept = try keys.answer(to: id, input, key: key) {
            return CallOutcome(answer: kept, isRepeat: true)
        }
        if let customer { try scope.advance(customer) }
        var audited = try AuditedCustomers(of: row, input, in: scope)
        let answer = try handler.answer(input, in: scope, by: self)
        audited.add(from: answer)
        if let key = context.idempotencyKey {
            try keys.keep(answer, of: id, input, key: key, now: context.now)
        }
        if !scope.isRepeat {
            let customers: [CustomerID?] = audited.all.isEmpty ? [nil] : audited.all
            for customer in customers { try scope.audit(id.rawValue, customer, input) }
        }
        return CallOutcome(answer: answer, isRepeat: scope.isRepeat)
    }

    /// Applies a webhook about a payment to the recharge that it belongs to; others change nothing.
    func paymentWebhook(_ payload: Payload, in context: CallContext, on connection: any SQLConnection) throws {
        let scope = CallScope(connection: connection, context: context, settings: settings, makeID: makeID)
        try RechargePayments.webhook(payload, in: scope)
    }

    func report(_ input: Payload, in context: CallContext, on connection: (any SQLConnection)?) throws
        -> Payload
    {
        let subject = OperationID.reportEvent.rawValue
        let events = try ReportEvent.Input.shape.decode(input, as: subject).events
        guard let reporter = self.events else {
            throw OperationError(
                .operationNotAvailable, "\(subject): no rules are loaded here; report events where the worker runs")
        }
        // A dry run ends with the checks of the fields: the rules are asked by `tidemill test`.
        guard !context.dryRun else { return ReportEvent.Output.shape.encode(ReportEvent.Output()) }
        do {
            try reporter.report(
                events, call: context.name ?? "call-" + makeID(), in: context, on: connection)
        } catch let rejection as Rejection {
            let code = OperationError.Code(rawValue: rejection.code) ?? .badUserInput
            throw OperationError(code, "\(subject): \(rejection.message)", cause: rejection)
        }
        return ReportEvent.Output.shape.encode(ReportEvent.Output())
    }

    /// The one place where the store's errors become those of operations.
    private func settled<T>(_ id: OperationID, _ body: () throws -> T) throws(OperationError) -> T {
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
public struct CallOutcome: Sendable {
    public let answer: Payload
    /// Whether the call repeated an earlier one: it changed nothing, and `answer` is the earlier one's.
    public let isRepeat: Bool
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
