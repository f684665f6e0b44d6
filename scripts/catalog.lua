-- What is sold and how it is counted. Adding to this file takes effect at once; a changed meter waits for
-- `tidemill apply`.

local inference = { { conditions = { { field = "eventName", operation = "EQUALS", value = "llm.inference" } } } }

local function sum(id, name, dimension)
  return {
    id = id, displayName = name, featureType = "NUMBER", meterType = "INCREMENTAL",
    meter = {
      aggregation = { ["function"] = "SUM", field = dimension },
      filters = inference,
      groupBy = { "workload" },
    },
  }
end

catalog {
  products = {
    { id = "product-ai", displayName = "AI" },
  },
  features = {
    -- What is billed: computed by the mapping in mappings.lua.
    sum("feature-tokens", "Billed tokens", "tokens"),
    sum("feature-context-tokens", "Context tokens", "contextTokens"),
    sum("feature-generated-tokens", "Generated tokens", "generatedTokens"),
    {
      id = "feature-requests", displayName = "Requests", featureType = "NUMBER", meterType = "INCREMENTAL",
      meter = { aggregation = { ["function"] = "COUNT" }, filters = inference, groupBy = { "workload" } },
    },
    {
      id = "feature-workloads", displayName = "Different workloads", featureType = "NUMBER", meterType = "INCREMENTAL",
      meter = { aggregation = { ["function"] = "UNIQUE", field = "workload" }, filters = inference },
    },
    -- No meter: an application reports its seats itself.
    { id = "feature-seats", displayName = "Seats", featureType = "NUMBER", meterType = "FLUCTUATING" },
  },
}
