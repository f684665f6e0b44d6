public import TidemillCore

extension EngineSettings {
    public init(
        maxFutureSeconds: Int64 = EventBounds.maxFuture, usageAlerts: [Int] = [80, 100],
        dedupeWindow: Int64 = EventBounds.dedupeWindow, keep: Int64 = EventBounds.keep, ids: IDSource = .random
    ) {
        self.init(
            maxFutureSeconds: maxFutureSeconds, usageAlerts: usageAlerts, dedupeWindow: dedupeWindow, keep: keep,
            ids: ids, timed: [CreditLifecycle.self, SubscriptionLifecycle.self, PromotionalExpiry.self])
    }
}
