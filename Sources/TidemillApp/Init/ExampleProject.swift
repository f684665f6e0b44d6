/// The larger project of `tidemill init --with example`, on which `tidemill demo` stands: plans with usage, credits and
/// recharges, and the jobs around them.
enum ExampleProject {
    static let files = [
        ProjectTemplate.File(name: "config.toml", text: ProjectTemplate.config(environment: "dev")),
        ProjectTemplate.File(name: "scripts/catalog.lua", text: catalog),
        ProjectTemplate.File(name: "scripts/rules.lua", text: rules),
        ProjectTemplate.File(name: "scripts/jobs.lua", text: jobs),
        ProjectTemplate.File(name: "scripts/rules_test.lua", text: test),
    ]

    private static let catalog = """
        -- What is sold and how it is counted. What is added here takes effect at once; a changed price, meter or entitlement
        -- waits for `tidemill apply`, which tells whom it touches.

        local function usd(amount) return { amount = amount, currency = "usd" } end

        local function monthly(amount) return { { billingPeriod = "MONTHLY", price = usd(amount) } } end

        local function events(name) return { { conditions = { { field = "eventName", operation = "EQUALS", value = name } } } } end

        catalog {
          products = { { id = "product-cloud", displayName = "Cloud" } },

          -- A credit costs a cent.
          currencies = {
            {
              id = "credits", displayName = "Credits", units = { singular = "credit", plural = "credits" },
              creditPrice = usd(0.01),
            },
          },

          features = {
            {
              id = "feature-calls", displayName = "API calls", featureType = "NUMBER", meterType = "INCREMENTAL",
              meter = {
                aggregation = { ["function"] = "SUM", field = "units" }, filters = events("api.call"), groupBy = { "region" },
              },
            },
            {
              id = "feature-tokens", displayName = "Tokens", featureType = "NUMBER", meterType = "INCREMENTAL",
              meter = {
                aggregation = { ["function"] = "SUM", field = "tokens" }, filters = events("ai.completion"),
                groupBy = { "model" },
              },
            },
            { id = "feature-seats", displayName = "Seats", featureType = "NUMBER", meterType = "FLUCTUATING" },
          },

          plans = {
            {
              id = "plan-free", productId = "product-cloud", displayName = "Free", pricingType = "FREE",
              entitlements = {
                { id = "feature-calls", usageLimit = 2000, resetPeriod = "MONTH" }, { id = "feature-seats", usageLimit = 2 },
              },
            },
            {
              id = "plan-team", productId = "product-cloud", displayName = "Team",
              charges = {
                pricingType = "PAID", pricingModels = { { billingModel = "FLAT_FEE", pricePeriods = monthly(49) } },
              },
              entitlements = {
                { id = "feature-calls", usageLimit = 10000, resetPeriod = "MONTH", hasSoftLimit = true },
                { id = "feature-seats", usageLimit = 25 },
              },
            },
            -- A fee, and what is used on top, each month.
            {
              id = "plan-business", productId = "product-cloud", displayName = "Business",
              charges = {
                pricingType = "PAID",
                pricingModels = {
                  { billingModel = "FLAT_FEE", pricePeriods = monthly(199) },
                  { billingModel = "USAGE_BASED", featureId = "feature-calls", pricePeriods = monthly(0.004) },
                },
              },
              entitlements = { { id = "feature-seats", hasUnlimitedUsage = true } },
            },
            -- Nothing by the month: tokens burn credits that are bought before. A credit pays for a hundred tokens.
            {
              id = "plan-prepaid", productId = "product-cloud", displayName = "Prepaid",
              charges = {
                pricingType = "PAID",
                pricingModels = {
                  {
                    billingModel = "CREDIT_BASED", featureId = "feature-tokens",
                    pricePeriods = { { billingPeriod = "MONTHLY", creditRate = { amount = 0.01, currencyId = "credits" } } },
                  },
                },
              },
            },
          },
        }

        """

    private static let rules = """
        -- Every event passes the filters, then the mappings; what they answer is what meters count.

        filter {
          name = "only-billable",
          keep = function(event)
            if event.dimensions.status == "500" then return false, "the request failed" end
            return true
          end,
        }

        -- A call is a unit for each KiB that was begun.
        mapping {
          name = "units", event = "api.call",
          map = function(event)
            return { dimensions = { units = event.dimensions.bytes // 1024 + 1 } }
          end,
        }

        -- What a model writes counts three times what it reads.
        mapping {
          name = "tokens", event = "ai.completion",
          map = function(event)
            local d = event.dimensions
            return { dimensions = { tokens = d.input + 3 * d.output } }
          end,
        }

        -- A newcomer gets credits to begin with, once.
        grant {
          name = "welcome", on = "customer.created", source = "inbox",
          decide = function(trigger)
            return {
              {
                customerId = trigger.customerId, currencyId = "credits", amount = 50, grantType = "PROMOTIONAL",
                displayName = "Welcome", key = "welcome",
              },
            }
          end,
        }

        -- Whether anything is bought is decided outside: the customer's consent, its cap, one charge at a time.
        recharge {
          name = "top-up", currency = "credits",
          decide = function(wallet)
            if wallet.balance < 100 then
              return { targetBalance = 500 + wallet.consumed("24h"), reason = "below 100" }
            end
          end,
        }

        """

    private static let jobs = """
        -- Whoever announces itself by a webhook is set up; `source` leaves out the engine's own event of that name. The
        -- webhook is a JSON file in spool/inbox; `tidemill trigger customer.created` puts one there.
        job {
          name = "set-up", on = "customer.created", source = "inbox", serial = "customer",
          run = function(run)
            local event = run.trigger.event
            -- As billers write it, or flat as the engine does.
            local customer = event.customer or event
            -- Announced once more, only what is missing is set up.
            if not lookup.customer(customer.id) then
              client.provisionCustomer { id = customer.id, name = customer.name, email = customer.email }
            end
            if #lookup.subscriptions(customer.id) > 0 then return end
            local plan = event.plan or "plan-team"
            client.provisionSubscription {
              id = customer.id .. "-1", customerId = customer.id, planId = plan,
              billingPeriod = plan ~= "plan-free" and "MONTHLY" or nil,
            }
            if plan ~= "plan-prepaid" then return end
            client.attachPaymentMethod {
              id = customer.id, integrationId = "cards", paymentMethodId = "card-" .. customer.id, vendorIdentifier = "STRIPE",
            }
            -- The consent to recharges is an example's: in earnest the customer gives it.
            client.saveAutoRecharge {
              customerId = customer.id, currencyId = "credits", isEnabled = true, thresholdValue = 100, targetBalance = 500,
              maxSpendLimit = 200,
            }
          end,
        }

        -- Deals of the sales team become a message to whoever looks after the account.
        job {
          name = "crm-deals", on = "crm.deal_won", source = "inbox", retries = { max = 1, first = "1m" },
          run = function(run)
            local deal = run.trigger.event
            if not deal.amount then error("the deal " .. tostring(deal.dealId) .. " has no amount") end
            emit("account.review", { customerId = run.customerId, amount = deal.amount }, { key = deal.dealId })
          end,
        }

        -- Every Monday, who has few credits left. `tidemill fire weekly-report` makes one now.
        job {
          name = "weekly-report", schedule = "0 3 * * 1", timezone = "Europe/Berlin",
          run = function(run)
            local low = {}
            for customer in client.each.listCustomers {} do
              local wallet = client.getCreditBalance { customerId = customer.id, currencyId = "credits" }
              if wallet.balance < 100 then low[#low + 1] = { customerId = customer.id, credits = wallet.balance } end
            end
            emit("report.credits", { at = run.scheduledAt, low = low })
            return #low
          end,
        }

        """

    private static let test = """
        -- `tidemill test` runs this, with a store in memory, a gateway that charges nobody, and a clock that stands.

        local function hello(plan)
          return { type = "customer.created", messageId = "m-1", plan = plan, customer = { id = "acme", name = "Acme Inc." } }
        end

        test("calls are counted by the KiB that they begin", function(t)
          t.drop(hello "plan-team")
          local function call(key, bytes, status)
            return {
              customerId = "acme", eventName = "api.call", idempotencyKey = key,
              dimensions = { bytes = bytes, status = status or "200", region = "eu" },
            }
          end
          local answer = t.drop { call("1", 5000), call("2", 100), call("3", 100, "500"), call("1", 5000) }
          t.equal({ answer.applied, answer.filtered, answer.duplicate }, { 2, 1, 1 })
          t.equal(t.client.checkEntitlement { customerId = "acme", featureId = "feature-calls" }.currentUsage, 6)
        end)

        test("tokens burn credits, and the policy buys more", function(t)
          t.drop(hello "plan-prepaid")
          t.equal(t.balance("acme", "credits"), 500) -- 50 to welcome it are below 100: 450 were bought
          t.drop {
            {
              customerId = "acme", eventName = "ai.completion", idempotencyKey = "1",
              dimensions = { input = 21000, output = 7000, model = "large" }, -- 42,000 tokens: 420 credits
            },
          }
          t.advance("2m")
          t.equal(t.balance("acme", "credits"), 920) -- 500 and what the last day took
          t.equal(#t.payments.charges(), 2)
        end)

        test("a deal without an amount is told", function(t)
          t.drop { type = "crm.deal_won", messageId = "d-1", customerId = "acme", dealId = "d-1" }
          t.advance("5m")
          t.equal(t.runs("crm-deals")[1].state, "failed")
        end)

        """
}
