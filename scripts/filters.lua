-- Filters look at every event first, in the order of files and lines. An event goes on when `keep` returns true; false
-- drops it, with a reason that `tidemill events` shows. Dropped events stay in the store: nothing is lost.

-- A request that the service failed to answer is not billed.
filter {
  name = "drop-failed",
  event = "llm.inference",
  keep = function(event)
    if event.dimensions.status == "500" then
      return false, "the request failed"
    end
    return true
  end,
}
