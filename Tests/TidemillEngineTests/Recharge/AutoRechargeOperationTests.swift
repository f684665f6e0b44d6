import Testing
import TidemillCore
import TidemillOperations

@testable import TidemillEngine

/// getAutoRecharge and saveAutoRecharge.
struct AutoRechargeOperationTests {
    @Test func `defaults are answered while nothing is saved`() throws {
        let kit = try RechargeKit()
        try kit.provision()
        let settings = try kit.settings()
        #expect(settings["id"] == .null)
        #expect(settings["isEnabled"] == false)
        #expect(settings["thresholdType"] == "CREDIT_AMOUNT")
        #expect(settings["grantExpirationPeriod"] == "1_YEAR")
        #expect(settings["maxSpendLimit"] == .null)
        #expect(settings["currentMonthlySpend"] == 0)
        #expect(settings["state"] == "DISABLED")
        #expect(settings["createdAt"] == .null)
    }

    @Test func `both spellings of the enums are taken, what is left out stays, and null lifts the cap`() throws {
        let kit = try RechargeKit()
        try kit.provision()
        let first = try kit.fixture.call(
            .saveAutoRecharge,
            [
                "customerId": "c", "currencyId": "credits", "isEnabled": true, "thresholdType": "DollarAmount",
                "thresholdValue": 20, "targetBalance": "50.5", "maxSpendLimit": 500,
                "grantExpirationPeriod": "OneMonth",
            ])
        #expect(first["thresholdType"] == "DOLLAR_AMOUNT")
        #expect(first["grantExpirationPeriod"] == "1_MONTH")
        #expect(first["targetBalance"] == .number("50.5"))
        #expect(first["state"] == "READY")
        kit.pass(seconds: 60)
        let second = try kit.fixture.call(
            .saveAutoRecharge, ["customerId": "c", "currencyId": "credits", "isEnabled": true, "maxSpendLimit": .null])
        #expect(second["id"] == first["id"])
        #expect(second["maxSpendLimit"] == .null)
        #expect(second["thresholdValue"] == 20)
        #expect(second["thresholdType"] == "DOLLAR_AMOUNT")
        #expect(second["createdAt"] == first["createdAt"])
        #expect(second["updatedAt"] != first["updatedAt"])
        #expect(try kit.settings() == second)
    }

    @Test(
        arguments: [
            // what is sent beside customer, currency and consent; the code; a part of the message
            (
                ["thresholdValue": 20, "targetBalance": 20], "InvalidArgumentError",
                "'targetBalance' (20) must be above"
            ),
            (["thresholdValue": 20, "targetBalance": 19], "InvalidArgumentError", "'thresholdValue' (20)"),
            (["targetBalance": 50], "BadUserInput", "'thresholdValue' must be given the first time"),
            ([:], "BadUserInput", "'thresholdValue' and 'targetBalance' must be given"),
            (
                ["thresholdValue": -1, "targetBalance": 5], "BadUserInput",
                "'thresholdValue' must be a number that is not"
            ),
            (
                ["thresholdValue": 1, "targetBalance": 5, "maxSpendLimit": -1], "BadUserInput",
                "'maxSpendLimit' must be a number that is not negative, got -1"
            ),
            (
                ["thresholdType": "CREDITS"], "BadUserInput",
                "'thresholdType' must be one of CREDIT_AMOUNT, DOLLAR_AMOUNT"
            ),
            (["thresholdValue": .null], "BadUserInput", "'thresholdValue' cannot be cleared"),
            (["grantExpirationPeriod": "1_WEEK"], "BadUserInput", "'grantExpirationPeriod'"),
            (["treshold": 1], "BadUserInput", "unknown field 'treshold'"),
            (["isEnabled": "yes"], "BadUserInput", "'isEnabled' must be true or false"),
        ] as [(TextMap<Payload>, String, String)])
    func `bad settings are refused by name, and nothing is saved`(
        fields: TextMap<Payload>, code: String, message: String
    ) throws {
        let kit = try RechargeKit()
        try kit.provision()
        let input = fields.merging(["customerId": "c", "currencyId": "credits", "isEnabled": true]) { given, _ in given
        }
        let error = kit.fixture.failure(.saveAutoRecharge, .object(input))
        #expect(error.code.rawValue == code)
        #expect(error.message.contains(message), "\(error.message)")
        #expect(try kit.fixture.count("recharge_settings") == 0)
    }

    @Test func `unknown customers and currencies are refused, and archived customers on save`() throws {
        let kit = try RechargeKit()
        #expect(
            kit.fixture.failure(.getAutoRecharge, ["customerId": "x", "currencyId": "credits"]).code
                == .customerNotFound)
        try kit.provision()
        #expect(
            kit.fixture.failure(.getAutoRecharge, ["customerId": "c", "currencyId": "gold"]).code
                == .customCurrencyNotFound)
        try kit.fixture.call(.archiveCustomer, ["id": "c"])
        let input: Payload = [
            "customerId": "c", "currencyId": "credits", "isEnabled": true, "thresholdValue": 1, "targetBalance": 2,
        ]
        #expect(kit.fixture.failure(.saveAutoRecharge, input).code == .entityIsArchived)
        #expect(try kit.settings()["isEnabled"] == false)
    }

    @Test func `enabling and disabling are announced, other changes are not`() throws {
        let kit = try RechargeKit()
        try kit.provision()
        try kit.enable()
        try kit.enable(target: "60")
        try kit.fixture.call(.saveAutoRecharge, ["customerId": "c", "currencyId": "credits", "isEnabled": false])
        try kit.fixture.call(.saveAutoRecharge, ["customerId": "c", "currencyId": "credits", "isEnabled": false])
        let events = try kit.events("automatic_recharge.configuration.changed")
        #expect(events.map { $0["isEnabled"] } == [true, false])
        #expect(events.allSatisfy { $0["changedBy"] == "USER" && $0["customerId"] == "c" })
        #expect(events.first?["configId"] == (try kit.settings()["id"]))
    }

    @Test func `a threshold above the balance recharges at once when it is saved`() throws {
        let kit = try RechargeKit(isPaid: false)
        try kit.provision()
        try kit.grant("30")
        try kit.enable()
        try kit.work()
        #expect(try kit.balance() == "30")
        try kit.enable(threshold: "31", target: "100")
        try kit.work()
        #expect(try kit.balance() == "100")
    }
}
