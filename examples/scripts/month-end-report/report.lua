-- In the first night of a month: what each customer used and burned in the month before, as one message for finance.
-- `key` makes it one message a month, whoever fires the job again.
job {
  name = "month-end-report",
  schedule = "0 2 1 * *",
  operations = { "listCustomers", "getCreditUsage", "getCreditBalance" },
  run = function(run)
    local to = time.startOf(run.scheduledAt, "month")
    local from = time.add(to, "-1 month")
    local lines, total = {}, decimal(0)
    for customer in client.each.listCustomers {} do
      local usage = client.getCreditUsage {
        customerId = customer.id, currencyId = "credits", startDate = from, endDate = to,
      }
      local wallet = client.getCreditBalance { customerId = customer.id, currencyId = "credits" }
      lines[#lines + 1] = { customerId = customer.id, burned = usage.totalCredits, balance = wallet.balance }
      total = total + decimal(usage.totalCredits)
    end
    local month = time.format(from, "%Y-%m")
    emit("report.month", { month = month, total = total, customers = lines }, { key = month })
  end,
}
