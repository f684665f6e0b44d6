test("one report a month, with what was burned in it", function(t)
  t.at("2026-03-10T00:00:00Z")
  for _, id in ipairs { "acme", "globex" } do
    t.client.provisionCustomer { id = id }
    t.client.provisionSubscription { customerId = id, planId = "plan-prepaid", billingPeriod = "MONTHLY" }
    t.client.grantCredits {
      customerId = id, currencyId = "credits", amount = 1000, grantType = "PAID", displayName = "Start",
    }
  end
  t.drop {
    { customerId = "acme", eventName = "inference", idempotencyKey = "1", dimensions = { tokens = 120 } },
    { customerId = "acme", eventName = "inference", idempotencyKey = "2", dimensions = { tokens = 0.5 } },
    { customerId = "globex", eventName = "inference", idempotencyKey = "3", dimensions = { tokens = 7 } },
  }
  t.at("2026-04-01T01:59:00Z")
  t.equal(#t.emitted("report.month"), 0)
  t.advance("1m")
  t.equal(t.emitted("report.month"), {
    {
      month = "2026-03", total = 127.5,
      customers = {
        { customerId = "acme", burned = 120.5, balance = 879.5 },
        { customerId = "globex", burned = 7, balance = 993 },
      },
    },
  })
  -- A person who fires it again sends nothing twice.
  t.equal(t.fire("month-end-report").state, "done")
  t.equal(#t.emitted("report.month"), 1)
end)
