import Testing
import TidemillCore
import TidemillOperations
import TidemillStore

@testable import TidemillEngine

/// A check never answers with what was true before the last commit, whoever made it.
struct CheckFreshnessTests {
    private func fixture() throws -> EngineFixture {
        let fixture = try EngineFixture()
        try fixture.call(.provisionCustomer, ["id": "c"])
        try fixture.feature("calls")
        try fixture.grant("calls", ["usageLimit": 10, "resetPeriod": "DAY"])
        return fixture
    }

    @Test func `usage reported a moment before counts, from this backend or from another one`() throws {
        let fixture = try fixture()
        let other = try SQLiteStore(path: fixture.store.path, environment: "test")
        let stranger = try Engine(store: other)
        for step in 1...20 {
            let backend = step.isMultiple(of: 2) ? stranger : fixture.backend
            _ = try backend.performNow(
                .reportUsage, ["customerId": "c", "featureId": "calls", "value": 1],
                in: CallContext(.person, now: fixture.now))
            // Twice: resolved, and from what was kept.
            #expect(try fixture.check("calls")["currentUsage"] == .integer(Int64(step)))
            #expect(try fixture.check("calls")["currentUsage"] == .integer(Int64(step)))
            #expect(try fixture.check("calls", 1)["isGranted"] == .boolean(step < 10))
        }
        try other.close()
    }

    @Test func `a revocation, an archived customer and a changed catalog are seen at once`() throws {
        let fixture = try fixture()
        #expect(try fixture.check("calls")["isGranted"] == true)
        try fixture.call(.updateFeature, ["id": "calls", "displayName": "Calls of the API"])
        #expect(try fixture.check("calls")["feature"]?["displayName"] == "Calls of the API")
        try fixture.call(.archiveCustomer, ["id": "c"])
        #expect(try fixture.check("calls")["accessDeniedReason"] == "CustomerIsArchived")
        try fixture.call(.unarchiveCustomer, ["id": "c"])
        #expect(try fixture.check("calls")["isGranted"] == true)
        try fixture.call(.revokePromotionalEntitlements, ["customerId": "c", "featureId": "calls"])
        #expect(try fixture.check("calls")["isGranted"] == false)
    }

    @Test func `a period that ends and a clock that goes back are noticed without a write`() throws {
        let fixture = try fixture()
        try fixture.report("calls", 10)
        #expect(try fixture.check("calls", 1)["isGranted"] == false)
        fixture.now = time("2026-10-02T00:00:00Z")
        #expect(try fixture.check("calls", 1)["isGranted"] == true)
        fixture.now = time("2026-10-01T13:00:00Z")
        #expect(try fixture.check("calls", 1)["isGranted"] == false)
    }

    @Test func `the stamp of commits changes with those of others only when they commit`() throws {
        let fixture = try fixture()
        let other = try SQLiteStore(path: fixture.store.path, environment: "test")
        let stamp = fixture.store.commitStamp()
        #expect(stamp != nil)
        #expect(fixture.store.commitStamp() == stamp)
        _ = try other.read { try $0.first("SELECT COUNT(*) FROM customers") { $0.integer(0) } }
        #expect(fixture.store.commitStamp() == stamp)
        try other.write { _ = try $0.execute("DELETE FROM usage_alerts WHERE bucket = -1") }
        try other.write { _ = try $0.execute("INSERT INTO sequences(name, value) VALUES ('mark', 1)") }
        #expect(fixture.store.commitStamp() != stamp)
        let second = fixture.store.commitStamp()
        try fixture.store.write { _ = try $0.execute("UPDATE sequences SET value = 2 WHERE name = 'mark'") }
        #expect(fixture.store.commitStamp() != second)
        try other.close()
    }
}
