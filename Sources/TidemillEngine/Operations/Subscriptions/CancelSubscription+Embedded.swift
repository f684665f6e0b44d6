import TidemillCore
import TidemillOperations

extension CancelSubscription: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Subscription {
        let (record, session) = try scope.openSubscription(input.id, for: .cancelSubscription)
        let date = try date(input, record, session)
        let isFollowed = input.cancellationAction == .asConfigured
        var result: SubscriptionRecord
        if let date {
            result = record
            result.cancellationDate = date
            result.endsWithoutSuccessor = !isFollowed
            result.proratesEnd = input.prorate
            try session.save(result)
            try session.announce(.updated, result, ["isUpgrade": false, "isDowngrade": false])
        } else {
            result = try session.end(record, as: .canceled, .immediate, isFollowed: isFollowed, prorates: input.prorate)
        }
        try session.noteDue()
        return try session.answer(result)
    }

    /// When it ends; nil for now. What is asked for must be possible; what only the product prefers gives way: a trial
    /// ends at once, and so does a plan without a price by the period (stigg.md A.4).
    private static func date(
        _ input: Input, _ record: SubscriptionRecord, _ session: SubscriptionSession
    ) throws -> Timestamp? {
        let settings = session.catalog.product(record.productID)?.productSettings
        let time = input.cancellationTime ?? settings?.subscriptionCancellationTime ?? .immediate
        let isAsked = input.cancellationTime != nil
        if input.endDate != nil, time != .specificDate {
            throw session.selection.failure(
                .invalidArgument, "'endDate' goes with the cancellationTime SPECIFIC_DATE, got \(time.rawValue)")
        }
        guard time != .immediate else { return nil }
        guard record.status != .inTrial else {
            if isAsked { throw session.selection.trialEndsNow }
            return nil
        }
        switch time {
        case .immediate: return nil
        case .endOfBillingPeriod:
            guard record.pricingType != .custom, let end = record.currentBillingPeriodEnd else {
                guard isAsked else { return nil }
                throw session.selection.failure(
                    .invalidCancellationDate,
                    "END_OF_BILLING_PERIOD needs a running billing period, which custom plans and subscriptions that did not begin have not; use IMMEDIATE or SPECIFIC_DATE"
                )
            }
            return end
        case .specificDate:
            guard let end = input.endDate?.wholeMilliseconds else {
                throw session.selection.failure(
                    .invalidCancellationDate, "'endDate' is required with the cancellationTime SPECIFIC_DATE")
            }
            guard end > max(session.now, record.startDate) else {
                throw session.selection.failure(
                    .invalidCancellationDate, "'endDate' must be later than the start and than now, got \(end)")
            }
            return end
        }
    }
}

extension PackageSelection {
    /// Trials cannot be canceled for later (stigg.md B.10).
    var trialEndsNow: OperationError {
        failure(
            .trialMustBeCancelledImmediately,
            "the subscription is in its trial, which can be canceled IMMEDIATE only; or change its 'trialEndDate'")
    }
}
