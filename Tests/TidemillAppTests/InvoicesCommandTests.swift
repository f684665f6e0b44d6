import Foundation
import Testing
import TidemillCore
import TidemillOperations

/// `tidemill invoices`, with the real program: a subscription at 49 dollars and half a dollar a call that began two months
/// ago and is billed since.
struct InvoicesCommandTests {
    private static let script = """
        catalog {
          products = { { id = "p", displayName = "P" } },
          features = { { id = "calls", displayName = "Calls", featureType = "NUMBER", meterType = "INCREMENTAL",
            meter = { aggregation = { ["function"] = "COUNT" } } } },
          plans = { { id = "pro", productId = "p", displayName = "Pro", charges = { pricingType = "PAID",
            pricingModels = {
              { billingModel = "FLAT_FEE", pricePeriods = {
                { billingPeriod = "MONTHLY", price = { amount = 49, currency = "usd" } } } },
              { billingModel = "USAGE_BASED", featureId = "calls", pricePeriods = {
                { billingPeriod = "MONTHLY", price = { amount = 0.5, currency = "usd" } } } },
            } } } },
        }
        """

    private func days(_ count: Int) -> String {
        Timestamp(microseconds: Int64(Date().timeIntervalSince1970) * 1_000_000)
            .advanced(bySeconds: -Int64(count) * 86_400).description
    }

    private func events(_ key: String, _ count: Int, daysAgo: Int) -> String {
        (0..<count).map {
            #"{"customerId":"acme","eventName":"call","idempotencyKey":"\#(key)\#($0)","timestamp":"\#(days(daysAgo))"}"#
        }.joined(separator: "\n")
    }

    @Test func `late usage is billed, and what came too late waits for a person`() throws {
        let mill = try Mill(scripts: ["a.lua": Self.script])
        try mill.runOnce()
        _ = try mill.json("call", "provisionCustomer", #"{"id":"acme"}"#)
        _ = try mill.json(
            "call", "provisionSubscription",
            #"{"id":"s","customerId":"acme","planId":"pro","billingPeriod":"MONTHLY","startDate":"\#(days(63))","billingInformation":{"isBackdated":true}}"#
        )
        let first = try #require(try mill.json("invoices", "--customer", "acme").items.first)
        #expect(first["invoiceNumber"] == "0001" && first["state"] == "OPEN")
        let ended = try mill.program.run("invoices", "show", first["invoiceId"]?.text ?? "")
        let shown = String(decoding: ended.out, as: UTF8.self)
        #expect(shown.contains("147.00"), "\(shown)")

        // 34 days ago is of a period that is billed; 45 days ago nobody knows any more whether it is a repeat.
        try mill.deliver("late.ndjson", events("a", 4, daysAgo: 34) + "\n" + events("b", 6, daysAgo: 45))
        try mill.runOnce()
        let waiting = try mill.json("invoices", "late")
        #expect(waiting.items.map { $0["value"] } == [6])
        #expect(try mill.json("call", "previewNextInvoice", #"{"id":"s"}"#)["invoice"]?["total"] == 51)
        #expect(try mill.json("verify")["ok"] == true)

        #expect(try mill.program.run("invoices", "late", "waive", "--reason", "x").status != 0)
        let id = try #require(waiting.items.first?["id"]?.text)
        let accepted = try mill.json("invoices", "late", "accept", id, "--reason", "their exporter was down")
        #expect(accepted["decided"] == 1)
        let again = try mill.program.run("invoices", "late", "accept", id, "--reason", "again")
        #expect(again.err.contains("no late usage"), "\(again.err)")
        try mill.runOnce()
        #expect(try mill.json("call", "previewNextInvoice", #"{"id":"s"}"#)["invoice"]?["total"] == 54)
        #expect(try mill.json("verify")["ok"] == true)
        #expect(try mill.json("invoices", "late").items.isEmpty)
    }
}
