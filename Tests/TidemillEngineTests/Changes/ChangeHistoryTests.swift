import Foundation
import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillTestSupport

/// Goal: exactness over random histories of seats, add-ons, coupons of the subscription and the customer, versions and
/// taxes, over renewals. Oracle: `TimeUsed`. What was paid, less what the account keeps at the end, is the price of the
/// time used. Prices are large, so that rounding (a cent a line) is far smaller than any mistake.
struct ChangeHistoryTests {
    private static let utc: Calendar = {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(secondsFromGMT: 0) ?? .current
        return calendar
    }()

    /// A history, and what it does to both sides.
    private struct History {
        let shop: SeatShop
        let period: BillingPeriod
        var oracle: TimeUsed
        var random: SeededRandom
        var held = ["base": 1, "seats": 10]
        var prices: [String: Decimal] = ["base": 9_000, "seats": 3_000, "extra": 1_700]
        var tax: Decimal = 0
        var coupons: (own: Coupon?, customer: Coupon?) = (nil, nil)
        var paid = Amount.zero
        /// Each rounds by half a minor unit.
        var lines = 0
        var log: [String] = []
        let anchor: Date
        var index = 0
        var bound: (start: Date, end: Date)

        struct Coupon {
            var percent: Decimal?
            var fixed: Decimal?
            var since: Date
            var until: Date?
        }

        var now: Date { Date(timeIntervalSince1970: Double(shop.fixture.now.microseconds / 1_000_000)) }

        func terms(at instant: Date) -> TimeUsed.Terms {
            var terms = TimeUsed.Terms(tax: tax)
            for coupon in [coupons.own, coupons.customer].compactMap({ $0 }) {
                guard coupon.since <= instant, coupon.until.map({ instant < $0 }) ?? true else { continue }
                if let percent = coupon.percent { terms.percentages.append(percent) }
                if let fixed = coupon.fixed { terms.fixed = fixed }
            }
            return terms
        }
    }

    private static func period(_ kind: BillingPeriod, _ anchor: Date, _ index: Int) -> (start: Date, end: Date) {
        let unit: Calendar.Component = kind == .monthly ? .month : .year
        func bound(_ index: Int) -> Date { utc.date(byAdding: unit, value: index, to: anchor) ?? anchor }
        return (bound(index), bound(index + 1))
    }

    private static func start(_ kind: BillingPeriod, seed: UInt64) throws -> History {
        let shop = try SeatShop(kind, start: "2027-01-15T00:00:00Z")
        let anchor = Date(timeIntervalSince1970: Double(shop.fixture.now.microseconds / 1_000_000))
        let first = period(kind, anchor, 0)
        var history = History(
            shop: shop, period: kind, oracle: TimeUsed(period: (first.start, first.start.addingTimeInterval(1))),
            random: SeededRandom(seed: seed), anchor: anchor, bound: first)
        try publish(&history, all: false)
        let percent = [0, 20, 35].randomElement(using: &history.random) ?? 0
        var more: TextMap<Payload> = ["billingInformation": ["taxPercentage": 0]]
        if percent > 0 {
            more["appliedCoupon"] = SeatShop.coupon(Int64(percent), months: 2)
            history.coupons.own = .init(
                percent: Decimal(percent), since: anchor, until: utc.date(byAdding: .month, value: 2, to: anchor))
        }
        let order = more.merging(["customerId": "c", "planId": "team", "charges": SeatShop.charges(10)]) { $1 }
            .merging(["billingPeriod": .string(kind.rawValue)]) { $1 }
        let due = try shop.fixture.call(.estimateSubscription, .object(order))
        history.paid += try #require(due.money("total").flatMap { Amount($0) })
        try shop.subscribe(10, more)
        history.oracle.begin(first, history.held, prices: history.prices, history.terms(at: anchor))
        return history
    }

    private static func publish(_ history: inout History, all: Bool) throws {
        func price(_ thing: String) -> Int64 { NSDecimalNumber(decimal: history.prices[thing] ?? 0).int64Value }
        try history.shop.publish([history.shop.flat(price("base")), history.shop.seats(price("seats"))], all: all)
        try history.shop.publish([history.shop.flat(price("extra"))], as: "extra", .addon, all: all)
    }

    /// Some time goes by; periods that end in it are renewed and paid.
    private static func pass(_ history: inout History, seconds: Int64) throws {
        let target = history.shop.fixture.now.advanced(bySeconds: seconds)
        while Double(target.microseconds / 1_000_000) >= history.bound.end.timeIntervalSince1970 {
            let next = try history.shop.fixture.next()
            history.paid += try #require(next["invoice"]?["total"]?.json).asAmount()
            history.lines += 8
            history.shop.fixture.now = Timestamp(
                microseconds: Int64(history.bound.end.timeIntervalSince1970) * 1_000_000)
            _ = try history.shop.fixture.subscription("s")
            history.index += 1
            history.bound = period(history.period, history.anchor, history.index)
            history.oracle.begin(
                history.bound, history.held, prices: history.prices, history.terms(at: history.bound.start))
        }
        history.shop.fixture.now = target
    }

    private static func step(_ history: inout History) throws {
        var change: TextMap<Payload> = [:]
        func dice(_ count: Int) -> Int { Int.random(in: 0..<count, using: &history.random) }
        if dice(3) == 0 {
            let seats = Int.random(in: 0...20, using: &history.random)
            change["charges"] = SeatShop.charges(Int64(seats))
            history.held["seats"] = seats
        }
        if dice(4) == 0 {
            let addons = Int.random(in: 0...4, using: &history.random)
            change["addons"] = addons == 0 ? [] : SeatShop.addons(Int64(addons))
            history.held["extra"] = addons == 0 ? nil : addons
        }
        if dice(5) == 0 {
            history.tax = [0, 7, 19, 25].randomElement(using: &history.random) ?? 0
            let tax = NSDecimalNumber(decimal: history.tax).int64Value
            change["billingInformation"] = ["taxPercentage": .integer(tax)]
        }
        switch dice(8) {
        case 0:
            let percent = Int64.random(in: 1...60, using: &history.random)
            let months: Int64? = [nil, 1, 3].randomElement(using: &history.random) ?? nil
            change["appliedCoupon"] = SeatShop.coupon(percent, months: months)
            history.coupons.own = .init(
                percent: Decimal(percent), since: history.now,
                until: months.flatMap { utc.date(byAdding: .month, value: Int($0), to: history.now) })
        case 1:
            let amount = Int64.random(in: 1...4, using: &history.random) * 2_500
            change["appliedCoupon"] = SeatShop.coupon(off: amount)
            history.coupons.own = .init(fixed: Decimal(amount), since: history.now)
        case 2:
            change["appliedCoupon"] = .null
            history.coupons.own = nil
        case 3:
            for thing in history.prices.keys.sorted() {
                history.prices[thing] = Decimal(Int.random(in: 10...90, using: &history.random) * 100)
            }
            try publish(&history, all: true)
        default: break
        }
        guard !change.isEmpty else { return }
        history.log.append("\(history.shop.fixture.now) \(Payload.object(change).json)")
        history.lines += 12
        let due = try history.shop.change(change)
        history.paid += try #require(due.split(separator: " ").first.map { String($0) }).asAmount()
        history.oracle.change(
            to: history.held, at: history.now, prices: history.prices, history.terms(at: history.now))
    }

    private static func check(_ kind: BillingPeriod, seed: UInt64, steps: Int, stride: ClosedRange<Int64>) throws {
        var history = try start(kind, seed: seed)
        for _ in 0..<steps {
            try pass(&history, seconds: Int64.random(in: stride, using: &history.random))
            try step(&history)
        }
        try pass(&history, seconds: Int64.random(in: stride, using: &history.random))
        let kept = try #require(Amount(try history.shop.cancel()))
        history.oracle.end(at: history.now)
        let difference = try #require(Decimal(string: (history.paid - kept).description)) - history.oracle.used
        let tolerance = Decimal(history.lines + 20) * 7 / 1_000
        #expect(
            abs(difference) <= tolerance,
            "\(difference) off; paid \(history.paid), kept \(kept)\n\(history.log.joined(separator: "\n"))")
    }

    @Test(arguments: 0..<12)
    func `months: what was paid and not kept is the price of the time used`(seed: Int) throws {
        try Self.check(.monthly, seed: UInt64(seed), steps: 25, stride: 40_000...400_000)
    }

    @Test(arguments: 100..<112)
    func `years: what was paid and not kept is the price of the time used`(seed: Int) throws {
        try Self.check(.annually, seed: UInt64(seed), steps: 25, stride: 400_000...2_400_000)
    }
}

extension String {
    fileprivate func asAmount() throws -> Amount { try #require(Amount(self)) }
}
