import Foundation
import Testing
import TidemillOperations

/// Credits by INVOICE and the files that tell of their payments, through the real program.
struct InvoicedCreditTests {
    /// A customer with so many grants of 10 credits that wait for 1 usd each, and the ids of the grants.
    private func mill(_ count: Int, configuration: String = "") throws -> (Mill, [String]) {
        let mill = try Mill(scripts: ["empty.lua": ""], configuration: configuration)
        _ = try mill.json("call", "createCustomCurrency", #"{"id": "credits", "displayName": "Credits"}"#)
        _ = try mill.json("call", "provisionCustomer", #"{"id": "acme"}"#)
        let grant = #"""
            {"operation": "grantCredits", "input": {"customerId": "acme", "currencyId": "credits", "amount": 10,
             "grantType": "PAID", "cost": {"amount": 1, "currency": "usd"}, "paymentCollectionMethod": "INVOICE"}}
            """#.replacingOccurrences(of: "\n", with: "")
        try mill.folder.write("grants.ndjson", Array(repeating: grant, count: count).joined(separator: "\n"))
        _ = try mill.json("ingest", mill.folder.path("grants.ndjson"))
        var ids: [String] = []
        var after: Payload = .null
        repeat {
            let input: Payload = ["customerId": "acme", "currencyId": "credits", "limit": 100, "after": after]
            let page = try mill.json("call", "listCreditGrants", input.json)
            ids += (page["data"]?.items ?? []).compactMap { $0["id"]?.text }
            after = page["pagination"]?["next"] ?? .null
        } while after != .null
        return (mill, ids)
    }

    private func balance(_ mill: Mill) throws -> Payload? {
        try mill.json("call", "getCreditBalance", #"{"customerId": "acme", "currencyId": "credits"}"#)["balance"]
    }

    @Test func `payments that come twice grant once, though the program is killed in the middle`() throws {
        let (mill, ids) = try mill(150)
        #expect(ids.count == 150)
        // Wide records, so that the file is committed in several parts.
        let padding = String(repeating: "x", count: 50_000)
        let payments = (0..<2).flatMap { turn in
            ids.prefix(100).enumerated().map { index, id in
                #"{"type": "payment.succeeded", "messageId": "m\#(turn)-\#(index)", "paymentId": "pay_\#(index)", "#
                    + #""metadata": {"grantId": "\#(id)", "note": "\#(padding)"}}"#
            }
        }
        try mill.folder.write("payments.ndjson", payments.joined(separator: "\n"))
        try mill.ingestThroughKills("payments.ndjson")
        // 100 of 150 are paid for.
        #expect(try balance(mill) == 1000)
        #expect(try mill.json("rejected").items.isEmpty)
        _ = try mill.json("verify")
        let paid = try mill.json("audit", "--action", "payment.succeeded", "--limit", "1000").items
        #expect(paid.count == 100)
    }

    @Test func `status names an overdue invoice until a person settles it, and a late payment is rejected`() throws {
        let (mill, ids) = try mill(2, configuration: "[billing]\ninvoice_due = \"0s\"")
        func warnings(_ status: Int32) throws -> [String] {
            try mill.json("status", status: status)["warnings"]?.items.compactMap(\.text)
                .filter { $0.contains("not paid") } ?? []
        }
        let warning = try #require(try warnings(1).first)
        #expect(warning.contains("the credits \(ids[0]) of acme and 1 more are not paid, due at"))
        _ = try mill.json(
            "call", "settleCreditGrant", #"{"grantId": "\#(ids[0])", "outcome": "FAILED", "reason": "bankrupt"}"#)
        try mill.deliver("paid.json", #"{"type": "payment.succeeded", "paymentId": "pay_1", "grantId": "\#(ids[1])"}"#)
        try mill.runOnce()
        #expect(try balance(mill) == 10)
        #expect(try warnings(0).isEmpty)
        try mill.deliver("late.json", #"{"type": "payment.succeeded", "paymentId": "pay_2", "grantId": "\#(ids[0])"}"#)
        try mill.runOnce(expecting: 1)
        #expect(try mill.json("rejected").items.map { $0["code"] } == ["payment_not_awaited"])
        #expect(try balance(mill) == 10)
    }
}
