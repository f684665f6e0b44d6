import Testing
import TidemillCore
import TidemillOperations
import TidemillStore

struct CreditLedgerTests {
    @Test func `the ledger has an entry for each grant that a burn touched, and pages do not cut it`() throws {
        let credits = try CreditFixture()
        for index in 0..<25 { try credits.grant(2, ["priority": .integer(Int64(index))]) }
        try credits.consume(49)  // 24 grants of 2 and 1 of the last
        let entries = try credits.ledger()
        #expect(entries.count == 50)
        let burned: [Amount] = entries.suffix(25).compactMap { $0["amount"]?.amount }
        let expected: [Amount] = Array(repeating: Amount(-2), count: 24) + [Amount(-1)]
        #expect(burned == expected)
        #expect(entries.allSatisfy { $0["creditCurrencyId"] == "tok" })
        // Backwards from the end, three at a time.
        let last = try credits.engine.call(
            .getCreditLedger, ["customerId": "c", "limit": 100])
        #expect(last["pagination"]?["next"] == .null)
        var before = try #require(
            try credits.engine.call(.getCreditLedger, ["customerId": "c", "limit": 49])["pagination"]?["next"])
        var backwards: [Payload] = []
        while !before.isNull {
            let page = try credits.engine.call(
                .getCreditLedger, ["customerId": "c", "limit": 3, "before": before])
            backwards = (page["data"]?.items ?? []) + backwards
            before = page["pagination"]?["prev"] ?? .null
        }
        #expect(backwards == Array(entries.prefix(48)))
    }

    @Test func `the ledger tells its kinds apart`() throws {
        let credits = try CreditFixture()
        let first = try credits.grant(10)
        try credits.consume(25)
        try credits.grant(50)
        try credits.engine.call(.updateCreditGrant, ["id": .string(first), "comment": "x"])
        #expect(
            try credits.ledger().map { "\($0["eventType"]?.text ?? "") \($0["amount"]?.amount ?? .zero)" } == [
                "CREDITS_GRANTED 10", "CREDITS_CONSUMED -10", "CREDITS_CONSUMED -15", "CREDITS_GRANTED 50",
                "CREDITS_CONSUMPTION_TRANSFER_SOURCE 15", "CREDITS_CONSUMPTION_TRANSFER_TARGET -15",
            ])
        #expect(try credits.ledger(["eventType": "CREDITS_GRANTED,CREDITS_VOIDED"]).count == 2)
        let failure = credits.engine.failure(.getCreditLedger, ["customerId": "c", "eventType": "CREDITS_LOST"])
        #expect(failure.code == .badUserInput)
    }

    @Test func `wallets of resources are apart from each other and from the customer's own`() throws {
        let credits = try CreditFixture()
        try credits.grant(10)
        try credits.grant(20, ["resourceId": "site-1"])
        try credits.consume(4)
        let site = try credits.engine.call(
            .getCreditBalance, ["customerId": "c", "currencyId": "tok", "resourceId": "site-1"])
        #expect(site["available"] == 20)
        #expect(try credits.balance()["available"] == 6)
        #expect(try credits.grants().count == 1)
    }

    @Test func `usage is shown by day, by feature and by dimension`() throws {
        let credits = try CreditFixture()
        try credits.grant(1000)
        for (index, model) in ["large", "small", "large"].enumerated() {
            try credits.engine.call(
                .consumeCredits,
                [
                    "customerId": "c", "currencyId": "tok", "amount": .integer(Int64(10 * (index + 1))),
                    "idempotencyKey": .string("m\(index)"), "dimensions": ["model": .string(model)],
                    "createdAt": .string("2026-09-2\(index)T08:00:00Z"),
                ])
        }
        let usage = try credits.engine.call(.getCreditUsage, ["customerId": "c", "groupBy": "model"])
        #expect(usage["totalCredits"] == 60)
        let series = usage["series"]?.items ?? []
        #expect(series.map { $0["totalCredits"] } == [40, 20])
        #expect(series.first?["tags"] == [["key": "model", "value": "large"]])
        #expect(
            series.first?["points"] == [
                ["timestamp": "2026-09-20T00:00:00.000Z", "value": 10, "eventCount": 1],
                ["timestamp": "2026-09-22T00:00:00.000Z", "value": 30, "eventCount": 1],
            ])
        let day = try credits.engine.call(
            .getCreditUsage,
            ["customerId": "c", "startDate": "2026-09-21T00:00:00Z", "endDate": "2026-09-22T00:00:00Z"])
        #expect(day["totalCredits"] == 20)
        #expect(day["series"]?.items?.first?["points"]?.items?.first?["timestamp"] == "2026-09-21T08:00:00.000Z")
    }

    @Test func `a new grant is announced as the call answers it`() throws {
        let credits = try CreditFixture()
        let grant: Payload = ["customerId": "c", "currencyId": "tok", "amount": 5, "grantType": "PROMOTIONAL"]
        let active = try credits.engine.call(.grantCredits, grant)
        guard case .object(var later) = grant else { return }
        later["effectiveAt"] = "2026-12-01T00:00:00Z"
        let scheduled = try credits.engine.call(.grantCredits, .object(later))
        #expect([active["status"], scheduled["status"]] == ["ACTIVE", "SCHEDULED"])
        let told = try credits.engine.store.read { connection in
            try connection.rows("SELECT payload FROM outbox WHERE type = 'credit_grant.created' ORDER BY sequence") {
                try Payload(json: $0.text(0))
            }
        }
        #expect(told.map { $0["status"] } == ["ACTIVE", "SCHEDULED"])
        #expect(told.map { $0["grantId"] } == [active["id"], scheduled["id"]])
    }

    @Test func `what was crossed is announced once`() throws {
        let credits = try CreditFixture()
        try credits.grant(100)
        try credits.consume(79)
        #expect(try credits.announced() == ["credit_grant.created"])
        try credits.consume(1)  // 20 % left
        #expect(
            try credits.announced() == ["credit_grant.created", "credit_grant.balance_low", "credit_balance.low"])
        try credits.consume(5)
        #expect(try credits.announced().count == 3)
        try credits.consume(20)  // 10 % and the end are crossed at once, 5 are owed
        #expect(
            Set(try credits.announced().dropFirst(3)) == [
                "credit_grant.depleted", "credit_grant.created", "credit_balance.low", "credit_balance.depleted",
            ])
        let low = try credits.engine.store.read { connection in
            try connection.rows("SELECT payload FROM outbox WHERE type = 'credit_balance.low' ORDER BY sequence") {
                try Payload(json: $0.text(0))
            }
        }
        #expect(low.first?["totalGranted"] == 100)
        #expect(low.first?["remainingBalance"] == 20)
        #expect(low.first?["remainingBalancePercentage"] == 20)
        #expect(low.first?["thresholdPercentage"] == 20)
        #expect(low.first?["consumedPercentage"] == 80)
        #expect(low.last?["thresholdPercentage"] == 10)
    }

    @Test func `an invoice's credits wait for the payment`() throws {
        let credits = try CreditFixture()
        let id = try credits.grant(
            100,
            [
                "grantType": "PAID", "cost": ["amount": 10, "currency": "usd"], "paymentCollectionMethod": "INVOICE",
            ])
        #expect(try credits.grant(id)["status"] == "PAYMENT_PENDING")
        #expect(try credits.grant(id)["paymentCollection"] == "PROCESSING")
        #expect(try credits.balance()["usageLimit"] == 0)
        let paid = try credits.grant(
            100,
            [
                "grantType": "PAID", "cost": ["amount": 10, "currency": "usd"], "paymentCollectionMethod": "INVOICE",
                "billingInformation": ["isInvoicePaid": true],
            ])
        #expect(try credits.grant(paid)["status"] == "ACTIVE")
    }

    @Test func `dates that make no sense are refused`() throws {
        let credits = try CreditFixture()
        func failure(_ further: TextMap<Payload>) -> OperationError {
            let input: TextMap<Payload> = [
                "customerId": "c", "currencyId": "tok", "amount": 1, "grantType": "PROMOTIONAL",
            ]
            return credits.engine.failure(.grantCredits, .object(input.merging(further) { _, new in new }))
        }
        #expect(
            failure(["effectiveAt": "2027-01-01T00:00:00Z", "expireAt": "2027-01-01T00:00:00Z"]).code
                == .expireAtMustBeLaterThanEffectiveAt)
        #expect(
            failure(["effectiveAt": "2026-01-01T00:00:00Z", "expireAt": "2026-02-01T00:00:00Z"]).code
                == .invalidArgument)
        #expect(failure(["amount": 0]).code == .badUserInput)
        #expect(failure(["currencyId": "nope"]).code == .customCurrencyNotFound)
        #expect(failure(["customerId": "nope"]).code == .customerNotFound)
        #expect(failure(["priority": 101]).code == .badUserInput)
        #expect(failure(["cost": ["amount": 1, "currency": "usd"]]).code == .badUserInput)
        #expect(credits.engine.failure(.voidCreditGrant, ["id": "cred-grant-zz"]).code == .creditGrantNotFound)
    }

    @Test func `a grant can be moved while nothing of it is used`() throws {
        let credits = try CreditFixture()
        let id = try credits.grant(100)
        let moved = try credits.engine.call(
            .updateCreditGrant, ["id": .string(id), "effectiveAt": "2026-12-01T00:00:00Z", "priority": 3])
        #expect(moved["status"] == "SCHEDULED")
        #expect(try credits.balance()["available"] == 0)
        let back = try credits.engine.call(
            .updateCreditGrant, ["id": .string(id), "effectiveAt": "2026-10-01T00:00:00Z"])
        #expect(back["status"] == "ACTIVE")
        try credits.consume(1)
        #expect(
            credits.engine.failure(
                .updateCreditGrant, ["id": .string(id), "effectiveAt": "2026-12-01T00:00:00Z"]
            ).code == .invalidArgument)
        let ending = try credits.engine.call(
            .updateCreditGrant, ["id": .string(id), "expireAt": "2026-10-02T00:00:00Z"])
        #expect(ending["expireAt"] == "2026-10-02T00:00:00.000Z")
        credits.engine.now = credits.engine.now.advanced(bySeconds: 86_400)
        #expect(try credits.balance()["available"] == 0)
        try credits.checkFigures()
    }
}
