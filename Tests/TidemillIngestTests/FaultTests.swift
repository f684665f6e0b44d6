import Foundation
import Testing
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore

@testable import TidemillEngine

/// A store whose k-th statement fails as on a full disk, or whose k-th commit succeeds without the caller hearing of it,
/// as when the process is killed right after.
final class FaultyStore: Store, @unchecked Sendable {  // `countdown` is guarded by `lock`.
    enum Fault {
        case statement(Int)
        case afterCommit(Int)
    }

    private let inner: SQLiteStore
    private let lock = NSLock()
    private var countdown: Int?
    private let isStatement: Bool
    /// Whether the fault has happened.
    private(set) var didFail = false

    init(_ inner: SQLiteStore, _ fault: Fault) {
        self.inner = inner
        switch fault {
        case .statement(let number): (countdown, isStatement) = (number, true)
        case .afterCommit(let number): (countdown, isStatement) = (number, false)
        }
    }

    private func count(statement: Bool) throws {
        try lock.withLock {
            guard statement == isStatement, let left = countdown else { return }
            countdown = left - 1
            if left == 1 {
                countdown = nil
                didFail = true
                throw StoreError(.full, "the disk that holds the store is full; free some space")
            }
        }
    }

    func read<T>(_ body: (any SQLConnection) throws -> T) throws -> T { try inner.read(body) }

    func write<T>(customer: CustomerID?, _ body: (any SQLConnection) throws -> T) throws -> T {
        let result = try inner.write(customer: customer) { connection in
            try body(Connection(inner: connection, store: self))
        }
        try count(statement: false)
        return result
    }

    private final class Connection: SQLConnection {
        let inner: any SQLConnection
        let store: FaultyStore

        init(inner: any SQLConnection, store: FaultyStore) {
            self.inner = inner
            self.store = store
        }

        func execute(_ sql: String, _ arguments: [SQLValue]) throws -> Int {
            try store.count(statement: true)
            return try inner.execute(sql, arguments)
        }

        func execute(_ sql: String, blob: UnsafeRawBufferPointer, _ arguments: [SQLValue]) throws -> Int {
            try store.count(statement: true)
            return try inner.execute(sql, blob: blob, arguments)
        }

        func query(_ sql: String, _ arguments: [SQLValue], _ body: (any SQLRow) throws -> Void) throws {
            try store.count(statement: true)
            try inner.query(sql, arguments, body)
        }

        func savepoint<T>(_ body: () throws -> T) throws -> T { try inner.savepoint(body) }
        func dataVersion() throws -> Int64 { try inner.dataVersion() }
    }
}

/// Faults at every place, one after another: afterwards every total is exact.
struct FaultTests {
    /// 60 events with 10 repeats and 3 bad lines: applied 50, sum 0 + 1 + … + 49 = 1225. Ten have a field that events do not
    /// have, nobody's customer is provisioned.
    private static let delivery: Data = {
        var lines = (0..<60).map { number in
            let key = number < 50 ? number : number - 50
            let more = number % 6 == 0 ? #","foo":1"# : ""
            return
                #"{"customerId":"c\#(key % 5)","eventName":"call","idempotencyKey":"k\#(key)","timestamp":"2026-10-01T10:00:00Z","dimensions":{"n":\#(key)}\#(more)}"#
        }
        lines.insert("nonsense", at: 7)
        lines.insert(#"{"customerId":"c1"}"#, at: 30)
        lines.append(#"{"eventName":"call"}"#)
        return Data(lines.joined(separator: "\n").utf8)
    }()

    /// Small batches, so that a delivery has several.
    private static let options = IngestOptions(batchRecordsMax: 16)

    private func check(_ fixture: IngestFixture, _ outcome: DeliveryOutcome?, _ place: String) throws {
        #expect(outcome?.state == .done, "\(place)")
        let counts = outcome?.counts
        #expect(
            [counts?.records, counts?.applied, counts?.duplicate, counts?.rejected] == [63, 50, 10, 3], "\(place)")
        #expect([counts?.events, counts?.unknownField, counts?.unknownCustomer] == [60, 10, 50], "\(place)")
        let remarks = try fixture.store.read { try DeliveryLedger.list(on: $0).first?.remarks ?? [] }
        let named = remarks.map { "\($0.reason.rawValue) \($0.name) \($0.records) \($0.record)" }
        let customers = (0..<5).map { "unknown_customer c\($0) 10 \($0 + 1)" }
        #expect(named == customers + ["unknown_field foo 10 1"], "\(place)")
        let sum = try fixture.usage(UsageQuery(feature: FeatureID("n"))).reduce(Amount.zero) { $0 + $1.value }
        #expect(sum == Amount(1225), "\(place)")
        #expect(
            try Verifier(identityKey: fixture.engine.identityKey).verify(fixture.store).differences == [], "\(place)")
        #expect(try fixture.store.read { try RejectedRecords.openCount(on: $0) } == 3, "\(place)")
    }

    private func run(_ fault: FaultyStore.Fault, _ place: String) async throws -> Bool {
        let fixture = try IngestFixture(options: Self.options)
        try fixture.meter("n", MeterDefinition(aggregation: .init(.sum, of: .dimension("n"))))
        let claimed = try fixture.deliver(Self.delivery)
        let faulty = FaultyStore(fixture.store, fault)
        let failing: Engine
        do {
            var settings = EngineSettings()
            // So few identities that each delivery seals and merges some, and fails in the middle of it.
            settings.dedup = DedupSizes(sealAt: 20, fanout: 2, runsMax: 3)
            failing = try Engine(store: faulty, settings: settings)
        } catch is StoreError {
            return true
        }
        let processor = DeliveryProcessor(store: faulty, sink: failing, options: Self.options) { NoRules() }
        var outcome = try await processor.process([claimed]).first
        if outcome?.state != .done {
            // What failed is tried again with the same engine, as a worker does.
            outcome = try await processor.process([claimed]).first
        }
        try check(fixture, outcome, place)
        return faulty.didFail
    }

    @Test func `a statement that fails anywhere loses nothing and doubles nothing`() async throws {
        var number = 0
        var didFail = true
        while didFail, number < 2000 {
            number += 1
            didFail = try await run(.statement(number), "statement \(number)")
        }
        // The loop ended because a run met no fault any more: every statement had its turn.
        #expect(number > 40)
        #expect(!didFail)
    }

    @Test func `a commit that nobody heard of counts once`() async throws {
        var number = 0
        var didFail = true
        while didFail, number < 200 {
            number += 1
            didFail = try await run(.afterCommit(number), "commit \(number)")
        }
        #expect(number > 4)
        #expect(!didFail)
    }

    @Test func `a worker that lost its claim changes nothing`() async throws {
        let fixture = try IngestFixture(options: Self.options)
        try fixture.meter("n", MeterDefinition(aggregation: .init(.sum, of: .dimension("n"))))
        let claimed = try fixture.deliver(Self.delivery)
        _ = try fixture.store.write { try $0.execute("UPDATE deliveries SET owner = 'worker-2'") }
        let lost = try await fixture.processor.process([claimed])
        #expect(lost.map(\.state) == [.lost])
        var mine = claimed
        mine.owner = "worker-2"
        try check(fixture, try await fixture.processor.process([mine]).first, "after the take-over")
    }
}
