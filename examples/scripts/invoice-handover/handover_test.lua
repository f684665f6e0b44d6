test("a month's invoice is handed over when it is final, with the calls that came a little late", function(t)
  t.at("2026-06-01T00:00:00Z")
  t.client.provisionCustomer { id = "acme" }
  t.client.provisionSubscription { id = "s", customerId = "acme", planId = "plan-pro", billingPeriod = "MONTHLY" }
  t.equal(#t.emitted("charge.due"), 1)
  t.at("2026-06-10T00:00:00Z")
  t.drop {
    { customerId = "acme", eventName = "call", idempotencyKey = "1", timestamp = "2026-06-09T12:00:00Z" },
    { customerId = "acme", eventName = "call", idempotencyKey = "2", timestamp = "2026-06-09T12:00:00Z" },
  }
  t.at("2026-07-01T00:30:00Z")
  t.drop { { customerId = "acme", eventName = "call", idempotencyKey = "3", timestamp = "2026-06-30T23:59:59Z" } }
  t.equal(#t.emitted("charge.due"), 1)
  t.at("2026-07-01T02:00:00Z")
  local due = t.emitted("charge.due")
  t.equal(#due, 2)
  -- 49 for July, and three calls of June.
  t.equal(due[2].number, "0002")
  t.equal(due[2].total, 49.06)
  t.equal(due[2].lines[2].quantity, 3)
  t.client.voidInvoice { customerId = "acme", invoiceNumber = "0002", rebill = false, reason = "goodwill" }
  t.advance("1m")
  t.equal(t.emitted("charge.recalled"), { { customerId = "acme", number = "0002", reason = "goodwill" } })
end)
