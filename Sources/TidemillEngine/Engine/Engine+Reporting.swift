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
            _ = try report(call: context.name ?? "call-" + settings.ids.next(), in: context, transaction) {
                try decoder.decode(events, call: $0, in: context, identityKey: identityKey, fields: $1)
            }
        } catch let rejection as Rejection {
            let code = OperationError.Code(rawValue: rejection.code) ?? .badUserInput
            throw OperationError(code, "\(subject): \(rejection.message)", cause: rejection)
        }
        return ReportEvent.Output.shape.encode(ReportEvent.Output())
    }

    /// Events by the JSON of an input. Nil, with nothing done, where one of them is not well: the input says it.
    func report(json: [UInt8], in context: CallContext, _ transaction: EngineTransaction) throws -> Payload? {
        guard let decoder = self.events, !context.dryRun else { return nil }
        let isTaken = try report(call: context.name ?? "call-" + settings.ids.next(), in: context, transaction) {
            let batch = try decoder.decode(json: json, call: $0, in: context, identityKey: identityKey, fields: $1)
            // No operation around it audits it.
            for index in batch?.segments.indices ?? 0..<0 { batch?.segments[index].call = context }
            return batch
        }
        guard isTaken else { return nil }
        return ReportEvent.Output.shape.encode(ReportEvent.Output())
    }

    /// Applies what `decode` makes for the meters as they are; false where it makes nothing.
    private func report(
        call: String, in context: CallContext, _ transaction: EngineTransaction?,
        _ decode: (_ call: String, _ fields: MeterSet) throws -> RecordBatch?
    ) throws -> Bool {
        for _ in 0..<Self.decodingsMax {
            let fields = try transaction.map { try meters(in: $0) } ?? store.read { try MeterRegistry.load(on: $0) }
            guard let batch = try decode(call, fields) else { return false }
            do {
                if let transaction {
                    _ = try apply(batch, now: context.receivedAt, in: transaction)
                } else {
                    // The operation that a transaction performs audits itself.
                    for index in batch.segments.indices { batch.segments[index].call = context }
                    _ = try commit(batch, now: context.receivedAt)
                }
                return true
            } catch EventSinkError.metersChanged {
                continue
            }
        }
        throw StoreError(.busy, "the meters kept changing while events were reported; try again")
    }
}
