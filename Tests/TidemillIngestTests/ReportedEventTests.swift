import Foundation
import Testing
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore

@testable import TidemillEngine

/// Events that are reported inside a transaction that others share: effects of jobs, operations of a delivery.
struct ReportedEventTests {
    private static func event(_ key: String) -> Payload {
        ["customerId": "c", "eventName": "call", "idempotencyKey": .string(key)]
    }

    private static func context() -> CallContext { CallContext(.person, now: SystemWallclock().now) }

    private func readings(_ fixture: IngestFixture) -> Int { fixture.engine.exclusively { $0.dedup.counts.readings } }

    @Test func `what is remembered outlasts transactions that commit, and none that does not`() throws {
        let fixture = try IngestFixture()
        try fixture.meter("calls", MeterDefinition(aggregation: .init(.count)))
        func report(_ keys: [String], in transaction: EngineTransaction) throws {
            for key in keys { _ = try transaction.perform(.reportEvent, Self.event(key), in: Self.context()) }
        }
        try fixture.engine.transaction { try report(["1"], in: $0) }
        let first = readings(fixture)
        // The same process goes on: nothing is read anew, and each key counts once.
        for round in 0..<5 {
            try fixture.engine.transaction { try report(["1", "\(round)-a", "\(round)-b"], in: $0) }
        }
        #expect(readings(fixture) == first)
        #expect(try total(fixture) == Amount(11))
        struct Undone: Error {}
        #expect(throws: Undone.self) {
            try fixture.engine.transaction { transaction in
                try report(["lost"], in: transaction)
                throw Undone()
            }
        }
        try fixture.engine.transaction { transaction in
            try report(["kept"], in: transaction)
            #expect(throws: Undone.self) {
                try transaction.savepoint {
                    try report(["lost", "kept"], in: transaction)
                    throw Undone()
                }
            }
            try report(["kept", "lost"], in: transaction)
        }
        #expect(try total(fixture) == Amount(13))
        // Another process knows the same.
        let other = try Engine(
            store: try SQLiteStore(path: fixture.store.path, environment: "test"),
            events: ReportedEventDecoder { NoRules() })
        _ = try other.performNow(.reportEvent, Self.event("lost"), in: Self.context())
        #expect(try total(fixture) == Amount(13))
    }

    @Test func `usage that comes in transactions of many is folded as that of files is`() throws {
        let fixture = try IngestFixture()
        try fixture.meter("calls", MeterDefinition(aggregation: .init(.count)))
        for number in 0..<200 {
            try fixture.engine.transact { transaction in
                _ = try transaction.perform(.reportEvent, Self.event("f\(number)"), in: Self.context())
            }
        }
        let deltas = try fixture.store.read { try $0.first("SELECT COUNT(*) FROM usage_deltas") { $0.integer(0) } }
        // Each shard has its turn every 64 batches.
        #expect(try #require(deltas) <= 64)
        #expect(try total(fixture) == Amount(200))
    }

    private func total(_ fixture: IngestFixture) throws -> Amount {
        try fixture.usage(UsageQuery(feature: FeatureID("calls"))).reduce(Amount.zero) { $0 + $1.value }
    }

    @Test(.timeLimit(.minutes(1)))
    func `files, effects and calls that report at once wait for each other in turns, and not for ever`() async throws {
        let fixture = try IngestFixture()
        try fixture.meter("calls", MeterDefinition(aggregation: .init(.count)))
        let deliveries = try (0..<20).map { file in
            let lines = (0..<5).map { line in
                #"{"operation":"reportEvent","input":{"customerId":"c","eventName":"call","idempotencyKey":"f\#(file)-\#(line)"}}"#
            }
            return try fixture.deliver(Data(lines.joined(separator: "\n").utf8), name: "\(file).ndjson")
        }
        let engine = fixture.engine
        let processor = fixture.processor
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for delivery in deliveries {
                    let outcome = try await processor.process([delivery]).first
                    #expect(outcome?.counts.applied == 5)
                    #expect(outcome?.state == .done)
                }
            }
            group.addTask {
                let thread = DedicatedThread(name: "effects")
                for number in 0..<50 {
                    try await thread.run {
                        try engine.transaction { transaction in
                            _ = try transaction.savepoint {
                                try transaction.perform(.reportEvent, Self.event("e\(number)"), in: Self.context())
                            }
                        }
                    }
                }
            }
            group.addTask {
                for number in 0..<50 {
                    _ = try await engine.perform(.reportEvent, Self.event("c\(number)"), in: Self.context())
                }
            }
            try await group.waitForAll()
        }
        #expect(try total(fixture) == Amount(200))
        #expect(try Verifier(identityKey: engine.identityKey).verify(fixture.store).differences == [])
    }
}
