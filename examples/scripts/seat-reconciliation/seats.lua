-- The directory service writes who has how many seats every night, as seats-2026-01-31.json: {"acme": 12, "globex": 2}.
-- What it says is set, whatever was counted before: also to 0, for customers that are in it no more. A file that comes
-- after a newer one changes nothing.
job {
  name = "seat-reconciliation",
  on = { file = "seats-*.json" },
  serial = true, -- one file after the other: each goes by what the one before it has set
  retries = { max = 5, first = "1m" },
  run = function(run)
    local last = state.get("last") or { file = "", seats = {} }
    if run.trigger.file <= last.file then
      log.info("a newer file was here before", { file = run.trigger.file, newer = last.file })
      return { skipped = true }
    end
    local seats = run.trigger.event
    for id in pairs(last.seats) do
      if seats[id] == nil then seats[id] = 0 end
    end
    local set, unknown = {}, {}
    for id, count in pairs(seats) do
      local answer, problem = client.try.reportUsage {
        customerId = id, featureId = "feature-seats", value = count, updateBehavior = "SET",
      }
      if answer then
        set[id] = count > 0 and count or nil
      elseif problem.code == "CustomerNotFound" then
        unknown[#unknown + 1] = id
      else
        error(problem)
      end
    end
    -- A run that a person fires does not wait in the row: the newer file stays the last one.
    state.update("last", function(newest)
      if newest and newest.file > run.trigger.file then return newest end
      return { file = run.trigger.file, seats = set }
    end)
    if #unknown > 0 then log.warn("seats of unknown customers", { customers = unknown }) end
    return { unknown = #unknown }
  end,
}
