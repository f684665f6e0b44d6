import Foundation
import Synchronization
import Testing
import TidemillCore
import TidemillOperations

/// Events that come by HTTP: answered when they are durable.
struct ServerEventTests {
    private static let mapping = """
        mapping { name = "picky", event = "work", map = function(event)
          if event.dimensions.n == 13 then error("unlucky") end
          return nil
        end }
        """

    private static func event(_ number: Int, _ n: Int = 1) -> Payload {
        [
            "customerId": "acme", "eventName": "work", "idempotencyKey": .string("e-\(number)"),
            "dimensions": ["n": .integer(Int64(n))],
        ]
    }

    private static func meter(_ served: ServedMill) throws {
        try served.post("/api/v1/customers", ["id": "acme"])
        try served.post(
            "/api/v1/features",
            [
                "id": "feature-work", "displayName": "Work", "featureType": "NUMBER", "meterType": "INCREMENTAL",
                "meter": [
                    "filters": [["conditions": [["field": "eventName", "operation": "EQUALS", "value": "work"]]]],
                    "aggregation": ["function": "SUM", "field": "n"],
                ],
            ])
    }

    @Test func `what was acknowledged is there after a kill, and nothing counts twice`() throws {
        let served = try ServedMill()
        try Self.meter(served)
        let port = served.port
        let acknowledged = Acknowledged()
        // Eight clients with a thousand events each, one a request, until the server is killed.
        for client in 0..<8 {
            Thread.detachNewThread {
                defer { acknowledged.ended.withLock { $0 += 1 } }
                for number in client * 1000..<client * 1000 + 1000 {
                    let body = Payload.object(["events": [Self.event(number)]]).json
                    guard
                        let answer = try? WireClient.ask(
                            port, "POST", "/api/v1/events", headers: [("X-API-KEY", ServedMill.key)],
                            body: Array(body.utf8)), answer.status == 200
                    else { return }
                    acknowledged.numbers.withLock { $0.append(number) }
                }
            }
        }
        try wait(for: "a hundred events to be acknowledged") { acknowledged.numbers.withLock { $0.count } >= 100 }
        served.killWorker()
        try wait(for: "the clients to notice") { acknowledged.ended.withLock { $0 } == 8 }
        let sure = acknowledged.numbers.withLock { $0 }
        let stored = try served.mill.json("events", "--customer", "acme", "--limit", "100000").items
        let keys = Set(stored.compactMap { $0["event"]?["idempotencyKey"]?.text })
        #expect(sure.filter { !keys.contains("e-\($0)") } == [])
        // Everybody sends everything again: what is there already counts no second time.
        try served.start()
        for client in 0..<8 {
            let events = (client * 1000..<client * 1000 + 1000).map { Self.event($0) }
            try served.post("/api/v1/events", ["events": .array(events)])
        }
        #expect(try served.mill.usage("feature-work") == ["acme": "8000"])
    }

    private final class Acknowledged: Sendable {
        let numbers = Mutex<[Int]>([])
        let ended = Mutex(0)
    }

    @Test func `a malformed event refuses the call, a failing rule keeps its event`() throws {
        let served = try ServedMill(scripts: ["rules.lua": Self.mapping])
        try Self.meter(served)
        var broken = Self.event(2)
        if case .object(var members) = broken {
            members["idempotencyKey"] = nil
            broken = .object(members)
        }
        let refused = try served.send("POST", "/api/v1/events", ["events": [Self.event(1), broken]]).expect(400)
        #expect(refused["message"]?.text?.contains("events[1]") == true)
        #expect(try served.mill.usage("feature-work") == [:])
        try served.post("/api/v1/events", ["events": [Self.event(1), Self.event(2, 13), Self.event(3)]])
        #expect(try served.mill.usage("feature-work") == ["acme": "2"])
        let kept = try served.mill.json("rejected", "list").items
        #expect(kept.count == 1 && kept[0]["code"] == "rule_error")
        // It can be tried again when the script is mended, once.
        try served.mill.folder.write("scripts/rules.lua", "-- nothing any more")
        kill(served.worker.processIdentifier, SIGHUP)
        try wait(for: "the mended rules to be in force") {
            let answer = try served.send(
                "POST", "/operations/retryRejected", ["all": true], key: "operator-\(ServedMill.key)")
            return try answer.status == 200 && served.mill.json("rejected", "list").items.isEmpty
        }
        #expect(try served.mill.usage("feature-work") == ["acme": "15"])
    }

    @Test func `a rule that fails on a fifth of the last events pauses ingest`() throws {
        let served = try ServedMill(scripts: ["rules.lua": Self.mapping])
        try Self.meter(served)
        try served.post("/api/v1/events", ["events": .array((0..<90).map { Self.event($0) })])
        try served.post("/api/v1/events", ["events": .array((100..<130).map { Self.event($0, 13) })])
        let refused = try served.send("POST", "/api/v1/events", ["events": [Self.event(200)]])
        #expect(try refused.code(503) == "ingest_paused" && refused.headers["retry-after"] == "5")
        let ready = try served.send("GET", "/readyz", key: nil)
        #expect(try ready.expect(503)["reasons"] == ["ingest_paused"])
        _ = try served.mill.json("resume", "ingest")
        try served.post("/api/v1/events", ["events": [Self.event(200)]])
        try wait(for: "the worker to be ready") { try served.send("GET", "/readyz", key: nil).status == 200 }
    }
}
