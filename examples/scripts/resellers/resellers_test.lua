test("a tenant's usage is its reseller's", function(t)
  t.equal(t.drop("delivery.ndjson").filteredBy, { ["not-ours"] = 1 })
  local function tenant(id)
    return t.usage { featureId = "feature-calls", customerId = "northwind", resourceId = id }
  end
  t.equal({ tenant "tenant-1", tenant "tenant-2" }, { 2, 1 })
  t.equal(t.usage { featureId = "feature-calls", customerId = "direct" }, 1)
end)
