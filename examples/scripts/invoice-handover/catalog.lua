local function monthly(amount) return { { billingPeriod = "MONTHLY", price = { amount = amount, currency = "usd" } } } end

catalog {
  products = { { id = "product-ai", displayName = "AI" } },
  features = {
    { id = "feature-calls", displayName = "Calls", featureType = "NUMBER", meterType = "INCREMENTAL",
      meter = { aggregation = { ["function"] = "COUNT" } } },
  },
  plans = {
    {
      id = "plan-pro", productId = "product-ai", displayName = "Pro",
      charges = {
        pricingType = "PAID",
        pricingModels = {
          { billingModel = "FLAT_FEE", pricePeriods = monthly(49) },
          { billingModel = "USAGE_BASED", featureId = "feature-calls", pricePeriods = monthly(0.02) },
        },
      },
    },
  },
}
