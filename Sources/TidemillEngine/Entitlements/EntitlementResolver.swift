import TidemillCore
import TidemillOperations
import TidemillStore

/// Whose access is asked for, with everything that can give it.
struct EntitlementSubject: Sendable {
    let customerID: CustomerID
    let resourceID: String?
    /// What is wrong with the customer or the resource; there are no sources then.
    var denial: DeniedReason?
    var customer: Customer?
    var zones = ZoneHistory(first: nil)
    var subscriptions: [EntitledSubscription] = []
    /// Those of them that have a budget.
    var budgeted: [String] = []
    var promotional: [PromotionalEntitlement] = []
    /// When something of the customer changes by time alone.
    var validUntil: Timestamp?
}

/// Finds what a customer has access to, over plans with what they inherit, add-ons, trials, what a subscription sets
/// for itself, and promotional grants (stigg.md B.6).
struct EntitlementResolver {
    let scope: CallScope

    /// Reads the sources. With `feature`, only the promotional grant of that feature.
    ///
    /// A resource has its own subscriptions and those of the customer as a whole; the customer itself has the latter
    /// only. Promotional grants hold for all (stigg.md B.6).
    func subject(
        _ customerID: CustomerID, _ resourceID: String?, feature: FeatureID? = nil
    ) throws -> EntitlementSubject {
        var subject = EntitlementSubject(customerID: customerID, resourceID: resourceID)
        guard let customer = try scope.customers.find(customerID) else {
            subject.denial = .customerNotFound
            return subject
        }
        subject.customer = customer
        subject.validUntil = try scope.due.earliest(of: customerID)
        guard customer.archivedAt == nil else {
            subject.denial = .customerIsArchived
            return subject
        }
        let live = try scope.subscriptions.live(of: customerID)
        if let resourceID, !live.contains(where: { $0.resourceID.isSame(as: resourceID) }),
            try !isResource(resourceID, of: customerID)
        {
            subject.denial = .customerResourceNotFound
            return subject
        }
        let catalog = try scope.catalog()
        subject.zones = try CustomerZones(connection: scope.connection).history(of: customer)
        let held = live.filter { $0.resourceID == nil || $0.resourceID.isSame(as: resourceID) }
        let limits = SpendLimits(scope: scope)
        subject.subscriptions = try held.compactMap { record in
            var subscription = EntitledSubscription(record, catalog)
            subscription?.isBudgetSpent = try limits.isSpent(record)
            return subscription
        }
        subject.budgeted = held.filter { $0.spendLimit != nil }.map(\.id)
        subject.promotional = try scope.promotional.live(of: customerID, feature: feature)
        return subject
    }

    private func isResource(_ id: String, of customer: CustomerID) throws -> Bool {
        try scope.connection.first(
            "SELECT 1 FROM customer_resources WHERE bucket = $1 AND customer_id = $2 AND id = $3",
            customer.key + [.text(id)], { _ in true }) ?? false
    }

    func state(of id: FeatureID, for subject: EntitlementSubject) throws -> EntitlementState {
        let now = scope.now
        let feature = try scope.catalog().feature(id)
        func denied(_ reason: DeniedReason) -> EntitlementState {
            EntitlementState(reason, feature: feature, at: now, validUntil: subject.validUntil)
        }
        if let denial = subject.denial { return denied(denial) }
        guard let feature else { return denied(.featureNotFound) }
        var candidates: [EntitlementCandidate] = []
        for subscription in subject.subscriptions {
            guard let terms = subscription.terms(of: id) else { continue }
            var candidate = try candidate(
                .subscription(subscription.id), terms, of: feature, for: subject,
                anchor: subscription.usageAnchor, countedFrom: subscription.countedFrom(by: terms),
                isOverBudget: subscription.isBudgetSpent && subscription.paysByUse(for: id))
            candidate.isPaidBeyondLimit = subscription.paysBeyondLimitOnly(for: id)
            candidates.append(candidate)
        }
        for grant in subject.promotional where grant.featureID == id {
            candidates.append(
                try candidate(
                    .promotional(grant.id), EntitlementTerms(grant), of: feature, for: subject,
                    anchor: grant.startDate))
        }
        let denial: DeniedReason =
            candidates.isEmpty
            ? subject.subscriptions.isEmpty ? .noActiveSubscription : .noFeatureEntitlementInSubscription : .revoked
        return EntitlementState(
            of: feature, candidates, otherwise: denial, at: now, validUntil: subject.validUntil)
    }

    private func candidate(
        _ source: EntitlementCandidate.Source, _ terms: EntitlementTerms, of feature: Feature,
        for subject: EntitlementSubject, anchor: Timestamp, countedFrom: Timestamp? = nil, isOverBudget: Bool = false
    ) throws -> EntitlementCandidate {
        var candidate = EntitlementCandidate(
            source: source, terms: terms, window: .allTime, countedFrom: countedFrom, isOverBudget: isOverBudget)
        guard feature.isCounted, terms.isGranted else { return candidate }
        candidate.window = .of(
            terms.resetPeriod, terms.resetConfiguration, from: anchor, zones: subject.zones, at: scope.now)
        candidate.usage = try UsageInPeriod.current(
            subject.customerID, subject.resourceID, feature, candidate.window, countedFrom: countedFrom,
            on: scope.connection)
        return candidate
    }

    /// Every feature that some source gives, by id.
    func states(for subject: EntitlementSubject) throws -> [EntitlementState] {
        var features = Set(subject.promotional.map(\.featureID))
        for subscription in subject.subscriptions { features.formUnion(subscription.features) }
        return try features.sorted().map { try state(of: $0, for: subject) }.filter { $0.winner != nil }
    }

    /// Every credit currency that a subscription grants, or that the customer or resource has a wallet of, by id.
    func currencies(of subject: EntitlementSubject) throws -> [String] {
        let wallets: [String] = try scope.connection.values(
            "SELECT currency_id FROM credit_wallets WHERE bucket = $1 AND customer_id = $2 AND resource_id = $3",
            subject.customerID.key + [
                .text(subject.resourceID ?? "")
            ])
        let catalog = try scope.catalog()
        return subject.subscriptions.reduce(Set(wallets)) { $0.union($1.currencies) }.sorted()
            .filter { catalog.currency($0) != nil }
    }

    /// How much of a feature one subscription gives: what credits by seat are counted by. Nil without a limit or access.
    func limit(of feature: FeatureID, in record: SubscriptionRecord) throws -> Amount? {
        guard let terms = EntitledSubscription(record, try scope.catalog())?.terms(of: feature), terms.isGranted,
            !terms.isUnlimited
        else { return nil }
        return terms.limit
    }
}

extension EntitledSubscription {
    /// Nil where the catalog has no such version: a store that was put together by hand.
    init?(_ record: SubscriptionRecord, _ catalog: CatalogSnapshot) {
        let chain = catalog.chain(of: record)
        guard !chain.isEmpty else { return nil }
        self.init(
            id: record.id, chain: chain,
            addons: record.addons.compactMap { addon in
                catalog.addon(addon.id, version: addon.version).map {
                    Addon(version: $0, quantity: addon.quantity)
                }
            },
            overrides: record.entitlements.compactMap { entitlement in
                guard case .feature(let own) = entitlement else { return nil }
                return EntitlementOverride(
                    featureID: own.id, usageLimit: own.usageLimit, hasUnlimitedUsage: own.hasUnlimitedUsage,
                    hasSoftLimit: own.hasSoftLimit, reset: own.reset)
            },
            quantities: record.quantities, startDate: record.startDate, usageAnchor: record.usageAnchor,
            usageResetAt: record.usageResetAt, periodsResetAt: record.periodsResetAt, updatedAt: record.updatedAt)
    }
}
