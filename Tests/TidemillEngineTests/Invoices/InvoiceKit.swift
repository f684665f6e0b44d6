import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillStore

extension EngineFixture {
    /// The shop of accounts; customer `c` has `s` at 60 dollars a month and half a dollar a call since 1 June.
    func invoiceShop(_ more: TextMap<Payload> = [:]) throws {
        try accountShop()
        try subscribe("sixty", ["id": "s", "billingPeriod": "MONTHLY"].merging(more) { $1 })
    }

    /// Reports calls at their instant, or now where that has passed.
    func use(_ calls: Int64, at time: String, resource: String? = nil) throws {
        now = try max(now, #require(Timestamp(rfc3339: time)))
        var input: TextMap<Payload> = [
            "customerId": "c", "featureId": "api", "value": .integer(calls), "createdAt": .string(time),
        ]
        if let resource { input["resourceId"] = .string(resource) }
        try call(.reportUsage, .object(input))
    }

    /// The first of a month of 2026, and an hour later, when the month before is final.
    func month(_ month: String) throws {
        try work(at: "2026-\(month)-01T00:00:00Z")
        try work(at: "2026-\(month)-01T01:00:00Z")
    }

    /// What a worker does at this instant. `oldest`: the file in the inbox that has waited longest.
    func work(at time: String, oldest: String? = nil) throws {
        try at(time)
        let file = oldest.flatMap { Timestamp(rfc3339: $0) }
        try backend.lifecycle.advanceEveryone(to: now)
        try InvoiceUpkeep(store: store, settings: EngineSettings()) { file }.perform(now: now)
    }

    func invoices(of customer: String = "c") throws -> [Payload] {
        try #require(
            call(.listInvoices, ["id": .string(customer), "includeDrafts": true, "limit": 100])["data"]?.items)
    }

    /// One line an invoice: number, state, cause, total.
    func billed(_ customer: String = "c") throws -> [String] {
        try invoices(of: customer).map { invoice in
            ["invoiceNumber", "state", "cause", "total"].map { invoice[$0]?.text ?? invoice[$0]?.json ?? "?" }
                .joined(separator: " ")
        }
    }

    /// `kind quantity amount` of each line.
    func lines(_ invoice: Payload?) -> [String] {
        (invoice?["lineItems"]?.items ?? []).map { line in
            "\(line["kind"]?.text ?? "?") \(line["quantity"]?.json ?? "?") \(line["amount"]?.json ?? "?")"
        }
    }

    func announcedInvoices() throws -> [String] {
        try store.read {
            try $0.rows("SELECT type FROM outbox WHERE type >= 'invoice.' AND type < 'invoice/' ORDER BY sequence") {
                $0.text(0)
            }
        }
    }
}

extension EngineFixture {
    /// What `verify` says of invoices.
    func verifyInvoices() throws -> [String] {
        try InvoiceVerifier(settings: EngineSettings(), now: now).verify(store).differences
    }
}
