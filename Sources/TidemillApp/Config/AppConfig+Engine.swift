import TidemillEngine
import TidemillPricing

extension AppConfig {
    /// What the engine needs to know of the configuration: one value for all that works in the store.
    var engineSettings: EngineSettings {
        var settings = EngineSettings(
            maxFutureSeconds: events.maxFuture.components.seconds, usageAlerts: alerts.usage,
            dedupeWindow: events.dedupeWindow.components.seconds, keep: events.keep.components.seconds)
        settings.creditsRemaining = alerts.creditsRemaining
        settings.tax = billing.taxPercentage.map {
            Tax(percentage: $0, isInclusive: billing.taxInclusive, displayName: billing.taxName)
        }
        settings.invoiceGraceSeconds = billing.grace.components.seconds
        settings.invoiceDueSeconds = billing.invoiceDue.components.seconds
        return settings
    }
}
