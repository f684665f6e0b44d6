import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillStore
import TidemillTestSupport

/// What may be asked amiss of invoices: each has its code, and changes nothing. And days and hours that calendars make odd.
struct InvoiceBadInputTests {
    /// Fails with the code, and leaves the store as it was.
    private func refuse(
        _ shop: EngineFixture, _ id: OperationID, _ input: Payload, _ code: OperationError.Code,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let before = try StoreDump(shop.store)
        #expect(shop.failure(id, input).code == code, sourceLocation: sourceLocation)
        let changed = try StoreDump(shop.store).difference(from: before)
        #expect(changed == [], sourceLocation: sourceLocation)
    }

    @Test func `voids and payments of what is not open are refused`() throws {
        let shop = try EngineFixture()
        try shop.invoiceShop()
        try shop.use(7, at: "2026-06-10T00:00:00Z")
        try shop.month("07")
        try shop.work(at: "2026-08-01T00:00:00Z")
        let ids = try shop.invoices().compactMap { $0["invoiceId"] }
        #expect(ids.count == 3)
        func void(_ id: Payload) -> Payload { ["id": id, "rebill": true, "reason": "amiss"] }
        try shop.call(.markInvoiceAsPaid, ["id": "s", "invoiceId": ids[0]])
        try shop.call(.voidInvoice, void(ids[1]))
        for id in ids { try refuse(shop, .voidInvoice, void(id), .invoiceNotOpen) }
        for id in ids.dropFirst() {
            try refuse(shop, .markInvoiceAsPaid, ["id": "s", "invoiceId": id], .invoiceNotOpen)
        }
        for id in ["invoice-0-0123456789abcdef01234567", "invoice", "invoice-x-y", ""] {
            let code: OperationError.Code = id.isEmpty ? .badUserInput : .invoiceNotFound
            try refuse(shop, .voidInvoice, void(.string(id)), code)
            try refuse(shop, .getInvoice, ["id": .string(id)], code)
            try refuse(shop, .markInvoiceAsPaid, ["id": "s", "invoiceId": .string(id)], code)
        }
        try refuse(shop, .voidInvoice, ["id": ids[2], "reason": "amiss"], .badUserInput)
        try refuse(shop, .voidInvoice, ["id": ids[2], "rebill": true], .badUserInput)
        try refuse(shop, .voidInvoice, ["id": ids[2], "rebill": true, "reason": ""], .badUserInput)
        try refuse(
            shop, .voidInvoice, ["customerId": "nobody", "invoiceNumber": "1", "rebill": true, "reason": "x"],
            .invoiceNotFound)
        try refuse(shop, .listInvoices, ["id": "nobody"], .customerNotFound)
    }

    @Test func `what does not wait cannot be waived`() throws {
        let shop = try EngineFixture()
        try shop.invoiceShop()
        try shop.month("07")
        try shop.at("2026-07-20T00:00:00Z")
        try shop.use(20, at: "2026-06-02T00:00:00Z")
        func decide(_ ids: Payload, _ decision: Payload) throws -> Int64 {
            let input = try DecideLateUsage.Input.shape.decode(
                ["ids": ids, "decision": decision, "reason": "checked"], as: "input")
            return try shop.store.write { try TooLateUsage($0).decide(input, at: shop.now).count }
        }
        let waiting = try shop.store.read { connection in
            try TooLateUsage(connection).page(of: ListLateUsage.Input.shape.decode([:], as: "input")).data.map(\.id)
        }
        let id = Payload.string(try #require(waiting.first))
        let before = try StoreDump(shop.store)
        #expect(throws: OperationError.self) { try decide([id, "late-unknown"], "WAIVED") }
        #expect(try StoreDump(shop.store) == before)
        #expect(try decide([id], "WAIVED") == 1)
        let after = try StoreDump(shop.store)
        #expect(throws: OperationError.self) { try decide([id], "WAIVED") }
        #expect(throws: OperationError.self) { try decide([id], "ACCEPTED") }
        #expect(try StoreDump(shop.store) == after)
    }

    @Test func `a currency without a price is refused`() throws {
        let shop = try EngineFixture()
        try shop.accountShop()
        try shop.call(.updateCustomer, ["id": "c", "billingCurrency": "eur"])
        let order: Payload = ["customerId": "c", "planId": "sixty", "billingPeriod": "MONTHLY"]
        try refuse(shop, .provisionSubscription, order, .priceNotFound)
        #expect(try shop.invoices() == [])
    }

    @Test func `an end within the grace changes nothing of the draft, and closes what it used itself`() throws {
        let shop = try EngineFixture()
        try shop.invoiceShop()
        try shop.use(7, at: "2026-06-10T00:00:00Z")
        try shop.work(at: "2026-07-01T00:00:00Z")
        try shop.use(3, at: "2026-07-01T00:10:00Z")
        try shop.at("2026-07-01T00:30:00Z")
        try shop.call(.cancelSubscription, ["id": "s", "cancellationTime": "IMMEDIATE", "prorate": false])
        try shop.use(1, at: "2026-06-11T00:00:00Z")
        #expect(try shop.billed() == ["0001 OPEN START 60", "null DRAFT RENEWAL 64"])
        try shop.work(at: "2026-07-01T01:00:00Z")
        #expect(try shop.billed() == ["0001 OPEN START 60", "0002 OPEN RENEWAL 64"])
        try shop.work(at: "2026-07-02T00:30:00Z")
        #expect(try shop.billed().last == "0003 OPEN SUPPLEMENT 1.5")
        let differences = try shop.verifyInvoices()
        #expect(differences == [])
    }

    @Test func `a year from February 29, and a month from the 31st, end on the last day that there is`() throws {
        let shop = try EngineFixture()
        try shop.accountShop()
        try shop.at("2028-02-29T12:00:00Z")
        try shop.subscribe("sixty", ["id": "s", "billingPeriod": "ANNUALLY"])
        try shop.use(10, at: "2028-03-29T11:59:59Z")
        try shop.use(4, at: "2028-03-29T12:00:00Z")
        try shop.work(at: "2028-03-29T12:00:00Z")
        try shop.work(at: "2028-03-29T13:00:00Z")
        #expect(try shop.billed() == ["0001 OPEN START 600", "0002 OPEN USAGE_MONTH 5"])
        for month in ["04-29", "05-29", "06-29", "07-29", "08-29", "09-29", "10-29", "11-29", "12-29"] {
            try shop.work(at: "2028-\(month)T13:00:00Z")
        }
        try shop.work(at: "2029-01-29T13:00:00Z")
        try shop.use(6, at: "2029-02-28T11:59:59Z")
        try shop.use(8, at: "2029-02-28T12:00:00Z")
        try shop.work(at: "2029-02-28T12:00:00Z")
        try shop.work(at: "2029-02-28T13:00:00Z")
        #expect(try shop.billed().last == "0013 OPEN RENEWAL 603")
        let window = try shop.invoices().last?["lineItems"]?.items?.last?["window"]
        #expect(window?["start"] == "2029-01-29T12:00:00.000Z")
        #expect(window?["end"] == "2029-02-28T12:00:00.000Z")
        let differences = try shop.verifyInvoices()
        #expect(differences == [])
    }

    @Test func `the hour that comes twice is billed once, each half of it in its own window`() throws {
        let shop = try EngineFixture()
        try shop.accountShop()
        try shop.call(.updateCustomer, ["id": "c", "timezone": "Europe/Berlin"])
        // Half past two in Berlin, the first time; an hour later it is half past two again.
        try shop.at("2026-09-25T00:30:00Z")
        try shop.subscribe("sixty", ["id": "s", "billingPeriod": "MONTHLY"])
        try shop.use(5, at: "2026-10-25T00:29:59Z")
        try shop.use(7, at: "2026-10-25T00:30:00Z")
        try shop.use(11, at: "2026-10-25T01:30:00Z")
        try shop.work(at: "2026-10-25T01:30:00Z")
        try shop.work(at: "2026-10-25T02:30:00Z")
        try shop.work(at: "2026-11-25T03:00:00Z")
        try shop.work(at: "2026-11-25T04:00:00Z")
        let calls = try shop.invoices().flatMap { shop.lines($0) }.filter { $0.hasPrefix("usage") }
        #expect(calls == ["usage 5 2.5", "usage 18 9"])
        let differences = try shop.verifyInvoices()
        #expect(differences == [])
    }
}
