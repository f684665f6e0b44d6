import Testing
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore

/// What becomes of a pricing: charges, or a refusal that names the field.
struct PackagePricingTests {
    private func charges(_ fixture: EngineFixture, _ pricing: Payload) throws -> [Payload] {
        try fixture.call(.updatePlan, ["id": "pro", "charges": pricing])
        return try fixture.call(.listPlanCharges, ["id": "pro", "limit": 100])["data"]?.items ?? []
    }

    @Test func `a pricing model becomes a charge for each period, country and currency`() throws {
        let fixture = try EngineFixture.withCatalog()
        try fixture.addPlan("pro")
        let made = try charges(
            fixture,
            [
                "pricingType": "PAID", "billingId": "b-1",
                "pricingModels": [
                    [
                        "billingModel": "PER_UNIT", "featureId": "seats", "minUnitQuantity": 2, "maxUnitQuantity": 9,
                        "tiersMode": "Volume",
                        "pricePeriods": [
                            ["billingPeriod": "MONTHLY", "price": ["amount": 10, "currency": "USD"]],
                            ["billingPeriod": "ANNUALLY", "price": Price.usd("100")],
                            [
                                "billingPeriod": "MONTHLY", "billingCountryCode": "de",
                                "price": ["amount": 9, "currency": "eur"],
                            ],
                            [
                                "billingPeriod": "MONTHLY",
                                "tiers": [
                                    ["upTo": 5, "unitPrice": ["amount": "8.5", "currency": "eur"]],
                                    ["flatPrice": ["amount": 1, "currency": "eur"]],
                                ],
                            ],
                        ],
                    ]
                ],
            ])
        #expect(made.count == 4)
        #expect(made.map { $0["billingPeriod"] } == ["MONTHLY", "ANNUALLY", "MONTHLY", "MONTHLY"])
        #expect(made[0]["price"] == ["amount": 10, "currency": "usd"])
        #expect(made[0]["tiersMode"] == .null && made[0]["minUnitQuantity"] == 2 && made[0]["maxUnitQuantity"] == 9)
        #expect(made[0]["billingCadence"] == "RECURRING" && made[0]["usedInSubscriptions"] == false)
        #expect(made[2]["billingCountryCode"] == "DE")
        #expect(made[3]["tiersMode"] == "VOLUME")
        #expect(
            made[3]["tiers"]?.items?[1] == [
                "flatPrice": ["amount": 1, "currency": "eur"], "unitPrice": .null, "upTo": .null,
            ])
        #expect(Set(made.map { $0["id"] }).count == 4)
        #expect(try fixture.call(.getPlan, ["id": "pro"])["billingId"] == "b-1")
    }

    @Test func `a pricing replaces the one before as a whole`() throws {
        let fixture = try EngineFixture.withCatalog()
        try fixture.addPlan(
            "pro",
            [
                "pricing": [
                    "pricingModels": [Price.flat("1")],
                    "minimumSpend": [["billingPeriod": "MONTHLY", "minimum": Price.usd("5")]],
                ]
            ])
        let before = try fixture.call(.listPlanCharges, ["id": "pro"])["data"]?.items?.first
        fixture.now = fixture.now.advanced(bySeconds: 60)
        let kept = try charges(
            fixture,
            Price.pricing(Price.flat("1"), Price.model("USAGE_BASED", "tokens", ["price": Price.usd("0.00001")])))
        #expect(kept.first == before, "what stays the same keeps when it was defined")
        #expect(kept.last?["price"] == ["amount": .number("0.00001"), "currency": "usd"])
        #expect(kept.last?["createdAt"] != before?["createdAt"])
        #expect(try charges(fixture, ["pricingType": "FREE"]).isEmpty)
        #expect(try fixture.call(.getPlan, ["id": "pro"])["pricingType"] == "FREE")
    }

    @Test func `an overage price has a list of its own, and makes the limit a soft one`() throws {
        let fixture = try EngineFixture.withCatalog()
        try fixture.addPlan("pro", ["entitlements": [["id": "tokens", "usageLimit": 100, "resetPeriod": "MONTH"]]])
        let overage: Payload = [
            "overagePricingModels": [
                ["featureId": "tokens", "pricePeriods": [["billingPeriod": "MONTHLY", "price": Price.usd("0.01")]]],
                [
                    "featureId": "seats",
                    "entitlement": ["featureId": "seats", "usageLimit": 3],
                    "pricePeriods": [["billingPeriod": "MONTHLY", "blockSize": 5, "price": Price.usd("20")]],
                ],
                [
                    "currencyId": "credits",
                    "creditEntitlement": ["amount": 500, "cadence": "MONTH", "customCurrencyId": "credits"],
                    "pricePeriods": [["billingPeriod": "MONTHLY", "price": Price.usd("0.1")]],
                ],
            ]
        ]
        #expect(try charges(fixture, overage).isEmpty)
        let listed = try fixture.call(.listPlanOverageCharges, ["id": "pro"])["data"]?.items ?? []
        #expect(listed.map { $0["featureId"] } == ["tokens", "seats", .null])
        #expect(listed.map { $0["billingModel"] } == ["USAGE_BASED", "USAGE_BASED", "CREDIT_BASED"])
        #expect(listed[2]["currencyId"] == "credits")
        let given = try fixture.call(.listPlanEntitlements, ["planId": "pro"])["data"]?.items ?? []
        #expect(given.map { $0["id"] } == ["tokens", "seats", "credits"])
        #expect(given.map { $0["hasSoftLimit"] } == [true, true, true])
        #expect(given.map { $0["usageLimit"] ?? $0["amount"] } == [100, 3, 500])
        #expect(given[0]["resetPeriod"] == "MONTH")
        // The price needs what it prices.
        #expect(fixture.failure(.deletePlanEntitlement, ["planId": "pro", "id": "seats"]).code == .integrityViolation)
        // An entitlement that comes after its price is soft as well.
        try fixture.addPlan("late", ["charges": overage])
        let added = try fixture.call(
            .createPlanEntitlements, ["planId": "late", "entitlements": [["id": "tokens", "usageLimit": 7]]])
        #expect(added.items?.first?["hasSoftLimit"] == true)
    }

    @Test func `credit rates go with every pricing type, prices of credits with paid plans`() throws {
        let fixture = try EngineFixture.withCatalog()
        try fixture.addPlan("pro")
        let rate: Payload = ["currencyId": "credits", "amount": "0.5", "costFormula": "input * 2 + output"]
        let made = try charges(
            fixture,
            ["pricingType": "FREE", "pricingModels": [Price.model("CREDIT_BASED", "tokens", ["creditRate": rate])]])
        #expect(
            made[0]["creditRate"] == [
                "currencyId": "credits", "amount": .number("0.5"), "costFormula": "input * 2 + output",
            ])
        let topUp = Price.model(
            "CREDIT_BASED", nil, ["price": Price.usd("0.1"), "creditGrantCadence": "MONTHLY"],
            ["topUpCustomCurrencyId": "credits"])
        #expect(try charges(fixture, Price.pricing(topUp))[0]["topUpCustomCurrencyId"] == "credits")
        #expect(
            fixture.failure(.updatePlan, ["id": "pro", "charges": ["pricingType": "FREE", "pricingModels": [topUp]]])
                .code == .invalidArgument)
    }

    private static let refused: [(Payload, String)] = [
        (Price.model("FLAT_FEE", "seats", ["price": Price.usd("1")]), "pricingModels[0].featureId' must be left out"),
        (Price.model("FLAT_FEE", nil, [:]), "pricePeriods[0].price' is required"),
        (Price.model("FLAT_FEE", nil, ["price": Price.usd("1"), "blockSize": 5]), "blockSize' must be left out"),
        (Price.model("FLAT_FEE", nil, ["tiers": [["flatPrice": Price.usd("1")]]]), "tiers' must be left out"),
        (Price.model("PER_UNIT", nil, ["price": Price.usd("1")]), "featureId' is required for PER_UNIT"),
        (Price.model("PER_UNIT", "sso", ["price": Price.usd("1")]), "must be a feature of type NUMBER"),
        (Price.model("PER_UNIT", "nothing", ["price": Price.usd("1")]), "there is no feature \"nothing\""),
        (
            Price.model("PER_UNIT", "seats", ["price": Price.usd("1")], ["minUnitQuantity": 5, "maxUnitQuantity": 4]),
            "minUnitQuantity' must be at most maxUnitQuantity, 4, got 5"
        ),
        (
            Price.model("USAGE_BASED", "retention", ["price": Price.usd("1")]),
            "must be a feature whose usage is counted"
        ),
        (
            Price.model("USAGE_BASED", "tokens", ["price": Price.usd("1")], ["billingCadence": "ONE_OFF"]),
            "billingCadence' must be RECURRING"
        ),
        (
            Price.model("USAGE_BASED", "tokens", ["price": Price.usd("1")], ["minUnitQuantity": 1]),
            "minUnitQuantity' goes with PER_UNIT"
        ),
        (
            Price.model("USAGE_BASED", "tokens", ["price": Price.usd("1"), "tiers": [["unitPrice": Price.usd("1")]]]),
            "price' must be left out where there are tiers"
        ),
        (
            Price.model("USAGE_BASED", "tokens", ["blockSize": 2, "tiers": [["unitPrice": Price.usd("1")]]]),
            "blockSize' must be left out where there are tiers"
        ),
        (
            Price.model("USAGE_BASED", "tokens", ["tiers": [["upTo": 10, "unitPrice": Price.usd("1")]]]),
            "tiers[0].upTo' must be left out: the last tier has no end"
        ),
        (
            Price.model(
                "USAGE_BASED", "tokens", ["tiers": [["unitPrice": Price.usd("1")], ["unitPrice": Price.usd("2")]]]),
            "tiers[0].upTo' is required"
        ),
        (
            Price.model(
                "USAGE_BASED", "tokens",
                [
                    "tiers": [
                        ["upTo": 10, "unitPrice": Price.usd("2")], ["upTo": 10, "unitPrice": Price.usd("1")],
                        ["unitPrice": Price.usd("1")],
                    ]
                ]), "tiers[1].upTo' must be above 10, the end of the tier before, got 10"
        ),
        (Price.model("USAGE_BASED", "tokens", ["tiers": [[:]]]), "tiers[0]' must have a 'unitPrice' or a 'flatPrice'"),
        (
            Price.model(
                "USAGE_BASED", "tokens",
                ["tiers": [["unitPrice": Price.usd("1"), "flatPrice": ["amount": 1, "currency": "eur"]]]]),
            "must have one currency, got eur, usd"
        ),
        (Price.model("CREDIT_BASED", nil, ["price": Price.usd("1")]), "must have a 'creditRate'"),
        (
            Price.model("CREDIT_BASED", "tokens", ["creditRate": ["currencyId": "gold", "amount": 1]]),
            "there is no credit currency \"gold\""
        ),
        (
            Price.model("CREDIT_BASED", "models", ["creditRate": ["currencyId": "credits", "amount": 1]]),
            "needs a feature that sums or counts; the meter of \"models\" is UNIQUE"
        ),
        (
            Price.model("CREDIT_BASED", "tokens", ["creditRate": ["currencyId": "credits", "costFormula": "a +"]]),
            "costFormula' must be a formula such as "
        ),
        (
            Price.model(
                "CREDIT_BASED", "tokens",
                ["creditRate": ["currencyId": "credits", "amount": 1], "price": Price.usd("1")]),
            "creditRate' must stand alone"
        ),
        (
            Price.model("PER_UNIT", "seats", ["creditRate": ["currencyId": "credits", "amount": 1]]),
            "creditRate' goes with CREDIT_BASED and USAGE_BASED only"
        ),
        (
            Price.model("FLAT_FEE", nil, ["price": Price.usd("1")], ["topUpCustomCurrencyId": "credits"]),
            "topUpCustomCurrencyId' goes with CREDIT_BASED only"
        ),
        (
            Price.model("PER_UNIT", "seats", ["price": Price.usd("1"), "creditGrantCadence": "MONTHLY"]),
            "creditGrantCadence' goes with CREDIT_BASED only"
        ),
        (
            Price.model(
                "USAGE_BASED", "tokens", ["price": Price.usd("1")],
                ["resetPeriod": "WEEK", "monthlyResetPeriodConfiguration": ["accordingTo": "StartOfTheMonth"]]),
            "monthlyResetPeriodConfiguration' must go with its resetPeriod, got WEEK"
        ),
        (
            Price.model("PER_UNIT", "seats", ["price": ["amount": -1, "currency": "usd"]]),
            "price.amount' must be a number that is not below 0, got -1"
        ),
        (
            Price.model("PER_UNIT", "seats", ["price": Price.usd("1"), "blockSize": 0]),
            "blockSize' must be a number above 0, got 0"
        ),
        (Price.model("MINIMUM_SPEND", nil, [:]), "price' is required for MINIMUM_SPEND"),
    ]

    @Test(arguments: refused)
    func `a price that makes no sense is refused, and the draft stays as it was`(model: Payload, message: String) throws
    {
        let fixture = try EngineFixture.withCatalog()
        try fixture.addPlan("pro", ["charges": Price.pricing(Price.flat("1"))])
        let before = try fixture.dump()
        let failure = fixture.failure(.updatePlan, ["id": "pro", "charges": Price.pricing(model)])
        #expect(failure.message.contains(message), "\(failure.message)")
        #expect(!failure.isStoreFailure)
        #expect(try fixture.dump() == before)
    }

    @Test func `there is one price for the same thing`() throws {
        let fixture = try EngineFixture.withCatalog()
        try fixture.addPlan("pro")
        let twice = fixture.failure(
            .updatePlan, ["id": "pro", "charges": Price.pricing(Price.flat("1"), Price.flat("2"))])
        #expect(
            twice.message
                == "updatePlan: 'charges.pricingModels[1].pricePeriods[0]' must be the only price for its billing period, country and currency, got a second one"
        )
        let floors: Payload = [
            "minimumSpend": [
                ["billingPeriod": "MONTHLY", "minimum": Price.usd("5")],
                ["billingPeriod": "MONTHLY", "minimum": Price.usd("6")],
            ]
        ]
        #expect(fixture.failure(.updatePlan, ["id": "pro", "charges": floors]).code == .invalidArgument)
    }

    @Test func `overage names what it is about`() throws {
        let fixture = try EngineFixture.withCatalog()
        try fixture.addPlan("pro")
        let price: Payload = [["billingPeriod": "MONTHLY", "price": Price.usd("1")]]
        for (model, message) in [
            (["pricePeriods": price], "must have either 'featureId' or 'currencyId'"),
            (["featureId": "tokens", "currencyId": "credits", "pricePeriods": price], "must have either"),
            (
                ["featureId": "tokens", "entitlement": ["featureId": "seats"], "pricePeriods": price],
                "entitlement.featureId'"
            ),
            (["currencyId": "gold", "pricePeriods": price], "there is no credit currency \"gold\""),
            (["featureId": "sso", "pricePeriods": price], "usage is counted"),
        ] as [(Payload, String)] {
            let failure = fixture.failure(.updatePlan, ["id": "pro", "charges": ["overagePricingModels": [model]]])
            #expect(failure.message.contains(message), "\(failure.message)")
        }
    }
}
