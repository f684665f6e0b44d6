import Foundation
import Testing
import TidemillOperations

/// A browser comes in by a link that is good once, or by a key, and goes on by a cookie.
struct BrowserTests {
    private static func link(_ served: ServedMill, _ more: String...) throws -> String {
        var program = served.mill.program
        program.environment["TIDEMILL_KEY"] = "operator-\(ServedMill.key)"
        let ended = try program.run(["keys", "link", "--url", "http://127.0.0.1:\(served.port)"] + more)
        let text = ended.text.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(ended.status == 0 && text.hasPrefix("http://127.0.0.1:\(served.port)/enter#tm_"), "\(ended.err)")
        return text.split(separator: "#").last.map(String.init) ?? ""
    }

    private static func enter(
        _ served: ServedMill, _ key: String, _ headers: [(String, String)] = [("Sec-Fetch-Site", "same-origin")]
    ) throws -> WireClient.Answer {
        try WireClient.ask(
            served.port, "POST", "/enter", headers: headers, body: Array("key=\(key)".utf8))
    }

    private static func cookie(_ answer: WireClient.Answer) throws -> String {
        let set = try #require(answer.headers["set-cookie"])
        #expect(set.hasSuffix("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict"))
        return String(set.prefix { $0 != ";" })
    }

    private static func status(
        _ served: ServedMill, _ method: String, _ path: String, _ headers: [(String, String)], _ body: String? = nil
    ) throws -> Int {
        try WireClient.ask(served.port, method, path, headers: headers, body: body.map { Array($0.utf8) }).status
    }

    /// The path of the page's script, whose name has its content's hash.
    private static func script(of page: WireClient.Answer) throws -> String {
        let found = try #require(page.text.firstMatch(of: #/src="(assets/enter-[0-9a-f]{12}\.js)"/#))
        return "/\(found.1)"
    }

    @Test func `a link is good once, and its session looks`() throws {
        let served = try ServedMill()
        let page = try WireClient.ask(served.port, "GET", "/enter")
        #expect(page.status == 200 && page.headers["content-type"]?.hasPrefix("text/html") == true)
        #expect(page.headers["content-security-policy"]?.contains("script-src 'self'") == true)
        #expect(try Self.status(served, "GET", Self.script(of: page), []) == 200)
        let key = try Self.link(served)
        let entered = try Self.enter(served, key)
        #expect(entered.status == 303 && entered.headers["location"] == "./")
        let cookie = try Self.cookie(entered)
        #expect(try Self.enter(served, key).status == 401)
        #expect(try Self.status(served, "GET", "/statusz", [("Cookie", "other=1; \(cookie)")]) == 200)
        #expect(try Self.status(served, "GET", "/api/v1/customers", [("Cookie", cookie)]) == 200)
        let own = [("Cookie", cookie), ("Sec-Fetch-Site", "same-origin")]
        // It reads only, whoever asks.
        #expect(try Self.status(served, "POST", "/operations/provisionCustomer", own, #"{"id":"a"}"#) == 403)
        #expect(try Self.status(served, "POST", "/leave", own, "") == 303)
        #expect(try Self.status(served, "GET", "/statusz", [("Cookie", cookie)]) == 401)
        #expect(try Self.status(served, "GET", "/statusz", [("Cookie", "tidemill_session=tm_0")]) == 401)
    }

    @Test func `what another site asks by the cookie is refused`() throws {
        let served = try ServedMill()
        let cookie = try Self.cookie(try Self.enter(served, try Self.link(served, "--operator")))
        let host = "localhost:\(served.port)"
        func post(_ headers: [(String, String)]) throws -> Int {
            try Self.status(
                served, "POST", "/operations/pause", [("Cookie", cookie), ("Host", host)] + headers,
                #"{"target":"ingest","reason":"by hand"}"#)
        }
        for headers in [
            [], [("Sec-Fetch-Site", "cross-site")], [("Sec-Fetch-Site", "none")], [("Origin", "http://evil.example")],
            [("Origin", "null")], [("Sec-Fetch-Site", "same-site"), ("Origin", "http://\(host)")],
        ] {
            #expect(try post(headers) == 403, "\(headers)")
            #expect(try Self.enter(served, ServedMill.key, headers).status == 403, "\(headers)")
        }
        #expect(try post([("Origin", "http://\(host)")]) == 200)
        #expect(try post([("Sec-Fetch-Site", "same-origin")]) == 200)
        // The person who made the link did it.
        let audit = try served.mill.json("audit").items.first { $0["action"] == "pause" }
        #expect(audit?["actor"] == "operator")
    }

    @Test func `a session that was got for a key ends with it`() throws {
        let served = try ServedMill()
        let key = try #require(try served.mill.json("keys", "add", "ada", "--scope", "read")["key"]?.text)
        let cookie = try Self.cookie(try Self.enter(served, key))
        #expect(try Self.status(served, "GET", "/statusz", [("Cookie", cookie)]) == 200)
        // A session outlives the server.
        #expect(served.stop() == 0)
        try served.start()
        #expect(try Self.status(served, "GET", "/statusz", [("Cookie", cookie)]) == 200)
        _ = try served.mill.json("keys", "revoke", "ada")
        try wait(for: "the session to be over") {
            try Self.status(served, "GET", "/statusz", [("Cookie", cookie)]) == 401
        }
        #expect(try Self.enter(served, "tm_nonsense").status == 401)
        #expect(try Self.enter(served, "").status == 401)
    }
}
