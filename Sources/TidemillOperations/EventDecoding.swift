import Synchronization
public import TidemillStore

/// Puts reported events through the same rules as delivered ones. The ingest implements it; `reportEvent` uses it.
public protocol EventReporting: Sendable {
    /// Takes 1–1000 events, each already checked to be an event, in their delivered form: all or none. Returns when they
    /// are stored with their outcome. `call` names the call in place of a delivery; `connection` is the transaction of
    /// the delivery that the call comes from, where it comes from one: that audits the call, otherwise the reporter does.
    ///
    /// Throws `Rejection`, naming the event; `StoreError` when the store cannot go on.
    @discardableResult
    func report(_ events: [Payload], call: String, in context: CallContext, on connection: (any SQLConnection)?) throws
        -> DeliveryCounts

    /// Runs `body` while no batch is under way. Whoever opens a transaction in which events may be reported opens it in
    /// here: a batch takes its turn first and the store second, and two that took them the other way round would wait
    /// for each other for ever.
    func exclusively(_ body: () throws -> Void) rethrows
}

/// The way in for events, where a backend is made before the ingest that it reports to: the ingest performs records
/// with the backend, and the backend reports events to the ingest.
public final class EventEntrance: EventReporting {
    private let reporter = Mutex<(any EventReporting)?>(nil)

    public init() {}

    /// From now on events go to `reporter`. Both live as long as the process.
    public func open(_ reporter: any EventReporting) {
        self.reporter.withLock { $0 = reporter }
    }

    public func report(
        _ events: [Payload], call: String, in context: CallContext, on connection: (any SQLConnection)?
    ) throws -> DeliveryCounts {
        guard let reporter = reporter.withLock({ $0 }) else {
            throw OperationError(.operationNotAvailable, "reportEvent: the ingest has not started yet; try again")
        }
        return try reporter.report(events, call: call, in: context, on: connection)
    }

    public func exclusively(_ body: () throws -> Void) rethrows {
        guard let reporter = reporter.withLock({ $0 }) else { return try body() }
        try reporter.exclusively(body)
    }
}
