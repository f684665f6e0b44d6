import Foundation
import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillStore
import TidemillTestSupport

/// Random months of seats, add-ons and calls whose invoices are voided at random, waived or billed anew, before and after
/// changes and corrections: what was paid and not given back is the price of the time and of the calls that were not
/// waived, as Python works it out with its decimals, unit by unit. Prices are large, so that rounding is far smaller than
/// any mistake.
struct WaivedHistoryTests {
    /// Each seat, add-on and base fee is a thing that one charge has charged; each call of a month a number, from 0.
    private static let calculation = """
        import json, sys
        from decimal import Decimal as D
        from datetime import datetime, timezone
        PRICE = {"base": D(9000), "seats": D(3000), "extra": D(1700)}
        CALL, FACTOR = D(50), D("0.88")
        def at(text): return datetime.fromisoformat(text.replace("Z", "+00:00"))
        def month(m): return datetime(2026, m, 1, tzinfo=timezone.utc)
        class Unit:
            def __init__(self, thing, since, end, charge):
                self.price, self.since, self.charge, self.until = PRICE[thing], since, charge, end
                self.start, self.end = month(since.month), end
            def share(self, a, b): return D((b - a).total_seconds()) / D((self.end - self.start).total_seconds())
            def worth(self, since, until): return self.price * self.share(since, until) * self.charge.part()
        class Charge:
            def __init__(self): self.kept, self.waived = D(0), False
            def part(self): return self.kept if self.waived else D(1)
        class Month:
            def __init__(self): self.used, self.billed, self.waived = 0, 0, set()
            def due(self, count): return sum(1 for call in range(max(count, 0)) if call not in self.waived)
        units, held, stack, forgiven = [], {"base": 1, "seats": 10, "extra": 0}, {}, D(0)
        months = {m: Month() for m in range(6, 13)}
        invoices, waiting = {}, []
        def begin(now):
            charge = Charge()
            for thing in PRICE:
                stack[thing] = [Unit(thing, now, month(now.month + 1), charge) for _ in range(held[thing])]
                units.extend(stack[thing])
            return charge
        def change(now, wanted):
            charge, back, more = Charge(), D(0), D(0)
            for thing in PRICE:
                while len(stack[thing]) > wanted[thing]:
                    unit = stack[thing].pop()
                    unit.until = now
                    back += unit.worth(now, unit.end)
            for thing in PRICE:
                while len(stack[thing]) < wanted[thing]:
                    unit = Unit(thing, now, month(now.month + 1), charge)
                    stack[thing].append(unit)
                    units.append(unit)
                    more += unit.worth(now, unit.end)
            if more: charge.kept = min(D(1), back / more)
            held.update(wanted)
            return charge
        def bill(m, now):
            month = months[m]
            count = month.due(month.used) - month.due(month.billed)
            month.billed = month.used
            return [("calls", m, count, month.used, now)] if count else []
        def settle(now):
            for m in months:
                if months[m].isFinal: waiting.extend(bill(m, now))
        def waive(m, parts, now):
            count = sum(part[2] for part in parts)
            if count <= 0: return D(0)
            top = sorted(parts, key=lambda part: part[4])[-1][3]
            free = [call for call in range(top - 1, -1, -1) if call not in months[m].waived][:count]
            months[m].waived.update(free)
            again = sum(1 for call in free if call >= months[m].used)
            if again: waiting.append(("calls", m, again, months[m].used, now))
            return (count - len(free)) * CALL * FACTOR
        for m in months: months[m].isFinal = False
        history = json.load(sys.stdin)
        invoices["START", month(6)] = [("time", begin(month(6)))]
        for step in history:
            now, do = at(step["at"]), step["do"]
            if do == "renew":
                invoices["RENEWAL", now] = [("time", begin(now))] + waiting
                waiting.clear()
            elif do == "final":
                m = now.month - 1
                months[m].isFinal = True
                invoices["RENEWAL", month(now.month)] += bill(m, month(6))
            elif do == "hold":
                invoices["CHANGE", now] = [("time", change(now, step["held"]))]
            elif do == "use":
                months[step["month"]].used += step["calls"]
                settle(now)
            elif do == "void":
                parts = invoices.pop((step["cause"], at(step["created"])))
                forgiven += D(step["given"])
                if step["rebill"]:
                    waiting.extend(parts)
                    continue
                for part in parts:
                    if part[0] == "time": part[1].waived = True
                for m in months:
                    own = [part for part in parts if part[0] == "calls" and part[1] == m]
                    if own: forgiven += waive(m, own, now)
            elif do == "end":
                for thing in PRICE:
                    for unit in stack[thing]: unit.until = now
        time = sum((unit.worth(unit.since, unit.until) for unit in units), D(0))
        calls = sum(m.due(m.used) for m in months.values()) * CALL
        print((time + calls) * FACTOR - forgiven)
        """

    private struct Step: Encodable {
        let at: String
        let `do`: String
        var held: [String: Int]?
        var month: Int?
        var calls: Int?
        var cause: String?
        var created: String?
        var rebill: Bool?
        /// What it charged of what had been given back.
        var given: String?
    }

    private final class History {
        let shop: SeatShop
        var random: SeededRandom
        var held = ["base": 1, "seats": 10, "extra": 0]
        var used = [6: 0, 7: 0, 8: 0, 9: 0, 10: 0]
        var steps: [Step] = []
        var month = 6

        var fixture: EngineFixture { shop.fixture }
        var now: String { shop.fixture.now.description }

        init(seed: UInt64) throws {
            random = SeededRandom(seed: seed)
            shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
            try shop.fixture.call(
                .createFeature,
                ["id": "api", "displayName": "Calls", "featureType": "NUMBER", "meterType": "INCREMENTAL"])
            let calls = Charge(
                id: "calls", billingModel: .usageBased, billingPeriod: .monthly, createdAt: shop.fixture.now,
                featureID: FeatureID("api"), price: Money(Amount(50), "usd"))
            try shop.publish([shop.flat(9_000), shop.seats(3_000), calls])
            try shop.publish([shop.flat(1_700)], as: "extra", .addon)
            try shop.fixture.call(.createCoupon, ["id": "less", "name": "less", "percentOff": 20])
            try shop.subscribe(
                10, ["appliedCoupon": ["couponId": "less"], "billingInformation": ["taxPercentage": 10]])
        }

        func dice(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

        func pass() throws {
            let target = fixture.now.advanced(bySeconds: Int64.random(in: 30_000...300_000, using: &random))
            let name = { (hour: Int, month: Int) in String(format: "2026-%02d-01T%02d:00:00Z", month, hour) }
            while let next = Timestamp(rfc3339: name(0, month + 1)), next <= target {
                month += 1
                try fixture.work(at: name(0, month))
                steps.append(Step(at: name(0, month), do: "renew"))
                try fixture.work(at: name(1, month))
                steps.append(Step(at: name(1, month), do: "final"))
            }
            fixture.now = max(fixture.now, target)
            try fixture.work(at: now)
        }

        func step() throws {
            switch dice(4) {
            case 0:
                held["seats"] = Int.random(in: 1...20, using: &random)
                if dice(2) == 0 { held["extra"] = dice(5) }
                let extra = Int64(held["extra"] ?? 0)
                steps.append(Step(at: now, do: "hold", held: held))
                try fixture.call(
                    .updateSubscription,
                    [
                        "id": "s", "charges": SeatShop.charges(Int64(held["seats"] ?? 0)),
                        "addons": extra == 0 ? [] : SeatShop.addons(extra),
                    ])
            case 1, 2:
                // Now, or of the month before when that is billed already.
                let isLate = month > 6 && dice(2) == 0
                let of = isLate ? month - 1 : month
                let calls = Int.random(in: -min(30, used[of] ?? 0)...40, using: &random)
                guard calls != 0 else { return }
                used[of, default: 0] += calls
                steps.append(Step(at: now, do: "use", month: of, calls: calls))
                try fixture.use(Int64(calls), at: isLate ? String(format: "2026-%02d-28T00:00:00Z", of) : now)
            default:
                let open = try fixture.invoices().filter { $0["state"] == "OPEN" }
                guard let invoice = open.randomElement(using: &random) else { return }
                let rebill = dice(3) == 0
                let given = (invoice["lineItems"]?.items ?? []).filter {
                    $0["description"]?.text?.hasPrefix("Given back of invoice") == true
                }.reduce(Amount.zero) { $0 + (Amount($1["amount"]?.json ?? "") ?? .zero) }
                steps.append(
                    Step(
                        at: now, do: "void", cause: invoice["cause"]?.text, created: invoice["createdAt"]?.text,
                        rebill: rebill, given: rebill ? "0" : given.description))
                try fixture.call(
                    .voidInvoice,
                    ["id": invoice["invoiceId"] ?? .null, "rebill": .boolean(rebill), "reason": "x"])
            }
            try fixture.work(at: now)
        }

        /// Ends it, and answers what was paid and is not the customer's any more.
        func end() throws -> Amount {
            // What is used at the very instant of the end is not the subscription's any more.
            fixture.now = fixture.now.advanced(bySeconds: 1)
            steps.append(Step(at: now, do: "end"))
            try fixture.call(.cancelSubscription, ["id": "s", "cancellationTime": "IMMEDIATE", "prorate": true])
            for _ in 0..<2 {
                fixture.now = fixture.now.advanced(bySeconds: 90_000)
                try fixture.work(at: now)
            }
            let paid = try fixture.invoices().filter { $0["state"] != "CANCELED" }
                .reduce(Amount.zero) { $0 + (Amount($1["total"]?.json ?? "") ?? .zero) }
            return try paid - fixture.credit() + fixture.waiting()
        }
    }

    private func expected(_ steps: [Step]) throws -> Decimal {
        let lines = try DecimalOracle.lines(Self.calculation, steps)
        return try #require(lines.first.flatMap { Decimal(string: $0) })
    }

    @Test(arguments: 0..<24)
    func `what was paid and not given back is the price of what was not waived`(seed: Int) throws {
        let history = try History(seed: UInt64(seed))
        for _ in 0..<40 where history.month < 10 {
            try history.pass()
            try history.step()
        }
        let differences = try history.fixture.verifyInvoices()
        #expect(differences == [])
        let paid = try history.end()
        let difference = try #require(Decimal(string: paid.description)) - expected(history.steps)
        // A cent a line at most.
        let log = history.steps.map { "\($0)" }.joined(separator: "\n")
        #expect(abs(difference) < 3, "\(difference) off; paid \(paid)\n\(log)")
        let left = try history.fixture.verifyInvoices()
        #expect(left == [])
    }
}
