import TidemillCore
import TidemillOperations

extension GetEntitlements: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Output {
        try scope.advance(input.customerID)
        return try EntitlementResolver(scope: scope).everything(for: input.customerID, input.resourceID)
    }
}

extension CheckEntitlement: EmbeddedOperation {
    /// A check of a feature needs no transaction where nothing was committed since the last one.
    static func answer(_ input: Payload, in context: CallContext, by engine: any OperationEngine) throws -> Payload? {
        let asked = try Input.shape.decode(input, as: OperationID.checkEntitlement.rawValue)
        guard let feature = asked.featureID else { return nil }
        return FeatureAccess.encoded(try engine.check(asked, feature, in: context))
    }

    static func perform(_ input: Input, in scope: CallScope) throws -> EntitlementAccess {
        guard let feature = input.featureID else { return .credit(try credits(input, in: scope)) }
        let state = try state(of: feature, for: input, in: scope)
        return .feature(access(state, input))
    }

    /// What is known of the access that is asked for, whatever the amount.
    static func state(of feature: FeatureID, for input: Input, in scope: CallScope) throws -> EntitlementState {
        try scope.advance(input.customerID)
        let resolver = EntitlementResolver(scope: scope)
        let subject = try resolver.subject(input.customerID, input.resourceID, feature: feature)
        return try resolver.state(of: feature, for: subject)
    }

    static func access(_ state: EntitlementState, _ input: Input) -> FeatureAccess {
        state.access(
            requestedUsage: input.requestedUsage ?? .zero, requestedValues: input.requestedValues ?? [])
    }

    /// A check that holds credits writes: it is done in a transaction that may, and leaves its trace.
    private static func credits(_ input: Input, in scope: CallScope) throws -> CreditAccess {
        try scope.advance(input.customerID)
        guard input.reserveAmount != nil else { return try CreditAccessCheck.perform(input, in: scope) }
        guard scope.mayWrite else { throw WriteNeeded.customer(input.customerID) }
        let access = try CreditAccessCheck.perform(input, in: scope)
        if !scope.isRepeat {
            try scope.audit(
                row.id.rawValue, input.customerID, Input.shape.encode(input, nulls: .omitted))
        }
        return access
    }
}

extension FeatureAccess {
    /// The answer of a check.
    static func encoded(_ access: FeatureAccess) -> Payload { EntitlementAccess.shape.encode(.feature(access)) }
}
