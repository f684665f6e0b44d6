-- One event becomes two: what was read and what was written are counted by meters of their own. The parts share the
-- event's identity, so a redelivery of the event still counts once.

local function meter(id, name, eventName)
  return {
    id = id, displayName = name, featureType = "NUMBER", meterType = "INCREMENTAL",
    meter = {
      aggregation = { ["function"] = "SUM", field = "tokens" },
      filters = { { conditions = { { field = "eventName", operation = "EQUALS", value = eventName } } } },
    },
  }
end

catalog {
  features = {
    meter("feature-read", "Tokens read", "tokens.read"),
    meter("feature-written", "Tokens written", "tokens.written"),
  },
}

mapping {
  name = "split-by-direction",
  event = "llm.inference",
  map = function(event)
    local d = event.dimensions
    return {
      { eventName = "tokens.read", dimensions = { tokens = d.contextTokens } },
      { eventName = "tokens.written", dimensions = { tokens = d.generatedTokens } },
    }
  end,
}
