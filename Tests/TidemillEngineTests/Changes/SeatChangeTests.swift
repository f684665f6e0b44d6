import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations

/// Only what differs is priced (stripe/stripe-dotnet #3103, stripe-java #1183: the seat that stays keeps its terms, the
/// seat that comes has its own). All figures are computed by hand: at `half` a seat of 120 a year is worth 60.
struct SeatChangeTests {
    private func shop(_ more: TextMap<Payload> = [:], price: Int64 = 120, seats: Int64 = 10) throws -> SeatShop {
        let shop = try SeatShop()
        try shop.publish([shop.seats(price)])
        try shop.subscribe(seats, more)
        return shop
    }

    private static let discounted: TextMap<Payload> = ["appliedCoupon": SeatShop.coupon(20, months: 3)]
    private static let fixed: TextMap<Payload> = ["appliedCoupon": SeatShop.coupon(off: 240, months: 3)]

    @Test func `seats that stay keep the discount that ended since`() throws {
        let shop = try shop(Self.discounted)
        try shop.fixture.at(SeatShop.half)
        // One more in full; one less at the 96 that it cost, of which half is left.
        #expect(try shop.estimate(11) == "60 / 0")
        #expect(try shop.estimate(9) == "0 / 48")
        #expect(try shop.estimate(10) == "0 / 0")
        #expect(try shop.estimate(["charges": SeatShop.charges(0)]) == "0 / 480")
    }

    @Test func `a discount of a first free seat is that seat's`() throws {
        // 10 a month, one seat free by 100 % for ever that was removed; the second seat costs one seat.
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        try shop.publish([shop.seats(10)])
        try shop.subscribe(1, ["appliedCoupon": SeatShop.coupon(100)])
        try shop.fixture.call(.updateSubscription, ["id": "s", "appliedCoupon": .null])
        #expect(try shop.estimate(2) == "10 / 0")
        #expect(try shop.change(2) == "10 / 0")
        #expect(try shop.estimate(1) == "0 / 10")
        #expect(try shop.estimate(["charges": SeatShop.charges(0)]) == "0 / 10")
    }

    @Test func `a fixed amount that ran out is given back in its part`() throws {
        let shop = try shop(Self.fixed)
        try shop.fixture.at(SeatShop.half)
        // 960 of 1200 were paid: 96 a seat.
        #expect(try shop.estimate(11) == "60 / 0")
        #expect(try shop.estimate(9) == "0 / 48")
    }

    @Test func `a fixed amount that holds is good for a period once`() throws {
        let shop = try shop(["appliedCoupon": SeatShop.coupon(off: 240)])
        try shop.fixture.at(SeatShop.half)
        #expect(try shop.estimate(11) == "60 / 0")
        #expect(try shop.change(9) == "0 / 48")
        // The 12 of the coupon that came back with the ninth's neighbour are good for it again.
        #expect(try shop.estimate(10) == "0 / 0")
        #expect(try shop.change(10) == "0 / 0")
        #expect(try shop.estimate(11) == "60 / 0")
        // 1200 − 240 in all, half of it.
        #expect(try shop.cancel() == "480")
    }

    @Test func `a new version of the plan costs its price from the next period on`() throws {
        let shop = try shop()
        try shop.fixture.at("2026-04-01T00:00:00Z")
        try shop.publish([shop.seats(240)], all: true)
        try shop.fixture.at(SeatShop.half)
        #expect(try shop.estimate(11) == "60 / 0")
        #expect(try shop.estimate(9) == "0 / 60")
        #expect(try shop.estimate(10) == "0 / 0")
        #expect(try shop.change(12) == "120 / 0")
        #expect(try shop.change(9) == "0 / 180")
        // 9 at 240, less the 180.
        #expect(try shop.fixture.next()["invoice"]?["total"] == 1980)
        try shop.fixture.at("2027-07-02T12:00:00Z")
        #expect(try shop.estimate(10) == "120 / 0")
        #expect(try shop.estimate(8) == "0 / 120")
    }

    @Test func `a price that falls is the price of the next period too`() throws {
        let shop = try shop()
        try shop.fixture.at("2026-02-01T00:00:00Z")
        try shop.publish([shop.seats(240)], all: true)
        try shop.fixture.at("2026-03-01T00:00:00Z")
        try shop.publish([shop.seats(24)], all: true)
        try shop.fixture.at(SeatShop.half)
        #expect(try shop.estimate(11) == "60 / 0")
        #expect(try shop.estimate(9) == "0 / 60")
        #expect(try shop.fixture.next()["invoice"]?["total"] == 240)
    }

    @Test func `a version for new customers is no matter of those before`() throws {
        let shop = try shop(Self.discounted)
        try shop.fixture.at("2026-04-01T00:00:00Z")
        try shop.publish([shop.seats(240)])
        try shop.fixture.at(SeatShop.half)
        #expect(try shop.estimate(11) == "60 / 0")
        #expect(try shop.estimate(9) == "0 / 48")
    }

    @Test func `seats of which there were none when the period began cost the period's price`() throws {
        let shop = try SeatShop()
        try shop.publish([shop.flat(1200), shop.seats(120)])
        try shop.subscribe(0)
        try shop.fixture.at("2026-04-01T00:00:00Z")
        try shop.publish([shop.flat(2400), shop.seats(240)], all: true)
        try shop.fixture.at(SeatShop.half)
        #expect(try shop.change(2) == "120 / 0")
        #expect(try shop.change(0) == "0 / 120")
    }

    @Test(arguments: [nil, SeatShop.coupon(20)] as [Payload?])
    func `a coupon that came later reaches added seats only`(first: Payload?) throws {
        let shop = try shop(first.map { ["appliedCoupon": $0] } ?? [:])
        try shop.fixture.at(SeatShop.half)
        let later = SeatShop.coupon(50)
        #expect(try shop.estimate(["appliedCoupon": later]) == "0 / 0")
        // With the change, and before it.
        #expect(try shop.estimate(["appliedCoupon": later, "charges": SeatShop.charges(11)]) == "30 / 0")
        try shop.change(["appliedCoupon": later])
        #expect(try shop.change(11) == "30 / 0")
        #expect(try shop.estimate(10) == "0 / 30", "the last one goes first")
        #expect(try shop.estimate(9) == (first == nil ? "0 / 90" : "0 / 78"))
        // All that was paid for the half that is left: 30 and 600 or 480.
        #expect(try shop.cancel() == (first == nil ? "630" : "510"))
    }

    @Test func `a coupon that was removed is still in what was paid`() throws {
        let shop = try shop(["appliedCoupon": SeatShop.coupon(20)])
        try shop.fixture.at(SeatShop.half)
        try shop.change(["appliedCoupon": .null])
        #expect(try shop.estimate(11) == "60 / 0")
        #expect(try shop.estimate(9) == "0 / 48")
    }

    @Test func `the tax is that of then for what goes, and that of now for what comes`() throws {
        let shop = try shop(["billingInformation": ["taxPercentage": 20]])
        try shop.fixture.at(SeatShop.half)
        try shop.change(["billingInformation": ["taxPercentage": 10]])
        #expect(try shop.estimate(11) == "66 / 0")
        #expect(try shop.estimate(9) == "0 / 72")
        #expect(try shop.change(11) == "66 / 0")
        try shop.change(["billingInformation": ["taxPercentage": 0]])
        #expect(try shop.estimate(10) == "0 / 66")
        #expect(try shop.cancel() == "786", "60 with 10 %, 600 with 20 %")
    }

    @Test func `seats that were added last go first`() throws {
        let shop = try shop(Self.discounted)
        try shop.fixture.at(SeatShop.half)
        #expect(try shop.change(12) == "120 / 0")
        #expect(try shop.change(11) == "0 / 60")
        // The eleventh in full, the tenth at what was paid; the 60 that are kept pay for what comes again.
        #expect(try shop.estimate(9) == "0 / 168")
        #expect(try shop.change(12) == "0 / 0")
        #expect(try shop.cancel() == "600", "120 for two, 480 for ten")
    }

    @Test func `a quarter later the seats of the half are worth what is left of them`() throws {
        let shop = try shop()
        try shop.fixture.at(SeatShop.half)
        #expect(try shop.change(11) == "60 / 0")
        // 91.25 of 365 days are left.
        try shop.fixture.at("2026-10-01T18:00:00Z")
        #expect(try shop.change(10) == "0 / 30")
        #expect(try shop.change(11) == "0 / 0")
    }

    @Test func `a month has its own seconds`() throws {
        let shop = try SeatShop(.monthly, start: "2026-06-01T00:00:00Z")
        try shop.publish([shop.flat(100), shop.seats(30)])
        try shop.subscribe(4, ["appliedCoupon": SeatShop.coupon(50)])
        try shop.fixture.at("2026-06-11T00:00:00Z")
        try shop.change(["appliedCoupon": .null])
        // 20 of 30 days: 20 a seat.
        #expect(try shop.estimate(5) == "20 / 0")
        #expect(try shop.estimate(3) == "0 / 10")
        try shop.fixture.at("2026-07-17T00:00:00Z")
        // Half of July's 31 days less a quarter of a day… 15 of 31 days: 30 × 15 / 31 = 14.516.
        #expect(try shop.estimate(5) == "14.52 / 0")
        #expect(try shop.estimate(3) == "0 / 14.52")
    }

    @Test func `a change of nothing, or of what is not charged, is due nothing`() throws {
        let shop = try shop(Self.discounted)
        try shop.fixture.at("2026-04-01T00:00:00Z")
        try shop.publish([shop.seats(240)], all: true)
        try shop.fixture.at(SeatShop.half)
        for change: TextMap<Payload> in [
            ["charges": SeatShop.charges(10)], ["addons": []], ["billingInformation": ["taxPercentage": 19]],
        ] {
            #expect(try shop.change(change) == "0 / 0", "\(change)")
        }
        #expect(try shop.update(["metadata": ["a": "b"]]) == .zero)
        // What was paid: 960, half of it.
        #expect(try shop.cancel() == "480")
    }

    @Test func `a price of the subscription's own takes the place of the old one whole`() throws {
        let shop = try shop(Self.discounted)
        try shop.fixture.at(SeatShop.half)
        let price: TextMap<Payload> = ["priceOverrides": [["featureId": "seats", "amount": 60]]]
        // 480 of the 960 come back; ten at 60 for half a year are 300.
        #expect(try shop.update(price) == Amount(180))
        #expect(try shop.estimate(11) == "0 / 150", "30 of the 180 pay for one more at 60")
        #expect(try shop.cancel() == "480")
    }
}
