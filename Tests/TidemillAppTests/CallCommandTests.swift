import Foundation
import Testing
import TidemillOperations

/// `tidemill call` and `tidemill operations`.
struct CallCommandTests {
    @Test func `a call with the key of an earlier one changes nothing, and a dry run keeps nothing`() throws {
        let mill = try Mill()
        let customer = #"{"id":"acme","name":"Acme"}"#
        let tried = try mill.json("call", "provisionCustomer", customer, "--dry-run")
        #expect(tried["name"] == "Acme")
        let missing = try mill.json("call", "getCustomer", #"{"id":"acme"}"#, status: 1)
        #expect(missing["error"]?["code"] == "CustomerNotFound")
        _ = try mill.json("call", "provisionCustomer", customer)
        let currency = #"{"id":"credits","displayName":"Credits","units":{"singular":"credit","plural":"credits"}}"#
        _ = try mill.json("call", "createCustomCurrency", currency)
        let grant =
            #"{"customerId":"acme","currencyId":"credits","displayName":"Gift","amount":5,"grantType":"PROMOTIONAL"}"#
        for _ in 0..<2 { _ = try mill.json("call", "grantCredits", grant, "--key", "once") }
        for _ in 0..<2 { _ = try mill.json("call", "grantCredits", grant) }
        let grants = try mill.json("call", "listCreditGrants", #"{"customerId":"acme"}"#)["data"]?.items ?? []
        #expect(grants.count == 3)
        let other = grant.replacing("5", with: "6")
        let refused = try mill.json("call", "grantCredits", other, "--key", "once", status: 1)
        #expect(refused["error"]?["code"] == "idempotency_conflict")
        let event = #"{"customerId":"acme","eventName":"e","idempotencyKey":"1"}"#
        #expect(try mill.json("call", "reportEvent", event, "--dry-run", status: 2)["error"]?["code"] == "usage")
    }

    @Test func `an operator's write is done once under its key, and takes the reason of the command`() throws {
        let mill = try Mill(scripts: ["a.lua": "job { name = 'j', on = 'x', run = function() end }"])
        let fired = try (0..<2).map { _ in try mill.json("call", "fireJob", #"{"job":"j"}"#, "--key", "k") }
        #expect(fired[0] == fired[1])
        #expect(try mill.json("runs").items.map { $0["id"] } == [fired[0]["runId"]])
        // What the operation looks at may be otherwise by now: the answer stays.
        let id = try #require(fired[0]["runId"]?.text)
        let cancel = #"{"id":"\#(id)","reason":"enough"}"#
        let ended = try (0..<2).map { _ in try mill.json("call", "cancelRun", cancel, "--key", "c") }
        #expect(ended[0] == ended[1])
        #expect(try mill.json("call", "cancelRun", cancel, status: 1)["error"]?["code"] == "not_cancellable")
        let other = try mill.json("call", "fireJob", #"{"job":"j","reason":"why"}"#, "--key", "k", status: 1)
        #expect(other["error"]?["code"] == "idempotency_conflict")
        #expect(
            try mill.json("call", "pause", #"{"target":"billing","reason":"r"}"#, "--key", "k", status: 1)["error"]?[
                "code"] == "idempotency_conflict")
        _ = try mill.json("call", "pause", #"{"target":"grants"}"#, "--reason", "a look")
        let pauses = try mill.json("call", "listPauses").items
        #expect(pauses.map { $0["reason"] } == ["a look"])
        // What the input says goes first.
        _ = try mill.json("call", "resume", #"{"target":"grants","reason":"done"}"#, "--reason", "other")
        #expect(try mill.json("audit", "--action", "resume").items.map { $0["reason"] } == ["done"])
    }

    @Test func `operations lists the table, and call takes input from stdin`() throws {
        let mill = try Mill()
        let rows = try mill.json("operations").items
        #expect(rows.map { $0["operation"]?.text } == OperationID.allCases.map(\.rawValue))
        for row in rows {
            let name = try #require(row["operation"]?.text)
            #expect(try mill.json("operations", name)["example"]?["input"] != nil, "\(name)")
        }
        let made = try mill.program.run("call", "provisionCustomer", "-", input: #"{"id":"acme","name":"Acme"}"#)
        #expect(made.status == 0)
        #expect(try made.json()["name"] == "Acme")
        let wrong = try mill.json("call", "provisionCustomer", #"{"nam":"Acme"}"#, status: 1)
        #expect(wrong["error"]?["code"] == "BadUserInput")
    }

    @Test func `reportEvent goes through the same rules as a delivery`() throws {
        let mill = try Mill()
        let event =
            #"{"customerId":"c","eventName":"llm.inference","idempotencyKey":"1","dimensions":{"contextTokens":5,"generatedTokens":1}}"#
        for _ in 0..<2 { _ = try mill.json("call", "reportEvent", event) }
        #expect(try mill.usage("feature-tokens") == ["c": "8"])
    }
}
