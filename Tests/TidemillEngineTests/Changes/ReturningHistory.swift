import Foundation
import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillTestSupport

/// What is sold in the random histories of `ReturningHistoryTests`, and what the customer of one has, as the oracles see it.
struct ReturningHistory {
    let shop: SeatShop
    let kind: BillingPeriod
    var random: SeededRandom
    var oracle: TimeUsed
    var anchor: Date
    var bound: (start: Date, end: Date)
    var plan: String
    var held: [String: Int] = [:]
    var prices: [String: Decimal] = ["team/seats": 3_000, "big/base": 9_000, "big/seats": 2_000, "extra": 1_700]
    var terms = TimeUsed.Terms()
    /// Whether the customer moves between countries; the prices in Germany go by those of all.
    let travels: Bool
    /// Prices of the customer's own.
    var own: [String: Decimal] = [:]
    /// Minimum spends in hundreds: of each plan now, of those that the period has had, and the customer's own.
    var minimums = ["team": 20, "big": 0]
    var running: [String: Int] = [:]
    var ownMinimum: Int?
    var paid = Amount.zero
    var lines = 0
    var log: [String] = []
    var keys = 0
    /// The month of credits that runs, and what the months before were worth.
    var month: (start: Date, end: Date)
    var most: Int
    /// The most that was held since a month ended by itself.
    var since: Int
    var earned: Decimal = 0
    /// The most that all this came to so far.
    var allowed: Decimal = 0

    var now: Date { Date(timeIntervalSince1970: Double(shop.fixture.now.microseconds / 1_000_000)) }
    func dice(_ count: Int, with random: inout SeededRandom) -> Int { Int.random(in: 0..<count, using: &random) }

    /// All that is held, with the minimum spend of the plan. `anew`: by what begins now.
    mutating func everything(anew: Bool) -> [String: Int] {
        if anew { running = [:] }
        running[plan] = running[plan] ?? minimums[plan]
        guard plan != "free" else { return held }
        return held.merging(["\(plan)/minimum": ownMinimum ?? running[plan] ?? 0]) { $1 }
    }

    var allPrices: [String: Decimal] {
        let german = travels ? prices.map { ("\($0.key)@DE", Self.german($0.value)) } : []
        return prices.merging(["team/minimum": 100, "big/minimum": 100]) { $1 }
            .merging(german) { $1 }
    }

    /// Cheaper or dearer than for all, by the last digits.
    static func german(_ price: Decimal) -> Decimal { 9_700 - price }

    mutating func begin() {
        oracle.begin(bound, everything(anew: true), prices: allPrices, terms, own: own)
    }

    // MARK: - Periods

    static let utc: Calendar = {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(secondsFromGMT: 0) ?? .current
        return calendar
    }()

    static let things = ["free": [], "team": ["team/seats"], "big": ["big/base", "big/seats"]]
    static let gift = 40
    static let given = ["free": 0, "team": 100, "big": 300]

    static func window(_ unit: Calendar.Component, _ anchor: Date, holding instant: Date) -> (
        start: Date, end: Date
    ) {
        func bound(_ index: Int) -> Date { utc.date(byAdding: unit, value: index, to: anchor) ?? anchor }
        var index = 0
        while bound(index + 1) <= instant { index += 1 }
        return (bound(index), bound(index + 1))
    }

    static func unit(_ kind: BillingPeriod) -> Calendar.Component { kind == .monthly ? .month : .year }

    // MARK: - What is sold

    /// All that is sold, at the prices of now. `all`: as new versions for all.
    func publish(all: Bool) throws {
        let fixture = shop.fixture
        func sold(_ thing: String, _ make: (Int64) -> Charge) -> [Charge] {
            let price = prices[thing] ?? 0
            let charge = make(NSDecimalNumber(decimal: price).int64Value)
            guard travels else { return [charge] }
            var german = make(NSDecimalNumber(decimal: Self.german(price)).int64Value)
            german.id += "-de"
            german.billingCountryCode = "DE"
            return [charge, german]
        }
        func credits(_ amount: Int) -> [PackageEntitlement] {
            [
                .credit(
                    CreditEntitlement(
                        id: "tok", amount: Amount(Int64(amount)), cadence: .month, createdAt: fixture.now,
                        updatedAt: fixture.now))
            ]
        }
        func publish(_ id: String, _ charges: [Charge], _ entitlements: [PackageEntitlement]) throws {
            try fixture.publish(
                id == "extra" ? .addon : .plan, id,
                PackageBody(
                    productID: "p", displayName: id, pricingType: charges.isEmpty ? .free : .paid,
                    entitlements: entitlements, pricing: minimums[id].map { Self.floor(kind, $0) },
                    charges: charges, createdAt: fixture.now, updatedAt: fixture.now),
                all: all)
        }
        if !all { try publish("free", [], credits(Self.gift)) }
        try publish("team", sold("team/seats") { shop.seats($0) }, credits(100))
        try publish("big", sold("big/base", shop.flat) + sold("big/seats") { shop.seats($0) }, credits(300))
        try publish("extra", sold("extra", shop.flat), [])
    }

    static func hundreds(_ count: Int) -> Money { Money(Amount(Int64(count) * 100), "usd") }

    static func floor(_ kind: BillingPeriod, _ count: Int) -> PackagePricing {
        let floors = count == 0 ? [] : [MinimumSpend(billingPeriod: kind, minimum: hundreds(count))]
        return PackagePricing(pricingType: .paid, minimumSpend: floors)
    }
}
