/// What of the worker a person should look at, one code for each kind. `status`, `/statusz`, `tidemill_attention` and
/// docs/attention.md call it the same, and a code never changes its meaning: alerts are written against it.
public enum AttentionCode: String, WireEnum {
    case inboxWaiting = "inbox_waiting"
    case inboxUnreadable = "inbox_unreadable"
    case deliveriesUnattended = "deliveries_unattended"
    case spoolUnattended = "spool_unattended"
    case spoolGone = "spool_gone"
    case deliveryFailed = "delivery_failed"
    case eventsUncounted = "events_uncounted"
    case eventsWithoutKey = "events_without_key"
    case fileWrittenLate = "file_written_late"
    case deliveryUnreachable = "delivery_unreachable"
    case deliveriesHeld = "deliveries_held"
    case fileRefused = "file_refused"
    case ingestUnfinished = "ingest_unfinished"
    case catalogPending = "catalog_pending"
    case recordsRejected = "records_rejected"
    case ingestPaused = "ingest_paused"
    case rechargePaused = "recharge_paused"
    case grantsPaused = "grants_paused"
    case billingPaused = "billing_paused"
    case clockPaused = "clock_paused"
    case jobPaused = "job_paused"
    case rechargeStopped = "recharge_stopped"
    case rechargeUnanswered = "recharge_unanswered"
    case rechargePending = "recharge_pending"
    case clockDoubted = "clock_doubted"
    case policyFailing = "policy_failing"
    case jobFailing = "job_failing"
    case runsFailed = "runs_failed"
    case runsQuarantined = "runs_quarantined"
    case runsParked = "runs_parked"
    case runsWaiting = "runs_waiting"
    case triggersCutOff = "triggers_cut_off"
    case schedulesStopped = "schedules_stopped"
    case creditsUnpaid = "credits_unpaid"
    case invoiceStuck = "invoice_stuck"
    case invoiceIncomplete = "invoice_incomplete"
    case usageTooLate = "usage_too_late"
    case lateUsageStuck = "late_usage_stuck"
    case usageUnbilled = "usage_unbilled"
    case subscriptionsOutdated = "subscriptions_outdated"
    case reprocessOpen = "reprocess_open"
    case usageUnrated = "usage_unrated"
    case usageNegative = "usage_negative"
    case totalsDiffer = "totals_differ"
    case scriptsNotInForce = "scripts_not_in_force"

    /// Of what is paused under `name`, which is a part of the worker or a job.
    public init(paused name: String) {
        switch PauseTarget(rawValue: name) {
        case .ingest: self = .ingestPaused
        case .recharge: self = .rechargePaused
        case .grants: self = .grantsPaused
        case .billing: self = .billingPaused
        case .clock: self = .clockPaused
        case .job, nil: self = .jobPaused
        }
    }
}

/// One thing that a person should look at.
public struct AttentionEntry: Shaped, Listed {
    public var code: AttentionCode
    public var message: String

    public init(_ code: AttentionCode, _ message: String) {
        self.code = code
        self.message = message
    }

    public static let shape = Shape(
        required("code", \.code, .choice, "What kind it is: `tidemill explain CODE`."),
        required("message", \.message, .anyText, "What it is, and what to do."),
        make: { Self($0, $1) })

    public static let singular = "attention entry"
    public static let plural = "attention entries"
}
