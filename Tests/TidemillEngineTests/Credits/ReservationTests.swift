import Testing
import TidemillCore
import TidemillOperations

struct ReservationTests {
    @Test func `500 credits hold 75 exactly 6 times`() throws {
        let credits = try CreditFixture()
        try credits.grant(500)
        let granted = try (1...20).map { try credits.reserve(Amount(75), id: "op-\($0)") }.filter {
            $0["isGranted"] == true
        }
        #expect(granted.count == 6)
        #expect(granted[0]["reservation"]?["status"] == "ACTIVE")
        // 1 hour when nothing is said.
        #expect(granted[0]["reservation"]?["expiresAt"] == "2026-10-01T13:00:00.000Z")
        let denied = try credits.reserve(Amount(75), id: "op-21")
        #expect(denied["accessDeniedReason"] == "InsufficientCredits")
        #expect(denied["currentUsage"] == 450)
        #expect(denied["usageLimit"] == 500)
        #expect(denied["reserved"] == 450)
        #expect(try credits.balance()["balance"] == 500)
        #expect(try credits.balance()["available"] == 50)
    }

    @Test func `the same id answers the same, whatever happened since; other parameters are a conflict`() throws {
        let credits = try CreditFixture()
        try credits.grant(100)
        let first = try credits.reserve(Amount(60), id: "a")
        try credits.consume(40)
        #expect(try credits.reserve(Amount(60), id: "a") == first)
        #expect(try credits.balance()["reserved"] == 60)
        let failure = credits.engine.failure(
            .checkEntitlement,
            ["customerId": "c", "currencyId": "tok", "reserveAmount": 61, "reservationId": "a"])
        #expect(failure.code == .idempotencyConflict)
        try credits.release("a", consumed: Amount(10))
        #expect(try credits.reserve(Amount(60), id: "a") == first)
        try credits.checkFigures()
    }

    @Test func `a release burns what was used from the grants behind the hold and returns the rest`() throws {
        let credits = try CreditFixture()
        let a = try credits.grant(50, ["priority": 1])
        let b = try credits.grant(100, ["priority": 2])
        try credits.reserve(Amount(80), id: "job")  // 50 of a, 30 of b
        let released = try credits.engine.call(
            .releaseCreditReservation,
            ["reservationId": "job", "customerId": "c", "currencyId": "tok", "consumedAmount": 60])
        #expect(released["reservation"]?["status"] == "RELEASED")
        #expect(released["credit"]?["currentUsage"] == 60)
        #expect(try credits.grant(a)["consumedAmount"] == 50)
        #expect(try credits.grant(b)["consumedAmount"] == 10)
        let entry = try #require(
            try credits.ledger(["eventType": "CREDITS_RESERVATION_RELEASED"]).first)
        #expect(entry["amount"] == 20)
        #expect(entry["holdReturnedAmount"] == 80)
        #expect(entry["breakdown"]?.items?.map { $0["amount"] } == [50, 30, -50, -10])
        // A repeat changes nothing; another amount is a conflict.
        try credits.release("job", consumed: Amount(60))
        let failure = credits.engine.failure(
            .releaseCreditReservation,
            ["reservationId": "job", "customerId": "c", "currencyId": "tok", "consumedAmount": 61])
        #expect(failure.code == .idempotencyConflict)
        #expect(try credits.balance()["available"] == 90)
        try credits.checkFigures()
    }

    @Test func `more than the hold burns the excess as usual, into the overdraft if need be`() throws {
        let credits = try CreditFixture()
        try credits.grant(100)
        try credits.reserve(Amount(60), id: "job")
        try credits.release("job", consumed: Amount(130))
        #expect(try credits.balance()["balance"] == -30)
        let entry = try #require(
            try credits.ledger(["eventType": "CREDITS_RESERVATION_RELEASED"]).first)
        #expect(entry["amount"] == -70)
        try credits.checkFigures()
    }

    @Test func `a hold returns when its time is over, and settles an overdraft that came meanwhile`() throws {
        let credits = try CreditFixture()
        try credits.grant(100)
        try credits.reserve(Amount(75), id: "job", seconds: 60)
        try credits.consume(50)
        #expect(try credits.balance()["overdraft"] == 25)
        credits.engine.now = credits.engine.now.advanced(bySeconds: 60)
        #expect(try credits.balance()["overdraft"] == 0)
        #expect(try credits.balance()["available"] == 50)
        #expect(try credits.ledger(["eventType": "CREDITS_RESERVATION_EXPIRED"]).map { $0["amount"] } == [75])
        // The work was done after all: what it used burns as usual.
        try credits.release("job", consumed: Amount(10))
        #expect(try credits.balance()["available"] == 40)
        try credits.checkFigures()
    }

    @Test func `a hold outlives its grant, and what it returns then is gone with the grant`() throws {
        let credits = try CreditFixture()
        try credits.grant(100, ["expireAt": "2026-10-01T12:30:00Z"])
        try credits.reserve(Amount(40), id: "job")
        credits.engine.now = credits.engine.now.advanced(bySeconds: 1800)
        let check = try credits.engine.call(
            .checkEntitlement, ["customerId": "c", "currencyId": "tok", "requestedUsage": 1])
        #expect(check["isGranted"] == false)
        #expect(check["usageLimit"] == 0)
        #expect(check["currentUsage"] == 0)
        #expect(check["reservedOnExpiredGrants"] == 40)
        try credits.release("job", consumed: Amount(15))
        #expect(try credits.balance()["reservedOnExpiredGrants"] == 0)
        #expect(try credits.balance()["available"] == 0)
        #expect(try credits.grants().first?["consumedAmount"] == 15)
        #expect(
            try credits.ledger().map { $0["amount"] } == [100, -40, -60, 25, -25])
        try credits.checkFigures()
    }

    @Test func `a hold ends within a day, and begins in the future`() throws {
        let credits = try CreditFixture()
        try credits.grant(100)
        for at in ["2026-10-01T12:00:00Z", "2026-10-02T12:00:01Z"] {
            let failure = credits.engine.failure(
                .checkEntitlement,
                [
                    "customerId": "c", "currencyId": "tok", "reserveAmount": 1, "reservationId": "x",
                    "reservationExpiresAt": .string(at),
                ])
            #expect(failure.code == .badUserInput)
            #expect(failure.message.contains("reservationExpiresAt"))
        }
        #expect(
            credits.engine.failure(
                .releaseCreditReservation,
                ["reservationId": "x", "customerId": "c", "currencyId": "tok", "consumedAmount": 1]
            ).code == .creditReservationNotFound)
    }
}
