local function customer(t)
  t.client.provisionCustomer { id = "acme" }
  t.client.attachPaymentMethod {
    id = "acme", integrationId = "stripe", paymentMethodId = "pm_1", vendorIdentifier = "STRIPE",
  }
  t.client.saveAutoRecharge {
    customerId = "acme", currencyId = "credits", isEnabled = true, thresholdValue = 10, targetBalance = 100,
  }
end

local function mails(t)
  local templates = {}
  for _, mail in ipairs(t.emitted("mail.send")) do templates[#templates + 1] = mail.template end
  return templates
end

test("three mails in seven days, when no charge succeeds", function(t)
  for _ = 1, 10 do t.payments.answer("DECLINED", { code = "card_declined" }) end
  customer(t)
  t.equal(mails(t), { "payment-failed" })
  t.advance("3 days")
  t.equal(mails(t), { "payment-failed", "reminder" })
  t.advance("3 days")
  t.equal(#mails(t), 2)
  t.advance("1 day")
  t.equal(mails(t), { "payment-failed", "reminder", "last-call" })
  t.advance("30 days")
  t.equal(#mails(t), 3)
end)

test("a charge that succeeds ends it", function(t)
  t.payments.answer("DECLINED")
  customer(t)
  t.advance("10 days") -- the next attempt is an hour later
  t.equal(mails(t), { "payment-failed", "thanks" })
  t.equal(t.balance("acme", "credits"), 100)
end)
