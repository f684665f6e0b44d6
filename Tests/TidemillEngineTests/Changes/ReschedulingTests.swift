import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillStore

/// Which changes that wait go on waiting beside others (polarsource/polar #11129: a change of seats drops the change of
/// plan that waits). `big` has seats at 20 and add-ons, `small` seats at 5, `tiny` none of both.
struct ReschedulingTests {
    private func shop(holdsBack: Bool = false) throws -> EngineFixture {
        let fixture = try EngineFixture()
        try fixture.shop(at: "2026-06-01T00:00:00Z")
        try fixture.provisionSeats()
        try fixture.addon("extra", monthly: 3)
        try fixture.addon("other", monthly: 4)
        try fixture.plan("big", monthly: 100, seats: 20, compatible: ["extra", "other"])
        try fixture.plan("small", monthly: 10, seats: 5, compatible: ["extra"])
        try fixture.plan("tiny", monthly: 1, compatible: [])
        if holdsBack { try fixture.settings(["prorateAtEndOfBillingPeriod": true]) }
        try fixture.subscribe(
            "big", ["id": "s", "charges": Self.seats(2), "addons": Self.addons(("extra", 2), ("other", 2))])
        return fixture
    }

    private static func seats(_ count: Int64) -> Payload { [["id": "seats", "quantity": .integer(count)]] }
    private static func addons(_ items: (String, Int64)...) -> Payload {
        .array(items.map { ["id": .string($0.0), "quantity": .integer($0.1)] })
    }

    private func downgrade(_ fixture: EngineFixture, to plan: String = "small", _ more: TextMap<Payload> = [:]) throws {
        try fixture.at("2026-06-10T00:00:00Z")
        try fixture.subscribe(plan, ["scheduleStrategy": "END_OF_BILLING_PERIOD"].merging(more) { $1 })
    }

    @discardableResult
    private func update(_ fixture: EngineFixture, _ change: TextMap<Payload>) throws -> [String] {
        let answer = try fixture.call(.updateSubscription, .object(["id": "s"].merging(change) { $1 }))
        return Self.kinds(answer["droppedUpdates"])
    }

    private static func kinds(_ updates: Payload?) -> [String] {
        (updates?.items ?? []).compactMap { $0["subscriptionScheduleType"]?.text }
    }

    private func audit(_ fixture: EngineFixture, _ action: String) throws -> [Payload] {
        try fixture.store.read { connection in
            try connection.rows("SELECT details FROM audit WHERE action = $1 ORDER BY sequence", [.text(action)]) {
                try Payload(json: $0.text(0))
            }
        }
    }

    private func waiting(_ fixture: EngineFixture) throws -> [String] {
        Self.kinds(try fixture.subscription("s")["futureUpdates"])
    }

    private func quantity(_ fixture: EngineFixture) throws -> Payload? {
        try fixture.subscription("s")["charges"]?.list.first?["quantity"]
    }

    @Test func `an update that changes nothing leaves a downgrade alone`() throws {
        let fixture = try shop()
        try downgrade(fixture)
        for change: TextMap<Payload> in [
            ["charges": Self.seats(2)], ["addons": Self.addons(("other", 2), ("extra", 2))],
            ["unitQuantity": 2], ["priceOverrides": []], ["minimumSpend": .null], ["appliedCoupon": .null],
            ["budget": .null],
            ["charges": Self.seats(2), "scheduleStrategy": "END_OF_BILLING_PERIOD"],
        ] {
            #expect(try update(fixture, change) == [], "\(change)")
            #expect(try waiting(fixture) == ["DOWNGRADE"], "\(change)")
        }
        try fixture.at("2026-07-01T00:00:00Z")
        #expect(try fixture.subscription("s")["planId"] == "small")
        #expect(try quantity(fixture) == 2)
    }

    @Test func `changes of anything but the plan keep a downgrade`() throws {
        let fixture = try shop()
        try downgrade(fixture)
        for change: TextMap<Payload> in [
            ["charges": Self.seats(7)], ["charges": Self.seats(3)], ["addons": Self.addons(("extra", 5))],
            ["appliedCoupon": SeatShop.coupon(10)], ["minimumSpend": ["amount": 5, "currency": "usd"]],
            ["priceOverrides": [["featureId": "seats", "amount": 18]]],
            ["budget": ["limit": 100, "hasSoftLimit": true]], ["metadata": ["a": "b"]],
            ["billingInformation": ["taxPercentage": 10]],
        ] {
            #expect(try update(fixture, change) == [], "\(change)")
            #expect(try waiting(fixture) == ["DOWNGRADE"], "\(change)")
        }
        try fixture.at("2026-07-01T00:00:00Z")
        let read = try fixture.subscription("s")
        #expect(read["planId"] == "small")
        #expect(read["addons"] == [["id": "extra", "quantity": 5]])
        #expect(try quantity(fixture) == 3)
        // 10, 3 × 5, 5 × 3 and the minimum of 5: the override was for the plan that was left.
        #expect(try fixture.next()["invoice"]?["subTotal"] == 45)
    }

    @Test func `what the new plan has no charge for is dropped when it comes`() throws {
        let fixture = try shop(holdsBack: true)
        try downgrade(fixture, to: "tiny")
        #expect(try update(fixture, ["charges": Self.seats(1)]) == [])
        #expect(try update(fixture, ["addons": Self.addons(("extra", 1))]) == [])
        #expect(try waiting(fixture) == ["DOWNGRADE", "UNIT_AMOUNT", "ADDON"])
        #expect(try quantity(fixture) == 2, "less waits here")
        try fixture.at("2026-07-02T00:00:00Z")
        let read = try fixture.subscription("s")
        #expect(read["planId"] == "tiny")
        #expect(read["addons"] == [])
        #expect(read["futureUpdates"] == [])
        #expect(try audit(fixture, "scheduledUpdateApplied").map { $0["dropped"] } == [["extra", "seats"]])
    }

    @Test func `fewer seats that wait go with the plan that waits`() throws {
        let fixture = try shop(holdsBack: true)
        try downgrade(fixture)
        #expect(try update(fixture, ["charges": Self.seats(1)]) == [])
        #expect(try update(fixture, ["charges": Self.seats(1)]) == [], "the same once more")
        #expect(try waiting(fixture) == ["DOWNGRADE", "UNIT_AMOUNT"])
        #expect(try fixture.next()["invoice"]?["total"] == 21, "10 and 5, and two add-ons at 3")
        try fixture.at("2026-07-01T00:00:00Z")
        #expect(try fixture.subscription("s")["planId"] == "small")
        #expect(try quantity(fixture) == 1)
    }

    @Test func `what is changed now replaces what waits of it, and is named`() throws {
        let fixture = try shop(holdsBack: true)
        try downgrade(fixture, ["charges": Self.seats(1)])
        #expect(try update(fixture, ["addons": Self.addons(("extra", 1), ("other", 1))]) == [])
        #expect(try waiting(fixture) == ["DOWNGRADE", "UNIT_AMOUNT", "ADDON"])
        // More takes effect at once: of seats, and of one of the two add-ons.
        #expect(try update(fixture, ["charges": Self.seats(4)]) == ["UNIT_AMOUNT"])
        #expect(
            try update(fixture, ["addons": Self.addons(("extra", 3), ("other", 2))]) == ["ADDON"])
        #expect(try waiting(fixture) == ["DOWNGRADE", "ADDON"], "the other add-on's waits on")
        let dropped = try audit(fixture, "updateSubscription").compactMap { $0["droppedUpdates"] }
        #expect(dropped.map { Self.kinds($0) } == [["UNIT_AMOUNT"], ["ADDON"]])
        try fixture.at("2026-07-01T00:00:00Z")
        #expect(try quantity(fixture) == 4)
        #expect(try fixture.subscription("s")["addons"] == [["id": "extra", "quantity": 3]])
    }

    @Test func `an order of a plan takes scheduled changes of plan and period back, and no others`() throws {
        let fixture = try shop(holdsBack: true)
        try downgrade(fixture)
        try update(fixture, ["charges": Self.seats(1)])
        let back = try fixture.call(.provisionSubscription, ["customerId": "c", "planId": "big"])
        #expect(Self.kinds(back["subscription"]?["droppedUpdates"]) == ["DOWNGRADE"])
        #expect(try waiting(fixture) == ["UNIT_AMOUNT"])
        let last = try audit(fixture, "provisionSubscription").last
        #expect(Self.kinds(last?["droppedUpdates"]) == ["DOWNGRADE"])
        // Another plan replaces the one that waits; the same one once more drops nothing.
        try downgrade(fixture, to: "tiny")
        let other = try fixture.subscribe("small", ["scheduleStrategy": "END_OF_BILLING_PERIOD"])
        #expect(Self.kinds(other["droppedUpdates"]) == ["DOWNGRADE"])
        let again = try fixture.subscribe("small", ["scheduleStrategy": "END_OF_BILLING_PERIOD"])
        #expect(Self.kinds(again["droppedUpdates"]) == [])
        #expect(try waiting(fixture) == ["UNIT_AMOUNT", "DOWNGRADE"])
    }

    @Test func `a billing cycle that begins anew takes back what waited for the end of the old one`() throws {
        let fixture = try shop()
        try downgrade(fixture)
        #expect(try update(fixture, ["billingCycleAnchor": "NOW"]) == ["DOWNGRADE"])
        #expect(try waiting(fixture) == [])
    }

    @Test func `changes for different instants wait beside each other`() throws {
        let fixture = try EngineFixture()
        try fixture.shop(at: "2026-01-01T00:00:00Z")
        try fixture.plan("big", monthly: 30, annually: 300)
        try fixture.plan("small", monthly: 10, annually: 100)
        try fixture.addon("extra", monthly: 3)
        try fixture.subscribe("big", ["id": "s", "billingPeriod": "ANNUALLY"])
        try fixture.subscribe("small", ["scheduleStrategy": "END_OF_BILLING_PERIOD"])
        try update(
            fixture, ["appliedCoupon": SeatShop.coupon(50), "scheduleStrategy": "END_OF_BILLING_MONTH"])
        #expect(try waiting(fixture) == ["DOWNGRADE", "COUPON"])
        try fixture.at("2026-02-02T00:00:00Z")
        #expect(try waiting(fixture) == ["DOWNGRADE"])
        #expect(try fixture.subscription("s")["coupons"]?.list.count == 1)
        #expect(try fixture.next()["invoice"]?["total"] == 50)
        try fixture.at("2027-01-01T00:00:00Z")
        #expect(try fixture.subscription("s")["planId"] == "small")
    }
}
