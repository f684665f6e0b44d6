catalog {
  currencies = { { id = "credits", displayName = "Credits", creditPrice = { amount = 0.01, currency = "usd" } } },
}
