import TidemillCore
import TidemillOperations

/// Promotional entitlements end by time alone, and say so some days before.
enum PromotionalExpiry: TimeDriven {
    static let kind = TimedKind.promotional

    /// As long as before the end of a trial (stigg.md C.3). A grant that is not longer is announced by its grant.
    static let noticeSeconds: Int64 = 7 * 86_400

    static func advance(_ customer: CustomerID, to instant: Timestamp, in scope: CallScope) throws {
        var hasEnded = false
        for var entitlement in try scope.promotional.due(of: customer, at: instant) {
            guard let end = entitlement.endDate, end <= instant else {
                try scope.promotional.save(entitlement, of: customer, nextAt: entitlement.endDate)
                try EntitlementEvents.promotional(.endsSoon, entitlement, of: customer, in: scope)
                try audit(.promotionalEntitlementEndAnnounced, entitlement, of: customer, in: scope)
                continue
            }
            entitlement.status = .expired
            entitlement.updatedAt = end
            hasEnded = true
            try scope.promotional.save(entitlement, of: customer, nextAt: nil)
            try EntitlementEvents.promotional(.expired, entitlement, of: customer, in: scope)
            try audit(.promotionalEntitlementExpired, entitlement, of: customer, in: scope)
        }
        try schedule(customer, in: scope)
        if hasEnded {
            try EntitlementEvents.updated(customer, nil, trigger: "promotional_entitlement_expired", in: scope)
        }
    }

    private static func audit(
        _ what: TimedChange, _ entitlement: PromotionalEntitlement, of customer: CustomerID, in scope: CallScope
    ) throws {
        try scope.audit(
            what, customer,
            ["id": .string(entitlement.id), "featureId": .string(entitlement.featureID.text)])
    }

    /// When the entitlement changes next after `now`: the warning, else the end.
    static func next(of entitlement: PromotionalEntitlement, after now: Timestamp) -> Timestamp? {
        guard let end = entitlement.endDate else { return nil }
        let notice = end.advanced(bySeconds: -noticeSeconds)
        return notice > now ? notice : end
    }

    static func schedule(_ customer: CustomerID, in scope: CallScope) throws {
        try scope.due.set(kind, of: customer, at: try scope.promotional.nextDue(of: customer))
    }
}
