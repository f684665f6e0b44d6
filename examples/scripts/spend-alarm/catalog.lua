catalog {
  products = { { id = "product-ai", displayName = "AI" } },
  currencies = { { id = "credits", displayName = "Credits", creditPrice = { amount = 0.01, currency = "usd" } } },
  features = {
    {
      id = "feature-tokens", displayName = "Tokens", featureType = "NUMBER", meterType = "INCREMENTAL",
      meter = { aggregation = { ["function"] = "SUM", field = "tokens" } },
    },
  },
  plans = {
    {
      id = "plan-prepaid", productId = "product-ai", displayName = "Prepaid",
      charges = {
        pricingType = "PAID",
        pricingModels = {
          {
            billingModel = "CREDIT_BASED", featureId = "feature-tokens",
            pricePeriods = { { billingPeriod = "MONTHLY", creditRate = { amount = 1, currencyId = "credits" } } },
          },
        },
      },
    },
  },
}
