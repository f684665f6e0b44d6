-- After a recharge was declined: tell the customer at once, again after three days, and the account team after seven;
-- a recharge that succeeds meanwhile ends it. Messages are files in spool/out, which the mailer takes.
local steps = { { after = "3 days", template = "reminder" }, { after = "4 days", template = "last-call" } }

local function send(customerId, template)
  emit("mail.send", { to = customerId, template = template })
end

job {
  name = "dunning-begin",
  on = "automatic_recharge.operation.attempted",
  source = "engine",
  serial = "customer",
  run = function(run)
    local event = run.trigger.event
    local dunned = state.shared("dunning")
    if event.status == "SUCCESS" or event.status == "SUCCEEDED" then
      if dunned.get(run.customerId) then
        dunned.set(run.customerId, nil)
        later.cancel("dunning/" .. run.customerId)
        send(run.customerId, "thanks")
      end
      return
    end
    if dunned.get(run.customerId) then return end
    dunned.set(run.customerId, true)
    send(run.customerId, "payment-failed")
    later {
      job = "dunning-step", after = steps[1].after, key = "dunning/" .. run.customerId,
      event = { customerId = run.customerId, step = 1 },
    }
  end,
}

job {
  name = "dunning-step",
  run = function(run)
    local event = run.trigger.event
    if not state.shared("dunning").get(event.customerId) then return end
    send(event.customerId, steps[event.step].template)
    local following = steps[event.step + 1]
    if following then
      later {
        job = "dunning-step", after = following.after, key = "dunning/" .. event.customerId,
        event = { customerId = event.customerId, step = event.step + 1 },
      }
    end
  end,
}
