import TidemillCore
import TidemillOperations

/// Access to one feature as one source gives it, with the usage that its own period counts.
struct EntitlementCandidate: Sendable {
    enum Source: Sendable, Hashable {
        case subscription(String)
        case promotional(String)
    }

    var source: Source
    var terms: EntitlementTerms
    var window: UsageWindow
    /// Since when usage counts, where that is not the window's start: a change of plan.
    var countedFrom: Timestamp?
    /// In large units; nil for features that are not counted.
    var usage: Amount?
    /// The subscription's hard budget is used up, and the feature is paid for by use.
    var isOverBudget = false
    /// Whether only what goes beyond the limit is paid for: a spent budget leaves what is included.
    var isPaidBeyondLimit = false

    /// The most generous first: what denies least. Unlimited beats a soft limit, a soft one a hard one; among hard ones
    /// the one that leaves the most. Sources with one period differ in their limits only, so that the higher limit
    /// wins; a promotional grant with a period of its own can so never lower access (semantics.md, "Entitlements").
    fileprivate func isMoreGenerous(than other: EntitlementCandidate) -> Bool {
        if isOverBudget != other.isOverBudget { return other.isOverBudget }
        if rank != other.rank { return rank > other.rank }
        if rank == 1, room != other.room { return room > other.room }
        return limit > other.limit
    }

    private var rank: Int { terms.isUnlimited ? 3 : terms.isSoft ? 2 : 1 }
    fileprivate var limit: Amount { terms.limit ?? .zero }
    /// A level below zero (reports come out of order) leaves no more than the limit.
    fileprivate var room: Amount { limit - max(usage ?? .zero, .zero) }
}

/// What is known of a customer's access to a feature, until `validUntil`: answers whatever is asked of it.
struct EntitlementState: Sendable {
    let feature: Feature?
    /// Why nothing is granted, whatever is asked.
    let denial: DeniedReason?
    let winner: EntitlementCandidate?
    /// Nil where there is none.
    let limit: Amount?
    let enumValues: [String]
    /// Whether nothing else gives any of it, or takes it away.
    let isOfOneSource: Bool
    /// When it was resolved, and when it must be resolved again.
    let resolvedAt: Timestamp
    let validUntil: Timestamp?

    init(_ denial: DeniedReason, feature: Feature?, at now: Timestamp, validUntil: Timestamp?) {
        self.feature = feature
        self.denial = denial
        self.validUntil = validUntil
        winner = nil
        limit = nil
        enumValues = []
        isOfOneSource = false
        resolvedAt = now
    }

    /// Of what is granted by at least one source.
    init(
        of feature: Feature, _ candidates: [EntitlementCandidate], otherwise denial: DeniedReason, at now: Timestamp,
        validUntil: Timestamp?
    ) {
        isOfOneSource = candidates.count == 1
        let granted = candidates.filter(\.terms.isGranted)
        var winner: EntitlementCandidate?
        for candidate in granted {
            guard let best = winner else {
                winner = candidate
                continue
            }
            if candidate.isMoreGenerous(than: best) { winner = candidate }
        }
        self.feature = feature
        self.denial = winner == nil ? denial : nil
        self.winner = winner
        enumValues = granted.reduce([]) { EntitledSubscription.union($0, $1.terms.enumValues) }
        resolvedAt = now
        self.validUntil = (granted.compactMap(\.window.end) + [validUntil].compactMap { $0 }).min()
        guard let winner, feature.featureType == .number, !winner.terms.isUnlimited else {
            limit = nil
            return
        }
        // Beside a soft limit, a higher hard one of the same period is what people go by.
        limit = granted.filter { $0.window == winner.window && !$0.terms.isUnlimited }.map(\.limit).max()
    }

    func holds(at now: Timestamp) -> Bool {
        resolvedAt <= now && validUntil.map { now < $0 } ?? true
    }

    var usage: Amount? { winner?.usage }
    var hasUnlimitedUsage: Bool { winner?.terms.isUnlimited ?? false }
    var hasSoftLimit: Bool { winner?.terms.isSoft ?? false }

    /// The answer of a check.
    func access(requestedUsage: Amount = .zero, requestedValues: [String] = []) -> FeatureAccess {
        let reason = reason(requestedUsage, requestedValues)
        guard let feature, let winner else {
            return FeatureAccess(
                accessDeniedReason: reason, isGranted: false, feature: feature.map { FeatureRef($0) },
                validUntil: validUntil)
        }
        let isNumber = feature.featureType == .number
        let resets = winner.usage != nil && winner.terms.resetPeriod != nil
        return FeatureAccess(
            accessDeniedReason: reason, isGranted: reason == nil, currentUsage: winner.usage,
            entitlementUpdatedAt: winner.terms.updatedAt, feature: FeatureRef(feature),
            hasUnlimitedUsage: isNumber ? winner.terms.isUnlimited : nil,
            resetPeriod: resets ? winner.terms.resetPeriod : nil, usageLimit: limit,
            usagePeriodAnchor: resets ? winner.window.anchor : nil, usagePeriodEnd: resets ? winner.window.end : nil,
            usagePeriodStart: resets ? winner.window.start : nil, validUntil: validUntil,
            hasSoftLimit: isNumber ? winner.terms.isSoft : nil,
            enumValues: feature.featureType == .enum ? enumValues : nil)
    }

    private func reason(_ requestedUsage: Amount, _ requestedValues: [String]) -> DeniedReason? {
        guard let feature else { return denial ?? .featureNotFound }
        if let denial, denial.concernsCustomer { return denial }
        let fitsType =
            switch feature.featureType {
            case .boolean: requestedUsage == .zero && requestedValues.isEmpty
            case .number: requestedValues.isEmpty
            case .enum: requestedUsage == .zero
            }
        guard fitsType else { return .featureTypeMismatch }
        if let denial { return denial }
        guard let winner else { return .noFeatureEntitlementInSubscription }
        if winner.isOverBudget {
            return winner.isPaidBeyondLimit && requestedUsage <= winner.room ? nil : .budgetExceeded
        }
        switch feature.featureType {
        case .boolean: return nil
        case .enum: return requestedValues.allSatisfy(enumValues.contains) ? nil : .requestedValuesMismatch
        case .number:
            if winner.terms.isUnlimited || winner.terms.isSoft { return nil }
            return requestedUsage <= winner.room ? nil : .requestedUsageExceedingLimit
        }
    }
}

extension DeniedReason {
    /// Reasons that come before any about the feature.
    fileprivate var concernsCustomer: Bool {
        switch self {
        case .customerNotFound, .customerIsArchived, .customerResourceNotFound: true
        case .featureNotFound, .noActiveSubscription, .noFeatureEntitlementInSubscription,
            .requestedUsageExceedingLimit, .requestedValuesMismatch, .budgetExceeded, .unknown, .featureTypeMismatch,
            .revoked, .insufficientCredits, .entitlementNotFound:
            false
        }
    }
}
