import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillPricing
import TidemillStore
import TidemillTestSupport

/// Each call is on exactly one invoice, at the price of the plan and for the resource that had it. Method: half a year of
/// random changes of plan, transfers, ends, new beginnings (some dated back) and looks of a worker; calls arrive up to
/// thirty days after their time. What each costs is known from the list of what held when; all prices are whole cents,
/// so that nothing is rounded.
struct InvoiceUnitsTests {
    private struct Held {
        let from: Timestamp
        let plan: String?
        let resource: String
    }

    private static let cents: [String: Int64] = ["sixty": 50, "quarter": 25]

    @Test(arguments: [UInt64(11), 12, 13, 14, 15, 16])
    func `all calls together cost what their plans say`(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let shop = try EngineFixture()
        try shop.accountShop()
        try shop.plan("quarter", monthly: 20, annually: 200, calls: Amount("0.25"))
        let start = shop.now
        try shop.subscribe("sixty", ["id": "s0", "billingPeriod": "MONTHLY", "resourceId": "a"])
        var held = [Held(from: start, plan: "sixty", resource: "a")]
        var late: [(arrival: Timestamp, at: Timestamp, calls: Int64, resource: String)] = []
        var cents: Int64 = 0
        var subscriptions = 1
        for _ in 0..<120 {
            shop.now = shop.now.advanced(bySeconds: Int64.random(in: 3600...260_000, using: &random))
            for report in late where report.arrival <= shop.now { try shop.report(report) }
            late.removeAll { $0.arrival <= shop.now }
            let last = try #require(held.last)
            switch Int.random(in: 0..<12, using: &random) {
            case 0 where last.plan != nil:
                let plan = last.plan == "sixty" ? "quarter" : "sixty"
                try shop.call(
                    .provisionSubscription,
                    [
                        "customerId": "c", "planId": .string(plan), "billingPeriod": "MONTHLY",
                        "resourceId": .string(last.resource), "scheduleStrategy": "IMMEDIATE",
                    ])
                held.append(Held(from: shop.now, plan: plan, resource: last.resource))
            case 1 where last.plan != nil:
                let other = last.resource == "a" ? "b" : "a"
                try shop.call(
                    .transferSubscription,
                    ["id": .string("s\(subscriptions - 1)"), "destinationResourceId": .string(other)])
                held.append(Held(from: shop.now, plan: last.plan, resource: other))
            case 2 where last.plan != nil:
                try shop.call(
                    .cancelSubscription,
                    ["id": .string("s\(subscriptions - 1)"), "cancellationTime": "IMMEDIATE"])
                held.append(Held(from: shop.now, plan: nil, resource: last.resource))
            case 3 where last.plan == nil:
                // Dated back to the end of the one before, or a day earlier: its time is billed already.
                let begin = last.from.advanced(bySeconds: Bool.random(using: &random) ? 0 : -86_400)
                try shop.subscribe(
                    "sixty",
                    [
                        "id": .string("s\(subscriptions)"), "billingPeriod": "MONTHLY",
                        "resourceId": .string(last.resource), "startDate": Payload(begin),
                        "billingInformation": ["isBackdated": true],
                    ])
                subscriptions += 1
                held.removeLast()
                held.append(Held(from: last.from, plan: "sixty", resource: last.resource))
            case 4, 5:
                try shop.backend.lifecycle.advanceEveryone(to: shop.now)
                try shop.upkeep()
            default:
                let calls = Int64.random(in: 1...40, using: &random)
                let at = shop.now.advanced(bySeconds: -Int64.random(in: 0...86_400 * 20, using: &random))
                guard at >= start, let then = held.last(where: { $0.from <= at }) else { continue }
                guard then.plan != nil else { continue }
                let delay = Int64.random(in: 0...86_400 * 10, using: &random)
                late.append((shop.now.advanced(bySeconds: delay), at, calls, then.resource))
                cents += calls * (Self.cents[then.plan ?? ""] ?? 0)
            }
        }
        for report in late {
            shop.now = max(shop.now, report.arrival)
            try shop.report(report)
        }
        // An end, and a supplement for whatever waits.
        if held.last?.plan != nil {
            try shop.call(
                .cancelSubscription, ["id": .string("s\(subscriptions - 1)"), "cancellationTime": "IMMEDIATE"])
        }
        for _ in 0..<60 {
            shop.now = shop.now.advanced(bySeconds: 86_400)
            try shop.backend.lifecycle.advanceEveryone(to: shop.now)
            try shop.upkeep()
        }
        #expect(try shop.waiting() == .zero)
        let lines = try shop.invoices().flatMap { $0["lineItems"]?.items ?? [] }
        let billed = lines.filter { $0["kind"] == "usage" }.compactMap { $0["amount"].flatMap { Amount($0.json) } }
        #expect(billed.reduce(.zero, +) == Amount(cents).divided(by: Amount(100)))
        let differences = try shop.verifyInvoices()
        #expect(differences == [])
    }
}

extension EngineFixture {
    fileprivate func upkeep() throws {
        try InvoiceUpkeep(store: store, settings: EngineSettings()) { nil }.perform(now: now)
    }

    fileprivate func report(_ report: (arrival: Timestamp, at: Timestamp, calls: Int64, resource: String)) throws {
        try call(
            .reportUsage,
            [
                "customerId": "c", "featureId": "api", "value": .integer(report.calls),
                "createdAt": Payload(report.at), "resourceId": .string(report.resource),
            ])
    }
}
