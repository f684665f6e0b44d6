-- On the first of each month every customer of at least a year gets credits for loyalty: 100, and 50 more a year, good
-- for three months. A grant is made once per rule, customer and key, however often this is asked.
job {
  name = "loyalty",
  schedule = "0 6 1 * *",
  timezone = "Europe/Berlin",
  operations = { "listCustomers", "grantCredits" },
  run = function(run)
    local now = run.scheduledAt
    local given = 0
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
