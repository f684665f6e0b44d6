local function flat(amount)
  return {
    pricingType = "PAID",
    pricingModels = {
      {
        billingModel = "FLAT_FEE",
        pricePeriods = { { billingPeriod = "MONTHLY", price = { amount = amount, currency = "usd" } } },
      },
    },
  }
end

catalog {
  products = { { id = "product-app", displayName = "App" } },
  plans = {
    { id = "plan-2023", productId = "product-app", displayName = "Classic", charges = flat(15) },
    { id = "plan-2026", productId = "product-app", displayName = "Team", charges = flat(20) },
  },
}
