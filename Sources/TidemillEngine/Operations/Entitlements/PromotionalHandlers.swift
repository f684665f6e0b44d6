import TidemillCore
import TidemillOperations
import TidemillStore

extension GrantPromotionalEntitlements: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Output {
        try scope.customers.requireActive(input.customerID, for: .grantPromotionalEntitlements)
        let environment = try scope.promotional.environment()
        let live = try scope.promotional.live(of: input.customerID)
        var granted: [(PromotionalEntitlement, isNew: Bool)] = []
        for (index, grant) in input.promotionalEntitlements.enumerated() {
            do {
                guard let feature = try scope.catalog().feature(grant.featureID) else {
                    throw try FeatureTable.notFound(
                        grant.featureID, .grantPromotionalEntitlements, scope.connection)
                }
                try PromotionalChecks.check(grant, of: feature, now: scope.now)
                let old = live.first { $0.featureID == grant.featureID }
                granted.append((entitlement(grant, feature, replacing: old, environment, scope), old == nil))
            } catch let error as OperationError {
                throw error.located(at: "promotionalEntitlements[\(index)]", in: .grantPromotionalEntitlements)
            }
        }
        for (entitlement, _) in granted {
            try scope.promotional.save(
                entitlement, of: input.customerID, nextAt: PromotionalExpiry.next(of: entitlement, after: scope.now))
        }
        try PromotionalExpiry.schedule(input.customerID, in: scope)
        for (entitlement, isNew) in granted {
            try EntitlementEvents.promotional(isNew ? .granted : .updated, entitlement, of: input.customerID, in: scope)
        }
        try EntitlementEvents.updated(input.customerID, nil, trigger: "promotional_entitlement_granted", in: scope)
        return Output(data: granted.map(\.0))
    }

    /// A grant takes the place of the live one of its feature: the row stays, begins now and says that it was updated.
    private static func entitlement(
        _ grant: PromotionalGrant, _ feature: Feature, replacing old: PromotionalEntitlement?, _ environment: String,
        _ scope: CallScope
    ) -> PromotionalEntitlement {
        PromotionalEntitlement(
            id: old?.id ?? scope.newID(), createdAt: old?.createdAt ?? scope.now, description: feature.description,
            endDate: grant.customEndDate?.wholeMilliseconds ?? grant.period.end(from: scope.now),
            enumValues: grant.enumValues, environmentID: environment, featureID: grant.featureID,
            hasSoftLimit: grant.hasSoftLimit, hasUnlimitedUsage: grant.hasUnlimitedUsage, isVisible: grant.isVisible,
            period: grant.period, resetPeriod: grant.resetPeriod,
            resetPeriodConfiguration: grant.reset.configuration, startDate: scope.now, status: .active,
            updatedAt: scope.now, usageLimit: grant.usageLimit)
    }
}

extension RevokePromotionalEntitlements: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> PromotionalEntitlement {
        try scope.customers.requirePresence(input.customerID, for: .revokePromotionalEntitlements)
        guard var entitlement = try scope.promotional.live(of: input.customerID, feature: input.featureID).first else {
            throw OperationError(
                .promotionalEntitlementNotFound,
                "revokePromotionalEntitlements: customer \"\(input.customerID)\" has no live promotional entitlement to \"\(input.featureID)\"; listPromotionalEntitlements shows what it has"
            )
        }
        entitlement.status = .expired
        entitlement.endDate = scope.now
        entitlement.updatedAt = scope.now
        try scope.promotional.save(entitlement, of: input.customerID, nextAt: nil, isListed: false)
        try PromotionalExpiry.schedule(input.customerID, in: scope)
        try EntitlementEvents.promotional(.revoked, entitlement, of: input.customerID, in: scope)
        try EntitlementEvents.updated(input.customerID, nil, trigger: "promotional_entitlement_revoked", in: scope)
        return entitlement
    }
}

extension ListPromotionalEntitlements: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Page<PromotionalEntitlement> {
        try scope.advance(input.customerID)
        try scope.customers.requirePresence(input.customerID, for: .listPromotionalEntitlements)
        var query = PageQuery(table: "promotional_entitlements", column: "body")
        query.require("bucket", .integer(Bucket(input.customerID).number))
        query.require("customer_id", .text(input.customerID.text))
        query.require("is_listed", .integer(1))
        query.require("status", oneOf: input.status?.map(\.rawValue))
        query.require(createdAt: input.createdAt)
        return try query.page(input.paging, on: scope.connection) {
            try StoredBody.decode(PromotionalEntitlement.self, $0.text(2))
        }
    }
}
