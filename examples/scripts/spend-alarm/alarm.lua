-- Every hour: whoever burned more than three times the average hour of the day before gets a line in the log, and a
-- message in spool/out for whatever reads it. Once a day and customer.
local factor = 3

local function consumed(customer, from, to)
  local usage = client.getCreditUsage {
    customerId = customer.id, currencyId = "credits", startDate = from, endDate = to,
  }
  return usage.totalCredits
end

job {
  name = "spend-alarm",
  schedule = "0 * * * *",
  run = function(run)
    local now = run.scheduledAt
    local hourAgo = time.add(now, "-1h")
    local dayAgo = time.add(now, "-25h")
    for customer in client.each.listCustomers {} do
      local last = consumed(customer, hourAgo, now)
      local usual = consumed(customer, dayAgo, hourAgo) / 24
      if last > 0 and last > factor * usual then
        local day = time.format(now, "%Y-%m-%d")
        local key = customer.id .. "/" .. day
        if not state.get(key) then
          log.warn("unusual spend", { customerId = customer.id, credits = last, usual = usual })
          emit("spend.unusual", { customerId = customer.id, credits = last }, { key = key })
          state.set(key, true, { ttl = "2d" })
        end
      end
    end
  end,
}
