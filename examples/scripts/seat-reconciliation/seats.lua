-- The directory service writes who has how many seats every night, as one record {"type": "seats.snapshot", …}. What it
-- says is set, whatever was counted before: also to 0, for customers that are in it no more.
job {
  name = "seat-reconciliation",
  on = "seats.snapshot",
  source = "inbox",
  retries = { max = 5, first = "1m" },
  run = function(run)
    local seats = run.trigger.event.seats
    local before = state.get("last") or {}
    for id in pairs(before) do
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
    state.set("last", set)
    if #unknown > 0 then log.warn("seats of unknown customers", { customers = unknown }) end
    return { unknown = #unknown }
  end,
}
