local function plans(t)
  local found = {}
  for subscription in t.client.each.listSubscriptions { status = "ACTIVE" } do
    found[subscription.customerId] = subscription.planId
  end
  return found
end

test("everybody moves, and a second run finds nobody", function(t)
  for _, id in ipairs { "acme", "globex", "initech" } do
    t.client.provisionCustomer { id = id }
    t.client.provisionSubscription {
      customerId = id, planId = id == "initech" and "plan-2026" or "plan-2023", billingPeriod = "MONTHLY",
    }
  end
  local run = t.fire("plan-migration")
  t.equal({ run.state, run.result.moved, run.message }, { "done", 2, nil })
  t.equal(plans(t), { acme = "plan-2026", globex = "plan-2026", initech = "plan-2026" })
  t.equal(t.fire("plan-migration").result.moved, 0)
end)
