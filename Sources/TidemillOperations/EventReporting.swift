/// Puts reported events through the same rules as delivered ones. The ingest implements it; `reportEvent` uses it.
public protocol EventReporting: Sendable {
    /// Takes 1–1000 events, each already checked to be an event, in their delivered form. Returns when they are stored
    /// with their outcome.
    func report(_ events: [Payload], in context: CallContext) async throws(OperationError)
}
