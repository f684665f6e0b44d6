local function customer(t, credits)
  t.client.provisionCustomer { id = "acme" }
  t.client.attachPaymentMethod {
    id = "acme", integrationId = "stripe", paymentMethodId = "pm_1", vendorIdentifier = "STRIPE",
  }
  t.client.provisionSubscription { customerId = "acme", planId = "plan-prepaid", billingPeriod = "MONTHLY" }
  t.client.grantCredits {
    customerId = "acme", currencyId = "credits", amount = credits, grantType = "PAID", displayName = "Start",
  }
  t.client.saveAutoRecharge {
    customerId = "acme", currencyId = "credits", isEnabled = true, thresholdValue = 1, targetBalance = 10,
  }
end

local function use(t, key, tokens)
  local answer = t.drop {
    { customerId = "acme", eventName = "inference", idempotencyKey = key, dimensions = { tokens = tokens } },
  }
  t.equal(answer.applied, 1)
end

test("a slow customer is left alone until 20 credits are left", function(t)
  customer(t, 200)
  use(t, "1", 60) -- 10 an hour: 140 credits last 14 hours
  t.advance("2m")
  t.equal(#t.payments.charges(), 0)
  t.advance("1 day") -- nothing in the last 6 hours
  use(t, "2", 125) -- 15 left
  t.advance("2m")
  -- 125 in 6 hours: 21 an hour; a day of it is 500.
  t.equal(t.payments.charges()[1].amount, 4.85)
  t.equal(t.balance("acme", "credits"), 500)
end)

test("a fast customer is recharged while there are credits left", function(t)
  customer(t, 1000)
  use(t, "1", 600) -- 100 an hour: 400 credits last exactly 4 hours
  t.advance("2m")
  t.equal(#t.payments.charges(), 0)
  use(t, "2", 60) -- 110 an hour: 340 credits last 3.1 hours
  t.advance("2m")
  -- Up to a day's need, 24 × 110 = 2640: 2300 credits at a cent.
  t.equal(t.payments.charges()[1].amount, 23)
  t.equal(t.balance("acme", "credits"), 2640)
end)

test("a declined card buys nothing, and is tried again later", function(t)
  t.payments.answer("DECLINED")
  customer(t, 5)
  t.advance("2m")
  t.equal(t.balance("acme", "credits"), 5)
  t.advance("1 day")
  t.equal(t.balance("acme", "credits"), 100)
end)
