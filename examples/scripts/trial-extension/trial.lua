-- Whoever uses a trial in earnest gets another week of it, once: asked when the engine says that the trial ends soon.
local earnest = 5

job {
  name = "trial-extension",
  on = "subscription.trial.ends_soon",
  source = "engine",
  operations = { "checkEntitlement", "updateSubscription" },
  run = function(run)
    local subscription = run.trigger.event
    if state.get(subscription.id) then return end
    local runs = client.checkEntitlement { customerId = run.customerId, featureId = "feature-runs" }
    if (runs.currentUsage or 0) < earnest then return end
    client.updateSubscription { id = subscription.id, trialEndDate = time.add(subscription.trialEndDate, "1 week") }
    state.set(subscription.id, true)
    log.info("trial extended", { customerId = run.customerId, runs = runs.currentUsage })
  end,
}
