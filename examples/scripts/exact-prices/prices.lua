-- Money is counted in exact decimals: 0.1 + 0.2 is 0.3 here.

catalog {
  features = {
    {
      id = "feature-spend", displayName = "Spend", featureType = "NUMBER", meterType = "INCREMENTAL",
      meter = { aggregation = { ["function"] = "SUM", field = "cost" } },
    },
  },
}

local price = { small = decimal("0.0001"), large = decimal("0.0003") }

mapping {
  name = "cost-of-a-call",
  event = "api.call",
  map = function(event)
    local d = event.dimensions
    local each = price[d.size]
    if not each then error("no price for size " .. tostring(d.size)) end
    return { dimensions = { cost = each * d.units } }
  end,
}
