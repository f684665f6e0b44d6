local function use(t, key, tokens)
  t.drop { { customerId = "acme", eventName = "inference", idempotencyKey = key, dimensions = { tokens = tokens } } }
end

test("three times the usual hour raises one alarm a day", function(t)
  t.at("2026-03-01T00:30:00Z")
  t.client.provisionCustomer { id = "acme" }
  t.client.provisionCustomer { id = "quiet" }
  t.client.provisionSubscription { customerId = "acme", planId = "plan-prepaid", billingPeriod = "MONTHLY" }
  for hour = 1, 24 do
    use(t, "usual-" .. hour, 10)
    t.advance("1h")
  end
  -- The first hours of all had nothing before them to be compared with.
  local before = #t.emitted("spend.unusual")
  t.equal(before, 1)
  t.at("2026-03-02T05:30:00Z")
  use(t, "much", 500)
  t.advance("1h")
  local alarms = t.emitted("spend.unusual")
  t.equal(#alarms, 2)
  t.equal(alarms[2], { customerId = "acme", credits = 500 })
  t.equal(#t.logged("unusual spend"), 2)
  use(t, "more", 5000)
  t.advance("1h")
  t.equal(#t.emitted("spend.unusual"), 2)
end)
