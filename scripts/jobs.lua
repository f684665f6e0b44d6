-- Jobs act: they run on a schedule or on what happens, and may call every operation. Whatever a run does, it does once,
-- also when it is interrupted and tried again.

-- A customer that announces itself in the spool is provisioned, and set up as a prepaid one. Its consent to recharges is
-- an example's: in earnest the customer gives it.
job {
  name = "new-customer",
  on = "customer.created",
  source = "inbox",
  serial = "customer",
  run = function(run)
    local customer = run.trigger.event.customer
    -- Announced once more, only what is missing is set up.
    if not lookup.customer(customer.id) then
      client.provisionCustomer { id = customer.id, name = customer.name }
    end
    if #lookup.subscriptions(customer.id) > 0 then return end
    client.provisionSubscription { customerId = customer.id, planId = "plan-prepaid", billingPeriod = "MONTHLY" }
    client.saveAutoRecharge {
      customerId = customer.id, currencyId = "credits-ai", isEnabled = true, thresholdValue = 20, targetBalance = 50,
      maxSpendLimit = 100,
    }
    log.info("a new customer", { customerId = customer.id })
  end,
}

-- Every night: who has how many credits left, as a message in spool/out. `tidemill fire nightly-report` makes one now.
job {
  name = "nightly-report",
  schedule = "0 3 * * *",
  timezone = "Europe/Berlin",
  run = function(run)
    local lines = {}
    for customer in client.each.listCustomers {} do
      local wallet = client.getCreditBalance { customerId = customer.id, currencyId = "credits-ai" }
      lines[#lines + 1] = { customerId = customer.id, credits = wallet.balance, used = wallet.currentUsage }
    end
    emit("report.nightly", { at = run.scheduledAt, customers = lines })
  end,
}
