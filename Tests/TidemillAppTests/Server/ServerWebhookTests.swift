import Crypto
import Foundation
import Testing
import TidemillOperations

/// The receiver of webhooks. Signatures are made here by each sender's documented recipe.
struct ServerWebhookTests {
    private static let sources = """
        [[http.webhook]]
        name = "stigg"
        inbox = "inbox"
        verify = "secret"
        secret = "stigg-secret"
        [[http.webhook]]
        name = "github"
        inbox = "inbox"
        verify = "hmac-sha256"
        secret_env = ["OLD_SECRET", "PATH"]
        type_header = "X-GitHub-Event"
        id_header = "X-GitHub-Delivery"
        [[http.webhook]]
        name = "stripe"
        inbox = "inbox"
        verify = "stripe"
        secret = "whsec_stripe"
        [[http.webhook]]
        name = "standard"
        inbox = "inbox"
        verify = "standard-webhooks"
        secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        """

    private static func hmac(_ text: String, _ key: Data) -> Data {
        Data(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: SymmetricKey(data: key)))
    }

    private static func hexadecimal(_ data: Data) -> String { data.map { String(format: "%02x", $0) }.joined() }

    private func post(
        _ served: ServedMill, _ source: String, _ body: String, _ headers: [(String, String)]
    ) throws -> WireClient.Answer {
        try WireClient.ask(served.port, "POST", "/webhooks/\(source)", headers: headers, body: Array(body.utf8))
    }

    @Test func `each way of signing is known, with its old secret and its time`() throws {
        let served = try ServedMill(http: Self.sources)
        _ = try served.mill.json("pause", "ingest", "--reason", "files stay where they are")
        let secret = [("Stigg-Webhooks-Secret", "stigg-secret")]
        try post(served, "stigg", #"{"type":"customer.created","messageId":"m-1"}"#, secret).expect(200)
        #expect(try post(served, "stigg", "{}", [("Stigg-Webhooks-Secret", "other")]).code(401) == "signature_invalid")
        #expect(try post(served, "nobody", "", secret).code(404) == "route_not_found")

        // GitHub: sha256= and the hexadecimal HMAC of the body. One variable is set: the other one was the old secret.
        let path = Data((ProcessInfo.processInfo.environment["PATH"] ?? "").utf8)
        let push = #"{"ref":"refs/heads/main","operation":"grantCredits","input":{}}"#
        let github = [
            ("X-Hub-Signature-256", "sha256=" + Self.hexadecimal(Self.hmac(push, path))), ("X-GitHub-Event", "push"),
            ("X-GitHub-Delivery", "72d3162e"),
        ]
        try post(served, "github", push, github).expect(200)
        #expect(try post(served, "github", push + " ", github).code(401) == "signature_invalid")

        // Stripe: the HMAC of time, full stop and body, with the time beside it.
        let now = Int(Date().timeIntervalSince1970)
        for (time, status) in [(now, 200), (now - 299, 200), (now - 400, 401), (now + 400, 401)] {
            let charge = #"{"object":"event","id":"evt_\#(time)","type":"charge.succeeded"}"#
            let signed = Self.hexadecimal(Self.hmac("\(time).\(charge)", Data("whsec_stripe".utf8)))
            try post(served, "stripe", charge, [("Stripe-Signature", "t=\(time),v1=00,v1=\(signed),v0=x")]).expect(
                status)
        }

        // Standard Webhooks: base64 of the HMAC of id, time and body; the secret is base64 after whsec_.
        let key = try #require(Data(base64Encoded: "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        let message = #"{"type":"user.created"}"#
        let signature = Self.hmac("msg_1.\(now).\(message)", key).base64EncodedString()
        let standard = [
            ("webhook-id", "msg_1"), ("webhook-timestamp", "\(now)"),
            ("webhook-signature", "v1,AAAA v1,\(signature)"),
        ]
        try post(served, "standard", message, standard).expect(200)

        let names = try served.mill.folder.names(in: "spool/inbox")
        #expect(names.count == 5 && names.allSatisfy { $0.hasPrefix("webhook-") })
        let records = try names.map { try Payload(json: served.mill.folder.read("spool/inbox/\($0)")) }
        let byType = Dictionary(records.map { ($0["type"]?.text ?? "", $0) }) { first, _ in first }
        #expect(byType["customer.created"]?["messageId"] == "m-1")
        // What would be an operation is a webhook all the same.
        #expect(byType["push"]?["messageId"] == "72d3162e" && byType["push"]?["operation"] == nil)
        #expect(byType["push"]?["payload"]?["operation"] == "grantCredits")
        #expect(byType["user.created"]?["messageId"] == "msg_1")
        #expect(byType["user.created"]?["receivedFrom"] == ["source": "standard", "payments": false])
        _ = try served.mill.json("resume", "ingest")
        #expect(served.stop() == 0)
        try served.mill.runOnce()
        #expect(try served.mill.json("deliveries", "--limit", "100").items.allSatisfy { $0["rejected"] == 0 })
    }

    @Test func `what ingest would not take as a record is refused, and not acknowledged`() throws {
        let served = try ServedMill(http: Self.sources)
        _ = try served.mill.json("pause", "ingest", "--reason", "files stay where they are")
        let secret = [("Stigg-Webhooks-Secret", "stigg-secret")]
        // Records have a MiB at most (records.md); beside the body stand the source and what frames it.
        for (filler, status) in [((1 << 20) - 1000, 200), (1 << 20, 413), (5 << 20, 413)] {
            let body = #"{"type":"big","text":"\#(String(repeating: "x", count: filler))"}"#
            let answer = try post(served, "stigg", body, secret)
            #expect(answer.status == status)
            if status == 413 { #expect(try answer.code(413) == "request_too_large") }
        }
        let inbox = served.mill.folder.path("spool/inbox")
        let files = try FileManager.default.contentsOfDirectory(atPath: inbox).filter { $0.hasPrefix("webhook-") }
        #expect(files.count == 1)
    }

    @Test func `a body in which a name stands twice is refused, and told so`() throws {
        let served = try ServedMill(http: Self.sources)
        _ = try served.mill.json("pause", "ingest", "--reason", "files stay where they are")
        let secret = [("Stigg-Webhooks-Secret", "stigg-secret")]
        for body in [#"{"type":"a","amount":1,"amount":2}"#, #"{"type":"a","data":{"id":"x","id":"y"}}"#] {
            let answer = try post(served, "stigg", body, secret)
            #expect(try answer.code(400) == "BadUserInput")
            #expect(String(decoding: answer.body, as: UTF8.self).contains("stands twice in one object"))
        }
        // What is no JSON goes on as text.
        try post(served, "stigg", #"{"type":"a","amount":"#, secret).expect(200)
        let names = try served.mill.folder.names(in: "spool/inbox")
        #expect(names.count == 1)
        let record = try Payload(json: served.mill.folder.read("spool/inbox/\(names[0])"))
        #expect(record["payload"] == #"{"type":"a","amount":"#)
    }

    @Test func `a webhook is taken while scripts are broken, and refused when its folder cannot be written`() throws {
        let served = try ServedMill(http: Self.sources)
        let secret = [("Stigg-Webhooks-Secret", "stigg-secret")]
        _ = try served.mill.json("pause", "ingest", "--reason", "test")
        try served.mill.folder.write("scripts/empty.lua", "this is no Lua")
        try post(served, "stigg", #"{"type":"a","messageId":"1"}"#, secret).expect(200)
        let inbox = served.mill.folder.path("spool/inbox")
        // A file in the folder's place: nobody can write there, root neither.
        try FileManager.default.moveItem(atPath: inbox, toPath: inbox + "-away")
        try served.mill.folder.write("spool/inbox", "")
        let refused = try post(served, "stigg", #"{"type":"a","messageId":"2"}"#, secret)
        #expect(try refused.code(503) == "spool_unavailable" && refused.headers["retry-after"] != nil)
    }
}
