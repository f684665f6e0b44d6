import TidemillOperations

/// The types of webhooks and engine events that are known, and the names that one of them goes by.
public enum EventTypes {
    /// The API's own, as its reference spells them, and what the engine adds. Others may come: producers and jobs name
    /// theirs as they like.
    public static let known: [String] =
        EngineEventTable.rows.map(\.type) + ["sync.failed", "payment.succeeded", "payment.failed", "payment.refunded"]
        + members("featureGroup", "created", "updated", "archived", "unarchived")
        + members("entity.entitlement", "created", "updated", "deleted", "usage_exceeded")

    /// Of the engine's, those that webhooks of billers go by as well: what is meant must be said.
    public static let sharedWithWebhooks = members("invoice", "created", "finalized", "paid", "voided")

    /// The same type under the names that the API's pages give it, the reference's first.
    private static let spellings: [[String]] = [
        ["credit_grant.created", "credits.granted", "credit.grant.created"],
        ["credit_grant.updated", "credits.grant.updated", "credit.grant.updated"],
        ["credit_grant.balance_low", "credits.grant.usage_low", "credit.grant.balance_low", "credit.grant.usage_low"],
        ["credit_grant.depleted", "credits.grant.depleted", "credit.grant.depleted"],
        ["credit_grant.expired", "credits.expired", "credit.grant.expired"],
        ["credit_balance.low", "credits.balance.usage_low", "credit.balance.low"],
        ["credit_balance.depleted", "credits.balance.depleted", "credit.balance.depleted"],
        ["subscription.trial_started", "subscription.trial.started", "trial.started"],
        ["subscription.trial.ends_soon", "subscription.trial_ends_soon", "trial.ends_soon"],
        ["subscription.trial_expired", "subscription.trial.expired", "trial.expired"],
        ["subscription.trial_converted", "subscription.trial.converted", "trial.converted"],
        ["subscription.create_failed", "subscription.creation_failed"],
        ["subscription.billing_month.ends_soon", "billing.month_ends_soon"],
        ["sync.failed", "third_party_sync_failed"],
    ]

    private static let others: [[UInt8]: [[UInt8]]] = {
        var others: [[UInt8]: [[UInt8]]] = [:]
        for names in spellings.map({ $0.map { Array($0.utf8) } }) {
            for name in names { others[name] = names.filter { $0 != name } }
        }
        return others
    }()

    /// The other names of a type, plain as `NamePattern` compares them.
    static func otherSpellings(of plain: [UInt8]) -> [[UInt8]] { others[plain] ?? [] }

    private static func members(_ family: String, _ names: String...) -> [String] { names.map { "\(family).\($0)" } }
}
