import Foundation
import Testing
import TidemillCore
@testable import TidemillEngine
@testable import TidemillOperations
import TidemillStore
import TidemillTestSupport

/// Goal: it makes no difference whether somebody watched. Method: the same random calls at the same random instants over
/// about two years, once with a look at every day between them and once with none; every answer, every announcement
/// with its instant, every entry of the account and the end must be the same.
struct SubscriptionLateReadTests {
    @Test(arguments: 0..<12)
    func `what nobody watched happened all the same`(seed: Int) throws {
        let watched = try history(seed, isWatched: true)
        let unwatched = try history(seed, isWatched: false)
        #expect(watched.answers == unwatched.answers)
        #expect(watched.announced == unwatched.announced)
        #expect(watched.entries == unwatched.entries)
        #expect(watched.announced.count > 5)
    }

    private func history(
        _ seed: Int, isWatched: Bool
    ) throws -> (answers: [String], announced: [String], entries: [String]) {
        let fixture = try EngineFixture()
        try fixture.shop(at: "2027-12-31T13:30:00Z")
        try fixture.plan("free")
        try fixture.plan("basic", monthly: 10, annually: 100, trial: TrialConfig(duration: 10, units: .day))
        try fixture.call(
            .createFeature,
            ["id": "api", "displayName": "Calls", "featureType": "NUMBER", "meterType": "INCREMENTAL"])
        try fixture.plan("pro", monthly: 30, annually: 250, calls: Amount("0.5"))
        try fixture.addon("seat", monthly: 5)
        try fixture.settings(["subscriptionEndSetup": "DOWNGRADE_TO_FREE", "prorateAtEndOfBillingPeriod": true])
        var random = SeededRandom(seed: UInt64(seed))
        var answers: [String] = []
        for step in 0..<14 {
            for _ in 0..<Int.random(in: 1...70, using: &random) {
                fixture.now = fixture.now.advanced(bySeconds: 86_400)
                if isWatched { _ = try fixture.call(.listSubscriptions, ["customerId": "c"]) }
            }
            fixture.now = fixture.now.advanced(bySeconds: Int64.random(in: 0...3000, using: &random))
            let (id, input) = call(step, &random)
            answers.append(try perform(id, input, fixture))
            answers.append(try perform(.previewNextInvoice, ["id": "LIVE"], fixture))
            let value = Payload.integer(Int64.random(in: 1...50, using: &random))
            try fixture.call(.reportUsage, ["customerId": "c", "featureId": "api", "value": value])
        }
        fixture.now = fixture.now.advanced(bySeconds: 100 * 86_400)
        answers.append(try perform(.listSubscriptions, ["customerId": "c"], fixture))
        return (answers, try fixture.announced(), try fixture.entries())
    }

    private func call(_ step: Int, _ random: inout SeededRandom) -> (OperationID, Payload) {
        let plan: Payload = .string(["free", "basic", "pro"][Int.random(in: 0..<3, using: &random)])
        let period: Payload = Bool.random(using: &random) ? "MONTHLY" : "ANNUALLY"
        switch step == 0 ? 0 : Int.random(in: 0..<8, using: &random) {
        case 0, 1: return (.provisionSubscription, ["customerId": "c", "planId": plan, "billingPeriod": period])
        case 2:
            let strategy: Payload = Bool.random(using: &random) ? "END_OF_BILLING_PERIOD" : "END_OF_BILLING_MONTH"
            return (
                .provisionSubscription,
                ["customerId": "c", "planId": plan, "billingPeriod": period, "scheduleStrategy": strategy]
            )
        case 3: return (.updateSubscription, ["id": "LIVE", "billingCycleAnchor": "NOW"])
        case 4:
            let terms: Payload = [
                "prorationBehavior": Bool.random(using: &random) ? "CREATE_PRORATIONS" : "INVOICE_IMMEDIATELY"
            ]
            return (.updateSubscription, ["id": "LIVE", "billingPeriod": period, "billingInformation": terms])
        case 5: return (.cancelSubscription, ["id": "LIVE", "cancellationTime": "END_OF_BILLING_PERIOD"])
        case 6: return (.cancelSubscription, ["id": "LIVE"])
        default: return (.cancelSubscriptionUpdates, ["id": "LIVE"])
        }
    }

    /// The answer, or the error's code, without the ids that are made up.
    private func perform(_ id: OperationID, _ input: Payload, _ fixture: EngineFixture) throws -> String {
        guard case .object(var members) = input else { return "" }
        if members["id"] == "LIVE" {
            // The state of the present decides which one is meant: make up for what is due first.
            let live = try fixture.call(.listSubscriptions, ["customerId": "c", "status": ["ACTIVE", "IN_TRIAL"]])
            guard let first = live["data"]?.list.last?["id"] else { return "none" }
            members["id"] = first
        }
        do throws(OperationError) {
            let context = CallContext(.person, now: fixture.now)
            var text = try fixture.backend.performNow(id, .object(members), in: context).json
            // An invoice's id follows from that of its subscription.
            let ids = #"subscription-[a-z]+-[0-9a-f]{12}|invoice-[0-9]+-[0-9a-f]{24}"#
            while let range = text.range(of: ids, options: .regularExpression) {
                text.replaceSubrange(range, with: "id")
            }
            return "\(id.rawValue) \(text)"
        } catch {
            return "\(id.rawValue) \(error.code.rawValue)"
        }
    }
}
