import Testing
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore

struct CouponOperationTests {
    @Test func `a coupon has the fields of the API`() throws {
        let fixture = try EngineFixture()
        let coupon = try fixture.call(
            .createCoupon,
            [
                "id": "half", "name": "Half price", "percentOff": .number("12.5"), "durationInMonths": 3,
                "metadata": ["team": "growth"],
            ])
        #expect(
            coupon == [
                "id": "half", "name": "Half price", "description": .null, "type": "PERCENTAGE",
                "percentOff": .number("12.5"), "amountsOff": .null, "durationInMonths": 3, "status": "ACTIVE",
                "source": "STIGG", "billingId": .null, "billingLinkUrl": .null, "metadata": ["team": "growth"],
                "createdAt": "2026-10-01T12:00:00.000Z", "updatedAt": "2026-10-01T12:00:00.000Z",
            ])
        #expect(try fixture.call(.getCoupon, ["couponId": "half"]) == coupon)
    }

    @Test func `a fixed coupon takes an amount off in each of its currencies`() throws {
        let fixture = try EngineFixture()
        let amounts: Payload = [
            ["amount": .number("5.5"), "currency": "usd"], ["amount": 800, "currency": "jpy"],
        ]
        let coupon = try fixture.call(
            .createCoupon,
            [
                "id": "c", "name": "C",
                "amountsOff": [
                    ["amount": "5.50", "currency": "USD"], ["amount": 800, "currency": "JPY"],
                ],
            ])
        #expect(coupon["type"] == "FIXED")
        #expect(coupon["amountsOff"] == amounts)
        #expect(coupon["percentOff"] == .null)
        #expect(coupon["durationInMonths"] == .null)
    }

    private static let usd: Payload = ["amount": 5, "currency": "usd"]

    static let badInputs: [(Payload, String)] = [
        (["percentOff": 1, "amountsOff": [usd]], "'percentOff' and 'amountsOff' exclude each other; give one of them"),
        ([:], "'percentOff' or 'amountsOff' is required: a number from 1 to 100, or a list of amounts of money"),
        (
            ["percentOff": .null],
            "'percentOff' or 'amountsOff' is required: a number from 1 to 100, or a list of amounts of money"
        ),
        (["percentOff": 0], "'percentOff' must be a number from 1 to 100, got 0"),
        (["percentOff": .number("100.5")], "'percentOff' must be a number from 1 to 100, got 100.5"),
        (["percentOff": .number("0.99")], "'percentOff' must be a number from 1 to 100, got 0.99"),
        (["amountsOff": []], "'amountsOff' must be a list of 1 to 200 amounts of money, got none"),
        (
            ["amountsOff": [usd, ["amount": 6, "currency": "USD"]]],
            "'amountsOff[1].currency' must be a currency that the list does not name before, got \"usd\""
        ),
        (["amountsOff": [["amount": 0, "currency": "usd"]]], "'amountsOff[0].amount' must be above 0, got 0"),
        (
            ["amountsOff": [["amount": .number("0.005"), "currency": "usd"]]],
            "'amountsOff[0].amount' must be a number of at most 2 digits after the point in usd, got 0.005"
        ),
        (
            ["amountsOff": [["amount": .number("10.5"), "currency": "jpy"]]],
            "'amountsOff[0].amount' must be a whole number in jpy, got 10.5"
        ),
        (["percentOff": 5, "durationInMonths": 0], "'durationInMonths' must be a whole number from 1 to 1200, got 0"),
        (
            ["percentOff": 5, "name": .string(String(repeating: "n", count: 41))],
            "'name' must be text of 1 to 40 characters, got 41 characters"
        ),
        (
            ["percentOff": 5, "description": .string(String(repeating: "n", count: 256))],
            "'description' must be text of at most 255 characters, got 256 characters"
        ),
    ]

    @Test(arguments: badInputs)
    func `a coupon that makes no sense is refused with the field's name`(fields: Payload, sentence: String) throws {
        let fixture = try EngineFixture()
        var input: TextMap<Payload> = ["id": "c", "name": "C"]
        if case .object(let members) = fields { input.merge(members) { _, new in new } }
        let error = fixture.failure(.createCoupon, .object(input))
        #expect(error.code == .badUserInput)
        #expect(error.message == "createCoupon: " + sentence)
        #expect(try fixture.count("coupons") == 0)
    }

    @Test func `the discount never changes, and archiving is for good`() throws {
        let fixture = try EngineFixture()
        try fixture.call(.createCoupon, ["id": "c", "name": "C", "percentOff": 5])
        #expect(
            fixture.failure(.updateCoupon, ["id": "c", "percentOff": 6]).message
                == "updateCoupon: unknown field 'percentOff'; known: id, name, description, metadata")
        fixture.now = fixture.now.advanced(bySeconds: 1)
        let updated = try fixture.call(
            .updateCoupon, ["id": "c", "name": "D", "description": "d", "metadata": ["a": "b"]])
        #expect(updated["name"] == "D")
        #expect(updated["percentOff"] == 5)
        #expect(updated["updatedAt"] == "2026-10-01T12:00:01.000Z")
        #expect(try fixture.call(.updateCoupon, ["id": "c", "description": .null])["metadata"] == ["a": "b"])
        #expect(try fixture.call(.archiveCoupon, ["id": "c"])["status"] == "ARCHIVED")
        #expect(try fixture.call(.archiveCoupon, ["id": "c"])["status"] == "ARCHIVED")
        #expect(fixture.failure(.updateCoupon, ["id": "c", "name": "E"]).code == .entityIsArchived)
        #expect(
            fixture.failure(.createCoupon, ["id": "c", "name": "C", "percentOff": 5]).code == .duplicatedEntity)
        for id in [OperationID.getCoupon, .updateCoupon, .archiveCoupon] {
            #expect(
                fixture.failure(id, ["id": "none"]).message
                    == "\(id.rawValue): there is no coupon \"none\"; create it with createCoupon or in the catalog")
        }
    }

    @Test func `getCoupons answers the first 25 active ones, and where the others are`() throws {
        let fixture = try EngineFixture()
        for number in 1...28 {
            fixture.now = fixture.now.advanced(bySeconds: 1)
            try fixture.call(
                .createCoupon, ["id": .string("c\(number)"), "name": "C", "percentOff": .integer(Int64(number))])
        }
        try fixture.call(.archiveCoupon, ["id": "c1"])
        let answer = try fixture.call(.getCoupons, [:])
        let coupons = answer["data"]?.items ?? []
        #expect(coupons.compactMap { $0["id"]?.text } == (2...26).map { "c\($0)" })
        #expect(coupons.first?["discountValue"] == 2)
        #expect(coupons.first?["refId"] == "c2")
        #expect(coupons.first?["type"] == "PERCENTAGE")
        let next = try #require(answer["pagination"]?["next"])
        let rest = try fixture.call(.listCoupons, ["status": "ACTIVE", "after": next])
        #expect(rest["data"]?.items?.compactMap { $0["id"]?.text } == ["c27", "c28"])
        #expect(try fixture.call(.listCoupons, ["status": "ARCHIVED"])["data"]?.items?.count == 1)
    }

    @Test func `lists are filtered by type and id`() throws {
        let fixture = try EngineFixture()
        try fixture.call(.createCoupon, ["id": "p", "name": "P", "percentOff": 5])
        try fixture.call(.createCoupon, ["id": "f", "name": "F", "amountsOff": [Self.usd]])
        func ids(_ filter: Payload) throws -> [String] {
            try fixture.call(.listCoupons, filter)["data"]?.items?.compactMap { $0["id"]?.text } ?? []
        }
        #expect(try ids([:]) == ["f", "p"])
        #expect(try ids(["type": "FIXED"]) == ["f"])
        #expect(try ids(["type": "PERCENTAGE"]) == ["p"])
        #expect(try ids(["id": "p"]) == ["p"])
        #expect(try fixture.call(.getCoupons, [:])["data"]?.items?.first?["discountValue"] == 5)
    }

    @Test func `a customer's coupon must be active when it is given, and works on when it is archived`() throws {
        let fixture = try EngineFixture()
        try fixture.call(.createCoupon, ["id": "five", "name": "Five", "percentOff": 5])
        try fixture.call(.createCoupon, ["id": "old", "name": "Old", "percentOff": 5])
        try fixture.call(.archiveCoupon, ["id": "old"])
        #expect(fixture.failure(.provisionCustomer, ["id": "c", "couponId": "none"]).code == .couponNotFound)
        #expect(
            fixture.failure(.provisionCustomer, ["id": "c", "couponId": "old"]).code == .archivedCouponCantBeApplied)
        try fixture.call(.provisionCustomer, ["id": "c", "couponId": ""])
        #expect(fixture.failure(.updateCustomer, ["id": "c", "couponId": "old"]).code == .archivedCouponCantBeApplied)
        #expect(try fixture.call(.updateCustomer, ["id": "c", "couponId": "five"])["couponId"] == "five")
        try fixture.call(.archiveCoupon, ["id": "five"])
        #expect(try fixture.call(.updateCustomer, ["id": "c", "name": "N"])["couponId"] == "five")
        #expect(try fixture.call(.updateCustomer, ["id": "c", "couponId": "five"])["couponId"] == "five")
        #expect(try fixture.call(.updateCustomer, ["id": "c", "couponId": .null])["couponId"] == .null)
        #expect(fixture.failure(.updateCustomer, ["id": "c", "couponId": "five"]).code == .archivedCouponCantBeApplied)
    }

    @Test func `each change of a coupon is announced in the transaction of its cause`() throws {
        let fixture = try EngineFixture()
        try fixture.call(.createCoupon, ["id": "f", "name": "F", "amountsOff": [Self.usd]])
        try fixture.call(.updateCoupon, ["id": "f", "name": "G"])
        try fixture.call(.archiveCoupon, ["id": "f"])
        try fixture.call(.archiveCoupon, ["id": "f"])
        let events = try fixture.store.read {
            try $0.rows("SELECT payload FROM outbox ORDER BY sequence") { try Payload(json: $0.text(0)) }
        }
        #expect(events.compactMap { $0["type"]?.text } == ["coupon.created", "coupon.updated", "coupon.archived"])
        #expect(events.compactMap { $0["name"]?.text } == ["F", "G", "G"])
        #expect(events.first?["couponType"] == "FIXED")
        #expect(events.first?["discountValue"] == 5)
        #expect(events.last?["status"] == "ARCHIVED")
    }
}
