local function try(t, id, runs)
  t.client.provisionCustomer { id = id }
  t.client.provisionSubscription {
    customerId = id, planId = "plan-pro", billingPeriod = "MONTHLY",
    trialOverrideConfiguration = {
      isTrial = true, trialEndDate = "2026-01-15T00:00:00Z", trialEndBehavior = "CANCEL_SUBSCRIPTION",
    },
  }
  for run = 1, runs do
    t.drop { { customerId = id, eventName = "run", idempotencyKey = id .. run, dimensions = {} } }
  end
end

local function mayRun(t, id)
  return t.client.checkEntitlement { customerId = id, featureId = "feature-runs" }.isGranted
end

test("a trial in earnest is extended by a week, once", function(t)
  try(t, "acme", 6)
  try(t, "idle", 2)
  t.at("2026-01-15T01:00:00Z")
  t.equal({ mayRun(t, "acme"), mayRun(t, "idle") }, { true, false })
  t.at("2026-01-21T23:00:00Z")
  t.equal(mayRun(t, "acme"), true)
  t.at("2026-01-22T01:00:00Z")
  t.equal(mayRun(t, "acme"), false)
  t.equal(#t.logged("trial extended"), 1)
end)
