import TidemillCore
public import TidemillOperations
import TidemillStore

/// Reads for callers in the process: checks that are remembered, and what scripts look up.
extension Engine {
    /// Whether a customer may use a feature.
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

    /// Answers what is remembered, or takes one short look at a snapshot: nothing that could hold up its thread. Nil for
    /// everything else, and where something due has to be written first.
    public func answerAtOnce(
        _ id: OperationID, _ input: Payload, in context: CallContext
    ) throws(OperationError) -> Payload? {
        guard id == .checkEntitlement else { return nil }
        return try settled(id) { () -> Payload? in
            let asked = try CheckEntitlement.Input.shape.decode(input, as: id.rawValue)
            guard let feature = asked.featureID else { return nil }
            do {
                return FeatureAccess.encoded(try check(asked, feature, in: context, mayWrite: false))
            } catch is WriteNeeded {
                return nil
            }
        }
    }

    /// A check of a feature is answered from what was resolved before, as long as nobody has committed since.
    func check(
        _ input: CheckEntitlement.Input, _ feature: FeatureID, in context: CallContext
    ) throws -> FeatureAccess {
        try check(input, feature, in: context, mayWrite: true)
    }

    /// Throws `WriteNeeded` where something is due by time alone and nothing may be written.
    private func check(
        _ input: CheckEntitlement.Input, _ feature: FeatureID, in context: CallContext, mayWrite: Bool
    ) throws -> FeatureAccess {
        let key = EntitlementCache.Key(customer: input.customerID, resource: input.resourceID, feature: feature)
        let stamp = try store.commitStamp()
        if let stamp, let known = entitlements.state(key, stamp: stamp, at: context.now) {
            return CheckEntitlement.access(known, input)
        }
        let resolve: (any SQLConnection, Bool) throws -> EntitlementState = { [settings] connection, mayWrite in
            try CheckEntitlement.state(
                of: feature, for: input, in: settings.scope(context, on: connection, mayWrite: mayWrite))
        }
        let state: EntitlementState
        do {
            state = try store.read { try resolve($0, false) }
        } catch WriteNeeded.customer(let customer) where mayWrite {
            state = try store.write(customer: customer) { try resolve($0, true) }
        }
        if let stamp { entitlements.keep(state, key, stamp: stamp) }
        return CheckEntitlement.access(state, input)
    }

    /// Answers a read in a snapshot and writes nothing. Nil where something is due by time alone that has to be written
    /// first; with `leavesDue` the answer is what was written last.
    func look(
        _ id: OperationID, _ input: Payload, now: Timestamp, leavesDue: Bool
    ) throws(OperationError) -> Payload? {
        try settled(id) {
            do {
                return try store.read { connection in
                    let scope = settings.scope(
                        CallContext(.engine("lookup"), now: now), on: connection, mayWrite: false)
                    scope.leavesDue = leavesDue
                    if let customer = OperationTable.row(id).customer(in: input) { try scope.advance(customer) }
                    return try Self.required(id).answer(input, in: scope, nil, by: self)
                }
            } catch is WriteNeeded {
                return nil
            }
        }
    }

    /// Writes what is due for the customer by time alone.
    func advance(_ customer: CustomerID, to now: Timestamp) throws {
        try store.write(customer: customer) { connection in
            try settings.scope(CallContext(.engine("lookup"), now: now), on: connection).advance(customer)
        }
    }

    /// Nil where the store cannot tell.
    func commitStamp() -> Int64? {
        // Whoever asks reads the store then.
        (try? store.commitStamp()) ?? nil
    }
}
