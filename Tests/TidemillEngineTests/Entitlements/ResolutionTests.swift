import Testing
import TidemillCore

@testable import TidemillEngine
@testable import TidemillOperations

/// What a subscription gives, by stigg.md B.6. Every figure is worked out in the comment beside it.
struct ResolutionTests {
    private let seats = FeatureID("seats")

    private func subscription(
        _ chain: [PackageVersion], addons: [(PackageVersion, Int64)] = [], overrides: [EntitlementOverride] = [],
        quantities: [FeatureID: Amount] = [:]
    ) -> EntitledSubscription {
        EntitledSubscription(
            id: "s", chain: chain, addons: addons.map { .init(version: $0.0, quantity: $0.1) }, overrides: overrides,
            quantities: quantities, startDate: EngineFixture.start, usageAnchor: EngineFixture.start,
            usageResetAt: EngineFixture.start, updatedAt: EngineFixture.start)
    }

    @Test func `a child's entitlement replaces what is inherited, one feature at a time`() {
        let child = package(.plan, "pro", [gives("seats", 10)])
        let parent = package(.plan, "basic", [gives("seats", 50), gives("sites", 3)])
        let subscription = subscription([child, parent])
        // Not 50, and not 60.
        #expect(subscription.terms(of: seats)?.limit == Amount(10))
        #expect(subscription.terms(of: FeatureID("sites"))?.limit == Amount(3))
        #expect(subscription.terms(of: FeatureID("other")) == nil)
    }

    @Test func `a child can revoke what is inherited`() {
        let child = package(.plan, "pro", [gives("seats", granted: false)])
        let parent = package(.plan, "basic", [gives("seats", 50)])
        #expect(subscription([child, parent]).terms(of: seats)?.isGranted == false)
    }

    private static let combinations: [([String], Int64)] = [
        // plan 10 + 5 × 1; 10 + 5 × 3; 10 + 5 × 2 + 7 × 1
        (["1 i5"], 15), (["3 i5"], 25), (["2 i5", "1 i7"], 27),
        // 4 × 1 replaces 10, though it is less; 4 × 3; the greatest of 4 × 2 and 9 × 1
        (["1 o4"], 4), (["3 o4"], 12), (["2 o4", "1 o9"], 9),
        // Override wins alone: 9, not 9 + 15 and not 25.
        (["3 i5", "1 o9"], 9),
    ]

    @Test(arguments: combinations)
    func `add-ons add to the plan or replace it`(addons: [String], limit: Int64) {
        let all = [
            "i5": package(.addon, "i5", [gives("seats", 5)]), "i7": package(.addon, "i7", [gives("seats", 7)]),
            "o4": package(.addon, "o4", [gives("seats", 4, behavior: .override)]),
            "o9": package(.addon, "o9", [gives("seats", 9, behavior: .override)]),
        ]
        let plan = package(.plan, "pro", [gives("seats", 10)])
        let subscription = subscription(
            [plan],
            addons: addons.compactMap { text in
                let parts = text.split(separator: " ").map(String.init)
                return all[parts[1]].map { ($0, Int64(parts[0]) ?? 0) }
            })
        #expect(subscription.terms(of: seats)?.limit == Amount(limit))
    }

    @Test func `an add-on gives what the plan lacks or revokes, and may lift the limit`() {
        let addon = package(.addon, "more", [gives("seats", 5)])
        let boundless = package(.addon, "all", [gives("seats", unlimited: true)])
        let bare = package(.plan, "pro", [])
        let revoking = package(.plan, "pro", [gives("seats", granted: false)])
        let plan = package(.plan, "pro", [gives("seats", 10)])
        #expect(subscription([bare], addons: [(addon, 2)]).terms(of: seats)?.limit == Amount(10))
        #expect(subscription([revoking], addons: [(addon, 1)]).terms(of: seats)?.limit == Amount(5))
        #expect(subscription([plan], addons: [(boundless, 1)]).terms(of: seats)?.isUnlimited == true)
    }

    @Test func `what is bought in advance is the limit, and add-ons go on top`() {
        let plan = package(.plan, "pro", [gives("seats", 1)], charges: [charge(.perUnit, "seats")])
        let addon = package(.addon, "more", [gives("seats", 5)])
        let bought = subscription([plan], addons: [(addon, 2)], quantities: [seats: Amount(40)])
        // 40 + 5 × 2
        #expect(bought.terms(of: seats)?.limit == Amount(50))
        let unsold = package(.plan, "pro", [gives("seats", 1)])
        #expect(subscription([unsold], quantities: [seats: Amount(40)]).terms(of: seats)?.limit == Amount(1))
        let withoutEntitlement = package(.plan, "pro", [], charges: [charge(.perUnit, "seats")])
        #expect(
            subscription([withoutEntitlement], quantities: [seats: Amount(7)]).terms(of: seats)?.limit == Amount(7))
    }

    @Test func `an overage price makes the limit soft`() {
        let plan = package(.plan, "pro", [gives("seats", 1)], overage: [charge(.usageBased, "seats")])
        #expect(subscription([plan]).terms(of: seats)?.isSoft == true)
    }

    @Test func `what a subscription sets for itself replaces the plan's, field by field`() {
        let plan = package(.plan, "pro", [gives("seats", 10, soft: true, reset: .month, .startOfTheMonth)])
        let own = EntitlementOverride(
            featureID: seats, usageLimit: Amount(99),
            reset: ResetFields(period: nil, yearly: nil, monthly: nil, weekly: nil))
        let terms = subscription([plan], overrides: [own]).terms(of: seats)
        #expect(terms?.limit == Amount(99))
        #expect(terms?.isSoft == true)
        #expect(terms?.resetConfiguration == ResetConfiguration(accordingTo: .startOfTheMonth))
    }

    // MARK: - Several sources

    private func number(_ limit: Int64?, used: Int64, unlimited: Bool = false, soft: Bool = false, _ id: String = "s")
        -> EntitlementCandidate
    {
        var terms = EntitlementTerms(updatedAt: EngineFixture.start)
        terms.limit = limit.map { Amount($0) }
        terms.isUnlimited = unlimited
        terms.isSoft = soft
        return EntitlementCandidate(
            source: .subscription(id), terms: terms, window: .allTime, usage: Amount(used))
    }

    private func state(_ candidates: [EntitlementCandidate]) -> EntitlementState {
        EntitlementState(of: counted, candidates, otherwise: .revoked, at: EngineFixture.start, validUntil: nil)
    }

    private var counted: Feature {
        Feature(
            id: seats, displayName: "Seats", description: nil, featureType: .number, meterType: .incremental,
            featureStatus: .active, featureUnits: nil, featureUnitsPlural: nil, enumConfiguration: nil, meter: nil,
            unitTransformation: nil, metadata: [:], createdAt: EngineFixture.start, updatedAt: EngineFixture.start)
    }

    @Test func `the most generous source wins, without a sum`() {
        let most = state([number(10, used: 4), number(25, used: 4), number(20, used: 4)])
        #expect(most.limit == Amount(25))
        #expect(most.access(requestedUsage: Amount(21)).isGranted)
        #expect(most.access(requestedUsage: Amount(22)).accessDeniedReason == .requestedUsageExceedingLimit)
    }

    @Test func `unlimited beats any number`() {
        let most = state([number(999_999, used: 4), number(nil, used: 4, unlimited: true)])
        #expect(most.hasUnlimitedUsage)
        #expect(most.limit == nil)
        #expect(most.access(requestedUsage: .bound).isGranted)
    }

    @Test func `a soft limit is told with the highest limit of its period, and denies nothing`() {
        let most = state([number(100, used: 120), number(5, used: 120, soft: true)])
        #expect(most.access(requestedUsage: Amount(1)).isGranted)
        #expect(most.limit == Amount(100))
    }

    @Test func `of sources with periods of their own the one with more left wins`() {
        var lifetime = number(1100, used: 5000, "promotional")
        lifetime.window = .allTime
        var monthly = number(1000, used: 10, "plan")
        monthly.window = UsageWindow(
            anchor: time("2026-10-01T00:00:00Z"), start: time("2026-10-01T00:00:00Z"), end: time("2026-11-01T00:00:00Z")
        )
        // 1000 − 10 beats 1100 − 5000.
        #expect(state([monthly, lifetime]).limit == Amount(1000))
        #expect(state([lifetime, monthly]).limit == Amount(1000))
    }
}
