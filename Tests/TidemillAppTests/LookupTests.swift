import Foundation
import Testing
import TidemillOperations

/// Lookups of filters and mappings, in every way by which an event comes: also inside the transaction of a batch.
struct LookupTests {
    @Test func `a rule looks a customer up, whichever door its event comes through`() throws {
        let mill = try Mill(
            scripts: [
                "rules.lua": """
                catalog { features = {
                  { id = "calls", displayName = "Calls", featureType = "NUMBER", meterType = "INCREMENTAL",
                    meter = { aggregation = { ["function"] = "SUM", field = "weight" },
                              filters = { { conditions = { { field = "eventName", operation = "EQUALS", value = "call" } } } } } } } }
                filter { name = "known", event = "call", keep = function(event)
                  if lookup.customer(event.customerId) then return true end
                  return false, "nobody knows " .. event.customerId
                end }
                mapping { name = "tier", event = "call", map = function(event)
                  local customer = lookup.customer(event.customerId)
                  local access = lookup.entitlement(event.customerId, "calls")
                  assert(access and not access.isGranted and #lookup.subscriptions(event.customerId) == 0)
                  return { dimensions = { weight = customer.metadata.tier == "gold" and 1 or 10 } }
                end }
                """
            ], accept: "\"event\", \"operation\"")
        try mill.runOnce()
        _ = try mill.json("call", "provisionCustomer", #"{"id": "gold", "metadata": {"tier": "gold"}}"#)
        _ = try mill.json("call", "provisionCustomer", #"{"id": "tin", "metadata": {"tier": "tin"}}"#)
        func event(_ customer: String, _ key: String) -> String {
            #"{"customerId": "\#(customer)", "eventName": "call", "idempotencyKey": "\#(key)"}"#
        }
        // By file, as an operation in a file, and by command.
        try mill.deliver(
            "a.ndjson",
            [event("gold", "1"), event("tin", "1"), event("nobody", "1"), event("gold", "2")].joined(separator: "\n"))
        try mill.deliver("b.json", #"{"operation": "reportEvent", "input": {"events": [\#(event("tin", "2"))]}}"#)
        let totals = try mill.runOnce()
        #expect(totals["filteredBy"]?["known"] == 1)
        _ = try mill.json("call", "reportEvent", event("gold", "3"))
        // gold: three at 1; tin: two at 10.
        #expect(try mill.usage("calls") == ["gold": "3", "tin": "20"])
    }
}
