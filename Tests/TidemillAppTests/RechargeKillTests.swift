import Foundation
import Testing
import TidemillOperations
import TidemillTestSupport

/// A recharge is charged once, with real kills of the real program while the payment service has its request in hand.
struct RechargeKillTests {
    /// A customer without credits whose wallet is filled to 50 at 1 usd each.
    private func mill(_ server: PaymentServer) throws -> Mill {
        let mill = try Mill(
            configuration: """
                level = "warning"
                [payments]
                gateway = "http"
                url = "\(server.url.absoluteString)"
                secret = "s3cret"
                timeout = "60s"
                """)
        _ = try mill.json(
            "call", "createCustomCurrency",
            #"{"id": "credits", "displayName": "Credits", "creditPrice": {"amount": 1, "currency": "usd"}}"#)
        _ = try mill.json(
            "call", "provisionCustomer", #"{"id": "acme", "defaultPaymentMethod": {"billingId": "pm_1"}}"#)
        _ = try mill.json(
            "call", "saveAutoRecharge",
            #"{"customerId": "acme", "currencyId": "credits", "isEnabled": true, "thresholdValue": 20, "targetBalance": 50}"#
        )
        return mill
    }

    private func granted(_ mill: Mill) throws -> [Payload?] {
        let page = try mill.json("call", "listCreditGrants", #"{"customerId": "acme", "currencyId": "credits"}"#)
        return (page["data"]?.items ?? []).filter { $0["grantType"] == "PAID" }.map { $0["cost"]?["amount"] }
    }

    @Test func `a worker that is killed while a charge is made leaves one charge and one grant`() throws {
        let server = try PaymentServer()
        defer { server.stop() }
        let mill = try mill(server)
        for round in 0..<3 {
            server.queue(PaymentServer.Turn(round == 0 ? nil : .succeeded, reply: .held))
            let worker = try mill.program.start(round == 1 ? ["run"] : ["run", "--once"])
            #expect(server.awaitRequest())
            kill(worker.processIdentifier, SIGKILL)
            worker.waitUntilExit()
            server.releaseHeld()
            #expect(try granted(mill) == [])
        }
        let ended = try mill.runOnce()
        #expect(ended["recharges"]?["charged"] == 1)
        #expect(server.paid.count == 1)
        #expect(Set(server.requests.map { $0.headers["idempotency-key"] }).count == 1)
        #expect(try granted(mill) == [50])
        // Once more: nothing is left to do.
        try mill.runOnce()
        #expect(server.requests.count == 4)
        let settings = try mill.json("call", "getAutoRecharge", #"{"customerId": "acme", "currencyId": "credits"}"#)
        #expect(settings["currentMonthlySpend"] == 50)
    }

    @Test func `a refund that comes through the spool voids the grant, and a pause holds the worker`() throws {
        let server = try PaymentServer()
        defer { server.stop() }
        let mill = try mill(server)
        _ = try mill.json("pause", "recharge", "--reason", "audit")
        let paused = try mill.runOnce(expecting: 1)
        #expect(paused["recharges"]?["waitsFor"]?.text?.contains("audit") == true)
        #expect(server.requests.isEmpty)
        _ = try mill.json("resume", "recharge")
        try mill.runOnce()
        #expect(server.paid.count == 1)
        try mill.deliver("refund.json", #"{"type": "payment.refunded", "messageId": "m1", "paymentId": "pay_1"}"#)
        try mill.runOnce()
        let page = try mill.json("call", "listCreditGrants", #"{"customerId": "acme", "currencyId": "credits"}"#)
        #expect(page["data"]?.items.first?["status"] == "VOIDED")
        let rows = try mill.json("audit", "--limit", "100").items.map {
            [$0["actorKind"]?.text, $0["action"]?.text]
        }
        for row in [
            ["person", "pause"], ["person", "resume"], ["engine", "purchaseAutoRecharge"],
            ["engine", "grantAutoRecharge"], ["delivery", "refundAutoRecharge"], ["delivery", "payment.refunded"],
        ] { #expect(rows.contains(row), "\(row)") }
        // The same again under another id changes nothing, and neither does one that is not known: it is counted.
        try mill.deliver("again.json", #"{"type": "payment.refunded", "messageId": "m2", "paymentId": "pay_1"}"#)
        try mill.deliver("unknown.json", #"{"type": "payment.refunded", "messageId": "m3", "paymentId": "pay_x"}"#)
        try mill.runOnce()
        #expect(try mill.json("rejected").items.isEmpty)
        let counted = try mill.json("deliveries").items.filter { $0["no_job"] != 0 }
        #expect(counted.map { $0["name"] } == ["unknown.json"])
        #expect(try mill.json("status")["startedNothing"] == ["webhooks": 1, "types": ["payment.refunded"]])
        #expect(server.paid.count == 1)
    }

    @Test func `check warns where credits are free, and status shows what has stopped`() throws {
        let server = try PaymentServer()
        defer { server.stop() }
        let mill = try mill(server)
        #expect(try mill.json("check")["warnings"]?.items.isEmpty == true)
        server.queue(PaymentServer.Turn(nil, reply: .with(status: 409, body: "{}")))
        try mill.runOnce(expecting: 1)
        let status = try mill.json("status", status: 1)
        #expect(status["recharges"]?["stuck"]?.items.first?["state"] == "stopped")
        #expect(
            status["warnings"]?.items.contains {
                $0.text?.contains("auto-recharge of acme, credits has stopped") == true
            }
                == true)
        // No line of the log holds the secret.
        let again = try mill.program.run("run", "--once")
        #expect(!again.err.contains("s3cret"))

        let free = try Mill()
        _ = try free.json("call", "createCustomCurrency", #"{"id": "credits", "displayName": "Credits"}"#)
        _ = try free.json("call", "provisionCustomer", #"{"id": "acme"}"#)
        _ = try free.json(
            "call", "saveAutoRecharge",
            #"{"customerId": "acme", "currencyId": "credits", "isEnabled": true, "thresholdValue": 20, "targetBalance": 50}"#
        )
        let warning = try free.json("check")["warnings"]?.items.last?["message"]?.text
        #expect(warning?.contains("nobody is charged") == true)
        try free.runOnce()
        let balance = try free.json("call", "getCreditBalance", #"{"customerId": "acme", "currencyId": "credits"}"#)
        #expect(balance["balance"] == 50)
    }
}
