-- Moves everybody from one plan to another, by hand: `tidemill fire plan-migration`, first with --dry-run. It stops for
-- nobody: who cannot be moved is in the report. Each customer is a checkpoint of its own, so a run that is interrupted
-- goes on behind the last one that was moved.
local from, to = "plan-2023", "plan-2026"

job {
  name = "plan-migration",
  timeout = "6h",
  operations = { "listSubscriptions", "provisionSubscription" },
  run = function(run)
    local done = run.saved or { moved = 0, failed = {} }
    for subscription in client.each.listSubscriptions { planId = from, status = "ACTIVE" } do
      local _, problem = client.try.provisionSubscription {
        customerId = subscription.customerId, planId = to, billingPeriod = "MONTHLY",
      }
      if problem then
        done.failed[subscription.customerId] = problem.code
      else
        done.moved = done.moved + 1
      end
      run.checkpoint(done)
    end
    log.info("migrated", { moved = done.moved, failed = done.failed })
    return done
  end,
}
