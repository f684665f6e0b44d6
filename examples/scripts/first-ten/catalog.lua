catalog {
  currencies = { { id = "credits", displayName = "Credits" } },
}
