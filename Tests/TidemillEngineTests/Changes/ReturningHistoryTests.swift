import Foundation
import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillTestSupport

/// Goal: that everything can leave and come back. Random histories of a free plan and two paid ones, seats down to none,
/// an add-on on and off, periods that are begun anew by order, versions for all with other prices and minimum spends,
/// prices and minimum spends of the customer's own that come and go, coupons and taxes, a country with prices of its own that
/// the customer moves to and from, and credits that are consumed as they come. Three oracles, none of which has anything of the engine's code:
///
/// - `TimeUsed`: what was paid, less what the account keeps at the end, is the price of the time used, at the list's
///   prices of when the period began, or the own ones of the time. A minimum spend is so many hundreds.
/// - The billing date moves by order, and with the first thing that is paid in advance where the period knows none.
/// - Credits of paid plans: of a month that was cut off, the part that ran of the most that was held in it; of one that
///   ends by itself the most that was held since the one before that did. Gifts: as much as the time brings, and one gift ahead; a gift that is withheld because of credits
///   that were not paid for pays for them in its time.
struct ReturningHistoryTests {
    private typealias History = ReturningHistory

    private static func start(_ kind: BillingPeriod, seed: UInt64, travels: Bool) throws -> History {
        let shop = try SeatShop(kind, start: "2027-01-31T00:00:00Z")
        try shop.fixture.call(
            .createCustomCurrency,
            ["id": "tok", "displayName": "Tokens", "units": ["singular": "token", "plural": "tokens"]])
        let anchor = Date(timeIntervalSince1970: Double(shop.fixture.now.microseconds / 1_000_000))
        let first = History.window(History.unit(kind), anchor, holding: anchor)
        var random = SeededRandom(seed: seed)
        let plan = ["free", "team", "big"].randomElement(using: &random) ?? "free"
        var history = History(
            shop: shop, kind: kind, random: random,
            oracle: TimeUsed(period: (first.start, first.start.addingTimeInterval(1))), anchor: anchor, bound: first,
            plan: plan, travels: travels, month: History.window(.month, anchor, holding: anchor),
            most: History.given[plan] ?? 0,
            since: History.given[plan] ?? 0)
        for thing in History.things[plan] ?? [] { history.held[thing] = 1 }
        try history.publish(all: false)
        try order(&history, to: plan, seats: 1)
        history.begin()
        return history
    }

    // MARK: - What happens

    /// An order of a plan, which is previewed first.
    private static func order(_ history: inout History, to plan: String, seats: Int) throws {
        var order: TextMap<Payload> = [
            "customerId": "c", "planId": .string(plan), "billingPeriod": .string(history.kind.rawValue),
        ]
        if plan != "free" { order["charges"] = SeatShop.charges(Int64(seats)) }
        order["scheduleStrategy"] = "IMMEDIATE"
        if history.travels { order["billingCountryCode"] = .string(history.oracle.country ?? "US") }
        let preview = try history.shop.fixture.call(.previewSubscription, .object(order))
        history.paid += try amount(preview["immediateInvoice"]?["total"])
        if (try? history.shop.fixture.subscription("s")) == nil { order["id"] = "s" }
        try history.shop.fixture.call(.provisionSubscription, .object(order))
    }

    private static func amount(_ payload: Payload?) throws -> Amount { try #require(Amount(payload?.json ?? "")) }

    /// Some time goes by; periods that end in it are renewed and paid.
    private static func pass(_ history: inout History, seconds: Int64) throws {
        let fixture = history.shop.fixture
        let target = fixture.now.advanced(bySeconds: seconds)
        let end = Date(timeIntervalSince1970: Double(target.microseconds / 1_000_000))
        while history.bound.end <= end {
            if let total = try fixture.next()["invoice"]?["total"] { history.paid += try amount(total) }
            history.lines += 8
            fixture.now = Timestamp(microseconds: Int64(history.bound.end.timeIntervalSince1970) * 1_000_000)
            _ = try fixture.subscription("s")
            history.bound = History.window(History.unit(history.kind), history.anchor, holding: history.now)
            history.begin()
        }
        fixture.now = target
        history.allowed = max(history.allowed, history.earned + Decimal(history.most))
        while history.month.end <= end {
            history.earned += Decimal(history.since)
            history.month = History.window(.month, history.anchor, holding: history.month.end)
            history.most = History.given[history.plan] ?? 0
            history.since = history.most
            history.allowed = max(history.allowed, history.earned + Decimal(history.most))
        }
    }

    private static func burn(_ history: inout History) throws {
        let left = try #require(try balance(history))
        let part = [0, 1, 1, 2][history.dice(4, with: &history.random)]
        let amount = part == 0 ? Amount.zero : part == 1 ? left : left.scaled(by: 1, over: 2) ?? .zero
        guard amount > .zero else { return }
        history.keys += 1
        try history.shop.fixture.call(
            .consumeCredits,
            [
                "customerId": "c", "currencyId": "tok", "amount": Payload(amount),
                "idempotencyKey": .string("k\(history.keys)"),
            ])
        history.log.append("\(history.shop.fixture.now) consumed \(amount)")
    }

    private static func balance(_ history: History) throws -> Amount? {
        try history.shop.fixture.call(.getCreditBalance, ["customerId": "c", "currencyId": "tok"])["balance"]?.amount
    }

    private static func step(_ history: inout History) throws {
        try burn(&history)
        func dice(_ count: Int) -> Int { history.dice(count, with: &history.random) }
        var wanted = history.held
        var plan = history.plan
        var change: TextMap<Payload> = [:]
        if dice(6) == 0 {
            for thing in history.prices.keys.sorted() { history.prices[thing] = Decimal((dice(80) + 10) * 100) }
            for plan in history.minimums.keys.sorted() { history.minimums[plan] = [0, 30, 80][dice(3)] }
            try history.publish(all: true)
            history.log.append("\(history.shop.fixture.now) prices \(history.prices) \(history.minimums)")
        }
        let isMove = history.travels && plan != "free" && dice(3) == 0
        let isOrder = isMove || dice(4) == 0
        var seats = [0, 0, 1, 1, 3][dice(5)]
        if history.travels, isOrder { history.oracle.country = history.oracle.country == nil ? "DE" : nil }
        if isMove, dice(2) == 0 {
            // The same plan, with other seats or the same.
            if dice(2) == 0 { seats = wanted["\(plan)/seats"] ?? 0 }
            wanted["\(plan)/seats"] = seats
        } else if isOrder {
            // A minimum spend of the customer's own would make the free plan a paid one.
            plan =
                ["free", "team", "big"].filter { $0 != plan && ($0 != "free" || history.ownMinimum == nil) }
                .randomElement(using: &history.random) ?? plan
            history.own = history.own.filter { $0.key == "extra" }
            wanted = wanted.filter { $0.key == "extra" }
            for thing in History.things[plan] ?? [] { wanted[thing] = thing.hasSuffix("seats") ? seats : 1 }
        } else {
            if dice(2) == 0, plan != "free" {
                change["charges"] = SeatShop.charges(Int64(seats))
                wanted["\(plan)/seats"] = seats
            }
            if dice(2) == 0 {
                let addons = [0, 0, 1, 2][dice(4)]
                change["addons"] = addons == 0 ? [] : SeatShop.addons(Int64(addons))
                wanted["extra"] = addons == 0 ? nil : addons
            }
            if wanted["extra"] == nil { history.own["extra"] = nil }
            if dice(3) == 0 { change["priceOverrides"] = own(&history, plan, wanted) }
            if dice(5) == 0, plan != "free" {
                history.ownMinimum = [nil, 0, 30, 60][dice(4)]
                change["minimumSpend"] = history.ownMinimum.map { Money.shape.encode(History.hundreds($0)) } ?? .null
            }
            if dice(6) == 0 { change["billingCycleAnchor"] = "NOW" }
            if dice(6) == 0 {
                history.terms.tax = [0, 7, 25][dice(3)]
                let tax = NSDecimalNumber(decimal: history.terms.tax).int64Value
                change["billingInformation"] = ["taxPercentage": .integer(tax)]
            }
            switch dice(10) {
            case 0:
                let percent = Int64(dice(60) + 1)
                change["appliedCoupon"] = SeatShop.coupon(percent)
                (history.terms.percentages, history.terms.fixed) = ([Decimal(percent)], nil)
            case 1:
                let off = Int64(dice(4) + 1) * 2_500
                change["appliedCoupon"] = SeatShop.coupon(off: off)
                (history.terms.percentages, history.terms.fixed) = ([], Decimal(off))
            case 2:
                change["appliedCoupon"] = .null
                (history.terms.percentages, history.terms.fixed) = ([], nil)
            default: break
            }
        }
        guard isOrder || !change.isEmpty else { return }
        history.log.append(
            "\(history.shop.fixture.now) \(isOrder ? "\(plan) \(seats) \(history.oracle.country ?? "")" : Payload.object(change).json)"
        )
        history.lines += 18
        if isOrder {
            try order(&history, to: plan, seats: seats)
        } else if change["priceOverrides"] != nil || change["minimumSpend"] != nil {
            let before = try history.shop.billed()
            _ = try history.shop.update(change)
            history.paid += try history.shop.billed() - before
        } else {
            let due = try history.shop.change(change)
            history.paid += try #require(due.split(separator: " ").first.flatMap { Amount(String($0)) })
        }
        (history.held, history.plan) = (wanted, plan)
        follow(&history, anew: change["billingCycleAnchor"] == "NOW")
    }

    /// Other prices of the customer's own, or none.
    private static func own(_ history: inout History, _ plan: String, _ wanted: [String: Int]) -> Payload {
        history.own = [:]
        var overrides: [Payload] = []
        for thing in (History.things[plan] ?? []) + (wanted["extra"] == nil ? [] : ["extra"]) {
            let price = [0, 0, 1_200, 3_000, 7_000][history.dice(5, with: &history.random)]
            guard price > 0 else { continue }
            history.own[thing] = Decimal(price)
            var override: TextMap<Payload> = ["amount": .integer(Int64(price)), "currency": "usd"]
            if thing.hasSuffix("seats") { override["featureId"] = "seats" } else { override["baseCharge"] = true }
            if thing == "extra" { override["addonId"] = "extra" }
            overrides.append(.object(override))
        }
        return .array(overrides)
    }

    /// The oracles' side of a change.
    private static func follow(_ history: inout History, anew: Bool) {
        let now = history.now
        let isFirst = history.oracle.prices.isEmpty && !history.held.isEmpty
        defer {
            history.since = max(history.since, history.most)
            history.allowed = max(history.allowed, history.earned + Decimal(history.most))
        }
        guard anew || isFirst else {
            history.oracle.change(
                to: history.everything(anew: false), at: now, prices: history.allPrices, history.terms,
                own: history.own)
            history.most = max(history.most, History.given[history.plan] ?? 0)
            return
        }
        let ran = now.timeIntervalSince(history.month.start)
        let whole = history.month.end.timeIntervalSince(history.month.start)
        history.earned += Decimal(history.most) * Decimal(Int64(ran)) / Decimal(Int64(whole))
        history.anchor = now
        history.bound = History.window(History.unit(history.kind), now, holding: now)
        history.month = History.window(.month, now, holding: now)
        history.most = History.given[history.plan] ?? 0
        history.oracle.end(at: now)
        history.begin()
    }

    // MARK: - What must hold

    private static func checkPeriod(_ history: History) throws {
        let start = try history.shop.fixture.record("s").currentBillingPeriodStart
        #expect(
            start?.microseconds == Int64(history.bound.start.timeIntervalSince1970) * 1_000_000,
            "\(history.log.joined(separator: "\n"))")
    }

    private static func checkCredits(_ history: History, since start: Date) throws {
        var (gifts, bought) = (Decimal.zero, Decimal.zero)
        var after: Payload = .null
        repeat {
            let page = try history.shop.fixture.call(
                .listCreditGrants, ["customerId": "c", "currencyId": "tok", "limit": 100, "after": after])
            for grant in page["data"]?.items ?? [] {
                let consumed = try #require(Decimal(string: grant["consumedAmount"]?.json ?? ""))
                if grant["displayName"] == "free" { gifts += consumed } else { bought += consumed }
            }
            after = page["pagination"]?["next"] ?? .null
        } while !after.isNull
        let months = Decimal(history.now.timeIntervalSince(start)) / (28 * 86_400)
        let log = "\(history.allowed), \(months) months\n\(history.log.joined(separator: "\n"))"
        #expect(bought <= history.allowed + Decimal(History.gift) * months, "\(log)")
        #expect(gifts <= Decimal(History.gift) * (months + 1), "\(log)")
        #expect(bought + gifts <= history.allowed + Decimal(History.gift) * (months + 1), "\(log)")
    }

    private static func check(
        _ kind: BillingPeriod, seed: UInt64, steps: Int, stride: ClosedRange<Int64>, travels: Bool = false
    ) throws {
        var history = try start(kind, seed: seed, travels: travels)
        let began = history.now
        for _ in 0..<steps {
            // Now and then several changes at one instant.
            if history.dice(4, with: &history.random) > 0 {
                try pass(&history, seconds: Int64.random(in: stride, using: &history.random))
            }
            try step(&history)
            try checkPeriod(history)
        }
        try checkCredits(history, since: began)
        #expect(try CreditVerifier().verify(history.shop.fixture.store).differences == [])
        try pass(&history, seconds: Int64.random(in: stride, using: &history.random))
        let kept = try #require(Amount(try history.shop.cancel()))
        history.oracle.end(at: history.now)
        let difference = try #require(Decimal(string: (history.paid - kept).description)) - history.oracle.used
        #expect(
            abs(difference) <= Decimal(history.lines + 20) * 7 / 1_000,
            "\(difference) off; paid \(history.paid), kept \(kept)\n\(history.log.joined(separator: "\n"))")
    }

    @Test(arguments: 0..<12)
    func `months: what comes back gives neither money nor credits`(seed: Int) throws {
        try Self.check(.monthly, seed: UInt64(seed), steps: 30, stride: 20_000...400_000)
    }

    @Test(arguments: 100..<112)
    func `years: what comes back gives neither money nor credits`(seed: Int) throws {
        try Self.check(.annually, seed: UInt64(seed), steps: 30, stride: 200_000...2_400_000)
    }

    @Test(arguments: 200..<208)
    func `months: moves between countries give no money either`(seed: Int) throws {
        try Self.check(.monthly, seed: UInt64(seed), steps: 30, stride: 20_000...400_000, travels: true)
    }

    @Test(arguments: 300..<308)
    func `years: moves between countries give no money either`(seed: Int) throws {
        try Self.check(.annually, seed: UInt64(seed), steps: 30, stride: 200_000...2_400_000, travels: true)
    }
}
