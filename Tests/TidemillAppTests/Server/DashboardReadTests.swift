import Foundation
import Testing
import TidemillOperations

@testable import TidemillServer

/// What pages tell beside their lists: zones, commands, what an action would do, runs over time.
struct DashboardReadTests {
    private static let script = """
        job { name = "nightly", schedule = "0 2 * * *", run = function() error("boom") end }
        job { name = "good", on = "customer.made", run = function() end }
        """

    private func get(_ served: ServedMill, _ path: String, scope: String = "operator") throws -> WireClient.Answer {
        try served.send("GET", path, key: "\(scope)-\(ServedMill.key)")
    }

    @Test func `a zone that there is not is refused, in words`() throws {
        let served = try ServedMill()
        for zone in ["Mars%2FOlympus", "CST", "%3Cb%3E"] {
            let answer = try get(served, "/customers?zone=\(zone)")
            #expect(answer.status == 400 && answer.text.contains("must be a time zone such as"), "\(zone)")
        }
        for zone in ["Europe/Berlin", "UTC", ""] { #expect(try get(served, "/customers?zone=\(zone)").status == 200) }
    }

    @Test func `the command under a list has the filters of the list`() throws {
        let served = try ServedMill(scripts: ["jobs.lua": Self.script])
        for (path, command) in [
            ("/audit", "tidemill audit</code>"), ("/runs?job=nightly", "tidemill runs --job nightly</code>"),
            ("/audit?customerId=acme&action=pause", "tidemill audit --customer acme --action pause</code>"),
            ("/recharges?customerId=a%20b", "tidemill recharges --customer &#39;a b&#39;</code>"),
            ("/events?customerId=acme", "tidemill events --customer acme</code>"),
            (
                "/customers?email=a%40b.c",
                "tidemill call listCustomers &#39;{&quot;email&quot;:&quot;a@b.c&quot;}&#39;</code>"
            ),
            ("/catalog", "tidemill call getCatalogDifference</code>"),
        ] { #expect(try get(served, path).text.contains("<code>" + command), "\(path)") }
    }

    @Test func `what one types is told as such, and nothing else becomes markup`() {
        #expect(HTML.prose("look: `tidemill jobs <x>`").text == "<bdi>look: <code>tidemill jobs &lt;x&gt;</code></bdi>")
        #expect(HTML.prose("a ` b <i>").text == "<bdi>a ` b &lt;i&gt;</bdi>")
        #expect(HTML.prose("none").text == "<bdi>none</bdi>")
    }

    @Test func `a form tells what it would do before it does it`() throws {
        let served = try ServedMill(scripts: ["jobs.lua": Self.script])
        try served.mill.deliver("bad.ndjson", "no json\nnor this\n")
        try wait(for: "the delivery") { try get(served, "/deliveries").text.contains("done") }
        let drop = try get(served, "/do/dropRejected?code=invalid_json").text
        #expect(drop.contains("2 records would be given up."))
        #expect(try get(served, "/do/retryRejected?code=none_such").text.contains("nothing would be done"))
        #expect(
            try get(served, "/do/fireJob?job=nightly").text.contains("It would run once, now, beside its schedule."))
        #expect(try get(served, "/do/pause?target=ingest").text.contains("It is not paused now. 0 files wait now."))
        let delivery = try served.send("POST", "/operations/listDeliveries", [:], key: "read-\(ServedMill.key)")
        let id = try Payload(json: Array(delivery.text.utf8))["data"]?.items.first?["delivery"]?.text ?? ""
        #expect(
            try get(served, "/do/voidDelivery?id=\(id)").text.contains(
                "0 records that were applied would be taken back"))
        for (path, name, section) in [
            ("voidDelivery", "id", "deliveries"), ("voidDelivery?id=", "id", "deliveries"), ("retryRun", "id", "runs"),
            ("cancelRun", "id", "runs"), ("fireJob", "job", "jobs"), ("pause", "target", "system"),
            ("resume?target=job", "job", "system"), ("resumeWallet", "customerId", "recharges"),
            ("dropRejected", "ids, rule, code, delivery, all", "rejected"),
        ] {
            let text = try get(served, "/do/\(path)").text
            #expect(text.contains("Nothing is chosen: the address has no <code>\(name)</code>."), "\(path)")
            #expect(text.contains("Choose among <a href=\"/\(section)\">"), "\(path)")
            #expect(!text.contains("<form class=\"do\""), "\(path)")
        }
        // It was a look: all are there still.
        #expect(try get(served, "/do/dropRejected?code=invalid_json").text.contains("2 records would be given up."))
    }

    @Test func `runs are drawn over time, a lane for each job`() throws {
        let served = try ServedMill(scripts: ["jobs.lua": Self.script])
        try served.mill.deliver(
            "made.ndjson", #"{"type":"customer.made","messageId":"w1","data":{"customerId":"acme"}}"# + "\n")
        try wait(for: "the run") { try get(served, "/runs?job=good").text.contains("done") }
        for path in ["/jobs?span=24h", "/?span=24h", "/jobs/good"] {
            let text = try get(served, path).text
            #expect(text.contains("<title>good: done, "), "\(path)")
            #expect(text.contains("1 run, 0 failed"), "\(path)")
        }
        #expect(try get(served, "/jobs?span=7d").text.contains("<title>nightly: next at "))
        #expect(try get(served, "/jobs?csv").text.hasPrefix("name,kind,starts"))
        #expect(try !get(served, "/jobs/nightly").text.contains("<title>good: done"))
    }
}
