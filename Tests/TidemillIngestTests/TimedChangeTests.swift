import Foundation
import Synchronization
import Testing
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillPricing
import TidemillRuns
import TidemillScripting
import TidemillStore
import TidemillTestSupport

@testable import TidemillEngine

/// Whatever time changes comes out the same whoever is the first to look after it was due.
///
/// Method: a customer for whom every kind of change comes due within two months that nobody looks at; then one looks, by
/// one of the ways there are. Ids are counted, so every row of every table is compared with that of the upkeep.
struct TimedChangeTests {
    enum Notice: CaseIterable {
        case upkeep, check, event, lookup, command, writingCommand, job, writingJob
    }

    private struct World {
        let fixture: IngestFixture
        let later: Timestamp
        var engine: Engine { fixture.engine }

        func call(_ id: OperationID, _ input: Payload, at now: Timestamp) throws {
            _ = try engine.performNow(id, input, in: CallContext(.person, now: now, actor: "ann"))
        }
    }

    // MARK: - What comes due

    private func world() throws -> World {
        let start = try #require(Timestamp(rfc3339: "2026-06-01T00:00:00Z"))
        let later = try #require(Timestamp(rfc3339: "2026-08-05T00:00:03Z"))
        let count = Mutex(0)
        var settings = EngineSettings(
            ids: IDSource {
                count.withLock { count in
                    count += 1
                    return "id-\(count)"
                }
            })
        settings.tax = Tax(percentage: Amount(10))
        let world = World(
            fixture: try IngestFixture(settings: settings, clock: StandingClock(later)),
            later: later)
        func call(_ id: OperationID, _ input: Payload, at now: Timestamp? = nil) throws {
            try world.call(id, input, at: now ?? start)
        }
        try call(.provisionCustomer, ["id": "c"])
        try call(.createFeature, ["id": "sso", "displayName": "SSO", "featureType": "BOOLEAN"])
        try call(
            .createFeature,
            [
                "id": "calls", "displayName": "Calls", "featureType": "NUMBER", "meterType": "INCREMENTAL",
                "meter": ["aggregation": ["function": "COUNT"]],
            ])
        try call(.createCustomCurrency, ["id": "tok", "displayName": "Tokens"])
        // One grant expires, one comes into effect, four credits are held for an hour.
        let grant: TextMap<Payload> = [
            "customerId": "c", "currencyId": "tok", "amount": 10, "grantType": "PROMOTIONAL",
        ]
        try call(.grantCredits, .object(grant.merging(["expireAt": "2026-06-20T00:00:00Z"]) { $1 }))
        try call(.grantCredits, .object(grant.merging(["effectiveAt": "2026-06-10T00:00:00Z"]) { $1 }))
        try call(
            .checkEntitlement,
            [
                "customerId": "c", "currencyId": "tok", "reserveAmount": 4, "reservationId": "h",
                "reservationTtlSeconds": 3600,
            ])
        // A month of single sign-on.
        try call(
            .grantPromotionalEntitlements,
            ["customerId": "c", "promotionalEntitlements": [["featureId": "sso", "period": "1 month"]]])
        for (id, more) in Self.plans { try publish(id, more, start, world) }
        try call(
            .provisionSubscription,
            [
                "id": "s-future", "customerId": "c", "planId": "future", "billingPeriod": "MONTHLY",
                "startDate": "2026-06-12T00:00:00Z",
            ])
        for id in ["trial", "ended", "down", "moved"] {
            try call(
                .provisionSubscription,
                ["id": .string("s-\(id)"), "customerId": "c", "planId": .string(id), "billingPeriod": "MONTHLY"])
        }
        try call(
            .provisionSubscription,
            ["id": "s-year", "customerId": "c", "planId": "year", "billingPeriod": "ANNUALLY"])
        try call(.cancelSubscription, ["id": "s-ended", "cancellationTime": "END_OF_BILLING_PERIOD"])
        try call(
            .provisionSubscription,
            [
                "customerId": "c", "planId": "lower", "billingPeriod": "MONTHLY",
                "scheduleStrategy": "END_OF_BILLING_PERIOD",
            ])
        try call(
            .importSubscriptions,
            [
                "subscriptions": [
                    [
                        "id": "s-short", "customerId": "c", "planId": "short", "startDate": "2026-06-01T00:00:00Z",
                        "endDate": "2026-07-20T00:00:00Z",
                    ]
                ]
            ])
        // The next version, for those who have the plan too.
        try publish("moved", ["price": 60, "migration": "ALL_CUSTOMERS"], start.advanced(bySeconds: 86_400), world)
        return world
    }

    private static let plans: [(String, TextMap<Payload>)] = [
        ("future", [:]), ("trial", ["trial": ["duration": 14, "units": "DAY"]]), ("ended", [:]),
        ("down", ["price": 80]), ("lower", ["product": "p-down", "price": 20]), ("moved", [:]), ("short", [:]),
        ("year", ["period": "ANNUALLY", "credits": 10]),
    ]

    /// Publishes a plan of a product of its own, at 50 a month unless it says otherwise.
    private func publish(_ id: String, _ more: TextMap<Payload>, _ now: Timestamp, _ world: World) throws {
        let product = more["product"]?.text ?? "p-\(id)"
        let isNew = more["migration"] == nil
        if isNew {
            if more["product"] == nil {
                try world.call(.createProduct, ["id": .string(product), "displayName": "P"], at: now)
            }
            try world.call(
                .createPlan, ["id": .string(id), "displayName": "Plan", "productId": .string(product)], at: now)
        } else {
            try world.call(.createPlanDraft, ["id": .string(id)], at: now)
        }
        if let credits = more["credits"] {
            try world.call(
                .createPlanEntitlements,
                [
                    "planId": .string(id),
                    "entitlements": [["id": "tok", "type": "CREDIT", "amount": credits, "cadence": "MONTH"]],
                ], at: now)
        }
        let price: Payload = [
            "billingPeriod": more["period"] ?? "MONTHLY",
            "price": ["amount": more["price"] ?? 50, "currency": "usd"],
        ]
        var update: TextMap<Payload> = [
            "id": .string(id),
            "charges": [
                "pricingType": "PAID", "pricingModels": [["billingModel": "FLAT_FEE", "pricePeriods": [price]]],
            ],
        ]
        update["defaultTrialConfig"] = more["trial"]
        try world.call(.updatePlan, .object(update), at: now)
        try world.call(
            .publishPlan, ["id": .string(id), "migrationType": more["migration"] ?? "NEW_CUSTOMERS"], at: now)
    }

    // MARK: - Who looks

    private static let write: (id: OperationID, input: Payload) = (.updateCustomer, ["id": "c", "name": "C"])

    private func look(_ notice: Notice, _ world: World) async throws {
        let engine = world.engine
        switch notice {
        case .upkeep: try engine.lifecycle.runMaintenance(now: world.later)
        case .check: try world.call(.checkEntitlement, ["customerId": "c", "featureId": "sso"], at: world.later)
        case .command: try world.call(.listSubscriptions, ["customerId": "c"], at: world.later)
        case .event:
            let line = #"{"customerId":"c","eventName":"call","idempotencyKey":"1","timestamp":"2026-08-05T00:00:01Z"}"#
            let outcomes = try await world.fixture.processor.process([try world.fixture.deliver(Data(line.utf8))])
            #expect(outcomes.first?.counts.applied == 1)
        case .lookup: _ = try ScriptSnapshot(engine, clock: StandingClock(world.later)).subscriptions("c")
        case .job: try await run(#"client.getCreditBalance { customerId = "c", currencyId = "tok" }"#, world)
        case .writingJob: try await run(#"client.updateCustomer { id = "c", name = "C" }"#, world)
        case .writingCommand: break
        }
        // The write that is the first to look in one case is made in all.
        if notice != .writingJob { try world.call(Self.write.id, Self.write.input, at: world.later) }
    }

    private func run(_ body: String, _ world: World) async throws {
        let clock = StandingClock(world.later)
        let sources = [ScriptSource(name: "a.lua", text: "job { name = 'j', run = function() \(body) end }")]
        let loader = ScriptLoader(limits: ScriptLimits(loadTime: .seconds(20)), vars: [:], clock: clock)
        let scripts = try RunScripts(try loader.load(sources), sources: sources, loader: loader, hostsMax: 1)
        let runs = Runs(
            RunTools(
                store: world.fixture.store, backend: world.engine, clock: clock, scripts: { scripts },
                lookup: { _ throws(EffectError) in .null }))
        let id = RunID("run")
        try world.fixture.store.write { connection in
            let trigger = RunTrigger(.fire, cause: "fire:run", scheduledAt: clock.now, causedAt: clock.now)
            _ = try RunTable(connection).insert(
                RunTable.New(.job, "j", trigger: trigger, dueAt: clock.now), id: id, now: clock.now)
        }
        let claimed = try #require(try runs.claim(id, owner: "test", now: clock.now))
        let performed = await runs.perform(claimed, control: RunControl()) { try await Task.sleep(for: $0) }
        #expect(performed.outcome == .done, "\(performed.message ?? "")")
    }

    // MARK: - What is left

    /// Tables of the one who looks, a delivery with its events, a run with its journal; and what no two stores share.
    private static let own: Set<String> = [
        "deliveries", "raw_blocks", "dedup_tail", "usage_deltas", "delivery_remarks", "meter_versions", "runs",
        "run_steps", "run_attempts", "idempotency_keys", "sequences", "sqlite_sequence",
        "store_secrets", "store_identity", "schema_migrations", "catalog_state", "throughput",
    ]

    private func dump(_ store: SQLiteStore) throws -> [String: [String]] {
        var rows = try StoreDump(store, without: Self.own).rows
        // Who looks by a command that writes has written, too.
        rows["audit"]?.removeAll { $0.contains("'updateCustomer'") }
        return rows
    }

    @Test func `every kind of change comes due for the customer`() async throws {
        let world = try world()
        try await look(.upkeep, world)
        let rows = try world.fixture.store.read { connection in
            try connection.rows("SELECT DISTINCT action FROM audit WHERE actor_kind = 'engine'") { $0.text(0) }
        }
        #expect(Set(rows) == Set(TimedChange.allCases.map(\.rawValue)))
        // And each kind of row that says when to look was in it.
        let kinds = try self.world().fixture.store.read { connection in
            try connection.rows("SELECT kind FROM due") { $0.text(0) }
        }
        let timed = EngineSettings().timed.map { kind in kind.kind }
        #expect(Set(timed) == Set(TimedKind.allCases))
        #expect(Set(kinds) == Set(TimedKind.allCases.map(\.rawValue)))
    }

    @Test(arguments: Notice.allCases.dropFirst())
    func `what time changes is the same in every row, whoever looks first`(notice: Notice) async throws {
        let expected = try world()
        try await look(.upkeep, expected)
        let tables = try dump(expected.fixture.store)
        #expect(tables["audit"]?.count ?? 0 > TimedChange.allCases.count)
        let noticed = try world()
        try await look(notice, noticed)
        let found = try dump(noticed.fixture.store)
        for (table, rows) in tables.sorted(by: { $0.key < $1.key }) {
            #expect(found[table] == rows, "\(table)")
        }
    }
}
