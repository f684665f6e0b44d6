public import TidemillOperations

/// Makes a batch of the events that a call reports, through the same checks and rules as delivered ones. Ingest implements
/// it; the engine's `reportEvent` uses it.
public protocol EventDecoding: Sendable {
    /// Takes 1–1000 events, each already checked to be an event, in their delivered form: all or none. `call` names the
    /// call in place of a delivery. `identityKey` and `fields` are those of the engine that will take the batch.
    ///
    /// Throws `Rejection`, naming the event; `StoreError` when memory is short.
    func decode(
        _ events: [Payload], call: String, in context: CallContext, identityKey: [UInt8], fields: any MeteredFields
    ) throws -> RecordBatch

    /// As above, from `{"events": […]}` as it came. Nil where it is anything else, or where one event is rejected by a
    /// check or has fields that are unknown.
    func decode(
        json: [UInt8], call: String, in context: CallContext, identityKey: [UInt8], fields: any MeteredFields
    ) throws -> RecordBatch?
}
