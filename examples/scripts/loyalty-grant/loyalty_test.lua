test("a customer of a year gets 100 credits each month, for three months each", function(t)
  t.at("2025-01-10T12:00:00Z")
  t.client.provisionCustomer { id = "old" }
  t.at("2025-12-01T12:00:00Z")
  t.client.provisionCustomer { id = "new" }
  t.at("2026-01-31T23:59:59Z") -- a year old, but the first of the month was before that
  t.equal(t.balance("old", "credits"), 0)
  t.at("2026-02-01T05:00:00Z") -- 06:00 in Berlin
  t.equal(t.balance("old", "credits"), 100)
  t.equal(t.balance("new", "credits"), 0)
  local runs = t.runs("loyalty")
  t.equal(runs[#runs].result.given, 1)
  t.at("2026-06-15T00:00:00Z")
  -- Those of April, May and June; February's and March's have ended.
  t.equal(t.balance("old", "credits"), 300)
end)

test("after two years it is 150", function(t)
  t.at("2024-01-31T12:00:00Z")
  t.client.provisionCustomer { id = "old" }
  t.at("2026-02-01T06:00:00Z")
  local ledger = t.client.listCreditGrants { customerId = "old", limit = 100 }.data
  local last = 0
  for _, grant in ipairs(ledger) do
    if grant.effectiveAt >= "2026-02-01" then last = grant.amount end
  end
  t.equal(last, 150)
end)

test("a month is granted once, however often a person fires the job", function(t)
  t.at("2025-01-10T12:00:00Z")
  t.client.provisionCustomer { id = "old" }
  t.at("2026-02-02T12:00:00Z") -- the first of February granted
  t.fire("loyalty")
  t.fire("loyalty")
  t.equal(t.balance("old", "credits"), 100)
end)
