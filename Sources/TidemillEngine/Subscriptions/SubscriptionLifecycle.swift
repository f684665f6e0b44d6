import TidemillCore
import TidemillOperations
import TidemillStore

/// What time alone does to subscriptions: they start, trials end, periods renew, scheduled changes and cancellations
/// come true. Everything happens at its exact instant, also when nobody looked for a year.
enum SubscriptionLifecycle: TimeDriven {
    static let kind = "subscription"

    /// One instant holds few changes of one subscription; more would be an endless loop.
    private static let stepsMax = 20

    static func advance(_ customer: CustomerID, to instant: Timestamp, in scope: CallScope) throws {
        let session = try SubscriptionSession(
            scope.customers.require(customer, for: .getSubscription), in: scope, for: .updateSubscription)
        try SubscriptionMigration.move(of: session)
        for record in try scope.subscriptions.open(of: customer) { try settle(record, session) }
        try noteDue(of: customer, in: scope)
    }

    static func noteDue(of customer: CustomerID, in scope: CallScope) throws {
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
            try step(current, session)
        }
        throw StoreError(.corrupt, "the subscription \"\(record.id)\" does not come to rest; restore a backup")
    }

    /// The next thing that is due. An end comes before all else, and a scheduled change before the renewal: the new
    /// period begins with what was scheduled for it.
    private static func step(_ record: SubscriptionRecord, _ session: SubscriptionSession) throws {
        let now = session.now
        func isDue(_ instant: Timestamp?) -> Bool { instant.map { $0 <= now } ?? false }
        if isDue(record.cancellationDate) {
            try session.end(record, as: .canceled, .scheduledCancellation, isFollowed: true)
        } else if isDue(record.endDate) {
            try session.end(record, as: .expired, .expired, isFollowed: true)
        } else if record.status == .notStarted, isDue(record.startDate) {
            try session.start(record)
        } else if record.status == .inTrial, isDue(record.trialEndDate) {
            switch record.trialEndBehavior {
            case .cancelSubscription: try session.end(record, as: .canceled, .trialEnded, isFollowed: true)
            case .convertToPaid, nil: try session.convert(record, because: "TRIAL_ENDED")
            }
        } else if record.status == .inTrial, isDue(record.trialEndsSoonAt) {
            try session.announceTrialEnd(record)
        } else if isDue(record.pendingUpdate?.at) {
            try session.applyPending(record)
        } else {
            try session.renew(record)
        }
    }
}
