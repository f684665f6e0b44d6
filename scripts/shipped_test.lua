-- The shipped setup from the file to the recharge. Run it with `tidemill test`.

local function inference(customer, key, context, generated, status)
  return {
    customerId = customer, eventName = "llm.inference", idempotencyKey = key,
    dimensions = { workload = "chat", status = status or "200", contextTokens = context, generatedTokens = generated },
  }
end

local created = {
  type = "customer.created", messageId = "msg-0001", customer = { id = "acme", name = "Acme Inc." },
}

local function card(t)
  t.client.attachPaymentMethod {
    id = "acme", integrationId = "stripe", paymentMethodId = "pm_1", vendorIdentifier = "STRIPE",
  }
end

test("a customer that announces itself is set up and welcomed, once", function(t)
  t.equal(t.drop(created).applied, 1)
  t.equal(t.client.getCustomer { id = "acme" }.name, "Acme Inc.")
  t.equal(t.balance("acme", "credits-ai"), 50)
  t.equal(t.drop(created).duplicate, 1)
  t.equal(t.balance("acme", "credits-ai"), 50)
  t.equal(#t.grants("welcome"), 1)
end)

test("tokens are metered by their rates and burn credits", function(t)
  t.drop(created)
  local answer = t.drop {
    inference("acme", "1", 700, 100), -- 700 + 3 × 100 = 1000 billed tokens: 10 credits
    inference("acme", "2", 700, 100, "500"), -- the service failed: not billed
    inference("acme", "1", 700, 100), -- a repeat
  }
  t.equal({ answer.applied, answer.filtered, answer.duplicate }, { 1, 1, 1 })
  t.equal(t.usage { featureId = "feature-tokens", customerId = "acme" }, 1000)
  t.equal(t.balance("acme", "credits-ai"), 40)
end)

test("below 20 credits the policy buys up to 50 and what six hours took", function(t)
  t.drop(created)
  card(t)
  t.drop { inference("acme", "1", 3500, 0) } -- 35 credits: 15 are left
  t.advance("2m")
  -- Up to 50 + 35 = 85: 70 credits at a cent each.
  t.equal(t.payments.charges()[1].amount, 0.7)
  t.equal(t.balance("acme", "credits-ai"), 85)
end)

test("a refused card buys nothing", function(t)
  t.payments.answer("DECLINED")
  t.drop(created)
  card(t)
  t.drop { inference("acme", "1", 3500, 0) }
  t.advance("2m")
  t.equal(t.balance("acme", "credits-ai"), 15)
end)

test("the nightly report comes at three in Berlin", function(t)
  t.at("2026-03-28T12:00:00Z")
  t.drop(created)
  t.drop { inference("acme", "1", 700, 100) }
  t.at("2026-03-29T00:59:59Z")
  t.equal(#t.emitted("report.nightly"), 0)
  t.at("2026-03-29T01:00:00Z") -- the clocks have just gone forward: it is three
  t.equal(t.emitted("report.nightly"), {
    { at = "2026-03-29T01:00:00.000Z", customers = { { customerId = "acme", credits = 40, used = 10 } } },
  })
end)
