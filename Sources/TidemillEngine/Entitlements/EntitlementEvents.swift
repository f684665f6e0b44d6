import TidemillCore
import TidemillOperations

/// The webhooks about access (stigg.md C.3, C.4).
enum EntitlementEvents {
    enum Promotional: String {
        case granted = "promotionalEntitlement.granted"
        case updated = "promotionalEntitlement.updated"
        case revoked = "promotionalEntitlement.revoked"
        case expired = "promotionalEntitlement.expired"
        case endsSoon = "promotionalEntitlement.ends_soon"
    }

    static func promotional(
        _ type: Promotional, _ entitlement: PromotionalEntitlement, of customer: CustomerID, in scope: CallScope
    ) throws {
        var fields = fields(of: PromotionalEntitlement.shape.encode(entitlement))
        fields["entityId"] = .string(entitlement.id)
        fields["feature"] = try scope.catalog().feature(entitlement.featureID).map { feature($0) } ?? .null
        fields["customer"] = try self.customer(customer, in: scope)
        try scope.announce(EngineEvent(type.rawValue, customer, fields))
    }

    /// Tells what the customer, or one of its resources, has access to, where that is something else than was told
    /// last. `trigger` says what may have changed it: "subscription_updated", "promotional_entitlement_granted".
    static func updated(
        _ customer: CustomerID, _ resource: String?, trigger: String, in scope: CallScope
    ) throws {
        let resolver = EntitlementResolver(scope: scope)
        let subject = try resolver.subject(customer, resource)
        let states = try resolver.states(for: subject)
        guard try AnnouncedAccess.note(states, of: customer, resource, in: scope) else { return }
        let entitlements = states.map { EntitlementAccess.shape.encode(.feature($0.access())) }
        try scope.announce(
            EngineEvent(
                "entitlements.updated", customer,
                [
                    "entitlements": .array(entitlements), "entitlementsUpdatedAt": Payload(scope.now),
                    "trigger": .string(trigger), "customer": try self.customer(customer, in: scope),
                    "resource": resource.map { ["id": .string($0)] } ?? .null,
                ]))
    }

    /// As `updated`, for all that the scope noted. Called when a change of subscriptions is complete.
    static func subscriptionsChanged(of customer: CustomerID, in scope: CallScope) throws {
        let resources = scope.touchedResources
        scope.touchedResources = []
        for resource in resources.sorted(by: { ($0 ?? "") < ($1 ?? "") }) {
            try updated(customer, resource?.text, trigger: "subscription_updated", in: scope)
        }
    }

    /// A limit that usage has come near, or gone beyond.
    static func usageExceeded(
        _ threshold: Int, _ state: EntitlementState, of subject: EntitlementSubject, in scope: CallScope
    ) throws {
        var fields = usage(state, of: subject)
        fields["thresholdPercentage"] = .integer(Int64(threshold))
        try scope.announce(EngineEvent("entitlement.usage_exceeded", subject.customerID, fields))
    }

    /// Usage that was reported. `currentUsage` is given for features that the customer has no entitlement to as well.
    static func measured(
        _ change: Amount, _ currentUsage: Amount?, _ state: EntitlementState, of subject: EntitlementSubject,
        in scope: CallScope
    ) throws {
        var fields = usage(state, of: subject)
        fields["currentChange"] = Payload(change)
        fields["currentUsage"] = currentUsage.map { Payload($0) } ?? .null
        try scope.announce(EngineEvent("measurement.reported", subject.customerID, fields))
    }

    // MARK: - Blocks

    private static let usageFields: Set<String> = [
        "currentUsage", "usageLimit", "hasSoftLimit", "hasUnlimitedUsage", "usagePeriodAnchor", "usagePeriodStart",
        "usagePeriodEnd", "resetPeriod",
    ]

    private static func usage(_ state: EntitlementState, of subject: EntitlementSubject) -> TextMap<Payload> {
        let access = state.access()
        var fields = FeatureAccess.shape.encode(access, only: usageFields)
        fields["usageUsedPercentage"] = state.usedPercentage.map { Payload($0) } ?? .null
        fields["resetPeriodConfiguration"] =
            access.resetPeriod == nil
            ? .null : state.winner?.terms.resetConfiguration.map { ResetConfiguration.shape.encode($0) } ?? .null
        fields["feature"] = state.feature.map { feature($0) } ?? .null
        fields["customer"] = subject.customer.map { .object(EngineEvent.customerBlock($0)) } ?? .null
        fields["resource"] = subject.resourceID.map { ["id": .string($0)] } ?? .null
        fields["activeSubscriptions"] = .array(
            subject.subscriptions.map { subscription in
                [
                    "id": .string(subscription.id), "startDate": Payload(subscription.startDate),
                    "plan": [
                        "id": .text(subscription.chain.first?.id), "name": .text(subscription.chain.first?.displayName),
                    ],
                ]
            })
        return fields
    }

    private static func feature(_ feature: Feature) -> Payload {
        [
            "id": .string(feature.id.text), "name": .string(feature.displayName),
            "description": .text(feature.description),
            "featureType": .string(feature.featureType.rawValue), "meterType": .string(feature.meterType.rawValue),
            "unit": .text(feature.unitTransformation?.featureUnits ?? feature.featureUnits),
            "units": .text(feature.unitTransformation?.featureUnitsPlural ?? feature.featureUnitsPlural),
            "status": .string(feature.featureStatus.rawValue),
        ]
    }

    private static func customer(_ id: CustomerID, in scope: CallScope) throws -> Payload {
        try scope.customers.find(id).map { .object(EngineEvent.customerBlock($0)) } ?? .null
    }

    private static func fields(of payload: Payload) -> TextMap<Payload> {
        if case .object(let members) = payload { members } else { [:] }
    }
}
