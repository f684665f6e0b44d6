import TidemillCore
import TidemillOperations
import TidemillStore

/// What time alone does to subscriptions: they start, trials end, periods renew, scheduled changes and cancellations
/// come true. Everything happens at its exact instant, also when nobody looked for a year.
enum SubscriptionLifecycle: TimeDriven {
    static let kind = TimedKind.subscription

    /// One instant holds few changes of one subscription; more would be an endless loop.
    private static let stepsMax = 20

    static func advance(_ customer: CustomerID, to instant: Timestamp, in scope: CallScope) throws {
        let session = try SubscriptionSession(
            scope.customers.require(customer, for: .getSubscription), in: scope, for: .updateSubscription)
        try SubscriptionMigration.move(of: session)
        for record in try scope.subscriptions.open(of: customer) { try settle(record, session) }
        try session.noteDue()
    }

    static func schedule(_ customer: CustomerID, in scope: CallScope) throws {
        let open = try scope.subscriptions.open(of: customer)
        let migration = try SubscriptionMigration.next(for: open, in: scope)
        try scope.due.set(kind, of: customer, at: (open.compactMap(\.nextChange) + [migration].compactMap { $0 }).min())
    }

    /// Applies what is due of one subscription, until nothing is.
    private static func settle(_ record: SubscriptionRecord, _ session: SubscriptionSession) throws {
        for _ in 0..<stepsMax {
            // Read anew: a step may have changed what lies beside it too.
            guard let current = try session.scope.subscriptions.find(record.id), let next = current.nextChange,
                next <= session.now
            else { return }
            let (what, dropped) = try step(current, session)
            var details: TextMap<Payload> = ["id": .string(current.id), "planId": .string(current.planID)]
            if !dropped.isEmpty { details["dropped"] = .array(dropped.map { .string($0) }) }
            try session.scope.audit(what, current.customerID, .object(details))
        }
        throw StoreError(.corrupt, "the subscription \"\(record.id)\" does not come to rest; restore a backup")
    }

    /// The next thing that is due. An end comes before all else, and a scheduled change before the renewal: the new
    /// period begins with what was scheduled for it.
    /// Answers what the audit calls it.
    private static func step(
        _ record: SubscriptionRecord, _ session: SubscriptionSession
    ) throws -> (what: TimedChange, dropped: [String]) {
        let now = session.now
        func isDue(_ instant: Timestamp?) -> Bool { instant.map { $0 <= now } ?? false }
        if isDue(record.cancellationDate) {
            try session.end(record, as: .canceled, .scheduledCancellation, isFollowed: true)
            return (.subscriptionCanceled, [])
        } else if isDue(record.endDate) {
            try session.end(record, as: .expired, .expired, isFollowed: true)
            return (.subscriptionExpired, [])
        } else if record.status == .notStarted, isDue(record.startDate) {
            try session.start(record)
            return (.subscriptionStarted, [])
        } else if record.status == .inTrial, isDue(record.trialEndDate) {
            switch record.trialEndBehavior {
            case .cancelSubscription: try session.end(record, as: .canceled, .trialEnded, isFollowed: true)
            case .convertToPaid, nil: try session.convert(record, because: SubscriptionSession.trialEnd)
            }
            return (.trialEnded, [])
        } else if record.status == .inTrial, isDue(record.trialEndsSoonAt) {
            try session.announceTrialEnd(record)
            return (.trialEndAnnounced, [])
        } else if record.status == .active, isDue(record.billingMonthEndsSoonAt) {
            try session.announceMonthEnd(record)
            return (.billingMonthEndAnnounced, [])
        } else if record.status == .active, isDue(record.usageInvoiceAt) {
            try session.invoiceUsage(record)
            return (.billingMonthEnded, [])
        } else if isDue(record.pendingUpdate?.at) {
            return (.scheduledUpdateApplied, try session.applyPending(record))
        } else {
            try session.renew(record)
            return (.subscriptionRenewed, [])
        }
    }
}
