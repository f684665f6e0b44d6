-- Rules that give: what they return is granted once per rule, customer and key, for ever. A grant for a customer that is
-- not provisioned yet waits for it.

-- A newcomer gets credits to begin with, as soon as it is known here or anywhere.
grant {
  name = "welcome",
  on = "customer.created",
  source = "engine", -- however the customer came: by a webhook, too, it is the engine that says so
  decide = function(trigger)
    return {
      {
        customerId = trigger.customerId, currencyId = "credits-ai", amount = 50, grantType = "PROMOTIONAL",
        displayName = "Welcome", key = "welcome",
      },
    }
  end,
}
