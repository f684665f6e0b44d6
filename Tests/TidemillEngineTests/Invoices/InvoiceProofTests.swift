import Foundation
import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillStore
import TidemillTestSupport

/// Random months against what Python's decimals make of the reports and the catalog alone: every way to price usage, with
/// and without a minimum spend and a trial, with voids, another payer, two workers in turns, and deaths of the worker at
/// any of its transactions.
struct InvoiceProofTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var scheme: String
        var floor: Int64 = 0
        /// The day of the month that periods begin on; a trial lasts until then.
        var day = 1
        var payer = "c"
        var seed: UInt64

        var testDescription: String { "\(scheme) \(floor) day \(day) \(payer) \(seed)" }
    }

    static let cases: [Case] = [
        Case(scheme: "graduated", seed: 21), Case(scheme: "volume", seed: 22), Case(scheme: "stairs", seed: 23),
        Case(scheme: "blocks", seed: 24), Case(scheme: "graduated", floor: 90, seed: 25),
        Case(scheme: "volume", floor: 120, payer: "boss", seed: 26), Case(scheme: "stairs", day: 15, seed: 27),
        Case(scheme: "blocks", day: 15, payer: "boss", seed: 28), Case(scheme: "graduated", day: 15, seed: 29),
    ]

    private struct Report: Encodable {
        let arrival: String
        let at: String
        let calls: Int
    }

    private struct Question: Encodable {
        let scheme: String
        let floor: Int64
        let day: Int
        let reports: [Report]
        /// By the number of the invoice, and whether its lines wait once more.
        let voids: [Int: Bool]
    }

    /// A window is a period; its invoice is final an hour after its end. Each invoice: what the next period costs in
    /// advance, what the window used, what came late, and what was voided to be billed anew.
    private static let calculation = """
        import json, sys
        from decimal import Decimal as D, ROUND_HALF_UP
        def cents(x): return x.quantize(D("0.01"), ROUND_HALF_UP)
        q = json.load(sys.stdin)
        tiers = [(100, D("0.5"), D(3)), (500, D("0.125"), D(1)), (None, D("0.0625"), D(0))]
        def cost(n):
            if n <= 0: return D(0)
            if q["scheme"] == "blocks": return D(7) * -(-n // 50)
            if q["scheme"] == "graduated":
                sum, below = D(0), 0
                for top, unit, flat in tiers:
                    here = (n if top is None else min(n, top)) - below
                    if here <= 0: break
                    sum, below = sum + here * unit + flat, below + here
                return sum
            top, unit, flat = next(t for t in tiers if t[0] is None or n <= t[0])
            return n * unit + flat if q["scheme"] == "volume" else {100: D(9), 500: D(40), None: D(95)}[top]
        floor = D(q["floor"])
        base = floor or D(60)
        def taxed(lines):
            left = lines - cents(lines * D(15) / 100)
            return left + cents(left * D("7.7") / 100)
        def used(n): return cents(cost(n)) - (min(cents(cost(n)), floor) if floor else 0)
        def total(n): return taxed(base + used(n))
        def start(m): return "2026-%02d-%02dT00:00:00Z" % (m, q["day"])
        def final(m): return "2026-%02d-%02dT01:00:00Z" % (m, q["day"])
        def window(r): return next((m for m in range(6, 11) if start(m) <= r["at"] < start(m + 1)), None)
        reports = [r for r in q["reports"] if window(r)]
        late = [r for r in reports if r["arrival"] >= final(window(r) + 1)]
        billed = {m: sum(r["calls"] for r in reports if window(r) == m and r not in late) for m in range(6, 11)}
        due = {m: D(0) for m in range(6, 13)}
        first = dict(billed)
        for r in sorted(late, key=lambda r: r["arrival"]):
            m = window(r)
            on = next(n for n in range(m + 1, 13) if r["arrival"] < start(n))
            due[on] += total(billed[m] + r["calls"]) - total(billed[m])
            billed[m] += r["calls"]
        voids = {int(n): rebill for n, rebill in q["voids"].items()}
        amounts = [taxed(base)]
        for m in range(6, 10): amounts.append(total(first[m]) + due[m + 1])
        # What is voided after it was final is on the next one.
        for n in range(len(amounts)):
            if voids.get(n + 1) and n + 1 < len(amounts): amounts[n + 1] += amounts[n]
        for a in amounts: print(format(a.normalize(), "f"))
        """

    /// Arrivals in order: at once, some days later, or within the grace of the period.
    private func history(_ random: inout SeededRandom, day: Int) throws -> [Report] {
        var reports: [Report] = []
        for month in 6...9 {
            for _ in 0..<7 {
                let text = String(
                    format: "2026-%02d-%02dT%02d:10:00Z", month, Int.random(in: 1...28, using: &random),
                    Int.random(in: 0...23, using: &random))
                let at = try #require(Timestamp(rfc3339: text))
                let end = String(
                    format: "2026-%02d-%02dT00:30:00Z", text.dropFirst(8) < "\(day)" ? month : month + 1, day)
                let grace = try #require(Timestamp(rfc3339: end))
                let later = at.advanced(bySeconds: Int64.random(in: 1...20, using: &random) * 86_400)
                let arrival =
                    switch Int.random(in: 0...4, using: &random) {
                    case 0: later
                    case 1 where grace > at && grace < at.advanced(bySeconds: 30 * 86_400): grace
                    default: at
                    }
                reports.append(
                    Report(
                        arrival: arrival.secondsDescription, at: text, calls: Int.random(in: 1...150, using: &random)))
            }
        }
        return reports.sorted { $0.arrival < $1.arrival }
    }

    private func price(_ scheme: String) -> TextMap<Payload> {
        func usd(_ amount: String) -> Payload { ["amount": .number(amount), "currency": "usd"] }
        func tier(_ top: Int64?, _ unit: String?, _ flat: String?) -> Payload {
            var tier: TextMap<Payload> = [:]
            tier["upTo"] = top.map { .integer($0) }
            tier["unitPrice"] = unit.map(usd)
            tier["flatPrice"] = flat.map(usd)
            return .object(tier)
        }
        switch scheme {
        case "blocks": return ["blockSize": 50, "price": usd("7")]
        case "stairs": return ["tiers": [tier(100, nil, "9"), tier(500, nil, "40"), tier(nil, nil, "95")]]
        default:
            return ["tiers": [tier(100, "0.5", "3"), tier(500, "0.125", "1"), tier(nil, "0.0625", "0")]]
        }
    }

    private func shop(_ test: Case) throws -> EngineFixture {
        let shop = try EngineFixture()
        try shop.accountShop()
        try shop.call(.provisionCustomer, ["id": "boss"])
        try shop.call(.createCoupon, ["id": "less", "name": "less", "percentOff": 15])
        try shop.call(.createPlan, ["id": "odd", "displayName": "Odd", "productId": "p"])
        var usage: TextMap<Payload> = [
            "billingModel": "USAGE_BASED", "featureId": "api",
            "pricePeriods": [.object(price(test.scheme).merging(["billingPeriod": "MONTHLY"]) { $1 })],
        ]
        if test.scheme != "blocks" { usage["tiersMode"] = test.scheme == "graduated" ? "GRADUATED" : "VOLUME" }
        var charges: TextMap<Payload> = ["pricingType": "PAID"]
        if test.floor == 0 {
            let flat: Payload = [
                "billingModel": "FLAT_FEE",
                "pricePeriods": [["billingPeriod": "MONTHLY", "price": ["amount": 60, "currency": "usd"]]],
            ]
            charges["pricingModels"] = [flat, .object(usage)]
        } else {
            charges["pricingModels"] = [.object(usage)]
            charges["minimumSpend"] = [
                ["billingPeriod": "MONTHLY", "minimum": ["amount": .integer(test.floor), "currency": "usd"]]
            ]
        }
        try shop.call(.updatePlan, ["id": "odd", "charges": .object(charges)])
        try shop.call(.publishPlan, ["id": "odd", "migrationType": "NEW_CUSTOMERS"])
        var order: TextMap<Payload> = [
            "id": "s", "billingPeriod": "MONTHLY", "appliedCoupon": ["couponId": "less"],
            "billingInformation": ["taxPercentage": .number("7.7")],
        ]
        if test.payer != "c" { order["payingCustomerId"] = .string(test.payer) }
        if test.day != 1 {
            order["trialOverrideConfiguration"] = [
                "isTrial": true, "trialEndDate": .string(String(format: "2026-06-%02dT00:00:00Z", test.day)),
            ]
        }
        try shop.subscribe("odd", order)
        return shop
    }

    /// A step of a worker, which may die at any of its transactions and is begun again.
    private func work(_ shop: EngineFixture, _ engine: Engine, at time: String, _ random: inout SeededRandom) throws {
        try shop.at(time)
        if Int.random(in: 0..<3, using: &random) == 0 {
            let instant: MortalStore.Instant = Bool.random(using: &random) ? .before : .after
            let mortal = MortalStore(shop.store, at: Int.random(in: 0...2, using: &random), instant)
            do {
                try InvoiceUpkeep(store: mortal, settings: EngineSettings()) { nil }.perform(now: shop.now)
            } catch is MortalStore.Death {}
        }
        try engine.lifecycle.advanceEveryone(to: shop.now)
        try InvoiceUpkeep(store: shop.store, settings: EngineSettings()) { nil }.perform(now: shop.now)
    }

    private func isEnd(_ time: String, _ test: Case) -> Bool {
        time.hasSuffix("T00:00:00Z") && (test.day != 1 || !time.hasPrefix("2026-06"))
    }

    private func preview(_ shop: EngineFixture, before time: String) throws -> String? {
        shop.now = Timestamp(microseconds: try #require(Timestamp(rfc3339: time)).microseconds - 1)
        return try shop.next()["invoice"]?["total"]?.json
    }

    @Test(arguments: cases)
    func `every invoice is what decimals say`(_ test: Case) throws {
        var random = SeededRandom(seed: test.seed)
        let reports = try history(&random, day: test.day)
        let shop = try shop(test)
        let other = try Engine(store: shop.store, events: AcceptingDecoder())
        // Only what is still to be followed by another invoice is voided: two days after it was final.
        var voids: [Int: Bool] = [:]
        for number in 1...4 where Int.random(in: 0..<3, using: &random) == 0 {
            voids[number] = Bool.random(using: &random)
        }
        enum Step {
            case work, report(Report), void(Int, Bool)
        }
        var steps: [(time: String, order: Int, step: Step)] = reports.map { ($0.arrival, 1, .report($0)) }
        for month in 6...10 {
            for hour in ["00", "01"] {
                steps.append((String(format: "2026-%02d-%02dT%@:00:00Z", month, test.day, hour), 0, .work))
            }
        }
        for (number, rebill) in voids {
            steps.append(
                (String(format: "2026-%02d-%02dT00:00:01Z", number + 5, test.day + 2), 0, .void(number, rebill)))
        }
        for (time, _, step) in steps.sorted(by: { ($0.time, $0.order) < ($1.time, $1.order) }) {
            switch step {
            case .work:
                // An instant before a period's end the preview says what its invoice will.
                let said = try isEnd(time, test) ? preview(shop, before: time) : nil
                try work(shop, Bool.random(using: &random) ? other : shop.backend, at: time, &random)
                guard let said else { continue }
                #expect(try shop.invoices(of: test.payer).last?["total"]?.json == said, "\(time)")
            case .report(let report):
                try shop.at(time)
                try shop.use(Int64(report.calls), at: report.at)
                try work(shop, Bool.random(using: &random) ? other : shop.backend, at: time, &random)
            case .void(let number, let rebill):
                try shop.at(time)
                try shop.call(
                    .voidInvoice,
                    [
                        "customerId": .string(test.payer), "invoiceNumber": .string("\(number)"),
                        "rebill": .boolean(rebill), "reason": "amiss",
                    ])
            }
        }
        let totals = try shop.invoices(of: test.payer).map { $0["total"]?.json ?? "?" }
        let expected = try DecimalOracle.lines(
            Self.calculation,
            Question(scheme: test.scheme, floor: test.floor, day: test.day, reports: reports, voids: voids))
        #expect(totals == expected)
        let differences = try shop.verifyInvoices()
        #expect(differences == [])
        let numbers = try shop.invoices(of: test.payer).map { $0["invoiceNumber"]?.text ?? "?" }
        #expect(numbers == (1...5).map { "000\($0)" })
    }
}
