-- The work of the programs in Benchmarks/peers: keep good calls, map the model to a tier, sum tokens.

catalog {
  features = {
    {
      id = "feature-tokens", displayName = "Tokens", featureType = "NUMBER", meterType = "INCREMENTAL",
      meter = {
        aggregation = { ["function"] = "SUM", field = "tokens" },
        groupBy = { "region", "tier" },
      },
    },
  },
}

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
