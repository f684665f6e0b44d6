import Testing
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore

struct CatalogPackageTests {
    private let fixture: EngineFixture
    private let applier: CatalogApplier

    init() throws {
        fixture = try EngineFixture()
        applier = CatalogApplier(store: fixture.store, settings: .init())
    }

    private func load(_ catalog: SmallCatalog) throws -> CatalogPlan {
        try applier.load(catalog.payload, now: fixture.now)
    }

    private func problems(_ catalog: Payload) throws -> [String] {
        do {
            let plan = try applier.load(catalog, now: fixture.now)
            Issue.record("accepted: \(plan)")
            return []
        } catch let error as CatalogProblems {
            return error.problems.map(\.message)
        }
    }

    private func plan(_ id: String) throws -> Payload { try fixture.call(.getPlan, ["id": .string(id)]) }

    @Test func `everything of a catalog takes effect at once, published; loaded twice it changes nothing`() throws {
        let catalog = SmallCatalog()
        let first = try load(catalog)
        #expect(
            first.immediate.map(\.summary) == [
                "product \"ai\" is new", "credit currency \"credits\" is new", "feature \"tokens\" is new",
                "feature \"seats\" is new", "feature \"sso\" is new", "add-on \"more\" is new", "plan \"free\" is new",
                "plan \"pro\" is new", "coupon \"quarter\" is new", "promotion code \"launch\" is new",
            ])
        #expect(first.pending.isEmpty)
        #expect(try plan("pro")["status"] == "PUBLISHED")
        #expect(try plan("pro")["versionNumber"] == 1)
        #expect(try plan("pro")["parentPlanId"] == "free")
        #expect(try plan("free")["pricingType"] == "FREE")
        let charges = try fixture.call(.listPlanCharges, ["id": "pro"])
        #expect(charges["data"]?.items?.compactMap { $0["price"]?["amount"] } == [20, 3])
        #expect(try fixture.call(.listPromotionCodes, ["code": "LAUNCH"])["data"]?.items?.first?["maxRedemptions"] == 5)
        let dump = try fixture.dump()
        fixture.now = fixture.now.advanced(bySeconds: 60)
        #expect(try load(catalog) == CatalogPlan())
        #expect(try applier.plan(catalog.payload, now: fixture.now) == CatalogPlan())
        #expect(try applier.apply(catalog.payload, now: fixture.now) == CatalogPlan())
        #expect(try fixture.dump() == dump)
    }

    @Test func `a changed price waits for a person, and becomes a new version`() throws {
        var catalog = SmallCatalog()
        _ = try load(catalog)
        catalog.price = 25
        catalog.planName = "Professional"
        let loaded = try load(catalog)
        #expect(loaded.immediate.map(\.summary) == ["plan \"pro\": displayName changes"])
        #expect(loaded.pending.map(\.summary) == ["plan \"pro\": charges changes"])
        #expect(try plan("pro")["displayName"] == "Professional")
        #expect(try price() == 20)
        let waiting = try applier.plan(catalog.payload, now: fixture.now)
        #expect(waiting.immediate.isEmpty)
        let fields = (waiting.pending.first?.fields ?? []).map {
            CatalogChangedField(name: $0.name, old: $0.old ?? .null, new: $0.new ?? .null)
        }
        let leaves = fields.flatMap(\.leaves)
        #expect(leaves.map(\.name) == ["charges.pricingModels[1].pricePeriods[1].price.amount"])
        #expect(leaves.map(\.old) == [20])
        #expect(leaves.map(\.new) == [25])
        #expect(try price() == 20, "looking at it changes nothing")
        try applier.apply(catalog.payload, expected: waiting, now: fixture.now)
        #expect(try price() == 25)
        #expect(try plan("pro")["versionNumber"] == 3)
        #expect(try applier.plan(catalog.payload, now: fixture.now) == CatalogPlan())
    }

    private func price() throws -> Payload? {
        try fixture.call(.listPlanCharges, ["id": "pro"])["data"]?.items?.first?["price"]?["amount"]
    }

    @Test func `entitlements are compared one by one, and their changes wait`() throws {
        var catalog = SmallCatalog()
        _ = try load(catalog)
        catalog.tokens = 2000
        catalog.planEntitlements = [["id": "sso"]]
        let plan = try load(catalog)
        #expect(
            plan.pending.map(\.summary) == ["plan \"pro\": entitlements.sso, entitlements.tokens change"])
        try applier.apply(catalog.payload, now: fixture.now)
        let listed = try fixture.call(.listPlanEntitlements, ["planId": "pro"])["data"]?.items ?? []
        #expect(Set(listed.compactMap { $0["id"]?.text }) == ["tokens", "credits", "sso"])
        #expect(listed.first { $0["id"] == "tokens" }?["usageLimit"] == 2000)
        catalog.planEntitlements = []
        #expect(try load(catalog).pending.map(\.summary) == ["plan \"pro\": entitlements.sso changes"])
        try applier.apply(catalog.payload, now: fixture.now)
        #expect(try applier.plan(catalog.payload, now: fixture.now) == CatalogPlan())
        // A reset from the subscription's start is what holds anyway.
        var spelled = catalog.payload
        if case .object(var members) = spelled, var plans = members["plans"]?.items,
            case .object(var pro) = plans[0], var given = pro["entitlements"]?.items,
            case .object(var tokens) = given[0]
        {
            tokens["monthlyResetPeriodConfiguration"] = ["accordingTo": "SubscriptionStart"]
            given[0] = .object(tokens)
            pro["entitlements"] = .array(given)
            plans[0] = .object(pro)
            members["plans"] = .array(plans)
            spelled = .object(members)
        }
        #expect(spelled != catalog.payload)
        #expect(try applier.load(spelled, now: fixture.now) == CatalogPlan())
    }

    @Test func `a plan tells how many subscriptions a change touches`() throws {
        var catalog = SmallCatalog()
        _ = try load(catalog)
        for customer in ["a", "b"] {
            try fixture.call(.provisionCustomer, ["id": .string(customer)])
            try fixture.call(
                try fixture.operation("provisionSubscription"),
                [
                    "customerId": .string(customer), "planId": "pro", "billingPeriod": "MONTHLY",
                    "billableFeatures": [["featureId": "seats", "quantity": 2]],
                ])
        }
        catalog.tokens = 2000
        let plan = try applier.plan(catalog.payload, now: fixture.now)
        #expect(plan.pending.map(\.subscriptions) == [2])
        try applier.apply(catalog.payload, expected: plan, now: fixture.now)
        func versions() throws -> [Int64] {
            try fixture.store.read {
                try $0.rows("SELECT version FROM subscription_packages WHERE kind = 'plan'") { $0.integer(0) }
            }
        }
        #expect(try versions() == [1, 1], "who has it keeps the version")
        catalog.tokens = 3000
        try applier.apply(catalog.payload, migration: .allCustomers, now: fixture.now)
        for customer in ["a", "b"] { try fixture.call(.getCustomer, ["customerId": .string(customer)]) }
        #expect(try versions() == [3, 3])
    }

    @Test func `what a call published is reported and not overwritten`() throws {
        var catalog = SmallCatalog()
        _ = try load(catalog)
        try fixture.call(.createPlanDraft, ["id": "pro"])
        try fixture.call(.updatePlan, ["id": "pro", "charges": ["pricingModels": [SmallCatalog.flat(99)]]])
        // A draft is nobody's business yet.
        #expect(try load(catalog) == CatalogPlan())
        try fixture.call(.publishPlan, ["id": "pro", "migrationType": "NEW_CUSTOMERS"])
        let plan = try load(catalog)
        #expect(plan.isEmpty)
        #expect(
            plan.edited.map(\.summary) == [
                "plan \"pro\": charges was changed by a call, and stays so; write it into the catalog to agree"
            ])
        try applier.apply(catalog.payload, now: fixture.now)
        #expect(try price() == 99)
        // Another field of the same plan is changed by the script: the call's price stays.
        catalog.tokens = 5000
        try applier.apply(catalog.payload, now: fixture.now)
        #expect(try price() == 99)
        #expect(try load(catalog).edited.count == 1)
        // Now the script changes the price as well, and a person agrees.
        catalog.price = 30
        #expect(try load(catalog).pending.map(\.summary) == ["plan \"pro\": charges changes"])
        try applier.apply(catalog.payload, now: fixture.now)
        #expect(try price() == 30)
        #expect(try applier.plan(catalog.payload, now: fixture.now) == CatalogPlan())
    }

    @Test func `a draft that a call began is not overrun`() throws {
        var catalog = SmallCatalog()
        _ = try load(catalog)
        try fixture.call(.createPlanDraft, ["id": "pro"])
        catalog.price = 30
        do {
            try applier.apply(catalog.payload, now: fixture.now)
            Issue.record("applied")
        } catch let error as CatalogProblems {
            #expect(error.problems.map(\.path) == ["catalog.plans[1]"])
            #expect(error.problems.first?.message.contains("has a draft already") == true)
        }
        #expect(try price() == 20)
    }

    @Test func `a removal waits, then archives; what is declared again is sold again`() throws {
        var catalog = SmallCatalog()
        _ = try load(catalog)
        catalog.hasPlan = false
        catalog.hasAddon = false
        catalog.codes = []
        let plan = try load(catalog)
        #expect(
            plan.pending.map(\.summary) == [
                "promotion code \"launch\" is no longer declared", "plan \"pro\" is no longer declared",
                "add-on \"more\" is no longer declared",
            ])
        try applier.apply(catalog.payload, now: fixture.now)
        #expect(try self.plan("pro")["status"] == "ARCHIVED")
        #expect(try fixture.call(.getAddon, ["id": "more"])["status"] == "ARCHIVED")
        #expect(
            try fixture.call(.listPromotionCodes, ["code": "LAUNCH"])["data"]?.items?.first?["active"] == false)
        #expect(try load(catalog) == CatalogPlan())
        let again = SmallCatalog()
        #expect(
            try load(again).pending.map(\.summary) == [
                "add-on \"more\": status changes", "plan \"pro\": status changes",
                "promotion code \"launch\": active changes",
            ])
        try applier.apply(again.payload, now: fixture.now)
        #expect(try self.plan("pro")["status"] == "PUBLISHED")
        #expect(try load(again) == CatalogPlan())
    }

    @Test func `a currency goes only when no plan uses it any more`() throws {
        let catalog = SmallCatalog()
        _ = try load(catalog)
        #expect(fixture.failure(.archiveCustomCurrency, ["currencyId": "credits"]).code == .integrityViolation)
        #expect(
            try fixture.call(.listCustomCurrencyEntities, ["currencyId": "credits"])["data"]
                == [["id": "pro", "displayName": "Pro", "type": "PLAN"]])
        try fixture.call(.archivePlan, ["id": "pro"])
        #expect(try fixture.call(.archiveCustomCurrency, ["currencyId": "credits"])["archivedAt"] != .null)
    }

    @Test func `what a coupon takes off never changes; a code's limits and a credit's price wait`() throws {
        var catalog = SmallCatalog()
        _ = try load(catalog)
        catalog.coupon = ["id": "quarter", "name": "Quarter off", "percentOff": 30]
        #expect(
            try problems(catalog.payload) == [
                "'catalog.coupons[1].percentOff' cannot change from 25 to 30; declare a coupon with another id"
            ])
        catalog.coupon = ["id": "quarter", "name": "Quarter off", "percentOff": .number("25.0")]
        catalog.codes = [["code": "Launch", "couponId": "quarter", "maxRedemptions": 6]]
        catalog.creditPrice = .number("0.02")
        let plan = try load(catalog)
        #expect(plan.immediate.map(\.summary) == ["coupon \"quarter\": name changes"])
        #expect(
            plan.pending.map(\.summary) == [
                "credit currency \"credits\": creditPrice changes", "promotion code \"launch\": maxRedemptions changes",
            ])
        try applier.apply(catalog.payload, now: fixture.now)
        #expect(try load(catalog) == CatalogPlan())
    }

    @Test func `every name of something that does not exist is told, with its place`() throws {
        let found = try problems([
            "products": [["id": "ai", "displayName": "AI"]],
            "features": [["id": "tokens", "displayName": "T", "featureType": "NUMBER", "meterType": "INCREMENTAL"]],
            "plans": [
                [
                    "id": "a", "productId": "ia", "displayName": "A", "parentPlanId": "none",
                    "entitlements": [["id": "token"], ["type": "CREDIT", "id": "gold", "amount": 1]],
                    "charges": [
                        "pricingModels": [
                            SmallCatalog.flat(1),
                            [
                                "billingModel": "PER_UNIT", "featureId": "seats",
                                "pricePeriods": [
                                    ["billingPeriod": "MONTHLY", "price": ["amount": 3, "currency": "usd"]]
                                ],
                            ],
                        ]
                    ],
                ]
            ],
            "promotionCodes": [["code": "X", "couponId": "half"]],
        ])
        #expect(
            found == [
                "'catalog.plans[1].productId' names the product \"ia\", which does not exist (did you mean \"ai\"?); declare it in catalog.products",
                "'catalog.plans[1].parentPlanId' names the plan \"none\", which does not exist; declare it in catalog.plans",
                "'catalog.plans[1].entitlements[1].id' names the feature \"token\", which does not exist (did you mean \"tokens\"?); declare it in catalog.features",
                "'catalog.plans[1].entitlements[2].id' names the credit currency \"gold\", which does not exist; declare it in catalog.currencies",
                "'catalog.plans[1].charges.pricingModels[2].featureId' names the feature \"seats\", which does not exist; declare it in catalog.features",
                "'catalog.promotionCodes[1].couponId' names the coupon \"half\", which does not exist; declare it in catalog.coupons",
            ])
        #expect(try fixture.count("products") == 0)
    }

    @Test func `plans that inherit in a circle, and drafts, are refused`() throws {
        let found = CatalogApplier.problems(in: [
            "plans": [
                ["id": "a", "productId": "ai", "displayName": "A", "parentPlanId": "b"],
                ["id": "b", "productId": "ai", "displayName": "B", "parentPlanId": "a"],
                ["id": "c", "productId": "ai", "displayName": "C", "status": "DRAFT"],
            ]
        ])
        #expect(
            found.map(\.message) == [
                "'catalog.plans[3].status' must be \"PUBLISHED\" or left out: what is declared is on sale; drafts are made by calls",
                "'catalog.plans[1].parentPlanId' leads back to the plan \"a\" itself; break the circle",
            ])
    }

    @Test func `what only the engine finds wrong is told of each item, and nothing is kept`() throws {
        var catalog = SmallCatalog()
        catalog.planEntitlements = [["id": "sso", "usageLimit": 5]]
        catalog.extraPlans = [
            [
                "id": "other", "productId": "ai", "displayName": "Other",
                "charges": [
                    "pricingModels": [
                        [
                            "billingModel": "FLAT_FEE", "featureId": "seats",
                            "pricePeriods": [["billingPeriod": "MONTHLY", "price": ["amount": 3, "currency": "usd"]]],
                        ]
                    ]
                ],
            ]
        ]
        let found = try problems(catalog.payload)
        #expect(found.count == 2, "\(found)")
        #expect(found.contains { $0.hasPrefix("'catalog.plans[1].charges.pricingModels[1].featureId'") }, "\(found)")
        #expect(found.contains { $0.hasPrefix("'catalog.plans[2].entitlements[3].usageLimit'") }, "\(found)")
        #expect(try fixture.count("products") == 0)
        #expect(try fixture.count("catalog_applied") == 0)
    }
}
