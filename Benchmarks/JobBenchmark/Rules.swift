import CLuaSupport
import Foundation
import TidemillScripting

/// What a filter and a mapping of one event cost, without decoding and storing it: the scripts of `Benchmarks/scripts` on
/// events as `make bench` has them.
func measureRules(events: Int) throws {
    let script = """
        filter {
          name = "good-calls",
          keep = function(event) return event.eventName == "llm_call" and event.dimensions.status ~= "500" end,
        }
        mapping {
          name = "tier",
          map = function(event)
            return { dimensions = { tier = event.dimensions.model == "xl" and "premium" or "base" } }
          end,
        }
        """
    let rules = try RuleSet(sources: [ScriptSource(name: "bench.lua", text: script)])
    // Ten thousand different events, whose texts live as long as the process.
    func text(_ value: String) -> cls_text { cls_text(bytes: strdup(value), length: UInt32(value.utf8.count)) }
    func dimension(_ key: String, _ value: String) -> cls_dimension {
        var dimension = cls_dimension()
        dimension.key = text(key)
        dimension.text = text(value)
        dimension.type = UInt8(CLS_STRING.rawValue)
        if let integer = Int64(value), key == "tokens" {
            dimension.type = UInt8(CLS_INTEGER.rawValue)
            dimension.integer = integer
            dimension.real = Double(integer)
        }
        return dimension
    }
    let seen = (0..<10_000).map { index in
        let dimensions = UnsafeMutableBufferPointer<cls_dimension>.allocate(capacity: 4)
        _ = dimensions.initialize(from: [
            dimension("region", ["us-east", "eu-west", "ap-south"][index % 3]),
            dimension("model", ["small", "large", "xl"][index % 3]), dimension("status", "200"),
            dimension("tokens", String(index % 4000)),
        ])
        var event = cls_event()
        event.customer_id = text("customer-\(index % 5000)")
        event.resource_id = text("")
        event.event_name = text("llm_call")
        event.idempotency_key = text("0a5d2f346baa9455-\(index)")
        event.timestamp = text("2026-10-01T00:00:\(10 + index % 50).000Z")
        event.received_at = text("2026-10-01T00:01:00.000Z")
        event.dimensions = UnsafePointer(dimensions.baseAddress)
        event.dimension_count = 4
        return event
    }
    var best = Duration.seconds(3600)
    for _ in 0..<5 {
        var mapped = 0
        let start = ContinuousClock.now
        for index in 0..<events {
            var event = seen[index % seen.count]
            var result = cls_result()
            cls_rules_apply(rules.state, &event, &result)
            if result.outcome == UInt8(CLS_MAPPED.rawValue) { mapped += 1 }
        }
        best = min(best, ContinuousClock.now - start)
        guard mapped == events else {
            print("the rules mapped \(mapped) of \(events) events")
            exit(1)
        }
    }
    print("filter and mapping of one event in Lua: \(microseconds(best / events)) µs   target 1.5 µs")
}

func microseconds(_ duration: Duration) -> String {
    String(format: "%.2f", Double(duration.components.seconds) * 1e6 + Double(duration.components.attoseconds) / 1e12)
}
