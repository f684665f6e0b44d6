local function sign_up(t, first, last)
  local webhooks = {}
  for i = first, last do
    t.client.provisionCustomer { id = "c" .. i }
    webhooks[#webhooks + 1] = { type = "signup", messageId = "signup-" .. i, customerId = "c" .. i }
  end
  t.drop(webhooks)
end

local function granted(t)
  local count = 0
  for _, run in ipairs(t.runs("first-ten")) do
    t.equal(run.state, "done")
    if run.result.granted then count = count + 1 end
  end
  return count
end

test("ten of those who sign up at once get credits", function(t)
  sign_up(t, 1, 25)
  t.equal(#t.runs("first-ten"), 25)
  t.equal(granted(t), 10)
  local credits = 0
  for i = 1, 25 do credits = credits + t.balance("c" .. i, "credits") end
  t.equal(credits, 500)
end)

test("a customer who signs up twice takes one place", function(t)
  sign_up(t, 1, 9)
  t.drop { { type = "signup", messageId = "signup-1", customerId = "c1" } }
  sign_up(t, 10, 12)
  t.equal(granted(t), 10)
  t.equal({ t.balance("c1", "credits"), t.balance("c10", "credits"), t.balance("c11", "credits") }, { 50, 50, 0 })
end)
