import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations

/// With tiers, what is added or taken is the difference of the whole price. Figures by hand; at `half` half is left.
struct TierChangeTests {
    private func shop(
        _ charge: (SeatShop) -> Charge, seats: Int64, _ more: TextMap<Payload> = [:]
    ) throws -> SeatShop {
        let shop = try SeatShop()
        try shop.publish([charge(shop)])
        try shop.subscribe(seats, more)
        try shop.fixture.at(SeatShop.half)
        return shop
    }

    @Test func `graduated prices differ by the tier that a seat falls in`() throws {
        // Ten at 100, the rest at 60: ten cost 1000, twelve 1120.
        let shop = try shop(
            { $0.tiers(.graduated, [(10, 100, nil), (nil, 60, nil)]) }, seats: 10,
            ["appliedCoupon": SeatShop.coupon(20, months: 3)])
        #expect(try shop.change(12) == "60 / 0")
        #expect(try shop.estimate(9) == "0 / 100", "two at 60 in full and one at 100 with 20 % off")
        #expect(try shop.estimate(11) == "0 / 30")
        // A new version's tiers come with the next period.
        try shop.publish([shop.tiers(.graduated, [(nil, 500, nil)])], all: true)
        #expect(try shop.estimate(13) == "30 / 0")
        #expect(try shop.cancel() == "460", "60, and 400 of the 800 that were paid")
    }

    @Test func `more by volume may cost less, and fewer more`() throws {
        // Up to ten at 120, else all at 80: 1200 and 880.
        let volume: (SeatShop) -> Charge = { $0.tiers(.volume, [(10, 120, nil), (nil, 80, nil)]) }
        let shop = try shop(volume, seats: 10)
        #expect(try shop.change(11) == "0 / 160")
        #expect(try shop.estimate(12) == "0 / 120", "one at 80 is paid by the account")
        #expect(try shop.change(10) == "0 / 0")
        #expect(try shop.cancel() == "600")

        // Eleven were bought with 20 % off for 704. Ten cost 320 more, on the terms of then: 256, of which half.
        let fewer = try self.shop(volume, seats: 11, ["appliedCoupon": SeatShop.coupon(20, months: 3)])
        #expect(try fewer.change(10) == "128 / 0")
        #expect(try fewer.cancel() == "480", "half of the 960 that ten cost with 20 % off")
    }

    @Test func `stairs cost a step at a time`() throws {
        let shop = try shop(
            { $0.tiers(.volume, [(10, nil, 1000), (20, nil, 1600), (nil, nil, 2000)]) }, seats: 10)
        #expect(try shop.estimate(9) == "0 / 0")
        #expect(try shop.change(11) == "300 / 0")
        #expect(try shop.change(20) == "0 / 0")
        #expect(try shop.change(21) == "200 / 0")
        #expect(try shop.estimate(5) == "0 / 500")
        #expect(try shop.cancel() == "1000")
    }

    @Test func `started blocks are whole`() throws {
        let shop = try shop({ shop in shop.seats(500) { $0.blockSize = Amount(5) } }, seats: 10)
        #expect(try shop.change(11) == "250 / 0")
        #expect(try shop.estimate(15) == "0 / 0")
        #expect(try shop.estimate(10) == "0 / 250")
        #expect(try shop.estimate(16) == "250 / 0")
    }

    @Test func `add-ons are units of their own`() throws {
        let shop = try SeatShop()
        try shop.publish([shop.flat(1000)])
        try shop.publish([shop.flat(70)], as: "extra", .addon)
        try shop.subscribe(nil, ["addons": SeatShop.addons(3), "appliedCoupon": SeatShop.coupon(20, months: 3)])
        try shop.fixture.at("2026-04-01T00:00:00Z")
        try shop.publish([shop.flat(700)], as: "extra", .addon, all: true)
        try shop.publish([shop.flat(90)], as: "other", .addon)
        try shop.fixture.at(SeatShop.half)
        #expect(try shop.estimate(["addons": SeatShop.addons(4)]) == "35 / 0")
        #expect(try shop.estimate(["addons": SeatShop.addons(2)]) == "0 / 28")
        #expect(try shop.estimate(["addons": []]) == "0 / 84")
        // What comes new into the period costs its price of now.
        let both: Payload = [["id": "extra", "quantity": 3], ["id": "other", "quantity": 2]]
        #expect(try shop.change(["addons": both]) == "90 / 0")
        #expect(try shop.change(["addons": SeatShop.addons(3)]) == "0 / 90")
        #expect(try shop.cancel() == "574", "90, 400 for the plan and 84 for the add-ons")
    }

    @Test func `seats of an add-on of which there are several are counted for each`() throws {
        let shop = try SeatShop()
        try shop.publish([shop.flat(1000)])
        try shop.publish([shop.seats(10)], as: "extra", .addon)
        try shop.subscribe(5, ["addons": SeatShop.addons(2)])
        try shop.fixture.at(SeatShop.half)
        // 2 × 5 × 10 are 100 a year. 2 × 7: 140. 1 × 7: 70. 3 × 5: 150.
        #expect(try shop.change(7) == "20 / 0")
        #expect(try shop.estimate(["addons": SeatShop.addons(1)]) == "0 / 35")
        #expect(try shop.estimate(["addons": SeatShop.addons(3), "charges": SeatShop.charges(5)]) == "5 / 0")
        #expect(try shop.change(["addons": SeatShop.addons(1)]) == "0 / 35")
        #expect(try shop.cancel() == "570", "35, 500, and half of 70")
    }
}
