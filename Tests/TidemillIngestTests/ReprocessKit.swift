import Foundation
import Testing
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillScripting
import TidemillStore
import TidemillTestSupport

/// Filters and mappings of a text.
final class LuaRules: EventRules {
    private let ruleSet: RuleSet
    private let lock = NSRecursiveLock()
    let ruleNames: [String]

    init(_ text: String) throws {
        let limits = ScriptLimits(ruleTime: .seconds(20), loadTime: .seconds(20))
        ruleSet = try ScriptLoader(limits: limits, vars: [:], clock: SystemWallclock()).load([
            ScriptSource(name: "rules.lua", text: text)
        ])
        ruleNames = ruleSet.rules.map(\.name)
    }

    var state: OpaquePointer? { ruleSet.state }
    var version: ScriptVersionID { ruleSet.version }

    func exclusively<T>(_ body: () throws -> T) rethrows -> T {
        lock.lock()
        defer { lock.unlock() }
        return try body()
    }
}

/// A shop whose tokens cost credits, with meters of every kind, and files that came to it.
struct ReprocessKit {
    let fixture: IngestFixture
    var deliveries: [DeliveryID] = []

    private static let options = IngestOptions(brakePercent: 100)
    static let features = ["tokens", "largest", "least", "mean", "different", "calls"]

    /// `rate`: of a token, in credits.
    init(rate: Payload = ["currencyId": "tok", "amount": .number("0.01")]) throws {
        fixture = try EventCreditTests().shop(rate: rate).0
        let functions: [(String, MeterDefinition.Function)] = [
            ("largest", .max), ("least", .min), ("mean", .avg), ("different", .unique),
        ]
        for (name, function) in functions {
            try fixture.meter(name, MeterDefinition(aggregation: .init(function, of: .dimension("tokens"))))
        }
        try fixture.meter("calls", MeterDefinition(aggregation: .init(.count)))
    }

    mutating func deliver(_ text: String, by rules: any EventRules) async throws {
        let processor = DeliveryProcessor(
            store: fixture.store, sink: fixture.engine, options: Self.options, clock: SystemWallclock()
        ) { rules }
        let delivery = try fixture.deliver(Data(text.utf8))
        let outcomes = try await processor.process([delivery])
        #expect(outcomes.first?.state == .done)
        _ = try fixture.store.write { connection in
            try DeliveryLedger.finish(
                delivery.id, owner: fixture.owner, as: .done, at: SystemWallclock().now, on: connection)
        }
        deliveries.append(delivery.id)
    }

    /// Applies the rules to what is selected.
    @discardableResult
    func reprocess(
        _ selection: Reprocess.Selection = Reprocess.Selection(), by rules: LuaRules, engine: Engine? = nil
    ) throws -> Reprocess {
        let engine = engine ?? fixture.engine
        let now = SystemWallclock().now
        let order = try engine.order(
            ReprocessOrder(selection: selection, version: rules.version, reason: "mended"),
            in: CallContext(.person, now: now, actor: "tester"))
        let options = Self.options
        return try DedicatedThread(name: "reprocess").wait {
            try engine.perform(order.id, by: rules, options: options, now: now)
        }
    }

    /// Usage by hour, credits, and what became of the records of each delivery.
    func facts() throws -> [String] {
        let usage = try Self.features.flatMap { feature in
            try fixture.usage(UsageQuery(feature: FeatureID(feature), window: .hour)).map {
                "\(feature) \($0.customer) \($0.windowStart?.description ?? "") \($0.value)"
            }
        }
        let counts = try deliveries.enumerated().map { index, id in
            let counts = try fixture.store.read { try DeliveryLedger.find(id, on: $0)?.counts } ?? DeliveryCounts()
            let filters = counts.filteredBy.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            let numbers = [
                counts.applied, counts.filtered, counts.rejected, counts.duplicate, counts.events, counts.noMeter,
                counts.notANumber,
            ]
            return "delivery \(index): \(numbers) \(filters)"
        }
        let rejected = try fixture.store.read { try RejectedRecords.openCount(on: $0) }
        let balance = try EventCreditTests().balance(fixture.engine)?.json ?? ""
        return usage + counts + ["open \(rejected)", "balance \(balance)"]
    }

    /// What verify finds.
    func differences() throws -> [String] {
        try Verifier(identityKey: fixture.engine.identityKey).verify(fixture.store).differences
            + CreditVerifier().verify(fixture.store).differences
    }
}
