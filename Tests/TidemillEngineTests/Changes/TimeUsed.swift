import Foundation

/// What the time that was used of a subscription is worth, from first principles and without any of the engine's code:
/// each seat is a thing of its own, which is bought at an instant at a price for a whole period, with a part of it taken
/// off, and is given back at another instant. Nothing is rounded.
struct TimeUsed {
    /// A seat, or an add-on, or the base fee: one unit of something.
    private struct Unit {
        let price: Decimal
        /// What is paid of the price: with discounts and tax.
        let factor: Decimal
        /// What a fixed amount took off its price, as a part of it, and which.
        let fixed: Decimal
        let offer: Decimal?
        let since: Date
    }

    struct Terms {
        var percentages: [Decimal] = []
        var tax: Decimal = 0
        /// A fixed amount a period.
        var fixed: Decimal?
    }

    /// Whole-period prices of one unit of each thing by the list, as they are for the period that runs; those of a country
    /// under `thing@country`.
    private(set) var prices: [String: Decimal] = [:]
    /// Where the customer is.
    var country: String?
    /// Prices of the customer's own rule while there are any.
    private var own: [String: Decimal] = [:]
    private var units: [String: [Unit]] = [:]
    private var period: (start: Date, end: Date)
    /// What fixed amounts have taken off in this period: each is good for it once.
    private var fixedTaken: [Decimal: Decimal] = [:]
    /// What was paid for the time that is over.
    private(set) var used: Decimal = 0

    init(period: (start: Date, end: Date)) {
        self.period = period
    }

    private func share(from start: Date, to end: Date) -> Decimal {
        Decimal(Int64(end.timeIntervalSince(start))) / Decimal(Int64(period.end.timeIntervalSince(period.start)))
    }

    /// A period begins with so much of everything, at the prices of its first instant.
    mutating func begin(
        _ next: (start: Date, end: Date), _ held: [String: Int], prices: [String: Decimal], _ terms: Terms,
        own: [String: Decimal] = [:]
    ) {
        end(at: period.end)
        (period, units, fixedTaken, self.own) = (next, [:], [:], own)
        self.prices = prices.filter { held[Self.thing($0.key)] != nil }
        buy(held, at: next.start, terms)
    }

    /// What is held changes. `prices`: of what the period has not had yet; what comes back costs what it did.
    mutating func change(
        to wanted: [String: Int], at instant: Date, prices now: [String: Decimal], _ terms: Terms,
        own: [String: Decimal] = [:]
    ) {
        self.own = own
        for (thing, stack) in units {
            // At another price all of it is given back, and bought anew.
            let count = stack.contains { $0.price != price(of: thing) } ? 0 : wanted[thing] ?? 0
            for unit in stack.dropFirst(count).reversed() { take(unit, at: instant) }
            units[thing] = Array(stack.prefix(count))
        }
        let known = Set(prices.keys)
        for (key, price) in now where wanted[Self.thing(key)] != nil && !known.contains(Self.thing(key)) {
            prices[key] = price
        }
        buy(wanted.mapValues { $0 }, at: instant, terms)
    }

    mutating func end(at instant: Date) {
        for unit in units.values.joined() { take(unit, at: instant) }
        units = [:]
    }

    private static func thing(_ key: String) -> String { String(key.prefix { $0 != "@" }) }

    private func price(of thing: String) -> Decimal {
        own[thing] ?? country.flatMap { prices["\(thing)@\($0)"] } ?? prices[thing] ?? 0
    }

    private mutating func take(_ unit: Unit, at instant: Date) {
        used += unit.price * unit.factor * share(from: unit.since, to: instant)
        guard let offer = unit.offer else { return }
        fixedTaken[offer, default: 0] -= unit.price * unit.fixed * share(from: instant, to: period.end)
    }

    private mutating func buy(_ wanted: [String: Int], at instant: Date, _ terms: Terms) {
        let left = share(from: instant, to: period.end)
        var missing: [(thing: String, count: Int)] = []
        var cost: Decimal = 0
        for (thing, count) in wanted {
            let more = count - (units[thing]?.count ?? 0)
            if more > 0 { missing.append((thing, more)) }
            cost += Decimal(max(more, 0)) * price(of: thing) * left
        }
        var fixed: Decimal = 0
        if let amount = terms.fixed, cost > 0 {
            let taken = min(cost, amount - fixedTaken[amount, default: 0])
            fixed = taken / cost
            fixedTaken[amount, default: 0] += taken
        }
        let rest = terms.percentages.reduce(1 - fixed) { $0 * (1 - $1 / 100) }
        let unit = { (price: Decimal) in
            Unit(price: price, factor: rest * (1 + terms.tax / 100), fixed: fixed, offer: terms.fixed, since: instant)
        }
        for (thing, count) in missing {
            units[thing, default: []] += Array(repeating: unit(price(of: thing)), count: count)
        }
    }
}
