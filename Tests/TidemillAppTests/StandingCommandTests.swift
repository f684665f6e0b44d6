import Foundation
import Testing
import TidemillOperations

/// `tidemill limits` and `tidemill wallets`: the same as by HTTP and on the overview.
struct StandingCommandTests {
    private static let catalog = """
        catalog {
          features = { { id = "calls", displayName = "Calls", featureType = "NUMBER", meterType = "INCREMENTAL" } },
          products = { { id = "main", displayName = "Main" } },
          plans = { { id = "pro", displayName = "Pro", productId = "main", pricingType = "FREE",
            entitlements = { { id = "calls", usageLimit = 50, resetPeriod = "MONTH" } } } },
          currencies = { { id = "tokens", displayName = "Tokens" } },
        }
        """

    @Test func `who is near a limit and what runs low is told by commands and pages alike`() throws {
        let served = try ServedMill(scripts: ["catalog.lua": Self.catalog])
        let key = "operator-\(ServedMill.key)"
        #expect(try served.mill.program.run(["apply", "--yes", "--migrate", "new"]).status == 0)
        for customer in ["near", "far"] {
            for (id, input): (String, Payload) in [
                ("provisionCustomer", ["id": .string(customer)]),
                ("provisionSubscription", ["customerId": .string(customer), "planId": "pro"]),
                (
                    "reportUsage",
                    ["customerId": .string(customer), "featureId": "calls", "value": customer == "near" ? 45 : 10]
                ),
                (
                    "grantCredits",
                    [
                        "customerId": .string(customer), "currencyId": "tokens", "amount": 100, "displayName": "g",
                        "grantType": "PROMOTIONAL",
                    ]
                ),
                (
                    "consumeCredits",
                    [
                        "customerId": .string(customer), "currencyId": "tokens", "amount": customer == "near" ? 85 : 10,
                        "idempotencyKey": .string(customer),
                    ]
                ),
            ] {
                let answer = try served.send("POST", "/operations/\(id)", input, key: key)
                #expect(answer.status == 200, "\(id): \(answer.text)")
            }
        }
        let limits = try served.mill.json("limits").items
        #expect(limits.count == 1)
        #expect(limits.first?["customerId"] == "near" && limits.first?["percent"] == 90 && limits.first?["limit"] == 50)
        let wallets = try served.mill.json("wallets").items
        #expect(wallets.count == 1)
        #expect(wallets.first?["customerId"] == "near" && wallets.first?["percent"] == 15)
        // 15 are left, and 85 were consumed today: 15 / 85 of a day.
        #expect(wallets.first?["burnedPerDay"] == 85 && wallets.first?["lastsSeconds"] == 15_247)
        #expect(try served.mill.program.run(["limits"]).text.contains("90 %"))
        #expect(try served.mill.program.run(["wallets"]).text.contains("4 h 14 min"))
        let page = try served.send("GET", "/", key: key).text
        #expect(page.contains("aria-label=\"90 % used\"") && page.contains("4 h 14 min"))
        let asked = try served.send("POST", "/operations/listNearLimits", [:], key: "read-\(ServedMill.key)")
        #expect(try Payload(json: Array(asked.text.utf8)).items == limits)
    }
}
