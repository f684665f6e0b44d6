-- What is sold and how it is counted. What this file adds takes effect at once, also a new plan; a changed meter, price
-- or entitlement and a removal wait for `tidemill apply`, which tells whom they touch.

local inference = { { conditions = { { field = "eventName", operation = "EQUALS", value = "llm.inference" } } } }

local function sum(id, name, dimension)
  return {
    id = id, displayName = name, featureType = "NUMBER", meterType = "INCREMENTAL",
    meter = {
      aggregation = { ["function"] = "SUM", field = dimension },
      filters = inference,
      groupBy = { "workload" },
    },
  }
end

local function usd(amount)
  return { amount = amount, currency = "usd" }
end

-- A price by the month and by the year.
local function each(monthly, annually)
  return {
    { billingPeriod = "MONTHLY", price = usd(monthly) },
    { billingPeriod = "ANNUALLY", price = usd(annually) },
  }
end

catalog {
  products = {
    { id = "product-ai", displayName = "AI" },
  },

  -- A credit costs a cent where no plan has a price for it.
  currencies = {
    {
      id = "credits-ai", displayName = "AI credits", units = { singular = "credit", plural = "credits" },
      creditPrice = usd(0.01),
    },
  },

  features = {
    -- What is billed: computed by the mapping in mappings.lua.
    sum("feature-tokens", "Billed tokens", "tokens"),
    sum("feature-context-tokens", "Context tokens", "contextTokens"),
    sum("feature-generated-tokens", "Generated tokens", "generatedTokens"),
    {
      id = "feature-requests", displayName = "Requests", featureType = "NUMBER", meterType = "INCREMENTAL",
      meter = { aggregation = { ["function"] = "COUNT" }, filters = inference, groupBy = { "workload" } },
    },
    {
      id = "feature-workloads", displayName = "Different workloads", featureType = "NUMBER", meterType = "INCREMENTAL",
      meter = { aggregation = { ["function"] = "UNIQUE", field = "workload" }, filters = inference },
    },
    -- No meter: an application reports its seats itself.
    { id = "feature-seats", displayName = "Seats", featureType = "NUMBER", meterType = "FLUCTUATING" },
    { id = "feature-sso", displayName = "Single sign-on", featureType = "BOOLEAN" },
  },

  addons = {
    {
      id = "addon-tokens", productId = "product-ai", displayName = "A million tokens more", maxQuantity = 20,
      charges = {
        pricingType = "PAID",
        pricingModels = { { billingModel = "FLAT_FEE", pricePeriods = each(8, 80) } },
      },
      entitlements = { { id = "feature-tokens", usageLimit = 1000000, resetPeriod = "MONTH", behavior = "Increment" } },
    },
  },

  -- Each plan has what its parent has, unless it says otherwise.
  plans = {
    {
      id = "plan-free", productId = "product-ai", displayName = "Free", pricingType = "FREE",
      entitlements = {
        { id = "feature-tokens", usageLimit = 100000, resetPeriod = "MONTH" },
        { id = "feature-seats", usageLimit = 1 },
      },
    },
    {
      id = "plan-pro", productId = "product-ai", displayName = "Pro", parentPlanId = "plan-free",
      compatibleAddonIds = { "addon-tokens" },
      defaultTrialConfig = { duration = 14, units = "DAY" },
      charges = {
        pricingType = "PAID",
        pricingModels = {
          { billingModel = "FLAT_FEE", pricePeriods = each(49, 490) },
          { billingModel = "PER_UNIT", featureId = "feature-seats", pricePeriods = each(10, 100) },
        },
      },
      entitlements = {
        { id = "feature-tokens", usageLimit = 2000000, resetPeriod = "MONTH" },
        { type = "CREDIT", id = "credits-ai", amount = 500, cadence = "MONTH" },
      },
    },
    -- Nothing by the month: tokens burn credits that are bought before. A credit pays for a hundred billed tokens.
    {
      id = "plan-prepaid", productId = "product-ai", displayName = "Prepaid",
      charges = {
        pricingType = "PAID",
        pricingModels = {
          {
            billingModel = "CREDIT_BASED", featureId = "feature-tokens",
            pricePeriods = { { billingPeriod = "MONTHLY", creditRate = { amount = 0.01, currencyId = "credits-ai" } } },
          },
        },
      },
    },
    {
      id = "plan-enterprise", productId = "product-ai", displayName = "Enterprise", parentPlanId = "plan-pro",
      pricingType = "CUSTOM",
      entitlements = {
        { id = "feature-tokens", hasUnlimitedUsage = true },
        { id = "feature-seats", hasUnlimitedUsage = true },
        { id = "feature-sso" },
      },
    },
  },

  coupons = {
    { id = "coupon-launch", name = "Launch offer", percentOff = 25, durationInMonths = 3 },
  },
  promotionCodes = {
    { code = "LAUNCH25", couponId = "coupon-launch", maxRedemptions = 100, firstPurchaseOnly = true },
  },
}
