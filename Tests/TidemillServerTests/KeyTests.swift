import Testing
import TidemillOperations

@testable import TidemillServer

/// Scopes, buckets and names, without a server.
struct KeyTests {
    @Test func `each scope allows what it says, over the whole table`() {
        let rows = OperationTable.rows
        func allowed(_ scope: KeyScope) -> Set<OperationID> { Set(rows.filter { scope.allows($0, [:]) }.map(\.id)) }
        #expect(allowed(.operator).count == rows.count)
        #expect(allowed(.read) == Set(rows.filter { !$0.effect.isWrite }.map(\.id)))
        #expect(
            allowed(.ingest) == [
                .reportUsage, .reportUsageBulk, .reportEvent, .consumeCredits, .consumeCreditsAsync,
            ])
        #expect(allowed(.full) == allowed(.read).union(rows.filter { $0.audience == .client }.map(\.id)))
        #expect(!KeyScope.read.allows(OperationTable.row(.checkEntitlement), ["reserveAmount": 5]))
    }

    @Test func `a bucket gives its burst at once and its rate in the long run`() {
        let limit = RateLimit(rate: 10, burst: 3)
        let start = ContinuousClock.now
        #expect((0..<3).allSatisfy { _ in limit.take("a", at: start) == nil })
        #expect(limit.take("a", at: start) == .milliseconds(100))
        #expect(limit.take("b", at: start) == nil)
        // A second later ten more would have come, and three fit in.
        let later = start.advanced(by: .seconds(1))
        #expect((0..<3).allSatisfy { _ in limit.take("a", at: later) == nil })
        #expect(limit.take("a", at: later) != nil)
        #expect((0..<100).allSatisfy { _ in RateLimit(rate: 0, burst: 1).take("a") == nil })
    }

    @Test func `what was taken may be given back, and names are bounded`() {
        let limit = RateLimit(rate: 1, burst: 2)
        let start = ContinuousClock.now
        for _ in 0..<10 {
            #expect(limit.take("a", at: start) == nil)
            limit.give("a")
        }
        #expect(limit.take("a", at: start) == nil && limit.take("a", at: start) == nil)
        #expect(limit.take("a", at: start) != nil)
        for number in 1..<RateLimit.namesMax { _ = limit.take("\(number)", at: start) }
        // As many are known as may be: two more share what one has.
        #expect(limit.take("x", at: start) == nil && limit.take("y", at: start) == nil)
        #expect(limit.take("z", at: start) != nil)
        // Whoever has waited is forgotten, and its place taken.
        let later = start.advanced(by: .seconds(2))
        #expect(limit.take("z", at: later) == nil && limit.take("z", at: later) == nil)
        #expect(limit.take("z", at: later) != nil)
    }

    @Test func `a guesser is known by its address, or the network that is its own`() throws {
        func network(_ peer: String?, _ forwarded: String? = nil, isProxied: Bool = false) throws -> String {
            Peer.network(
                of: WireRequest(
                    "POST", try WireTarget("/enter"),
                    headers: WireHeaders(forwarded.map { [("x-forwarded-for", $0)] } ?? []), peer: peer),
                isProxied: isProxied)
        }
        #expect(try network("192.0.2.1") == "192.0.2.1" && network("::ffff:192.0.2.1") == "192.0.2.1")
        #expect(try network("2001:db8:1:2::3") == network("2001:db8:1:2:ffff::4"))
        #expect(try network("2001:db8:1:2::3") != network("2001:db8:1:3::3"))
        #expect(try network("10.0.0.5", "192.0.2.1", isProxied: false) == "10.0.0.5")
        #expect(try network("10.0.0.5", "203.0.113.9, 192.0.2.1", isProxied: true) == "192.0.2.1")
        #expect(try network("10.0.0.5", "nonsense", isProxied: true) == "" && network(nil) == "")
    }

    @Test func `a key that is made is its owner's alone`() {
        let keys = (0..<100).map { _ in AccessKey.make() }
        #expect(Set(keys).count == 100 && keys.allSatisfy { $0.hasPrefix("tm_") && $0.utf8.count == 67 })
        let ring = KeyRing([(KeyRing.Holder(name: "a", scope: .read), keys[0])])
        #expect(ring.holder(of: keys[0])?.name == "a")
        #expect(ring.holder(of: keys[1]) == nil && ring.holder(of: "") == nil)
        #expect(ring.holder(of: keys[0] + "x") == nil)
    }

    @Test func `a host is an address, a name or nothing`() {
        #expect(HostName("127.0.0.1:7411")?.isAddress == true)
        #expect(HostName("[::1]:80")?.isAddress == true)
        #expect(HostName("localhost")?.name == "localhost")
        #expect(HostName("127.0.0.1.evil.example")?.isAddress == false)
        for text in ["", ":80", "a b", "a/b", "[::1", "[x]", "a:b", "a:99999999", "user@host"] {
            #expect(HostName(text) == nil, "\(text)")
        }
    }

    @Test func `where to listen is read with its bounds`() {
        #expect(DoorSettings.Listen("127.0.0.1:0") == .tcp(host: "127.0.0.1", port: 0))
        #expect(DoorSettings.Listen("[::1]:7411")?.isLocal == true)
        #expect(DoorSettings.Listen("0.0.0.0:80")?.isLocal == false)
        #expect(DoorSettings.Listen("127.0.0.1.evil.example:80")?.isLocal == false)
        #expect(DoorSettings.Listen("unix:run/t.sock") == .unix(path: "run/t.sock"))
        for text in ["", "7411", "localhost", "a:-1", "a:65536", "unix:", "http://a:1"] {
            #expect(DoorSettings.Listen(text) == nil, "\(text)")
        }
    }
}
