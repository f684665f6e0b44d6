test("an event split in two counts once in each meter", function(t)
  local answer = t.drop "delivery.ndjson"
  t.equal(answer.duplicate, 1)
  t.equal(t.usage { featureId = "feature-read", customerId = "acme" }, 120)
  t.equal(t.usage { featureId = "feature-written", customerId = "acme" }, 10)
end)
