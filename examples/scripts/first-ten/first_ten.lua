-- The first ten customers who sign up get 50 credits. Sign-ups come at the same time, so that a run takes its place in one
-- step, which no other run can come between, and grants after that. A retry of the run comes by the place that it has.
job {
  name = "first-ten",
  on = "signup",
  run = function(run)
    local place
    state.update("taken", function(taken)
      taken = taken or {}
      place = nil -- the function may be asked again
      if #taken < 10 then
        place = #taken + 1
        taken[place] = run.customerId
      end
      return taken
    end)
    if not place then
      log.info("all places are taken", { customer = run.customerId })
      return { granted = false }
    end
    client.grantCredits {
      customerId = run.customerId, currencyId = "credits", amount = 50, grantType = "PROMOTIONAL",
      comment = "one of the first ten",
    }
    return { granted = true, place = place }
  end,
}
