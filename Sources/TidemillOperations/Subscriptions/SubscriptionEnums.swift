/// Where a subscription stands (stigg.md B.10).
public enum SubscriptionStatus: String, WireEnum {
    case paymentPending = "PAYMENT_PENDING"
    case active = "ACTIVE"
    case expired = "EXPIRED"
    case inTrial = "IN_TRIAL"
    case canceled = "CANCELED"
    case notStarted = "NOT_STARTED"
}

extension SubscriptionStatus {
    /// Whether it gives access now.
    public var isLive: Bool {
        switch self {
        case .active, .inTrial: true
        case .paymentPending, .expired, .canceled, .notStarted: false
        }
    }

    /// Whether it is over for good.
    public var isOver: Bool {
        switch self {
        case .expired, .canceled: true
        case .active, .inTrial, .paymentPending, .notStarted: false
        }
    }
}

/// Why a subscription ended. The mixed spelling is the API's.
public enum CancelReason: String, WireEnum {
    case upgradeOrDowngrade = "UPGRADE_OR_DOWNGRADE"
    case cancelledByBilling = "CANCELLED_BY_BILLING"
    case expired = "EXPIRED"
    case detachBilling = "DETACH_BILLING"
    case trialEnded = "TRIAL_ENDED"
    case immediate = "Immediate"
    case trialConverted = "TRIAL_CONVERTED"
    case pendingPaymentExpired = "PENDING_PAYMENT_EXPIRED"
    case scheduledCancellation = "ScheduledCancellation"
    case customerArchived = "CustomerArchived"
    case autoCancellationRule = "AutoCancellationRule"
}

/// When a change takes effect. A billing month is counted from the billing anchor, also in an annual subscription.
public enum ScheduleStrategy: String, WireEnum {
    case endOfBillingPeriod = "END_OF_BILLING_PERIOD"
    case endOfBillingMonth = "END_OF_BILLING_MONTH"
    case immediate = "IMMEDIATE"
}

/// Whether a change begins the billing cycle anew.
public enum BillingCycleAnchorChange: String, WireEnum {
    case unchanged = "UNCHANGED"
    case now = "NOW"
}

/// Whether money is awaited. No biller is connected, so nothing ever is.
public enum PaymentCollection: String, WireEnum {
    case notRequired = "NOT_REQUIRED"
    case processing = "PROCESSING"
    case failed = "FAILED"
    case actionRequired = "ACTION_REQUIRED"
}

/// How money is collected: kept for whoever collects it.
public enum PaymentCollectionMethod: String, WireEnum {
    case charge = "CHARGE"
    case invoice = "INVOICE"
    case none = "NONE"
}

/// What follows a cancellation: what the product says, or nothing.
public enum CancellationAction: String, WireEnum {
    case asConfigured = "DEFAULT"
    case revokeEntitlements = "REVOKE_ENTITLEMENTS"
}

/// When a subscription moves to the newest version of its packages.
public enum MigrationTime: String, WireEnum {
    case endOfBillingPeriod = "END_OF_BILLING_PERIOD"
    case immediate = "IMMEDIATE"
}
