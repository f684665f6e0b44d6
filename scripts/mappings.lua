-- Mappings see what the filters kept, and return what they change. Meters count the mapped event; the event as it was
-- delivered is stored beside it.

local rates = require "lib.rates"

-- Billed tokens: what was read plus what was written, each at its rate.
mapping {
  name = "billed-tokens",
  event = "llm.inference",
  map = function(event)
    local d = event.dimensions
    return { dimensions = { tokens = rates.context * d.contextTokens + rates.generated * d.generatedTokens } }
  end,
}
