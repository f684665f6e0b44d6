public import TidemillCore
public import TidemillStore

/// Puts reported events through the same rules as delivered ones. The ingest implements it; `reportEvent` uses it.
public protocol EventReporting: Sendable {
    /// Takes 1–1000 events, each already checked to be an event, in their delivered form: all or none. Returns when they
    /// are stored with their outcome. `call` names the call in place of a delivery; `connection` is the transaction of
    /// the delivery that the call comes from, where it comes from one.
    ///
    /// Throws `Rejection`, naming the event; `StoreError` when the store cannot go on.
    @discardableResult
    func report(_ events: [Payload], call: String, now: Timestamp, on connection: (any SQLConnection)?) throws
        -> DeliveryCounts
}
