-- Policies of auto-recharge: they say when and how much, in place of the settings' threshold and target. Whether anything
-- is bought is decided outside: the customer's consent, its monthly cap, one charge at a time, limits of the day and hour.

-- Below 20 credits, up to 50 and what the last six hours took.
recharge {
  name = "ai-credits",
  currency = "credits-ai",
  decide = function(wallet)
    if wallet.balance < 20 then
      return { targetBalance = 50 + wallet.consumed("6h"), reason = "below 20" }
    end
  end,
}
