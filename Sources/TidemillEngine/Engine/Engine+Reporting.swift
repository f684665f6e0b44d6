import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore

/// Events that calls report: decoded as those of a delivery, and applied in the caller's transaction or in one of their
/// own.
extension Engine {
    /// Meters change seldom: so often a call's events are decoded anew for those of now.
    private static let decodingsMax = 100

    func report(_ input: Payload, in context: CallContext) throws -> Payload { try report(input, in: context, nil) }

    func report(
        _ input: Payload, in context: CallContext, _ transaction: EngineTransaction?
    ) throws -> Payload {
        let subject = OperationID.reportEvent.rawValue
        let events = try ReportEvent.Input.shape.decode(input, as: subject).events
        guard let decoder = self.events else {
            throw OperationError(
                .operationNotAvailable, "\(subject): no rules are loaded here; report events where the worker runs")
        }
        // What the rules wrote could not be taken back.
        guard !context.dryRun else {
            throw OperationError(
                .operationNotAvailable,
                "\(subject): events go through the scripts: to try some out, put their file into an inbox and use `tidemill run --once --dry-run`"
            )
        }
        do {
            try report(events, call: context.name ?? "call-" + settings.ids.next(), in: context, decoder, transaction)
        } catch let rejection as Rejection {
            let code = OperationError.Code(rawValue: rejection.code) ?? .badUserInput
            throw OperationError(code, "\(subject): \(rejection.message)", cause: rejection)
        }
        return ReportEvent.Output.shape.encode(ReportEvent.Output())
    }

    private func report(
        _ events: [Payload], call: String, in context: CallContext, _ decoder: any EventDecoding,
        _ transaction: EngineTransaction?
    ) throws {
        for _ in 0..<Self.decodingsMax {
            let fields = try transaction.map { try meters(in: $0) } ?? store.read { try MeterRegistry.load(on: $0) }
            let batch = try decoder.decode(
                events, call: call, in: context, identityKey: identityKey, fields: fields)
            // The operation that a transaction performs audits itself.
            if transaction == nil {
                for index in batch.segments.indices { batch.segments[index].call = context }
            }
            do {
                if let transaction {
                    _ = try apply(batch, now: context.receivedAt, in: transaction)
                } else {
                    _ = try commit(batch, now: context.receivedAt)
                }
                return
            } catch EventSinkError.metersChanged {
                continue
            }
        }
        throw StoreError(.busy, "the meters kept changing while events were reported; try again")
    }
}
