import TidemillCore

/// Credits that a subscription grants again and again.
enum RecurringCredits {
    static func subscriptionChanged(_ record: SubscriptionRecord, in scope: CallScope) throws {}
    static func periodBegan(_ record: SubscriptionRecord, at instant: Timestamp, in scope: CallScope) throws {}
}
