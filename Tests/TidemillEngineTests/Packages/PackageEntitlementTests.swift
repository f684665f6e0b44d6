import Testing
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore

struct PackageEntitlementTests {
    private func add(_ entitlement: Payload) -> Payload { ["planId": "pro", "entitlements": [entitlement]] }

    @Test func `entitlements are added, changed and taken out of the draft`() throws {
        let fixture = try EngineFixture.withCatalog()
        try fixture.addPlan("pro")
        let added =
            try fixture.call(
                .createPlanEntitlements,
                [
                    "planId": "pro",
                    "entitlements": [
                        ["type": "FEATURE", "id": "tokens", "usageLimit": 10, "resetPeriod": "MONTH"],
                        ["type": "FEATURE", "id": "sso"],
                        ["type": "FEATURE", "id": "region", "enumValues": ["eu"]],
                        [
                            "type": "CREDIT", "id": "credits", "amount": 100, "cadence": "YEAR",
                            "dependencyFeatureId": "seats",
                        ],
                    ],
                ]
            ).items ?? []
        #expect(added.map { $0["id"] } == ["tokens", "sso", "region", "credits"])
        #expect(added[0]["resetPeriodConfiguration"] == ["accordingTo": "SubscriptionStart"])
        #expect(
            added[0]["behavior"] == "Increment" && added[0]["isGranted"] == true && added[0]["hiddenFromWidgets"] == [])
        #expect(added[3]["type"] == "CREDIT" && added[3]["cadence"] == "YEAR" && added[3]["usageLimit"] == nil)

        fixture.now = fixture.now.advanced(bySeconds: 60)
        let changed = try fixture.call(
            .updatePlanEntitlement,
            [
                "planId": "pro", "id": "tokens", "type": "FEATURE", "usageLimit": 20, "resetPeriod": "WEEK",
                "weeklyResetPeriodConfiguration": ["accordingTo": "EveryMonday"], "hiddenFromWidgets": ["PAYWALL"],
            ])
        #expect(changed["usageLimit"] == 20 && changed["resetPeriodConfiguration"] == ["accordingTo": "EveryMonday"])
        #expect(changed["createdAt"] == added[0]["createdAt"] && changed["updatedAt"] != added[0]["updatedAt"])
        let listed = try fixture.call(.listPlanEntitlements, ["planId": "pro"])
        #expect(listed["data"]?.items?[0] == changed)
        #expect(listed["data"]?.items?[1] == added[1], "the others are as they were")
        #expect(listed["pagination"] == ["next": .null, "prev": .null])

        // No limit and a limit exclude each other: the later word counts.
        let unlimited = try fixture.call(
            .updatePlanEntitlement, ["planId": "pro", "id": "tokens", "hasUnlimitedUsage": true])
        #expect(unlimited["usageLimit"] == .null && unlimited["hasUnlimitedUsage"] == true)
        let limited = try fixture.call(
            .updatePlanEntitlement, ["planId": "pro", "id": "tokens", "usageLimit": 5, "resetPeriod": .null])
        #expect(limited["hasUnlimitedUsage"] == false && limited["resetPeriod"] == .null)
        #expect(limited["resetPeriodConfiguration"] == .null)
        let credits = try fixture.call(
            .updatePlanEntitlement, ["planId": "pro", "id": "credits", "type": "CREDIT", "amount": 7])
        #expect(credits["amount"] == 7 && credits["dependencyFeatureId"] == "seats")

        #expect(try fixture.call(.deletePlanEntitlement, ["planId": "pro", "id": "sso"])["id"] == "sso")
        #expect(
            try fixture.call(.getPlan, ["id": "pro"])["entitlements"] == [
                ["id": "tokens", "type": "FEATURE"], ["id": "region", "type": "FEATURE"],
                ["id": "credits", "type": "CREDIT"],
            ])
        #expect(fixture.failure(.deletePlanEntitlement, ["planId": "pro", "id": "sso"]).code == .noFeatureEntitlement)
    }

    private static let refused: [(Payload, String, OperationError.Code)] = [
        (["id": "nothing"], "there is no feature \"nothing\"", .featureNotFound),
        (
            ["type": "CREDIT", "id": "gold", "amount": 1, "cadence": "MONTH"], "there is no credit currency",
            .customCurrencyNotFound
        ),
        (["type": "CREDIT", "id": "credits"], "'entitlements[0].amount' is required", .invalidArgument),
        (
            ["type": "CREDIT", "id": "credits", "amount": 1, "dependencyFeatureId": "sso"],
            "must be a feature of type NUMBER", .invalidArgument
        ),
        (["type": "CREDIT", "id": "credits", "amount": -1], "must be a number from 0, got -1", .badUserInput),
        (
            ["type": "CREDIT", "id": "credits", "amount": 1, "usageLimit": 1],
            "unknown field 'entitlements[0].usageLimit'", .badUserInput
        ),
        (["type": "GROUP", "id": "tokens"], "'entitlements[0].type' must be one of FEATURE, CREDIT", .badUserInput),
        (["id": "tokens", "usageLimit": -1], "must be a number from 0, got -1", .badUserInput),
        (
            ["id": "tokens", "usageLimit": 1, "hasUnlimitedUsage": true], "must be left out where hasUnlimitedUsage",
            .invalidArgument
        ),
        (["id": "tokens", "enumValues": ["eu"]], "enumValues' must be left out", .invalidArgument),
        (["id": "sso", "usageLimit": 1], "usageLimit' must be left out", .invalidArgument),
        (
            ["id": "sso", "resetPeriod": "DAY"], "needs a feature whose usage is counted",
            .invalidEntitlementResetPeriod
        ),
        (
            ["id": "retention", "usageLimit": 30, "resetPeriod": "DAY"], "needs a feature whose usage is counted",
            .invalidEntitlementResetPeriod
        ),
        (["id": "region"], "enumValues' is required", .invalidArgument),
        (
            ["id": "region", "enumValues": ["mars"]], "must be among the values of \"region\" (eu, us), got \"mars\"",
            .invalidArgument
        ),
        (["id": "region", "enumValues": ["eu", "eu"]], "must hold different values", .invalidArgument),
        (
            ["id": "tokens", "resetPeriod": "DAY", "weeklyResetPeriodConfiguration": ["accordingTo": "EveryMonday"]],
            "must go with its resetPeriod, got DAY", .invalidEntitlementResetPeriod
        ),
        (
            [
                "id": "tokens", "resetPeriod": "MONTH",
                "monthlyResetPeriodConfiguration": ["accordingTo": "EveryMonday"],
            ],
            "must be one of SubscriptionStart, StartOfTheMonth, got \"EveryMonday\"", .badUserInput
        ),
    ]

    @Test(arguments: refused)
    func `an entitlement that does not go with its feature is refused`(
        entitlement: Payload, message: String, code: OperationError.Code
    ) throws {
        let fixture = try EngineFixture.withCatalog()
        try fixture.addPlan("pro")
        let failure = fixture.failure(.createPlanEntitlements, add(entitlement))
        #expect(failure.message.contains(message), "\(failure.message)")
        #expect(failure.code == code)
        #expect(try fixture.call(.getPlan, ["id": "pro"])["entitlements"] == [])
    }

    @Test func `an entitlement is given once, to a feature that is in use`() throws {
        let fixture = try EngineFixture.withCatalog()
        try fixture.addPlan("pro", ["entitlements": [["id": "tokens", "usageLimit": 1]]])
        #expect(fixture.failure(.createPlanEntitlements, add(["id": "tokens"])).code == .duplicatedEntity)
        let twice: Payload = ["planId": "pro", "entitlements": [["id": "sso"], ["id": "sso"]]]
        #expect(fixture.failure(.createPlanEntitlements, twice).code == .duplicatedEntity)
        try fixture.call(.archiveFeature, ["id": "sso"])
        try fixture.call(.archiveFeature, ["id": "tokens"])
        #expect(fixture.failure(.createPlanEntitlements, add(["id": "sso"])).code == .entityIsArchived)
        // What is there already goes on.
        try fixture.call(.updatePlanEntitlement, ["planId": "pro", "id": "tokens", "usageLimit": 2])
        #expect(try fixture.call(.unarchiveFeature, ["id": "sso"])["featureStatus"] == "ACTIVE")
        try fixture.call(.createPlanEntitlements, add(["id": "sso"]))
    }

    @Test func `fields of the other kind are refused, and the kind stays`() throws {
        let fixture = try EngineFixture.withCatalog()
        try fixture.addAddon("more", ["entitlements": [["id": "tokens", "usageLimit": 1]]])
        let wrong = fixture.failure(.updateAddonEntitlement, ["addonId": "more", "id": "tokens", "amount": 5])
        #expect(wrong.message == "updateAddonEntitlement: 'amount' must be left out for an entitlement of type FEATURE")
        let other = fixture.failure(.updateAddonEntitlement, ["addonId": "more", "id": "tokens", "type": "CREDIT"])
        #expect(other.message.contains("'type' must be that of the entitlement, FEATURE"))
        #expect(fixture.failure(.updateAddonEntitlement, ["addonId": "x", "id": "tokens"]).code == .addonNotFound)
        try fixture.call(.publishAddon, ["id": "more"])
        #expect(
            fixture.failure(.updateAddonEntitlement, ["addonId": "more", "id": "tokens", "usageLimit": 5]).code
                == .editAllowedOnDraftPackageOnly)
    }

    @Test func `a package gives at most five hundred`() throws {
        let fixture = try EngineFixture.withCatalog()
        for number in 0..<501 {
            try fixture.call(
                .createFeature, ["id": .string("f\(number)"), "displayName": "F", "featureType": "BOOLEAN"])
        }
        try fixture.addPlan("pro")
        for start in stride(from: 0, to: 500, by: 100) {
            let items = (start..<(start + 100)).map { Payload.object(["id": .string("f\($0)")]) }
            try fixture.call(.createPlanEntitlements, ["planId": "pro", "entitlements": .array(items)])
        }
        #expect(try fixture.call(.listPlanEntitlements, ["planId": "pro"])["data"]?.items?.count == 500)
        #expect(
            fixture.failure(.createPlanEntitlements, add(["id": "f500"])).message.contains(
                "at most 500 entitlements, got 501"))
    }
}
