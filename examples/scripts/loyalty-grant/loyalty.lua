-- On the first of each month every customer of at least a year gets credits for loyalty: 100, and 50 more a year, good
-- for three months. It is a job and not a grant rule: a retry of its run repeats nothing, but each run grants, so that a
-- person who fires it grants once more. The month that was granted for is kept, and a second run of it grants nothing.
job {
  name = "loyalty",
  schedule = "0 6 1 * *",
  timezone = "Europe/Berlin",
  operations = { "listCustomers", "grantCredits" },
  run = function(run)
    local now = run.scheduledAt
    local given = 0
    local month, mine = time.format(now, "%Y-%m", "Europe/Berlin"), nil
    state.update("month", function(granted)
      mine = not granted or granted < month
      return mine and month or granted
    end)
    if not mine then return { given = 0 } end
    for customer in client.each.listCustomers {} do
      local days = time.diff(now, customer.createdAt, "days")
      local years = math.floor(days / 365)
      if years >= 1 and not customer.archivedAt then
        client.grantCredits {
          customerId = customer.id, currencyId = "credits", grantType = "PROMOTIONAL", displayName = "Loyalty",
          amount = 50 + 50 * years, expireAt = time.add(now, "3 months"),
        }
        given = given + 1
      end
    end
    return { given = given }
  end,
}
