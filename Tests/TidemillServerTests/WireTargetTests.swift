import Testing
import TidemillServer

@Suite struct WireTargetTests {
    @Test func `an id is decoded after the path was split`() throws {
        let target = try WireTarget("/api/v1/customers/a%2Fb%20c?limit=10&createdAt%5Bgte%5D=2026-01-01&status=A%2CB")
        #expect(target.segments == ["api", "v1", "customers", "a/b c"])
        #expect(target.query.map(\.name) == ["limit", "createdAt[gte]", "status"])
        #expect(target.value(of: "status") == "A,B")
    }

    @Test func `a plus sign is a blank in a query and itself in a path`() throws {
        let target = try WireTarget("/a+b?q=a+b")
        #expect(target.segments == ["a+b"] && target.value(of: "q") == "a b")
    }

    @Test func `the absolute form names the same path`() throws {
        #expect(try WireTarget("http://localhost:7411/livez?x=1").segments == ["livez"])
        #expect(try WireTarget("https://localhost").segments == [])
    }

    @Test(arguments: ["/%", "/%4", "/%zz", "/%ff", "/a%00b", "livez", ""])
    func `what is no percent-encoded UTF-8 is refused`(_ target: String) {
        #expect(throws: WireError.self) { try WireTarget(target) }
    }

    @Test func `endless paths and queries are refused`() {
        #expect(throws: WireError.self) { try WireTarget(String(repeating: "/a", count: 100)) }
        #expect(throws: WireError.self) { try WireTarget("/?" + String(repeating: "a=1&", count: 1000)) }
    }
}
