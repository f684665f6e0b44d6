import Foundation
import Testing
import TidemillOperations

/// Who may come in by HTTP, and what for.
struct ServerKeyTests {
    @Test func `a scope allows its rows, and no others`() throws {
        let served = try ServedMill()
        try served.post("/api/v1/customers", ["id": "acme"])
        let read = "read-\(ServedMill.key)"
        let meter = "ingest-\(ServedMill.key)"
        let person = "operator-\(ServedMill.key)"
        #expect(try served.send("GET", "/api/v1/customers/acme", key: nil).code(401) == "Unauthenticated")
        #expect(try served.send("GET", "/api/v1/customers/acme", key: "no").code(401) == "Unauthenticated")
        try served.send("GET", "/api/v1/customers/acme", key: read).expect(200)
        #expect(try served.send("POST", "/api/v1/customers", ["id": "b"], key: read).code(403) == "IdentityForbidden")
        let hold = "/api/v1/customers/acme/entitlements/check?currencyId=c&reserveAmount=1&reservationId=r"
        #expect(try served.send("GET", hold, key: read).code(403) == "IdentityForbidden")
        #expect(try served.send("GET", "/api/v1/customers/acme", key: meter).code(403) == "IdentityForbidden")
        let report: Payload = ["customerId": "acme", "featureId": "none", "value": 1]
        #expect(
            try served.send("POST", "/api/v1/usage", ["usages": [report]], key: meter).code(404) == "FeatureNotFound")
        let pause: Payload = ["target": "ingest", "reason": "test"]
        #expect(try served.send("POST", "/operations/pause", pause).code(403) == "IdentityForbidden")
        try served.send("POST", "/operations/pause", pause, key: person).expect(200)
        // Operators' rows have keys too: a repeat resumes nothing that was paused since.
        let once = [("Idempotency-Key", "resume-1")]
        let resume: Payload = ["target": "ingest"]
        let first = try served.send("POST", "/operations/resume", resume, key: person, once).expect(200)
        try served.send("POST", "/operations/pause", pause, key: person).expect(200)
        #expect(try served.send("POST", "/operations/resume", resume, key: person, once).expect(200) == first)
        #expect(try served.mill.json("call", "listPauses").items.first?["pausedBy"] == "operator")
    }

    @Test func `a key that is made comes in within a second and is out within one after it is revoked`() throws {
        let served = try ServedMill()
        let made = try served.mill.json("keys", "add", "app", "--scope", "full")
        let key = try #require(made["key"]?.text)
        #expect(key.hasPrefix("tm_") && key.count == 67 && made["scope"] == "full")
        try wait(for: "the new key to be known") {
            try served.send("GET", "/api/v1/customers", key: key).status == 200
        }
        try served.send("POST", "/api/v1/customers", ["id": "acme"], key: key).expect(200)
        let audit = try served.mill.json("audit", "--customer", "acme").items
        #expect(audit.first?["actorKind"] == "key" && audit.first?["actor"] == "app")
        #expect(
            try served.mill.json("keys", "add", "app", "--scope", "read", status: 1)["error"]?["code"]
                == "DuplicatedEntityNotAllowed")
        _ = try served.mill.json("keys", "add", "full", "--scope", "read", status: 1)
        // Nobody keeps the key itself: neither the store nor its log.
        let files = try FileManager.default.contentsOfDirectory(atPath: served.mill.folder.path("var"))
        for file in files {
            let data = try Data(contentsOf: URL(filePath: served.mill.folder.path("var/\(file)")))
            #expect(data.firstRange(of: Data(key.utf8)) == nil)
        }
        let listed = try served.mill.json("keys", "list").items
        #expect(listed.map { $0["name"]?.text } == ["full", "operator", "reader", "meter", "app"])
        _ = try served.mill.json("keys", "revoke", "app")
        try wait(for: "the key to be out") { try served.send("GET", "/api/v1/customers", key: key).status == 401 }
    }

    @Test func `a secret is told once and kept nowhere, and takes no key of its call`() throws {
        let mill = try Mill(scripts: ["empty.lua": "-- nothing"])
        let secrets = try (0..<2).map { _ in
            try #require(try mill.json("call", "addLink", #"{"scope":"read"}"#)["key"]?.text)
        }
        #expect(secrets[0] != secrets[1])
        let keyed = try mill.program.run("call", "addLink", #"{"scope":"read"}"#, "--key", "once")
        #expect(keyed.status != 0 && (keyed.text + keyed.err).contains("takes no idempotency key"))
        for file in try mill.folder.names(in: "var") {
            let data = try Data(contentsOf: URL(filePath: mill.folder.path("var/\(file)")))
            #expect(secrets.allSatisfy { data.firstRange(of: Data($0.utf8)) == nil })
        }
    }

    @Test func `a key asks so often and no more`() throws {
        let served = try ServedMill(http: "rate = 1\nburst = 3")
        var answers: [WireClient.Answer] = []
        for _ in 0..<12 { answers.append(try served.send("GET", "/api/v1/customers")) }
        let refused = try #require(answers.first { $0.status == 429 })
        #expect(answers.prefix(3).allSatisfy { $0.status == 200 })
        #expect(try refused.code(429) == "RateLimitExceeded")
        #expect(refused.headers["retry-after"] == "1" && refused.headers["retry-after-ms"] != nil)
        // Others have buckets of their own.
        try served.send("GET", "/api/v1/customers", key: "read-\(ServedMill.key)").expect(200)
    }

    @Test func `a name in the configuration and in the store refuses to start`() throws {
        let mill = try Mill(scripts: ["empty.lua": "-- nothing"])
        _ = try mill.json("keys", "add", "app", "--scope", "full")
        let text = try mill.folder.read("config.toml")
        try mill.folder.write(
            "config.toml",
            text
                + "\n[http]\nlisten = \"127.0.0.1:0\"\n[[http.key]]\nname = \"app\"\nscope = \"read\"\nkey = \"0123456789abcdef\"\n"
        )
        let ended = try mill.program.run("run")
        #expect(ended.status == 2 && ended.err.contains("\"app\""))
    }

    @Test func `a certificate that cannot be used is told with its file`() throws {
        let mill = try Mill(
            scripts: ["empty.lua": "-- nothing"],
            configuration: """
                [http]
                listen = "127.0.0.1:0"
                tls_cert = "cert.pem"
                tls_key = "key.pem"
                """)
        for content in [nil, "no certificate"] {
            if let content { try mill.folder.write("cert.pem", content) }
            let ended = try mill.program.run("serve")
            #expect(ended.status != 0, "\(ended.err)")
            #expect(ended.err.contains("http.tls_cert: \(mill.folder.path("cert.pem"))"), "\(ended.err)")
        }
    }

    @Test func `a secret that is not set stops whoever serves, and nobody else`() throws {
        let mill = try Mill(
            scripts: ["empty.lua": "-- nothing"],
            configuration: """
                [http]
                listen = "127.0.0.1:0"
                [[http.key]]
                name = "app"
                key_env = "TIDEMILL_TEST_UNSET"
                [[http.webhook]]
                name = "hook"
                verify = "secret"
                secret_env = ["TIDEMILL_TEST_UNSET", "TIDEMILL_TEST_OTHER"]
                """)
        #expect(try mill.program.run("status").status == 0)
        for command in ["run", "check"] {
            let ended = try mill.program.run(command)
            let said = ended.text + ended.err
            #expect(ended.status == 2, "\(said)")
            #expect(said.contains("http.key[0].key_env names the variable TIDEMILL_TEST_UNSET, which is not set"))
            #expect(said.contains("http.webhook[0].secret_env names variables of which none is set"))
            // Named and not to be had is not missing.
            #expect(!said.contains("is missing"))
        }
    }
}
