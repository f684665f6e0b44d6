import Foundation
import Testing
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore
import TidemillTestSupport

@testable import TidemillEngine

/// What is remembered of usage between batches must change nothing but the work: the same alerts in the same batches as
/// where nothing is remembered.
struct UsageStandingTests {
    /// A world of its own, whose clock the test moves.
    private final class World {
        let fixture: IngestFixture
        var now: Timestamp
        private var events = 0

        init(at now: String = "2025-06-01T00:00:00Z") throws {
            fixture = try IngestFixture()
            self.now = Timestamp(rfc3339: now) ?? Timestamp(microseconds: 0)
        }

        @discardableResult
        func call(_ id: OperationID, _ input: Payload) throws -> Payload {
            try fixture.engine.performNow(id, input, in: CallContext(.person, now: now))
        }

        func feature(_ id: String, _ function: String, units: Payload = .null) throws {
            var aggregation: TextMap<Payload> = ["function": .string(function)]
            if function != "COUNT" { aggregation["field"] = "n" }
            var feature: TextMap<Payload> = [
                "id": .string(id), "displayName": .string(id), "featureType": "NUMBER", "meterType": "INCREMENTAL",
                "meter": [
                    "aggregation": .object(aggregation),
                    "filters": [["conditions": [["field": "eventName", "operation": "EQUALS", "value": .string(id)]]]],
                ],
            ]
            if !units.isNull { feature["unitTransformation"] = units }
            try call(.createFeature, .object(feature))
        }

        func grant(_ customer: String, _ feature: String, _ more: TextMap<Payload>) throws {
            let grant = ["featureId": .string(feature), "period": "lifetime"].merging(more) { $1 }
            try call(
                .grantPromotionalEntitlements,
                ["customerId": .string(customer), "promotionalEntitlements": [.object(grant)]])
        }

        func event(_ customer: String, _ name: String, _ n: Payload, ago seconds: Int64 = 0) -> Payload {
            events += 1
            return [
                "customerId": .string(customer), "eventName": .string(name),
                "idempotencyKey": .string("event-\(events)"), "timestamp": Payload(now.advanced(bySeconds: -seconds)),
                "dimensions": ["n": n],
            ]
        }

        func report(_ events: [Payload]) throws { try call(.reportEvent, ["events": .array(events)]) }

        /// How often a counter was looked at.
        var looks: Int { fixture.engine.exclusively { $0.standings.looks } }

        func forget() { fixture.engine.exclusively { $0.standings.forget() } }

        /// Who was told of which share, at which usage, in order.
        func alerts() throws -> [String] {
            try fixture.store.read { connection in
                try connection.rows(
                    "SELECT payload FROM outbox WHERE type = 'entitlement.usage_exceeded' ORDER BY sequence"
                ) { row in
                    let event = try Payload(json: row.text(0))
                    let parts = [
                        event["customer"]?["id"], event["feature"]?["id"], event["thresholdPercentage"],
                        event["currentUsage"],
                    ]
                    return parts.map { $0?.json ?? "-" }.joined(separator: " ")
                }
            }
        }
    }

    private func world(limit: Payload) throws -> World {
        let world = try World()
        try world.call(.provisionCustomer, ["id": "c"])
        try world.feature("tokens", "SUM")
        try world.grant("c", "tokens", ["usageLimit": limit])
        return world
    }

    @Test func `a counter is looked at when usage comes near a share, and not with each batch`() throws {
        let world = try world(limit: 1000)
        // 20 times 39 are 780 of 1,000. The first batch finds that the store is not watched yet, the second looks.
        for _ in 0..<20 { try world.report([world.event("c", "tokens", 39)]) }
        #expect(world.looks == 2)
        #expect(try world.alerts() == [])
        try world.report([world.event("c", "tokens", 20)])
        #expect(try world.alerts() == [#""c" "tokens" 80 800"#])
        // What was told of is a row that was written: one look more, and then none up to the next share.
        let looks = world.looks
        for _ in 0..<20 { try world.report([world.event("c", "tokens", 9)]) }
        #expect(world.looks == looks + 1)
        try world.report([world.event("c", "tokens", 20)])
        #expect(try world.alerts().last == #""c" "tokens" 100 1000"#)
    }

    @Test func `customers without a limit are not looked at with each batch`() throws {
        let world = try world(limit: 1000)
        for _ in 0..<10 {
            try world.report([world.event("other", "tokens", 5), world.event("nobody", "tokens", 5)])
        }
        #expect(world.looks == 4)
        // Somebody else's grant is nothing to them, their own is.
        try world.grant("c", "tokens", ["usageLimit": 2000])
        try world.call(.provisionCustomer, ["id": "other"])
        try world.grant("other", "tokens", ["usageLimit": 60])
        try world.report([world.event("other", "tokens", 5), world.event("nobody", "tokens", 5)])
        #expect(world.looks == 5)
        #expect(try world.alerts() == [#""other" "tokens" 80 55"#])
    }

    @Test func `a new limit, a new period and what is taken back are looked at at once`() throws {
        let world = try world(limit: 1000)
        try world.grant("c", "tokens", ["usageLimit": 1000, "resetPeriod": "DAY"])
        for _ in 0..<3 { try world.report([world.event("c", "tokens", 100)]) }
        try world.grant("c", "tokens", ["usageLimit": 500, "resetPeriod": "DAY"])
        try world.report([world.event("c", "tokens", 100)])
        #expect(try world.alerts() == [#""c" "tokens" 80 400"#])
        try world.report([world.event("c", "tokens", -300)])
        try world.report([world.event("c", "tokens", 300)])
        #expect(try world.alerts().count == 2)
        world.now = world.now.advanced(bySeconds: 86_400)
        try world.report([world.event("c", "tokens", 399)])
        #expect(try world.alerts().count == 2)
        try world.report([world.event("c", "tokens", 1)])
        #expect(try world.alerts().last == #""c" "tokens" 80 400"#)
        #expect(try world.alerts().count == 3)
    }

    @Test func `what another process commits is not missed`() throws {
        let world = try world(limit: 1000)
        for _ in 0..<3 { try world.report([world.event("c", "tokens", 100)]) }
        // A store of its own on the same file, as another process has it.
        let other = try SQLiteStore(path: world.fixture.store.path, environment: "test", durability: .unsynced)
        let engine = try Engine(store: other)
        _ = try engine.performNow(
            .grantPromotionalEntitlements,
            [
                "customerId": "c",
                "promotionalEntitlements": [["featureId": "tokens", "period": "lifetime", "usageLimit": 400]],
            ], in: CallContext(.person, now: world.now))
        try other.close()
        try world.report([world.event("c", "tokens", 20)])
        #expect(try world.alerts() == [#""c" "tokens" 80 320"#])
    }

    @Test func `a batch that is undone leaves nothing remembered`() throws {
        struct Stop: Error {}
        let world = try world(limit: 100)
        for _ in 0..<3 { try world.report([world.event("c", "tokens", 1)]) }
        let lost: Payload = ["events": [world.event("c", "tokens", 77)]]
        #expect(throws: Stop.self) {
            try world.fixture.engine.transaction { transaction in
                _ = try transaction.perform(.reportEvent, lost, in: CallContext(.person, now: world.now))
                throw Stop()
            }
        }
        let looks = world.looks
        try world.report([world.event("c", "tokens", 1)])
        #expect(world.looks == looks + 1)
        #expect(try world.alerts() == [])
        try world.report([world.event("c", "tokens", 76)])
        #expect(try world.alerts() == [#""c" "tokens" 80 80"#])
    }

    @Test(arguments: 1...6) func `the same is told with what is remembered as without it`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let worlds = [try World(), try World()]
        func both(_ body: (World) throws -> Void) throws { for world in worlds { try body(world) } }
        let names = ["sum", "count", "most", "kinds", "least", "mean", "large"]
        let functions = ["SUM", "COUNT", "MAX", "UNIQUE", "MIN", "AVG", "SUM"]
        try both { world in
            for customer in ["a", "b"] { try world.call(.provisionCustomer, ["id": .string(customer)]) }
            for (name, function) in zip(names, functions) {
                let units: Payload = [
                    "divide": 10, "round": "UP", "featureUnits": "ten", "featureUnitsPlural": "tens",
                ]
                try world.feature(name, function, units: name == "large" ? units : .null)
            }
            try world.call(.createProduct, ["id": "p", "displayName": "P"])
            try world.call(.createPlan, ["id": "pro", "displayName": "Pro", "productId": "p"])
            try world.call(
                .createPlanEntitlements,
                [
                    "planId": "pro",
                    "entitlements": [["id": "sum", "type": "FEATURE", "usageLimit": 60, "resetPeriod": "MONTH"]],
                ])
            try world.call(.updatePlan, ["id": "pro", "charges": ["pricingType": "FREE"]])
            try world.call(.publishPlan, ["id": "pro", "migrationType": "NEW_CUSTOMERS"])
            try world.call(.provisionSubscription, ["id": "s", "customerId": "a", "planId": "pro"])
            for customer in ["a", "b"] {
                for name in names.dropFirst() {
                    try world.grant(customer, name, ["usageLimit": 20, "resetPeriod": "MONTH"])
                }
            }
        }
        for _ in 0..<200 {
            let customer = ["a", "b", "c"].randomElement(using: &random) ?? "a"
            switch Int.random(in: 0..<12, using: &random) {
            case 0:
                guard customer != "c" else { continue }
                let name = names.randomElement(using: &random) ?? "sum"
                let limit = Payload.integer(Int64.random(in: 5...40, using: &random))
                let reset: [Payload?] = [nil, "DAY", "MONTH"]
                let period = reset[Int.random(in: 0..<3, using: &random)]
                try both { world in
                    var more: TextMap<Payload> = ["usageLimit": limit]
                    if let period { more["resetPeriod"] = period }
                    try world.grant(customer, name, more)
                }
            case 1:
                let seconds = Int64.random(in: 1...200_000, using: &random)
                try both { $0.now = $0.now.advanced(bySeconds: seconds) }
            default:
                let events = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                    (
                        names.randomElement(using: &random) ?? "sum", Int64.random(in: -4...12, using: &random),
                        // Half of them late, some of those in the period before.
                        max(0, Int64.random(in: -100_000...100_000, using: &random))
                    )
                }
                worlds[1].forget()
                try both { world in
                    try world.report(
                        events.map { world.event(customer, $0.0, .integer($0.1), ago: $0.2) })
                }
            }
        }
        let told = try worlds.map { try $0.alerts() }
        #expect(told[0] == told[1])
        #expect(told[0].count > 2)
        #expect(worlds[0].looks < worlds[1].looks)
    }
}
