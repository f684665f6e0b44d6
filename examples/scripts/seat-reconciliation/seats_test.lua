local function snapshot(t, day, seats)
  local answer = t.drop({ type = "seats.snapshot", messageId = day, seats = seats }, { name = "seats-" .. day .. ".json" })
  t.equal(answer.applied, 1)
  local runs = t.runs("seat-reconciliation")
  t.equal(runs[#runs].state, "done")
end

local function seats(t, id)
  return t.usage { featureId = "feature-seats", customerId = id }
end

test("the snapshot counts, not the sum", function(t)
  t.client.provisionCustomer { id = "acme" }
  t.client.provisionCustomer { id = "globex" }
  t.client.reportUsage { customerId = "acme", featureId = "feature-seats", value = 3 }
  snapshot(t, "2026-01-01", { acme = 12, globex = 2, nobody = 5 })
  t.equal({ seats(t, "acme"), seats(t, "globex") }, { 12, 2 })
  t.equal(t.logged("unknown customers")[1].fields.customers, { "nobody" })

  t.advance("1 day")
  snapshot(t, "2026-01-02", { acme = 9 })
  t.equal({ seats(t, "acme"), seats(t, "globex") }, { 9, 0 })
end)

test("the same file again changes nothing", function(t)
  t.client.provisionCustomer { id = "acme" }
  snapshot(t, "2026-01-01", { acme = 12 })
  local again = t.drop { type = "seats.snapshot", messageId = "2026-01-01", seats = { acme = 12 } }
  t.equal(again.duplicate, 1)
  t.equal(#t.runs("seat-reconciliation"), 1)
end)
