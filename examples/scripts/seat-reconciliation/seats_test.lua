local function snapshot(t, day, seats)
  local answer = t.drop(seats, { name = "seats-" .. day .. ".json" })
  t.equal(answer.state, "done")
  local runs = t.runs("seat-reconciliation")
  t.equal(runs[#runs].state, "done")
  return answer
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
  t.equal(snapshot(t, "2026-01-01", { acme = 12 }).duplicate, 1)
  t.equal(#t.runs("seat-reconciliation"), 1)
end)

test("an older file that comes late changes nothing", function(t)
  t.client.provisionCustomer { id = "acme" }
  snapshot(t, "2026-01-02", { acme = 9 })
  snapshot(t, "2026-01-01", { acme = 12 })
  t.equal(seats(t, "acme"), 9)
  t.equal(#t.runs("seat-reconciliation"), 2)
  t.equal(#t.logged("a newer file"), 1)
end)

test("a file of another name starts nothing", function(t)
  local answer = t.drop({ acme = 12 }, { name = "chairs-2026-01-01.json" })
  t.equal({ answer.applied, answer.rejected, #t.runs() }, { 0, 1, 0 })
end)
