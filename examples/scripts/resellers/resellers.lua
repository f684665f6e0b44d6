-- Usage of a tenant is billed to its reseller; the tenant stays visible as the resource. Our own test accounts are
-- filtered out, with a reason that `tidemill events` shows.

local reseller = require "lib.tenants"

catalog {
  features = {
    {
      id = "feature-calls", displayName = "API calls", featureType = "NUMBER", meterType = "INCREMENTAL",
      meter = { aggregation = { ["function"] = "COUNT" } },
    },
  },
}

filter {
  name = "not-ours",
  keep = function(event)
    if event.customerId:sub(1, 5) == "test-" then return false, "an account of our own" end
    return true
  end,
}

mapping {
  name = "bill-the-reseller",
  map = function(event)
    local payer = reseller[event.customerId]
    if payer then return { customerId = payer, resourceId = event.customerId } end
  end,
}
