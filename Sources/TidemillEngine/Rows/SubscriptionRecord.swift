import TidemillCore
import TidemillOperations
import TidemillPricing

/// What is known about one subscription. Times are whole milliseconds.
struct SubscriptionRecord: Sendable, Hashable {
    var id: String
    var customerID: CustomerID
    /// Who pays, when somebody else does.
    var payingCustomerID: CustomerID?
    /// The resource it is for; nil for the customer as a whole.
    var resourceID: String?
    var productID: String
    var planID: String
    /// The version that was sold: subscribers stay on it until they are moved (stigg.md B.10).
    var planVersion: Int64
    /// The versions of the plan's parents that were sold with it, which stay in the same way; of one that is not named
    /// the newest holds.
    var parentVersions: TextMap<Int64> = [:]
    var addons: [SubscribedAddon] = []
    var pricingType: PricingType
    var status: SubscriptionStatus
    /// Nil where the plan is not sold by a period: it is then counted in months.
    var billingPeriod: BillingPeriod?

    var startDate: Timestamp
    /// From where billing periods are counted, without drift.
    var billingCycleAnchor: Timestamp
    /// The running period; the trial while there is one; nil before the start.
    var currentBillingPeriodStart: Timestamp?
    var currentBillingPeriodEnd: Timestamp?
    /// When the end of a billing month is announced next.
    var billingMonthEndsSoonAt: Timestamp?

    /// When the usage of a billing month is invoiced that ends within the period: of a year.
    var usageInvoiceAt: Timestamp?
    /// Until when nothing was charged: it began in the past, and is charged with its next period first.
    var unpaidUntil: Timestamp?

    /// Set from the moment a trial was agreed, and kept when it is over.
    var trialEndDate: Timestamp?
    var trialEndBehavior: TrialEndBehavior?
    /// What may be spent during the trial.
    var trialBudget: Budget?
    /// When the end of the trial is announced; nil when it was, or never will be.
    var trialEndsSoonAt: Timestamp?
    /// Since when the plan was paid for; nil while it never was.
    var paidSince: Timestamp?

    /// When it is, or was, canceled.
    var cancellationDate: Timestamp?
    var cancelReason: CancelReason?
    /// When it ends for good without having been canceled; when it ended, once it is over.
    var endDate: Timestamp?
    /// Whether nothing follows the cancellation that is set, whatever the product says.
    var endsWithoutSuccessor = false
    /// Whether unused time is credited at the cancellation that is set, where that was said.
    var proratesEnd: Bool?

    /// How much of each per-unit charge is bought.
    var quantities: [FeatureID: Amount] = [:]
    /// The same of credits, by currency.
    var creditQuantities: TextMap<Amount> = [:]
    /// What a former owner was granted of its credits, by the beginning of the grants' source keys: a period is granted
    /// once, whoever has the subscription.
    var creditsGranted: TextMap<Amount> = [:]
    /// The country whose prices hold, also when the customer moves (stigg.md B.8).
    var billingCountryCode: String?
    /// The currency of its prices; nil where nothing costs anything.
    var currency: String?
    var priceOverrides: [PriceOverride] = []
    var entitlements: [SubscriptionEntitlement] = []
    var coupon: SubscribedCoupon?
    /// What was charged in advance for the running period; nil where that was not kept.
    var paid: PaidPeriod?
    var budget: Budget?
    /// How much of the budget was told of last.
    var spendNotice: SpendNotice?
    /// In place of the plan's.
    var minimumSpend: Money?

    var paymentCollection = PaymentCollection.notRequired
    var paymentCollectionMethod: PaymentCollectionMethod?
    /// Kept as it came: no biller is connected, so nothing is awaited.
    var awaitsPaymentConfirmation: Bool?
    var billingInformation: BillingInformation?
    var billingID: String?
    var salesforceID: String?
    var metadata: TextMap<String> = [:]

    /// The change that waits for its time, and those that failed at theirs.
    var schedule: [ScheduledUpdate] = []

    /// From where reset periods that begin with the subscription are counted: moves with the billing cycle only.
    var usageAnchor: Timestamp
    /// Usage before this instant does not count any more: the last change of plan that reset it (stigg.md B.4).
    var usageResetAt: Timestamp
    /// The same of usage that is counted by reset periods, where it is later: the end of a trial that became paid. What
    /// never begins anew goes on through it.
    var periodsResetAt: Timestamp?
    /// What held before changes began usage anew, oldest first: for its history.
    var usageEras: [UsageEra] = []
    /// Usage before this instant was due at a change of plan, and is not billed again.
    var usageBilledAt: Timestamp?

    var createdAt: Timestamp
    var updatedAt: Timestamp
}

/// By what usage was counted until a change began it anew.
struct UsageEra: Sendable, Hashable {
    var until: Timestamp
    var usageAnchor: Timestamp
    var planID: String
    var planVersion: Int64
    /// Whether only usage with a reset period began anew.
    var ofPeriodsOnly: Bool
}

/// An add-on of a subscription, in the version that was sold.
struct SubscribedAddon: Sendable, Hashable {
    var id: String
    var version: Int64
    var quantity: Int64
}

extension SubscriptionRecord {
    /// Billing periods. They step in UTC (semantics.md, "Meters"), so no clock change moves them.
    var billingCycle: CalendarPeriod {
        CalendarPeriod(billingPeriod == .annually ? .year : .month, anchor: billingCycleAnchor)
    }

    /// Billing months: those of an annual subscription too.
    var billingMonths: CalendarPeriod { CalendarPeriod(.month, anchor: billingCycleAnchor) }

    /// An hour before its end a billing month is announced to end soon (stigg.md C.3).
    static let monthNoticeSeconds: Int64 = 3_600

    /// Awaits the first such notice later than `instant`.
    mutating func awaitMonthEnd(after instant: Timestamp) {
        let notice = billingMonths.window(containing: instant).end.advanced(bySeconds: -Self.monthNoticeSeconds)
        guard notice <= instant else {
            billingMonthEndsSoonAt = notice
            return
        }
        let next = instant.advanced(bySeconds: Self.monthNoticeSeconds)
        billingMonthEndsSoonAt = billingMonths.window(containing: next).end
            .advanced(bySeconds: -Self.monthNoticeSeconds)
    }

    /// Makes the period that holds `instant` the running one.
    mutating func enterPeriod(containing instant: Timestamp) {
        let window = billingCycle.window(containing: instant)
        currentBillingPeriodStart = window.start
        currentBillingPeriodEnd = window.end
        awaitMonthEnd(after: instant)
        awaitUsageInvoice(after: instant)
    }

    /// Awaits the end of the billing month, where the period goes on after it.
    mutating func awaitUsageInvoice(after instant: Timestamp) {
        let end = billingMonths.window(containing: instant).end
        usageInvoiceAt = currentBillingPeriodEnd.flatMap { end < $0 ? end : nil }
    }

    /// Whether the period that runs was not charged.
    func isUnpaid(at instant: Timestamp) -> Bool { unpaidUntil.map { instant < $0 } ?? false }

    /// Begins the billing cycle anew.
    mutating func restartCycle(at instant: Timestamp) {
        billingCycleAnchor = instant
        enterPeriod(containing: instant)
    }

    /// Since when usage counts, by whether it has a reset period.
    func usageCountedFrom(inPeriods: Bool) -> Timestamp {
        inPeriods ? max(usageResetAt, periodsResetAt ?? usageResetAt) : usageResetAt
    }

    /// Eras that are remembered of one subscription.
    private static let erasMax = 50

    /// Begins usage anew at `instant`. `ofPeriodsOnly`: what never begins anew goes on.
    mutating func restartUsage(at instant: Timestamp, from old: SubscriptionRecord, ofPeriodsOnly: Bool) {
        usageEras.append(
            UsageEra(
                until: instant, usageAnchor: old.usageAnchor, planID: old.planID, planVersion: old.planVersion,
                ofPeriodsOnly: ofPeriodsOnly))
        usageEras = usageEras.suffix(Self.erasMax)
        if ofPeriodsOnly { periodsResetAt = instant } else { usageResetAt = instant }
    }

    /// The first instant without access, when there is one: what was agreed first.
    var effectiveEndDate: Timestamp? {
        let trialEnd = status == .inTrial && trialEndBehavior == .cancelSubscription ? trialEndDate : nil
        return [cancellationDate, endDate, trialEnd].compactMap { $0 }.min()
    }

    /// What waits for its time and comes first: all orders of that instant together.
    var pendingUpdate: ScheduledUpdate? { pendingUpdates.first }

    /// What waits, by instants.
    var pendingUpdates: [ScheduledUpdate] {
        let waiting = schedule.filter { $0.status == .scheduled }
        return Set(waiting.map(\.at)).sorted().compactMap { instant in
            waiting.filter { $0.at == instant }.reduce(nil) { (all: ScheduledUpdate?, next) in
                guard var all else { return next }
                all.change = all.change.followed(by: next.change)
                all.kinds += next.kinds.filter { !all.kinds.contains($0) }
                all.targetPlanID = next.targetPlanID ?? all.targetPlanID
                return all
            }
        }
    }

    /// The next instant at which something of it changes by time alone.
    var nextChange: Timestamp? {
        guard !status.isOver else { return nil }
        var instants = [cancellationDate, endDate, pendingUpdate?.at]
        switch status {
        case .notStarted: instants.append(startDate)
        case .inTrial: instants += [trialEndDate, trialEndsSoonAt]
        case .active: instants += [currentBillingPeriodEnd, billingMonthEndsSoonAt, usageInvoiceAt]
        case .paymentPending, .expired, .canceled: break
        }
        return instants.compactMap { $0 }.min()
    }
}

/// How much of a budget was told of last, in which period.
struct SpendNotice: Sendable, Hashable {
    var periodStart: Timestamp
    var percentage: Int64
}
