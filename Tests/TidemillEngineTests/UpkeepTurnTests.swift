import Testing
import TidemillCore
import TidemillOperations
import TidemillStore

@testable import TidemillEngine

/// Who rests, and for how long, is told by what others wrote, not by the time.
struct UpkeepTurnTests {
    private func write(_ name: String, _ connection: any SQLConnection) throws {
        _ = try Sequences.next(name, on: connection)
    }

    @Test func `upkeep rests while others write, and goes on at once when they have stopped`() throws {
        let fixture = try EngineFixture()
        let store = fixture.store
        var turns = UpkeepTurns(store)
        for _ in 0..<3 {
            try turns.write { try write("upkeep", $0) }
            #expect(turns.rest == .zero)
        }
        for _ in 0..<3 {
            try store.write { try write("others", $0) }
            try turns.write { try write("upkeep", $0) }
            #expect(turns.rest > .zero && turns.rest <= .seconds(1))
        }
        try turns.write { try write("upkeep", $0) }
        #expect(turns.rest == .zero)
        // Also what another process commits is others' work.
        let other = try SQLiteStore(path: store.path, environment: "test", durability: .unsynced)
        try other.write { try write("others", $0) }
        try turns.write { try write("upkeep", $0) }
        #expect(turns.rest > .zero)
    }

    @Test func `a turn ends with what others can wait for, and says that more is left`() throws {
        let fixture = try EngineFixture()
        try fixture.accountShop()
        for number in 1...120 {
            let id = Payload.string("c\(number)")
            try fixture.call(.provisionCustomer, ["id": id])
            try fixture.call(
                .provisionSubscription, ["customerId": id, "planId": "thirty", "billingPeriod": "MONTHLY"])
        }
        fixture.now = try #require(Timestamp(rfc3339: "2026-07-01T00:00:00Z"))
        var lifecycle = fixture.backend.lifecycle
        lifecycle.turnCustomers = 100
        #expect(try lifecycle.runTurn(now: fixture.now))
        func renewed() throws -> Int64? {
            try fixture.store.read { try $0.value("SELECT COUNT(*) FROM invoices WHERE cause = 'RENEWAL'") }
        }
        #expect(try renewed() == 100)
        #expect(try !lifecycle.runTurn(now: fixture.now))
        #expect(try renewed() == 120)
        #expect(try !lifecycle.runTurn(now: fixture.now))
    }
}
