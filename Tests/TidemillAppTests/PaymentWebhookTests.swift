import Testing
import TidemillOperations

/// Every webhook starts its jobs, also one whose type the engine knows (semantics.md, "Webhooks").
struct PaymentWebhookTests {
    private func mill() throws -> Mill {
        try Mill(scripts: [
            "dunning.lua": """
            job {
              name = "dunning", on = { "payment.failed", "payment.succeeded" },
              run = function(run) return run.trigger.event.invoiceId or run.trigger.event.grantId end,
            }
            """
        ])
    }

    @Test func `a failed payment of somebody else's biller starts the dunning`() throws {
        let mill = try mill()
        try mill.deliver(
            "p.ndjson",
            """
            {"type":"payment.failed","messageId":"p1","customerId":"c2","invoiceId":"in_1"}
            {"type":"payment.failed","messageId":7,"customerId":2,"invoiceId":"in_2","paymentId":99}
            {"type":"payment.failed","messageId":"7","customerId":2,"invoiceId":"in_2","paymentId":99}
            {"type":"invoice.paid","messageId":"p3"}
            """)
        try mill.runOnce()
        let runs = try mill.json("runs", "--job", "dunning").items
        #expect(Set(runs.map { $0["result"] }) == ["in_1", "in_2"])
        #expect(Set(runs.map { $0["customerId"] }) == ["c2", "2"])
        let result = try mill.acknowledgement("p.ndjson")
        #expect([result["applied"], result["duplicate"], result["rejected"], result["no_job"]] == [3, 1, 0, 1])
        #expect(
            result["remarks"]?.items == [
                ["reason": "no_job", "name": "invoice.paid", "records": 1, "record": 4, "example": "\"p3\""]
            ])
        #expect(try mill.json("status")["startedNothing"] == ["webhooks": 1, "types": ["invoice.paid"]])
        let page = try mill.program.run("status").text
        #expect(page.contains("1 of the last day started nothing: no job is on invoice.paid"))
    }

    @Test func `a payment that is refused starts its jobs once, however often the record is retried`() throws {
        let mill = try mill()
        _ = try mill.json("call", "provisionCustomer", #"{"id": "acme"}"#)
        _ = try mill.json("call", "createCustomCurrency", #"{"id": "credits", "displayName": "Credits"}"#)
        let grant = try mill.json(
            "call", "grantCredits",
            #"{"customerId": "acme", "currencyId": "credits", "amount": 5, "grantType": "PROMOTIONAL"}"#)
        let id = try #require(grant["id"]?.text)
        try mill.deliver(
            "p.json", #"{"type": "payment.succeeded", "messageId": "m", "paymentId": "pay_1", "grantId": "\#(id)"}"#)
        try mill.runOnce(expecting: 1)
        #expect(try mill.json("rejected").items.map { $0["code"] } == ["payment_not_awaited"])
        _ = try mill.json("rejected", "retry", "--all", status: 1)
        try mill.runOnce()
        #expect(try mill.json("rejected").items.count == 1)
        #expect(try mill.json("runs", "--job", "dunning").items.map { $0["result"] } == [.string(id)])
    }
}
