-- The rules for requests to the model, in the order in which they apply.

filter {
  name = "drop-failed",
  event = "llm.inference",
  keep = function(event)
    if event.dimensions.status == "500" then return false, "the request failed on our side" end
    return true
  end,
}

-- A generated token costs as much as three tokens of context.
mapping {
  name = "billed-tokens",
  event = "llm.inference",
  map = function(event)
    local d = event.dimensions
    return { dimensions = { tokens = d.contextTokens + 3 * d.generatedTokens } }
  end,
}
