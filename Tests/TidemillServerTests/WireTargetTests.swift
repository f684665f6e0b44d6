import Testing
@testable import TidemillServer

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

    @Test func `an empty part of a path is the id of nothing`() throws {
        let target = try WireTarget("/api/v1/customers//entitlements")
        #expect(target.segments == ["api", "v1", "customers", "", "entitlements"])
        // A base URL with a slash at its end, and a path with one.
        #expect(try WireTarget("//api/v1/customers/").segments == ["api", "v1", "customers"])
        #expect(try WireTarget("/").segments == [])
        let routes = RouteTable()
        for path in ["/api/v1/customers//entitlements", "/api/v1/customers//", "/operations//"] {
            for method in ["GET", "POST"] {
                if case .route = routes.match(method, try WireTarget(path).segments) {
                    Issue.record("\(method) \(path) leads somewhere")
                }
            }
        }
    }

    @Test func `documents of GraphQL clients keep their prefix to themselves`() throws {
        #expect(try WireTarget("/stigg/graphql").segments == ["graphql"])
        #expect(
            try WireTarget("/edge/v1/c/a%2Fb/entitlements.json").segments == ["v1", "c", "a/b", "entitlements.json"])
        #expect(try WireTarget("/x/v1/paywall.json?productId=p").segments == ["v1", "paywall.json"])
        // The REST API has a part of that name, too.
        #expect(try WireTarget("/x/api/v1/customers/c").segments == ["api", "v1", "customers", "c"])
    }

    @Test(arguments: ["/%", "/%4", "/%zz", "/%ff", "/a%00b", "livez", ""])
    func `what is no percent-encoded UTF-8 is refused`(_ target: String) {
        #expect(throws: WireError.self) { try WireTarget(target) }
    }

    @Test func `endless paths and queries are refused`() {
        #expect(throws: WireError.self) { try WireTarget(String(repeating: "/a", count: 100)) }
        #expect(throws: WireError.self) { try WireTarget("/?" + String(repeating: "a=1&", count: 1000)) }
    }

    @Test(arguments: [
        ("/mill/api/v1/customers", ["api", "v1", "customers"]),
        ("/a/b/operations/listJobs", ["operations", "listJobs"]),
        ("/mill/livez", ["livez"]), ("/mill/readyz", ["readyz"]), ("/mill/statusz?strict", ["statusz"]),
        ("/mill/metrics", ["metrics"]), ("/mill/openapi.json", ["openapi.json"]), ("/mill/enter", ["enter"]),
        ("/mill/leave", ["leave"]), ("/mill/assets/enter.js", ["assets", "enter.js"]),
        ("/mill/webhooks/stripe", ["webhooks", "stripe"]), ("/mill/clock", ["clock"]),
        ("/mill/snapshots/1/restore", ["snapshots", "1", "restore"]),
        // Ids and prefixes that are named like places.
        ("/api/v1/customers/metrics", ["api", "v1", "customers", "metrics"]),
        ("/operations/api/v1/customers", ["api", "v1", "customers"]), ("/webhooks/metrics", ["webhooks", "metrics"]),
        ("/customers/metrics", ["customers", "metrics"]), ("/jobs/enter", ["jobs", "enter"]),
        ("/do/clock", ["do", "clock"]), ("/mill/customers/acme", ["customers", "acme"]),
        ("/mill/nothing/here", ["mill", "nothing", "here"]), ("/mill", ["mill"]),
    ])
    func `a prefix of the base URL is passed over, before every place`(target: String, segments: [String]) throws {
        #expect(try WireTarget(target).segments == segments)
    }

    @Test func `each page has its place`() {
        let lists = ListPage.all.keys.filter { !PageSection.segments.contains($0) }
        #expect(lists.isEmpty, "\(lists)")
        for segment in PageSection.segments.subtracting(["do", "live"]) {
            #expect(Dashboard.page([segment]) != nil || Dashboard.page([segment, "x"]) != nil, "\(segment)")
        }
        for section in PageSection.allCases { #expect(Dashboard.page(section.segment.map { [$0] } ?? []) != nil) }
    }
}
