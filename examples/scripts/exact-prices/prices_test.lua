test("prices are exact, and an unknown one rejects its record only", function(t)
  local answer = t.drop "delivery.ndjson"
  t.equal(t.usage { featureId = "feature-spend", customerId = "acme" }, 0.3001)
  t.equal(answer.rejected, 1)
  t.ok(answer.rejections[1].message:find("no price for size huge", 1, true))
end)
