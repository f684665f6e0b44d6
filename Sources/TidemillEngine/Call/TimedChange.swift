import TidemillCore
import TidemillOperations

/// What time alone changes, by the names under which the audit has it. Each comes out the same whoever is the first to
/// look after it was due.
enum TimedChange: String, CaseIterable {
    // Credits.
    case creditGrantActivated
    case creditGrantsExpired
    case creditReservationExpired
    case recurringCreditsGranted
    // Promotional entitlements.
    case promotionalEntitlementEndAnnounced
    case promotionalEntitlementExpired
    // Subscriptions.
    case subscriptionStarted
    case subscriptionRenewed
    case subscriptionMigrated
    case subscriptionCanceled
    case subscriptionExpired
    case scheduledUpdateApplied
    case trialEndAnnounced
    case trialEnded
    case billingMonthEndAnnounced
    case billingMonthEnded
}

extension CallScope {
    /// Leaves a row about what time has changed.
    func audit(_ change: TimedChange, _ customer: CustomerID, _ details: Payload) throws {
        try audit(change.rawValue, customer, details)
    }
}
