catalog {
  products = { { id = "product-app", displayName = "App" } },
  features = {
    {
      id = "feature-runs", displayName = "Runs", featureType = "NUMBER", meterType = "INCREMENTAL",
      meter = { aggregation = { ["function"] = "COUNT" } },
    },
  },
  plans = {
    {
      id = "plan-pro", productId = "product-app", displayName = "Pro",
      charges = {
        pricingType = "PAID",
        pricingModels = {
          {
            billingModel = "FLAT_FEE",
            pricePeriods = { { billingPeriod = "MONTHLY", price = { amount = 20, currency = "usd" } } },
          },
        },
      },
      entitlements = { { id = "feature-runs", usageLimit = 1000, resetPeriod = "MONTH" } },
    },
  },
}
