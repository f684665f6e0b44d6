import Testing
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore

struct CatalogTests {
    private func catalog(
        name: String = "Tokens", field: String = "tokens", extra: [Payload] = [], products: [Payload] = []
    ) -> Payload {
        let feature: Payload = [
            "id": "feature-tokens", "displayName": .string(name), "featureType": "NUMBER",
            "meterType": "INCREMENTAL",
            "meter": [
                "aggregation": ["function": "SUM", "field": .string(field)],
                "filters": [["conditions": [["field": "eventName", "operation": "EQUALS", "value": "llm"]]]],
            ],
        ]
        return ["products": .array(products), "features": .array([feature] + extra)]
    }

    private let ai: Payload = ["id": "product-ai", "displayName": "AI"]
    private let seats: Payload = [
        "id": "feature-seats", "displayName": "Seats", "featureType": "NUMBER", "meterType": "FLUCTUATING",
    ]

    @Test func `what is new takes effect at once, and loading it twice changes nothing`() throws {
        let fixture = try EngineFixture()
        let applier = CatalogApplier(store: fixture.store, settings: .init())
        let first = try applier.load(catalog(extra: [seats], products: [ai]), now: fixture.now)
        #expect(
            first.immediate.map(\.summary) == [
                "product \"product-ai\" is new", "feature \"feature-tokens\" is new",
                "feature \"feature-seats\" is new",
            ])
        let dump = try fixture.dump()
        fixture.now = fixture.now.advanced(bySeconds: 60)
        let second = try applier.load(catalog(extra: [seats], products: [ai]), now: fixture.now)
        #expect(second == CatalogPlan())
        #expect(try fixture.dump() == dump)
        // Another spelling of the same meter is the same.
        #expect(
            try applier.load(catalog(field: "dimensions.tokens", extra: [seats], products: [ai]), now: fixture.now)
                .isEmpty)
    }

    @Test func `a changed name takes effect at once, a changed meter waits`() throws {
        let fixture = try EngineFixture()
        let applier = CatalogApplier(store: fixture.store, settings: .init())
        try applier.load(catalog(), now: fixture.now)
        let changed = catalog(name: "Billed tokens", field: "billed")
        let plan = try applier.load(changed, now: fixture.now)
        #expect(plan.immediate.map(\.summary) == ["feature \"feature-tokens\": displayName changes"])
        #expect(plan.pending.map(\.summary) == ["feature \"feature-tokens\": meter changes"])
        #expect(try fixture.call(.getFeature, ["id": "feature-tokens"])["displayName"] == "Billed tokens")
        #expect(try fixture.count("meter_versions") == 1)

        // It goes on waiting until a person applies it.
        let waiting = try applier.plan(changed, now: fixture.now)
        #expect(waiting.immediate.isEmpty)
        #expect(waiting.pending == plan.pending)
        let applied = try applier.apply(changed, expected: waiting, now: fixture.now)
        #expect(applied == waiting)
        #expect(try fixture.count("meter_versions") == 2)
        #expect(
            try fixture.call(.getFeature, ["id": "feature-tokens"])["meter"]?["aggregation"]?["field"] == "billed")
        #expect(try applier.plan(changed, now: fixture.now) == CatalogPlan())
    }

    @Test func `a removal waits, then suspends; what is declared again is offered again`() throws {
        let fixture = try EngineFixture()
        let applier = CatalogApplier(store: fixture.store, settings: .init())
        try applier.load(catalog(extra: [seats], products: [ai]), now: fixture.now)
        let plan = try applier.load(catalog(), now: fixture.now)
        #expect(
            plan.pending.map(\.summary) == [
                "feature \"feature-seats\" is no longer declared", "product \"product-ai\" is no longer declared",
            ])
        #expect(try fixture.call(.getFeature, ["id": "feature-seats"])["featureStatus"] == "ACTIVE")
        try applier.apply(catalog(), now: fixture.now)
        #expect(try fixture.call(.getFeature, ["id": "feature-seats"])["featureStatus"] == "SUSPENDED")
        #expect(try fixture.call(.getProduct, ["id": "product-ai"])["status"] == "ARCHIVED")
        let again = catalog(extra: [seats], products: [ai])
        #expect(
            try applier.load(again, now: fixture.now).pending.map(\.summary) == [
                "product \"product-ai\": status changes", "feature \"feature-seats\": featureStatus changes",
            ])
        try applier.apply(again, now: fixture.now)
        #expect(try fixture.call(.getProduct, ["id": "product-ai"])["status"] == "PUBLISHED")
        #expect(try applier.plan(again, now: fixture.now) == CatalogPlan())
    }

    @Test func `what a call has changed is reported and not overwritten`() throws {
        let fixture = try EngineFixture()
        let applier = CatalogApplier(store: fixture.store, settings: .init())
        try applier.load(catalog(), now: fixture.now)
        try fixture.call(.updateFeature, ["id": "feature-tokens", "displayName": "By hand"])
        let plan = try applier.load(catalog(), now: fixture.now)
        #expect(plan.isEmpty)
        #expect(
            plan.edited.map(\.summary) == [
                "feature \"feature-tokens\": displayName was changed by a call, and stays so; write it into the catalog to agree"
            ])
        try applier.apply(catalog(), now: fixture.now)
        #expect(try fixture.call(.getFeature, ["id": "feature-tokens"])["displayName"] == "By hand")
        // The script's author changes the same field: now a person must decide.
        let plan2 = try applier.load(catalog(name: "By script"), now: fixture.now)
        #expect(plan2.pending.map(\.summary) == ["feature \"feature-tokens\": displayName changes"])
        #expect(try fixture.call(.getFeature, ["id": "feature-tokens"])["displayName"] == "By hand")
        // Agreement ends the difference.
        #expect(try applier.load(catalog(name: "By hand"), now: fixture.now) == CatalogPlan())
        #expect(try applier.load(catalog(name: "By hand"), now: fixture.now).edited.isEmpty)
    }

    @Test func `a thing that a call made is taken over when it is declared the same`() throws {
        let fixture = try EngineFixture()
        let applier = CatalogApplier(store: fixture.store, settings: .init())
        try fixture.call(.createProduct, ai)
        #expect(try applier.load(["products": [ai]], now: fixture.now) == CatalogPlan())
        try fixture.call(.createFeature, seats)
        let other: Payload = [
            "id": "feature-seats", "displayName": "Chairs", "featureType": "NUMBER", "meterType": "FLUCTUATING",
        ]
        let plan = try applier.load(["products": [ai], "features": [other]], now: fixture.now)
        #expect(plan.pending.map(\.summary) == ["feature \"feature-seats\": displayName changes"])
        #expect(plan.immediate.isEmpty)
    }

    @Test func `a plan counts the customers that a change touches`() throws {
        let fixture = try EngineFixture()
        let applier = CatalogApplier(store: fixture.store, settings: .init())
        try applier.load(["features": [seats]], now: fixture.now)
        for customer in ["a", "b"] {
            try fixture.call(.provisionCustomer, ["id": .string(customer)])
            for resource in ["r1", "r2"] {
                try fixture.call(
                    .reportUsage,
                    [
                        "customerId": .string(customer), "featureId": "feature-seats", "resourceId": .string(resource),
                        "value": 1,
                    ])
            }
        }
        let plan = try applier.plan([:], now: fixture.now)
        #expect(plan.pending.map(\.customers) == [2])
        // What is used in the meantime is no other difference.
        try fixture.call(.provisionCustomer, ["id": "c"])
        try fixture.call(.reportUsage, ["customerId": "c", "featureId": "feature-seats", "value": 1])
        try applier.apply([:], expected: plan, now: fixture.now)
        #expect(try fixture.call(.getFeature, ["id": "feature-seats"])["featureStatus"] == "SUSPENDED")
    }

    @Test func `a plan that a person saw is applied only as it was`() throws {
        let fixture = try EngineFixture()
        let applier = CatalogApplier(store: fixture.store, settings: .init())
        try applier.load(catalog(), now: fixture.now)
        let changed = catalog(field: "billed")
        let seen = try applier.plan(changed, now: fixture.now)
        try fixture.call(
            .updateFeature, ["id": "feature-tokens", "meter": ["aggregation": ["function": "COUNT"]]])
        #expect(throws: OperationError.self) {
            try applier.apply(changed, expected: seen, now: EngineFixture.start)
        }
        #expect(try fixture.count("meter_versions") == 2)
    }

    @Test func `every problem of a catalog is told, with its place`() {
        let problems = CatalogApplier.problems(in: [
            "fetures": [],
            "plans": [["id": "plan-1"]],
            "addons": [],
            "products": [["id": "p", "displayName": "P"], ["id": "p", "displayName": "Q"]],
            "features": [
                ["id": "f", "displayName": "F", "featureType": "NUMBR", "meter": ["aggregation": ["function": "SUM"]]],
                ["id": "a b", "displayName": "F", "featureType": "NUMBER"],
                "nonsense",
            ],
        ])
        #expect(
            problems.map(\.message) == [
                "unknown field 'catalog.fetures' (did you mean \"features\"?)",
                "'catalog.features[1].featureType' must be one of BOOLEAN, NUMBER, ENUM, got \"NUMBR\" (did you mean \"NUMBER\"?)",
                "'catalog.features[1].meter.aggregation.field' is required for SUM: the dimension to take",
                "'catalog.features[2].id' must be a feature id such as \"feature-tokens\": 1 to 255 letters, digits or _ | . -, beginning with a letter or digit, got \"a b\"",
                "'catalog.features[3]' must be an object, got a string",
                "'catalog.plans[1].displayName' is required: text of 1 to 255 characters",
                "'catalog.plans[1].productId' is required: a product id such as \"product-ai\"",
                "'catalog.products[2].id' names the product \"p\" a second time; 'catalog.products[1]' is the first",
            ])
        #expect(problems.map(\.path)[2] == "catalog.features[1].meter.aggregation.field")
    }

    @Test func `a catalog with a problem changes nothing, and a type never changes`() throws {
        let fixture = try EngineFixture()
        let applier = CatalogApplier(store: fixture.store, settings: .init())
        #expect(throws: CatalogProblems.self) {
            try applier.load(
                ["products": [["id": "p", "displayName": "P"]], "features": [[:]]], now: EngineFixture.start)
        }
        #expect(try fixture.count("products") == 0)
        try applier.load(["features": [seats]], now: fixture.now)
        do {
            _ = try applier.load(
                ["features": [["id": "feature-seats", "displayName": "S", "featureType": "BOOLEAN"]]], now: fixture.now)
            Issue.record("accepted")
        } catch let error as CatalogProblems {
            #expect(
                error.problems.map(\.message) == [
                    "'catalog.features[1].featureType' cannot change from NUMBER to BOOLEAN; declare a feature with another id",
                    "'catalog.features[1].meterType' cannot change from FLUCTUATING to None; declare a feature with another id",
                ])
        }
    }

    @Test func `an empty catalog and none at all are fine`() throws {
        for empty in [Payload.null, [:], [], ["features": [:], "plans": [:]]] {
            #expect(CatalogApplier.problems(in: empty).isEmpty)
        }
    }
}
