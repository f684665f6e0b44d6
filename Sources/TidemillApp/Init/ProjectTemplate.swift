import ArgumentParser

/// The files of a new project: working, with a test of each of its rules.
enum ProjectTemplate: String, CaseIterable, ExpressibleByArgument {
    /// A feature, a plan, a job: the least that works.
    case small
    /// Plans with seats, credits and recharges: the project of `tidemill demo`.
    case example

    struct File {
        var name: String
        var text: String
    }

    var files: [File] {
        let own =
            switch self {
            case .small:
                [
                    File(name: "config.toml", text: Self.config(environment: "dev")),
                    File(name: "scripts/catalog.lua", text: Self.catalog),
                    File(name: "scripts/rules.lua", text: Self.rules), File(name: "scripts/jobs.lua", text: Self.jobs),
                    File(name: "scripts/rules_test.lua", text: Self.test),
                ]
            case .example: ExampleProject.files
            }
        return own + [
            File(name: "deliveries/calls.ndjson", text: Self.delivery),
            File(name: ".gitignore", text: "/.tidemill/\n/spool/\n/var/\n"),
        ]
    }

    static func config(environment: String) -> String {
        """
        #:schema .tidemill/config.schema.json
        # Tidemill's configuration; paths are relative to this file. Each key that is left out has its default.

        environment = "\(environment)"\(String(repeating: " ", count: max(1, 12 - environment.count)))# stamped into the store; another name on the same store refuses to start

        [scripts]
        path = "scripts"            # every *.lua in it; changed ones take over while the worker runs

        [spool]
        path = "spool"              # producers write into spool/inbox, beside it is what became of it

        [store]
        url = "sqlite:var/tidemill.db"

        [events]
        dedupe_window = "35d"       # how long a repeated idempotencyKey is known again
        keep = "400d"

        [http]
        listen = "127.0.0.1:7411"   # where `tidemill run` serves the dashboard and the API, to this machine alone

        [log]
        level = "info"

        """
    }

    private static let catalog = """
        -- What is sold and how it is counted. What is added here takes effect at once; a changed price, meter or entitlement
        -- waits for `tidemill apply`, which tells whom it touches.
        catalog {
          products = { { id = "product-api", displayName = "API" } },

          features = {
            {
              id = "feature-calls", displayName = "API calls", featureType = "NUMBER", meterType = "INCREMENTAL",
              meter = {
                aggregation = { ["function"] = "SUM", field = "units" },
                filters = { { conditions = { { field = "eventName", operation = "EQUALS", value = "api.call" } } } },
              },
            },
          },

          plans = {
            {
              id = "plan-pro", productId = "product-api", displayName = "Pro",
              charges = {
                pricingType = "PAID",
                pricingModels = {
                  {
                    billingModel = "FLAT_FEE",
                    pricePeriods = { { billingPeriod = "MONTHLY", price = { amount = 49, currency = "usd" } } },
                  },
                },
              },
              entitlements = { { id = "feature-calls", usageLimit = 1000, resetPeriod = "MONTH" } },
            },
          },
        }

        """

    private static let rules = """
        -- Every event passes the filters, then the mappings; what they answer is what meters count.

        filter {
          name = "only-billable", event = "api.call",
          keep = function(event) return event.dimensions.status ~= "500" end,
        }

        -- A call is a unit for each KiB that was begun.
        mapping {
          name = "units", event = "api.call",
          map = function(event)
            return { dimensions = { units = event.dimensions.bytes // 1024 + 1 } }
          end,
        }

        """

    private static let jobs = """
        -- Whoever announces itself by a webhook is set up; `source` leaves out the engine's own event of that name. The
        -- webhook is a JSON file in spool/inbox; `tidemill trigger customer.created` puts one there.
        job {
          name = "set-up", on = "customer.created", source = "inbox", serial = "customer",
          run = function(run)
            -- As billers write it, or flat as the engine does.
            local customer = run.trigger.event.customer or run.trigger.event
            -- Announced once more, only what is missing is set up.
            if not lookup.customer(customer.id) then
              client.provisionCustomer { id = customer.id, name = customer.name }
            end
            if #lookup.subscriptions(customer.id) > 0 then return end
            client.provisionSubscription { customerId = customer.id, planId = "plan-pro", billingPeriod = "MONTHLY" }
          end,
        }

        """

    private static let test = """
        -- `tidemill test` runs this, with a store in memory and a clock that stands.

        local function call(key, bytes, status)
          return {
            customerId = "acme", eventName = "api.call", idempotencyKey = key,
            dimensions = { bytes = bytes, status = status or "200" },
          }
        end

        test("a customer that announces itself gets its plan, and its calls are counted", function(t)
          t.drop { type = "customer.created", messageId = "m-1", customer = { id = "acme", name = "Acme Inc." } }
          local answer = t.drop {
            call("1", 5000), -- 4 full KiB and one that was begun: 5 units
            call("2", 100), -- 1 unit
            call("3", 100, "500"), -- our fault: not counted
            call("1", 5000), -- a repeat
          }
          t.equal({ answer.applied, answer.filtered, answer.duplicate }, { 2, 1, 1 })
          local check = t.client.checkEntitlement { customerId = "acme", featureId = "feature-calls" }
          t.equal({ check.isGranted, check.currentUsage, check.usageLimit }, { true, 6, 1000 })
        end)

        """

    /// Two calls that count, one of ours that failed, a repeat.
    static let delivery = """
        {"customerId":"acme","eventName":"api.call","idempotencyKey":"1","dimensions":{"bytes":5000,"status":"200"}}
        {"customerId":"acme","eventName":"api.call","idempotencyKey":"2","dimensions":{"bytes":100,"status":"200"}}
        {"customerId":"acme","eventName":"api.call","idempotencyKey":"3","dimensions":{"bytes":100,"status":"500"}}
        {"customerId":"acme","eventName":"api.call","idempotencyKey":"1","dimensions":{"bytes":5000,"status":"200"}}

        """
}
