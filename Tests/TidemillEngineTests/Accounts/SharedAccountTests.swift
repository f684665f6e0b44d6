import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillStore
import TidemillTestSupport

struct SharedAccountTests {
    /// Goal: it makes no difference who is looked at first. Two customers whose subscriptions a third one pays, each
    /// with a renewal that the account can pay only once.
    @Test func `whoever pays has one account, which renewals use in the order of time`() throws {
        for first in ["a", "b"] {
            let fixture = try EngineFixture()
            try fixture.accountShop()
            for (id, plan) in [("a", "thirty"), ("b", "sixty")] {
                try fixture.call(.provisionCustomer, ["id": .string(id)])
                try fixture.call(
                    .provisionSubscription,
                    [
                        "customerId": .string(id), "planId": .string(plan), "id": .string("s" + id),
                        "payingCustomerId": "c", "billingPeriod": "MONTHLY",
                    ])
                try fixture.at("2026-06-03T00:00:00Z")
            }
            // b, who began on the third and has 60 days' worth of nothing used: 15 of 30 days of 30 less.
            try fixture.at("2026-06-18T00:00:00Z")
            try fixture.call(
                .provisionSubscription, ["customerId": "b", "planId": "thirty", "billingPeriod": "MONTHLY"])
            #expect(try fixture.credit() == Amount(15))
            #expect(try fixture.credit(CustomerID("b")) == .zero)
            try fixture.at("2026-07-10T00:00:00Z")
            _ = try fixture.call(.listSubscriptions, ["customerId": .string(first)])
            _ = try fixture.call(.listSubscriptions, ["customerId": "a"])
            // a renews on the first of July, b on the third.
            #expect(
                try fixture.entries() == [
                    "c credit CHANGE 2026-06-18T00:00 15", "c credit RENEWAL 2026-07-01T00:00 -15",
                ])
        }
    }

    /// Goal: exactness over random histories. Oracles: what an estimate says remains is what the account then has; what
    /// the next invoice says remains is what it has when its renewal is final; lines that wait sum up to what was put off.
    @Test(arguments: 0..<10)
    func `the account is what was quoted less what was set off`(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        let fixture = try EngineFixture()
        try fixture.accountShop()
        try fixture.plan("odd", monthly: 37, annually: 401, calls: Amount("0.333"))
        try fixture.subscribe("sixty", ["id": "s", "billingPeriod": "MONTHLY"])
        var putOff = Amount.zero
        for _ in 0..<25 {
            let due = try #require(try fixture.next()["dueDate"]?.text.flatMap { Timestamp(rfc3339: $0) })
            if Bool.random(using: &random) {
                // To the next invoice, and past it.
                let invoice = try #require(try fixture.next()["invoice"])
                let remaining = invoice["credits"]?.money("remaining")
                fixture.now = due
                _ = try fixture.subscription("s")
                try fixture.work(at: due.advanced(bySeconds: 3600).description)
                #expect(try fixture.credit().description == remaining)
                putOff = .zero
            } else {
                let seconds = (due.microseconds - fixture.now.microseconds) / 1_000_000
                fixture.now = fixture.now.advanced(bySeconds: Int64.random(in: 1..<max(2, seconds), using: &random))
                guard fixture.now < due else { continue }
                try fixture.call(
                    .reportUsage,
                    ["customerId": "c", "featureId": "api", "value": .integer(Int64.random(in: 0...9, using: &random))])
                let plans: [Payload] = ["thirty", "sixty", "odd"]
                let order: TextMap<Payload> = [
                    "customerId": "c", "planId": plans.randomElement(using: &random) ?? "odd",
                    "billingPeriod": Int.random(in: 0..<4, using: &random) == 0 ? "ANNUALLY" : "MONTHLY",
                    "billingInformation": [
                        "prorationBehavior": Bool.random(using: &random) ? "CREATE_PRORATIONS" : "INVOICE_IMMEDIATELY"
                    ],
                ]
                let old = try fixture.record("s").billingPeriod?.rawValue
                let estimate = try fixture.call(.estimateSubscription, .object(order))
                try fixture.call(.provisionSubscription, .object(order))
                #expect(try fixture.credit().description == estimate["credits"]?.money("remaining"))
                guard order["billingInformation"]?["prorationBehavior"] == "CREATE_PRORATIONS" else { continue }
                // A new period is charged at once; only its credit waits.
                let isNew = order["billingPeriod"]?.text != old
                let part = isNew ? "credit" : "netAmount"
                let amount = try #require(Amount(estimate["proration"]?.money(part) ?? "?"))
                putOff += isNew ? -amount : amount
            }
            #expect(try fixture.waiting() == putOff)
        }
    }

    /// Splitting a change in two at one instant leaves nothing behind, whatever lies between.
    @Test(arguments: 0..<20)
    func `a change in two steps costs what it costs in one`(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        let fixture = try EngineFixture()
        try fixture.accountShop()
        for price in [7, 19, 31, 113] { try fixture.plan("p\(price)", monthly: Int64(price)) }
        let terms: Payload = ["prorationBehavior": "CREATE_PRORATIONS"]
        let between = ["p7", "p19", "p31", "p113"].shuffled(using: &random)
        let instant = fixture.now.advanced(bySeconds: Int64.random(in: 0..<2_592_000, using: &random))
        var sums: [Amount] = []
        for (customer, steps) in [("one", Array(between.suffix(1))), ("two", between)] {
            fixture.now = try #require(Timestamp(rfc3339: "2026-06-01T00:00:00Z"))
            try fixture.call(.provisionCustomer, ["id": .string(customer)])
            func order(_ plan: String) throws {
                try fixture.call(
                    .provisionSubscription,
                    [
                        "customerId": .string(customer), "planId": .string(plan), "billingPeriod": "MONTHLY",
                        "billingInformation": terms,
                    ])
            }
            try order("thirty")
            fixture.now = instant
            for plan in steps { try order(plan) }
            sums.append(try fixture.waiting(CustomerID(customer)))
        }
        #expect(sums[0] == sums[1])
    }
}
