import Foundation
import Testing
import TidemillOperations

/// The API by HTTP, on the real program.
struct ServerTests {
    private static let seats: Payload = [
        "id": "feature-seats", "displayName": "Seats", "featureType": "NUMBER", "meterType": "FLUCTUATING",
    ]

    @Test func `a customer comes and goes by the API's own routes`() throws {
        let served = try ServedMill()
        let made = try served.post("/api/v1/customers", ["id": "acme", "name": "Acme"])
        #expect(made["data"]?["name"] == "Acme")
        // What is null is cleared, what is left out stays.
        let changed = try served.send("PATCH", "/api/v1/customers/acme", ["email": .null]).expect(200)
        #expect(changed["data"]?["name"] == "Acme" && changed["data"]?["email"] == .null)
        // An empty body with a JSON content type, and a prefix of the client's base URL.
        let client = try WireClient(served.port)
        try client.send(
            "POST /mill/api/v1/customers/acme/archive HTTP/1.1\r\nHost: 127.0.0.1\r\nx-api-KEY: \(ServedMill.key)\r\n"
                + "Content-Type: application/json\r\nContent-Length: 0\r\n\r\n")
        #expect(try client.answer().expect(200)["data"]?["archivedAt"]?.text != nil)
        #expect(try served.mill.json("call", "getCustomer", #"{"id":"acme"}"#)["archivedAt"]?.text != nil)
        #expect(served.stop() == 0)
    }

    @Test func `chunks, questions first and pipelines are answered in turn`() throws {
        let served = try ServedMill()
        let client = try WireClient(served.port)
        let head = "Host: localhost\r\nX-API-KEY: \(ServedMill.key)\r\n"
        try client.send("POST /api/v1/customers HTTP/1.1\r\n\(head)Transfer-Encoding: chunked\r\n\r\n")
        try client.send("5\r\n{\"id\"\r\n8\r\n:\"acme\"}\r\n0\r\n\r\n")
        #expect(try client.answer().expect(200)["data"]?["id"] == "acme")
        try client.send(
            "POST /api/v1/customers HTTP/1.1\r\n\(head)Expect: 100-continue\r\nContent-Length: 13\r\n\r\n{\"id\":\"beta\"}"
        )
        #expect(try client.answer().expect(200)["data"]?["id"] == "beta")
        let ask = "GET /api/v1/customers/acme HTTP/1.1\r\n\(head)\r\n"
        try client.send(ask + ask + ask)
        for _ in 0..<3 { #expect(try client.answer().expect(200)["data"]?["id"] == "acme") }
    }

    @Test func `a stop says nothing of event loops, and a port that is taken what to do`() throws {
        let served = try ServedMill()
        try served.send("GET", "/livez", key: nil).expect(200)
        let other = try Mill(
            scripts: ["empty.lua": "-- nothing"],
            configuration: "[http]\nlisten = \"127.0.0.1:\(served.port)\"")
        let refused = try other.program.run("run")
        #expect(refused.status == 1)
        #expect(refused.err.contains("another process has port \(served.port) of 127.0.0.1; end that one"))
        #expect(!refused.err.contains("EventLoop"), "\(refused.err)")
        #expect(served.stop() == 0)
        let log = try served.mill.folder.read(served.log)
        #expect(!log.contains("EventLoop"), "\(log)")
    }

    @Test func `lists are paged, ranged and filtered as clients write it`() throws {
        let served = try ServedMill()
        for id in ["feature-a", "feature-b", "feature-c"] {
            try served.post(
                "/api/v1/features", ["id": .string(id), "displayName": "F", "featureType": "BOOLEAN"])
        }
        try served.post("/api/v1/features", Self.seats)
        let first = try served.get("/api/v1/features?limit=3")
        #expect(first["data"]?.items.count == 3)
        let next = try #require(first["pagination"]?["next"]?.text)
        #expect(try served.get("/api/v1/features?limit=3&after=\(next)")["data"]?.items.count == 1)
        for form in ["featureType=BOOLEAN,ENUM", "featureType=BOOLEAN&featureType=ENUM", "featureType%5B%5D=BOOLEAN"] {
            #expect(try served.get("/api/v1/features?\(form)")["data"]?.items.count == 3, "\(form)")
        }
        #expect(try served.get("/api/v1/features?createdAt[gte]=2100-01-01T00:00:00%2B00:00")["data"]?.items == [])
        #expect(try served.send("GET", "/api/v1/features?limit=1000").code(400) == "BadUserInput")
        #expect(try served.send("GET", "/api/v1/features?limit=3&limit=4").code(400) == "BadUserInput")
    }

    @Test func `usage comes by both versions of its route`() throws {
        let served = try ServedMill()
        try served.post("/api/v1/customers", ["id": "acme"])
        try served.post("/api/v1/features", Self.seats)
        let report: Payload = ["customerId": "acme", "featureId": "feature-seats", "value": 2]
        #expect(try served.post("/api/v2/usage", report)["data"]?["currentUsage"] == 2)
        let bulk = try served.post("/api/v2/usage", ["usages": [report]])
        #expect(bulk["data"]?["usages"]?.items.first?["currentUsage"] == 4)
        #expect(bulk["data"]?["credits"] == .null)
        #expect(try served.post("/api/v1/usage", ["usages": [report]])["data"]?.items.first?["currentUsage"] == 6)
    }

    @Test func `errors are flat, and say what clients must not try again`() throws {
        let served = try ServedMill()
        try served.post("/api/v1/customers", ["id": "acme"])
        #expect(try served.send("GET", "/api/v1/customers/nobody").code(404) == "CustomerNotFound")
        try served.post("/api/v1/products", ["id": "product-ai", "displayName": "AI"])
        let taken = try served.send("POST", "/api/v1/products", ["id": "product-ai", "displayName": "AI"])
        #expect(try taken.code(409) == "DuplicatedEntityNotAllowed" && taken.headers["x-should-retry"] == "false")
        let missing = try served.send("GET", "/api/v1/contracts")
        #expect(try missing.code(501) == "not_offered" && missing.headers["x-should-retry"] == "false")
        #expect(try served.send("GET", "/api/v1/nothing").code(404) == "route_not_found")
        let refused = try served.send("DELETE", "/api/v1/customers")
        #expect(try refused.code(405) == "method_not_allowed")
        #expect(refused.headers["allow"] == "GET, POST")
        #expect(try served.send("TRACE", "/livez").headers["allow"] == "GET, HEAD")
        #expect(try served.send("GET", "/webhooks/stigg").headers["allow"] == "POST")
        #expect(try served.send("POST", "/operations/nothing", [:]).code(404) == "unknown_operation")
        let newer = try served.send("POST", "/api/v1/customers", ["id": "beta", "loyalty": ["tier": 1]])
        #expect(newer.status == 200 && newer.headers["x-tidemill-ignored-fields"] == "loyalty")
        // By its own name the operation refuses what the command refuses.
        #expect(
            try served.send("POST", "/operations/provisionCustomer", ["id": "c", "x": 1]).code(400) == "BadUserInput")
        #expect(try served.send("POST", "/operations/getCustomer", ["id": "acme"]).expect(200)["id"] == "acme")
    }

    @Test func `the first answer stands for every repeat of a key, over a kill too`() throws {
        let served = try ServedMill()
        try served.post("/api/v1/customers", ["id": "acme"])
        try served.post("/api/v1/features", Self.seats)
        let report: Payload = ["customerId": "acme", "featureId": "feature-seats", "value": 1]
        let key = [("Idempotency-Key", "once")]
        let first = try served.send("POST", "/api/v2/usage", report, key)
        served.killWorker()
        try served.start()
        let again = try served.send("POST", "/api/v2/usage", report, key)
        #expect(again.body == first.body && again.headers["idempotent-replayed"] == "true")
        let other: Payload = ["customerId": "acme", "featureId": "feature-seats", "value": 2]
        #expect(try served.send("POST", "/api/v2/usage", other, key).code(409) == "idempotency_conflict")
        #expect(try served.mill.usage("feature-seats") == ["acme": "1"])
    }

    @Test func `many requests with one key at once are one effect`() async throws {
        let served = try ServedMill()
        try served.post("/api/v1/customers", ["id": "acme"])
        try served.post("/api/v1/features", Self.seats)
        let port = served.port
        let bodies = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<12 {
                group.addTask {
                    try WireClient.ask(
                        port, "POST", "/api/v2/usage",
                        headers: [("X-API-KEY", ServedMill.key), ("Idempotency-Key", "k")],
                        body: Array(#"{"customerId":"acme","featureId":"feature-seats","value":1}"#.utf8)
                    ).body
                }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(bodies.count == 1)
        #expect(try served.mill.usage("feature-seats") == ["acme": "1"])
    }

    private static let again = [("x-stainless-retry-count", "1")]

    @Test func `a repeat of what is done already is answered as if it were done now`() throws {
        let served = try ServedMill()
        try served.post("/api/v1/products", ["id": "p", "displayName": "P"])
        try served.post("/api/v1/plans", ["id": "pro", "displayName": "Pro", "productId": "p", "pricingType": "FREE"])
        try served.post(
            "/api/v1/features",
            ["id": "seats", "displayName": "Seats", "featureType": "NUMBER", "meterType": "FLUCTUATING"])
        let given: Payload = ["entitlements": [["id": "seats", "type": "FEATURE", "usageLimit": 3]]]
        try served.post("/api/v1/plans/pro/entitlements", given)
        let removed = try served.send("DELETE", "/api/v1/plans/pro/entitlements/seats").expect(200)
        // What is gone cannot be shown: only the same request is answered as it was the first time.
        #expect(try served.send("DELETE", "/api/v1/plans/pro/entitlements/seats").status == 403)
        #expect(
            try served.send("DELETE", "/api/v1/plans/pro/entitlements/seats", nil, Self.again).expect(200) == removed)
        #expect(try served.send("DELETE", "/api/v1/plans/pro/entitlements/none", nil, Self.again).status == 403)

        // Published by somebody else, for new customers.
        _ = try served.mill.json("call", "publishPlan", #"{"id":"pro","migrationType":"NEW_CUSTOMERS"}"#)
        let publish = "/api/v1/plans/pro/publish"
        let forNew: Payload = ["migrationType": "NEW_CUSTOMERS"]
        #expect(try served.send("POST", publish, forNew).code(400) == "PackageAlreadyPublished")
        let answer = try served.send("POST", publish, forNew, Self.again)
        #expect(try answer.expect(200) == ["data": ["taskId": .null]])
        #expect(answer.headers["idempotent-replayed"] == "true")
        // It was not published for all.
        #expect(
            try served.send("POST", publish, ["migrationType": "ALL_CUSTOMERS"], Self.again).code(400)
                == "PackageAlreadyPublished")
        #expect(try served.send("POST", "/api/v1/plans/none/publish", forNew, Self.again).status == 404)

        // A draft that nobody edited is the one that was asked for; another is not.
        let draft = try served.post("/api/v1/plans/pro/draft")
        #expect(try served.send("POST", "/api/v1/plans/pro/draft", [:], Self.again).expect(200) == draft)
        try served.send("PATCH", "/api/v1/plans/pro", ["displayName": "Other"]).expect(200)
        _ = try served.mill.json("call", "removePlanDraft", #"{"id":"pro"}"#)
        #expect(
            try served.send("DELETE", "/api/v1/plans/pro/draft", nil, Self.again).expect(200)["data"]?["id"] == "pro")

        try served.post("/api/v1/customers", ["id": "acme"])
        try served.post("/api/v1/subscriptions", ["id": "s", "customerId": "acme", "planId": "pro"])
        let cancel = "/api/v1/subscriptions/s/cancel"
        let now: Payload = ["cancellationTime": "IMMEDIATE"]
        let canceled = try served.post(cancel, now)
        #expect(try served.send("POST", cancel, now).status == 400)
        #expect(
            try served.send("POST", cancel, now, Self.again).expect(200)["data"]?["status"]
                == canceled["data"]?["status"])
    }

    @Test func `a repeat that would make what somebody else made alike is answered with that`() throws {
        let served = try ServedMill()
        _ = try served.mill.json("call", "createProduct", #"{"id":"p","displayName":"P","metadata":{"a":"1","b":"2"}}"#)
        _ = try served.mill.json("call", "provisionCustomer", #"{"id":"acme","email":"a@b.c"}"#)
        let alike: Payload = ["id": "p", "displayName": "P", "metadata": ["b": "2", "a": "1"]]
        #expect(try served.send("POST", "/api/v1/products", alike).code(409) == "DuplicatedEntityNotAllowed")
        let answer = try served.send("POST", "/api/v1/products", alike, Self.again).expect(200)
        #expect(answer["data"]?["id"] == "p" && answer["data"]?["displayName"] == "P")
        for other: Payload in [
            ["id": "p", "displayName": "Q"], ["id": "p", "displayName": "P", "metadata": ["a": "2"]],
        ] {
            #expect(try served.send("POST", "/api/v1/products", other, Self.again).status == 409, "\(other.json)")
        }
        let customer: Payload = ["id": "acme", "email": "a@b.c", "name": .null]
        #expect(try served.send("POST", "/api/v1/customers", customer, Self.again).expect(200)["data"]?["id"] == "acme")
        // What the answer does not tell nobody can compare.
        let paying: Payload = ["id": "acme", "email": "a@b.c", "couponId": "", "metadata": ["a": "1"]]
        #expect(try served.send("POST", "/api/v1/customers", paying, Self.again).status == 409)
        _ = try served.mill.json("call", "archiveCustomer", #"{"id":"acme"}"#)
        #expect(try served.send("POST", "/api/v1/customers", customer, Self.again).status == 409)
    }

    @Test func `the last page says that there is no other, of every list`() throws {
        let served = try ServedMill()
        let none: Payload = ["next": .null, "prev": .null]
        for row in OperationTable.rows where row.isPaged && row.input.allSatisfy({ !$0.isRequired }) {
            let answer = try served.send(
                "POST", "/operations/\(row.id.rawValue)", [:], key: "operator-\(ServedMill.key)"
            ).expect(200)
            #expect(answer["pagination"] == none, "\(row.id.rawValue)")
        }
    }
}
