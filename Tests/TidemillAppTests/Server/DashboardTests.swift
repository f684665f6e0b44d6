import Foundation
import Testing
import TidemillOperations

/// The pages of a running worker, as a browser gets them.
struct DashboardTests {
    private static let hostile = "\"><img src=x onerror=alert(1)>{{7*7}}\u{202E}javascript:alert(1)"
    private static let pages = [
        "/", "/customers", "/deliveries", "/rejected", "/jobs", "/runs", "/recharges", "/catalog", "/scripts", "/audit",
        "/system", "/events?customerId=acme", "/search?q=nobody",
    ]
    private static let script = """
        job { name = "nightly", schedule = "0 2 * * *", run = function() error("<b>boom</b>") end }
        """

    private func get(_ served: ServedMill, _ path: String, scope: String = "read") throws -> WireClient.Answer {
        try served.send("GET", path, key: "\(scope)-\(ServedMill.key)")
    }

    /// A customer, a record that is rejected, and texts that would be markup.
    private func filled() throws -> ServedMill {
        let served = try ServedMill(scripts: ["jobs.lua": Self.script])
        try served.send("POST", "/api/v1/customers", ["id": "acme", "name": .string(Self.hostile)])
        try served.mill.deliver(
            "a<i>.ndjson", #"{"customerId":"acme","eventName":"<u>call","idempotencyKey":"k"}"# + "\nno json\n")
        try wait(for: "the delivery") { try get(served, "/deliveries").text.contains("done") }
        return served
    }

    @Test func `every page is drawn, whole and with nothing inline`() throws {
        let served = try filled()
        for path in Self.pages + ["/customers/acme"] {
            let answer = try get(served, path)
            #expect(answer.status == 200, "\(path)")
            #expect(answer.headers["content-type"] == "text/html; charset=utf-8")
            #expect(
                answer.headers["content-security-policy"]?.hasPrefix("default-src 'none'; script-src 'self'") == true)
            #expect(answer.headers["cache-control"] == "no-store")
            #expect(!answer.text.contains("could not be drawn"), "\(path): \(answer.text)")
            #expect(!answer.text.contains("style="), "\(path)")
            #expect(answer.text.contains("</html>") && answer.text.contains("tidemill "), "\(path)")
            #expect(answer.text.utf8.count < 80 << 10, "\(path)")
        }
    }

    @Test func `texts of customers, files and scripts are text`() throws {
        let served = try filled()
        for path in Self.pages + ["/customers/acme", "/search?q=%3Cscript%3Ealert(1)%3C/script%3E"] {
            let text = try get(served, path).text
            for markup in ["<img", "<i>", "<u>", "<b>boom", "<script>alert", "\u{202E}"] {
                #expect(!text.contains(markup), "\(path): \(markup)")
            }
        }
        #expect(
            try get(served, "/customers").text.contains("&lt;img src=x onerror=alert(1)&gt;{{7*7}}‹U+202E›javascript"))
    }

    @Test func `a page as JSON is what the operations answer`() throws {
        let served = try filled()
        let page = try Payload(json: Array(get(served, "/customers/acme?json=1").text.utf8))
        let asked = try served.send(
            "POST", "/operations/getCustomerOverview", ["customerId": "acme"], key: "read-\(ServedMill.key)")
        let overview = try #require(page["getCustomerOverview"])
        let answer = try Payload(json: Array(asked.text.utf8))
        #expect(overview["customer"] == answer["customer"] && overview["subscriptions"] == answer["subscriptions"])
    }

    @Test func `nobody looks without a key, and what is not there says so`() throws {
        let served = try filled()
        let stranger = try served.send("GET", "/customers", key: nil)
        #expect(stranger.status == 303 && stranger.headers["location"] == "/enter")
        #expect(try get(served, "/customers", scope: "ingest").status == 403)
        let missing = try get(served, "/customers/nobody")
        #expect(missing.status == 404 && missing.text.contains("nobody"))
        #expect(try get(served, "/deliveries/01NOTHERE").status == 404)
        #expect(try get(served, "/nowhere").status == 404)
        #expect(try get(served, "/search?q=acme").headers["location"] == "/customers/acme")
    }

    @Test func `an operator acts by a form, with a reason, once`() throws {
        let served = try filled()
        let form = "/do/pause?target=ingest"
        #expect(try get(served, form).text.contains("Only an operator"))
        let page = try get(served, form, scope: "operator").text
        #expect(page.contains("<form class=\"do\" method=\"post\" action=\"/do/pause\">"))
        func act(_ scope: String, _ body: String) throws -> WireClient.Answer {
            try WireClient.ask(
                served.port, "POST", "/do/pause",
                headers: [("X-API-KEY", "\(scope)-\(ServedMill.key)"), ("Sec-Fetch-Site", "same-origin")],
                body: Array(body.utf8))
        }
        let body = "target=ingest&reason=by+hand&key=form-1&back=%2Fsystem"
        #expect(try act("read", body).status == 403)
        let refused = try act("operator", "target=ingest&key=form-0")
        #expect(refused.status == 400 && refused.text.contains("reason"))
        // Why is asked too where the operation does not take it, and what is no reason is not passed over.
        for reason in ["", "&reason=+", "&reason=a%0Ab"] {
            let asked = try WireClient.ask(
                served.port, "POST", "/do/dropRejected",
                headers: [("X-API-KEY", "operator-\(ServedMill.key)"), ("Sec-Fetch-Site", "same-origin")],
                body: Array("code=invalid_json&key=form-d\(reason)".utf8))
            #expect(asked.status == 400 && asked.text.contains("words that say why"), "\(reason)")
        }
        let done = try act("operator", body)
        #expect(done.status == 303 && done.headers["location"] == "/system")
        #expect(try get(served, "/system").text.contains("by hand"))
        let again = try act("operator", body)
        #expect(again.status == 200 && again.text.contains("did nothing now"))
        let audit = try served.send("POST", "/operations/listAudit", ["action": "pause"], key: "read-\(ServedMill.key)")
        #expect(try Payload(json: Array(audit.text.utf8))["data"]?.items.count == 1)
        // A way back that leads elsewhere is not taken.
        let elsewhere = try act("operator", "target=ingest&reason=x&key=form-2&back=%2F%2Fevil.example")
        #expect(elsewhere.headers["location"] == "/")
        let foreign = try WireClient.ask(
            served.port, "POST", "/do/pause", headers: [("X-API-KEY", "operator-\(ServedMill.key)")],
            body: Array(body.utf8))
        #expect(foreign.status == 403)
    }

    @Test func `what came in is drawn over time, and told as a table and by its operation`() throws {
        let served = try filled()
        for span in ["1h", "24h", "7d"] {
            let page = try get(served, "/?span=\(span)").text
            #expect(page.contains("<svg class=\"chart\"") && page.contains("2 in \(span), 1 rejected"), "\(span)")
            #expect(page.contains("1 applied, 0 filtered, 0 duplicate, 1 rejected"))
        }
        #expect(try get(served, "/?span=1h&table=1").text.contains("as a chart"))
        let asked = try served.send(
            "POST", "/operations/getThroughput", ["stepSeconds": 3600], key: "read-\(ServedMill.key)")
        let spans = try Payload(json: Array(asked.text.utf8))["spans"]?.items ?? []
        #expect(spans.reduce(0) { $0 + ($1["rejected"]?.json == "1" ? 1 : 0) } == 1)
        for bad in [["stepSeconds": 61], ["stepSeconds": 60, "from": "2020-01-01T00:00:00Z"]] as [Payload] {
            #expect(
                try served.send("POST", "/operations/getThroughput", bad, key: "read-\(ServedMill.key)").status == 400)
        }
    }

    @Test func `a list is a file for a spreadsheet, in which no text is a formula`() throws {
        let served = try filled()
        try served.send("POST", "/api/v1/customers", ["id": "calc", "name": "=1+1", "email": "a@b.example"])
        try served.send("POST", "/api/v1/customers", ["id": "cell", "name": "a,\"b\""])
        let answer = try get(served, "/customers?csv=1&zone=Asia/Tokyo")
        #expect(answer.headers["content-type"] == "text/csv; charset=utf-8")
        #expect(answer.headers["content-disposition"] == "attachment; filename=\"customers.csv\"")
        let lines = answer.text.components(separatedBy: "\r\n")
        #expect(lines.first == "customer,name,e-mail,since,archived" && lines.last == "")
        #expect(lines.count == 5)
        let calc = try #require(lines.first { $0.hasPrefix("calc,") })
        #expect(calc.hasPrefix("calc,'=1+1,a@b.example,") && calc.hasSuffix("+09:00,"))
        #expect(lines.contains { $0.hasPrefix("cell,\"a,\"\"b\"\"\",,") })
    }

    @Test func `times are of the zone that the configuration names, until a person chooses another`() throws {
        let served = try ServedMill(http: "timezone = \"Europe/Berlin\"")
        #expect(try get(served, "/").text.contains("Times: Europe/Berlin"))
        #expect(try get(served, "/?zone=Asia/Tokyo").text.contains("Times: Asia/Tokyo"))
    }

    @Test func `a version of the scripts says what changed`() throws {
        let served = try filled()
        try served.mill.folder.write("scripts/jobs.lua", Self.script.replacing("nightly", with: "nightly\\u{3c}i>"))
        func versions() throws -> [Payload] {
            let asked = try served.send("POST", "/operations/listScriptVersions", [:], key: "read-\(ServedMill.key)")
            return try Payload(json: Array(asked.text.utf8))["data"]?.items ?? []
        }
        try wait(for: "the second version") { try versions().count == 2 }
        let newest = try #require(try versions().first?["version"]?.text)
        let page = try get(served, "/scripts/\(newest)").text
        #expect(page.contains("<del>− job { name = &quot;nightly&quot;"))
        #expect(page.contains("<ins>+ job { name = &quot;nightly\\u{3c}i&gt;&quot;"))
    }

    @Test func `a page that waits is told of a change`() throws {
        let served = try filled()
        func stamp(_ query: String) throws -> Payload? {
            try Payload(json: Array(get(served, "/live\(query)").text.utf8))["stamp"]
        }
        let before = try #require(try stamp(""))
        try served.send("POST", "/api/v1/customers", ["id": "globex"])
        #expect(try stamp("?stamp=\(before.json)") != before)
    }

    @Test func `a browser sees refusals as pages, with the same status and nothing but text`() throws {
        let served = try ServedMill()
        func ask(
            _ method: String, _ path: String, key: String? = nil, _ headers: [(String, String)] = [],
            body: String? = nil
        ) throws -> (page: WireClient.Answer, plain: WireClient.Answer) {
            let headers = headers + (key.map { [("X-API-KEY", $0)] } ?? [])
            let bytes = body.map { Array($0.utf8) }
            let asked = [("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")]
            return (
                try WireClient.ask(served.port, method, path, headers: headers + asked, body: bytes),
                try WireClient.ask(served.port, method, path, headers: headers, body: bytes)
            )
        }
        let own = [("Sec-Fetch-Site", "same-origin")]
        for (status, asked) in [
            (401, try ask("GET", "/nowhere")), (404, try ask("GET", "/nowhere", key: ServedMill.key)),
            (403, try ask("GET", "/customers", key: "ingest-\(ServedMill.key)")),
            (403, try ask("POST", "/enter", body: "key=x")), (404, try ask("GET", "/assets/none.css")),
            (400, try ask("GET", "/customers/%FF", key: ServedMill.key)),
            (403, try ask("POST", "/do/pause", key: "read-\(ServedMill.key)", own, body: "target=ingest")),
            (404, try ask("POST", "/do/nothing", key: "operator-\(ServedMill.key)", own, body: "a=b")),
            (421, try ask("GET", "/", [("Host", "<b>.example")])),
            (404, try ask("GET", "/api/v1/customers/%3Cscript%3Ealert(1)%3C%2Fscript%3E", key: ServedMill.key)),
        ] {
            let (page, plain) = asked
            #expect(page.status == plain.status, "\(plain.text)")
            #expect(page.status == status || page.status == 400, "\(plain.text)")
            #expect(plain.headers["content-type"] == "application/json")
            #expect(page.headers["content-type"] == "text/html; charset=utf-8", "\(page.text)")
            #expect(page.headers["content-security-policy"]?.hasPrefix("default-src 'none'; script-src 'self'") == true)
            #expect(page.headers["cache-control"] == "no-store")
            #expect(!page.text.contains("<script>alert") && !page.text.contains("<b>.example"), "\(page.text)")
            #expect(try page.text.contains("<code>\(plain.payload()["code"]?.text ?? "")</code>"), "\(page.text)")
        }
    }
}
