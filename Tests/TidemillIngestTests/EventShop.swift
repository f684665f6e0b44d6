import Foundation
import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillPricing
import TidemillStore
import TidemillTestSupport

/// Customer `c` on a plan of 60 dollars a month and half a dollar for each `n` of its events, by a clock that the test
/// moves.
final class EventShop {
    let clock: StandingClock
    let mill: IngestFixture
    private let settings: EngineSettings
    private var keys = 0

    init(since start: String, settings: EngineSettings = EngineSettings(), meter: Payload = EventShop.meter("n")) throws
    {
        clock = StandingClock(try #require(Timestamp(rfc3339: start)))
        self.settings = settings
        mill = try IngestFixture(settings: settings, clock: clock)
        try call(.provisionCustomer, ["id": "c"])
        try call(.createProduct, ["id": "p", "displayName": "P"])
        try call(
            .createFeature,
            [
                "id": "api", "displayName": "Calls", "featureType": "NUMBER", "meterType": "INCREMENTAL",
                "meter": meter,
            ])
        try call(.createPlan, ["id": "a", "displayName": "A", "productId": "p"])
        func price(_ amount: Payload) -> Payload {
            [["billingPeriod": "MONTHLY", "price": ["amount": amount, "currency": "usd"]]]
        }
        try call(
            .updatePlan,
            [
                "id": "a",
                "charges": [
                    "pricingType": "PAID",
                    "pricingModels": [
                        ["billingModel": "FLAT_FEE", "pricePeriods": price(60)],
                        ["billingModel": "USAGE_BASED", "featureId": "api", "pricePeriods": price(.number("0.5"))],
                    ],
                ],
            ])
        try call(.publishPlan, ["id": "a", "migrationType": "NEW_CUSTOMERS"])
        try call(
            .provisionSubscription, ["id": "s", "customerId": "c", "planId": "a", "billingPeriod": "MONTHLY"])
    }

    static func meter(_ field: Payload, _ function: Payload = "SUM") -> Payload {
        ["aggregation": ["function": function, "field": field]]
    }

    @discardableResult
    func call(_ id: OperationID, _ input: Payload) throws -> Payload {
        try mill.engine.performNow(id, input, in: CallContext(.person, now: clock.now))
    }

    /// Events in one file, which is handled at once.
    @discardableResult
    func deliver(_ events: [(at: String, dimensions: String)]) async throws -> ClaimedDelivery {
        let newest = try events.map { try #require(Timestamp(rfc3339: $0.at)) }.max()
        clock.set(max(clock.now, newest ?? clock.now))
        let lines = events.map { event in
            keys += 1
            return
                #"{"customerId":"c","eventName":"call","idempotencyKey":"k\#(keys)","timestamp":"\#(event.at)","dimensions":\#(event.dimensions)}"#
        }
        let claimed = try mill.deliver(Data(lines.joined(separator: "\n").utf8))
        let outcomes = try await mill.processor.process([claimed])
        #expect(outcomes.first?.counts.applied == Int64(events.count))
        try mill.store.write { _ = try $0.execute("UPDATE deliveries SET state = 'done'") }
        return claimed
    }

    /// What a worker does at this instant.
    func work(at time: String) throws {
        clock.set(try #require(Timestamp(rfc3339: time)))
        try mill.engine.lifecycle.advanceEveryone(to: clock.now)
        try InvoiceUpkeep(store: mill.store, settings: settings) { nil }.perform(now: clock.now)
    }

    func maintain() throws { try mill.engine.runMaintenance(now: clock.now) }

    /// One line an invoice: number, state, total.
    func billed() throws -> [String] {
        let input: Payload = ["id": "c", "includeDrafts": true, "limit": 100]
        return try #require(call(.listInvoices, input)["data"]?.items).map { invoice in
            ["invoiceNumber", "state", "total"].map { invoice[$0]?.text ?? invoice[$0]?.json ?? "?" }
                .joined(separator: " ")
        }
    }

    func waiting() throws -> Amount {
        try mill.store.read { connection in
            try AccountTable(connection: connection).lines(of: MoneyAccount(payer: CustomerID("c"), currency: "usd"))
                .reduce(.zero) { $0 + $1.line.amount }
        }
    }

    func verify() throws -> [String] {
        let events = try Verifier(identityKey: mill.engine.identityKey).verify(mill.store).differences
        return try events + InvoiceVerifier(settings: settings, now: clock.now).verify(mill.store).differences
    }

    func texts(_ sql: String) throws -> [String] {
        try mill.store.read { try $0.rows(sql) { $0.text(0) } }
    }
}
