import Testing
import TidemillCore
import TidemillOperations
import TidemillStore
import TidemillTestSupport

@testable import TidemillEngine

/// What scripts look up: the answers of the operations, fresh, and without ever writing where they are asked.
struct ScriptSnapshotTests {
    private let fixture: EngineFixture
    private let clock = StandingClock(EngineFixture.start)
    private let snapshot: ScriptSnapshot

    init() throws {
        fixture = try EngineFixture()
        try fixture.provision()
        snapshot = ScriptSnapshot(fixture.backend, clock: clock)
    }

    private func grant(_ period: String) throws {
        try fixture.call(
            .grantPromotionalEntitlements,
            [
                "customerId": "c",
                "promotionalEntitlements": [["featureId": "seats", "period": .string(period), "usageLimit": 5]],
            ])
    }

    @Test func `answers are those of the operations, and null where there is nothing`() throws {
        #expect(try snapshot.customer("c") == (try fixture.call(.getCustomer, ["id": "c"])))
        #expect(try snapshot.customer("nobody") == .null)
        #expect(try snapshot.subscriptions("c") == [])
        #expect(try snapshot.subscriptions("nobody") == .null)
        #expect(try snapshot.entitlement("nobody", "seats") == .null)
        #expect(try snapshot.entitlement("c", "nothing") == .null)
        #expect(try snapshot.entitlement("c", "seats")["isGranted"] == false)
        try grant("1 month")
        #expect(
            try snapshot.entitlement("c", "seats")
                == (try fixture.call(.checkEntitlement, ["customerId": "c", "featureId": "seats"])))
    }

    @Test func `every commit is seen by the next question`() throws {
        for name in ["A", "B", "C"] {
            try fixture.call(.updateCustomer, ["id": "c", "name": .string(name)])
            #expect(try snapshot.customer("c")["name"] == .string(name))
            #expect(try snapshot.customer("c")["name"] == .string(name))
        }
    }

    @Test func `what time alone changes is seen, and written by a thread of its own`() throws {
        try grant("1 week")
        #expect(try snapshot.entitlement("c", "seats")["isGranted"] == true)
        clock.advance(by: .seconds(7 * 86_400))
        #expect(try snapshot.entitlement("c", "seats")["isGranted"] == false)
        #expect(try fixture.count("due") == 0)
    }

    @Test func `who holds the store's lock is answered from what was written last`() throws {
        try grant("1 week")
        clock.advance(by: .seconds(7 * 86_400))
        let answer = try fixture.store.write { _ in try snapshot.customer("c")["id"] }
        #expect(answer == "c")
        // The expiry has to be written, and this thread holds the lock: nobody waits for it for long.
        let inside = try fixture.store.write { _ in try snapshot.entitlement("c", "seats") }
        #expect(inside["feature"]?["id"] == "seats")
    }
}
