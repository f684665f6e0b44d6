-- Buys by how fast a customer burns: enough for the next day, and sooner for the fast ones. Threshold and target of the
-- customer's settings are not asked; consent, monthly cap, daily and hourly limits hold whatever this answers.
recharge {
  name = "velocity",
  currency = "credits",
  decide = function(wallet)
    local hourly = wallet.consumed("6h") / 6
    local hoursLeft = hourly > 0 and wallet.balance / hourly or math.huge
    if wallet.balance > 20 and hoursLeft >= 4 then return nil end
    local target = math.max(100, math.ceil(24 * hourly))
    return { targetBalance = target, reason = string.format("%d an hour", math.ceil(hourly)) }
  end,
}
