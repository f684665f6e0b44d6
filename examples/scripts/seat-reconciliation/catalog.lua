catalog {
  features = {
    { id = "feature-seats", displayName = "Seats", featureType = "NUMBER", meterType = "FLUCTUATING" },
  },
}
