import Testing
import TidemillCore
import TidemillOperations
import TidemillStore

@testable import TidemillApp
@testable import TidemillServer

/// Links and sessions belong to the key that stands behind whoever made them.
struct DescendedPassTests {
    private static let own = ("sec-fetch-site", "same-origin")

    private func status(_ desk: DeskKit, _ cookie: (String, String)) async throws -> Int {
        try await desk.ask("GET", "/statusz", [cookie]).status
    }

    @Test func `revoking a key ends its sessions, its links, and what was made by them`() async throws {
        let desk = try DeskKit()
        let key = try desk.secret(
            try await desk.perform(.addKey, ["name": "leaked", "scope": "operator"], key: DeskKit.operator))
        func link(_ headers: [(String, String)] = [], key: String? = nil) async throws -> String {
            try desk.secret(try await desk.perform(.addLink, ["scope": "operator"], key: key, headers))
        }
        let used = try await link(key: key)
        let unused = try await link(key: key)
        let session = try #require(try await desk.enter(used).cookie)
        let ofSession = try await link([session, Self.own])
        let unusedOfSession = try await link([session, Self.own])
        let second = try #require(try await desk.enter(ofSession).cookie)
        let others = try await link(key: DeskKit.operator)
        #expect(try await status(desk, session) == 200)
        #expect(try await status(desk, second) == 200)
        let listed = try await desk.perform(.listKeys, [:], key: DeskKit.operator).payload().items
        #expect(listed.first { $0["name"] == "leaked" }?["sessions"] == 2)
        #expect(try await desk.perform(.revokeKey, ["name": "leaked"], key: DeskKit.operator).status == 200)
        for cookie in [session, second] {
            #expect(try await status(desk, cookie) == 401)
            let again = try await desk.perform(
                .addKey, ["name": "back", "scope": "operator"], [cookie, Self.own])
            #expect(again.status == 401)
        }
        for secret in [unused, unusedOfSession] { #expect(try await desk.enter(secret).answer.status == 401) }
        // Those of others go on.
        #expect(try await desk.enter(others).answer.status == 303)
    }

    @Test func `a pass that is written while its key is revoked opens nothing`() async throws {
        let desk = try DeskKit()
        let gone = AccessKey.digest(of: "a key that is not there")
        let pass = BrowserPass(
            .link, name: "x", scope: .read, key: gone, expiresAt: OperatorKit.now.advanced(bySeconds: 60))
        try desk.kit.app.store.write { try BrowserPasses.add(pass, secret: "s3cret", now: OperatorKit.now, on: $0) }
        #expect(try await desk.enter("s3cret").answer.status == 401)
    }

    @Test func `a key of the same name starts with nothing`() async throws {
        let desk = try DeskKit()
        let ada: Payload = ["name": "ada", "scope": "read"]
        let first = try desk.secret(try await desk.perform(.addKey, ada, key: DeskKit.operator))
        let session = try #require(try await desk.enter(first).cookie)
        #expect(try await desk.perform(.revokeKey, ["name": "ada"], key: DeskKit.operator).status == 200)
        let second = try desk.secret(try await desk.perform(.addKey, ada, key: DeskKit.operator))
        #expect(try await status(desk, session) == 401)
        let fresh = try #require(try await desk.enter(second).cookie)
        #expect(try await status(desk, fresh) == 200)
    }

    @Test func `a link that a person made at the command line belongs to nobody`() async throws {
        let desk = try DeskKit()
        let secret = try desk.kit.call(.addLink, [:])["key"]?.text ?? ""
        let session = try #require(try await desk.enter(secret).cookie)
        #expect(try await status(desk, session) == 200)
    }

    @Test func `nobody's many sessions end those of another`() async throws {
        let desk = try DeskKit()
        let kept = try #require(try await desk.enter(DeskKit.operator).cookie)
        let first = try #require(try await desk.enter(DeskKit.reader).cookie)
        var last = first
        for _ in 0..<BrowserPasses.passesMax { last = try #require(try await desk.enter(DeskKit.reader).cookie) }
        #expect(try await status(desk, kept) == 200)
        #expect(try await status(desk, last) == 200)
        #expect(try await status(desk, first) == 401)
    }

    @Test func `coming in counts as a request of the key, and a guess writes nothing`() async throws {
        let desk = try DeskKit { ($0.rate, $0.burst) = (1, 2) }
        let before = try desk.kit.dump()
        for _ in 0..<5 { #expect(try await desk.enter("tm_0").answer.status == 401) }
        #expect(try desk.kit.dump() == before)
        var statuses: [Int] = []
        for _ in 0..<50 where statuses.last != 429 {
            statuses.append(try await desk.enter(DeskKit.reader).answer.status)
        }
        #expect(statuses.prefix(2) == [303, 303] && statuses.last == 429)
    }

    @Test func `by a cookie no other site asks for more than a look, by whatever method`() async throws {
        let desk = try DeskKit()
        let cookie = try #require(try await desk.enter(DeskKit.operator).cookie)
        let hold = "/api/v1/customers/acme/entitlements/check?currencyId=c&reserveAmount=50&reservationId=r"
        let foreign = [cookie, ("sec-fetch-site", "cross-site")]
        #expect(try await desk.ask("GET", hold, foreign).code == "cross_site")
        #expect(try await desk.ask("GET", hold, [cookie]).code == "cross_site")
        #expect(try await desk.ask("GET", hold, [cookie, Self.own]).status == 404)
        #expect(try await desk.ask("GET", "/api/v1/customers", foreign).status == 200)
        // A key is shown by whoever asks, not by a browser for another.
        #expect(try await desk.ask("GET", hold, key: DeskKit.operator).status == 404)
    }

    @Test func `a browser that came by TLS shows its cookie by nothing else`() async throws {
        let desk = try DeskKit { $0.proxies = ["10.0.0.5"] }
        func set(_ scheme: String, _ peer: String) async throws -> String {
            try await desk.enter(DeskKit.reader, [("x-forwarded-proto", scheme)], peer: peer).answer
                .header("set-cookie") ?? ""
        }
        #expect(try await set("https", "10.0.0.5").hasSuffix("; Secure"))
        #expect(try await set("https", "::ffff:10.0.0.5").hasSuffix("; Secure"))
        #expect(try await !set("http", "10.0.0.5").contains("Secure"))
        #expect(try await !set("https", "10.0.0.6").contains("Secure"))
    }

    @Test func `a damaged key opens nothing, and is in nobody's way`() async throws {
        let desk = try DeskKit()
        for name in ["bad", "good"] {
            let made = try await desk.perform(.addKey, ["name": .string(name), "scope": "full"], key: DeskKit.operator)
            #expect(made.status == 200)
        }
        _ = try desk.kit.app.store.write {
            try $0.execute("UPDATE access_keys SET scope = 'root' WHERE name = 'bad'", [])
        }
        #expect(try await desk.ask("GET", "/api/v1/customers", key: DeskKit.reader).status == 200)
        let told = try await desk.perform(.listKeys, [:], key: DeskKit.operator)
        #expect(told.status == 500 && String(decoding: told.body, as: UTF8.self).contains("keys revoke"))
        #expect(
            try await desk.perform(.addKey, ["name": "new", "scope": "read"], key: DeskKit.operator).status == 200)
        #expect(try await desk.perform(.revokeKey, ["name": "bad"], key: DeskKit.operator).status == 200)
        #expect(try await desk.perform(.listKeys, [:], key: DeskKit.operator).status == 200)
    }

    @Test func `names of keys and reasons are words`() async throws {
        let desk = try DeskKit()
        for name in ["\n", "a/b", " a", "a ", "a\u{202E}b", "\u{0}"] {
            let input: Payload = ["name": .string(name), "scope": "read"]
            let answer = try await desk.perform(.addKey, input, key: DeskKit.operator)
            #expect(answer.code == "BadUserInput", "\(name.escapingControls)")
        }
        let pause: Payload = ["target": "ingest", "reason": "by hand"]
        for reason in ["%00", "a%0ab", "%1b"] {
            let answer = try await desk.perform(
                .pause, pause, key: DeskKit.operator, [("x-tidemill-reason", reason)])
            #expect(answer.code == "BadUserInput", "\(reason)")
        }
        let fine = try await desk.perform(
            .pause, pause, key: DeskKit.operator, [("x-tidemill-reason", "f%C3%BCr%20%C3%84rger")])
        #expect(fine.status == 200)
    }

    @Test func `guesses of one address are bounded, and no other's`() async throws {
        let desk = try DeskKit()
        var statuses: [Int] = []
        // On a slow machine some come back meanwhile.
        while !statuses.contains(429), statuses.count < 1000 {
            statuses.append(try await desk.enter("tm_nonsense", peer: "192.0.2.1").answer.status)
        }
        let refused = try #require(statuses.firstIndex(of: 429))
        #expect(refused >= 20 && statuses.prefix(refused).allSatisfy { $0 == 401 })
        let answer = try await desk.enter("tm_nonsense", peer: "192.0.2.1").answer
        #expect(answer.status == 401 || answer.header("retry-after") == "1")
        // Whoever has a key is no guesser, however often.
        for _ in 0..<30 { #expect(try await desk.enter(DeskKit.reader, peer: "192.0.2.2").answer.status == 303) }
    }

    @Test func `pages and what they wait for count for the rate of their key`() async throws {
        let desk = try DeskKit {
            $0.rate = 1
            $0.burst = 10
        }
        for path in ["/customers", "/live", "/statusz"] {
            // All at once: however slow the machine is, tokens do not come back between them.
            let door = desk.desk
            let request = WireRequest(
                "GET", try WireTarget(path), headers: WireHeaders([("x-api-key", DeskKit.reader)]),
                authority: "localhost")
            let statuses = await withTaskGroup(of: Int.self) { group in
                for _ in 0..<30 {
                    group.addTask {
                        do throws(WireError) {
                            let visit = door.visit(request)
                            try await door.admit(visit, request)
                            return try await door.answer(visit, request).status
                        } catch { return error.status }
                    }
                }
                return await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses.contains(429), "\(path): \(statuses)")
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a page waits for its turn among the requests of its key`() async throws {
        let desk = try DeskKit()
        let door = desk.desk
        for _ in 0..<WorkShares.atWorkMax { try await door.shares.enter("reader") }
        let request = WireRequest(
            "GET", try WireTarget("/customers"), headers: WireHeaders([("x-api-key", DeskKit.reader)]),
            authority: "localhost")
        let page = Task { try await door.answer(door.visit(request), request).status }
        // Other keys do not wait for it.
        #expect(try await desk.ask("GET", "/customers", key: DeskKit.operator).status == 200)
        while door.shares.waiting("reader") == 0 { await Task.yield() }
        door.shares.leave("reader")
        #expect(try await page.value == 200)
    }
}
