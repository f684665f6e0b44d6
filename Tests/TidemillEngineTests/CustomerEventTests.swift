import Testing
import TidemillCore
import TidemillOperations
import TidemillStore

@testable import TidemillEngine

/// The outbox, in the shape of the API's webhooks (stigg.md C.3, C.4).
struct CustomerEventTests {
    private func outbox(_ fixture: EngineFixture) throws -> [Payload] {
        try fixture.store.read { connection in
            try connection.rows("SELECT payload FROM outbox ORDER BY sequence") { try Payload(json: $0.text(0)) }
        }
    }

    @Test func `every change of a customer is announced once, in its order`() throws {
        let fixture = try EngineFixture()
        try fixture.call(.provisionCustomer, ["id": "acme", "email": "a@acme.example", "metadata": ["tier": "gold"]])
        try fixture.call(.updateCustomer, ["id": "acme", "name": "Acme"])
        try fixture.call(.archiveCustomer, ["id": "acme"])
        try fixture.call(.archiveCustomer, ["id": "acme"])
        try fixture.call(.unarchiveCustomer, ["id": "acme"])
        let events = try outbox(fixture)
        #expect(
            events.map { $0["type"]?.text } == [
                "customer.created", "customer.updated", "customer.deleted", "customer.updated",
            ])
        #expect(events[0]["id"] == "acme" && events[0]["name"] == .null && events[0]["metadata"] == ["tier": "gold"])
        #expect(events[1]["name"] == "Acme")
        #expect(Set(events.map { $0["messageId"]?.text }).count == 4)
    }

    @Test func `a call that fails announces nothing and leaves no audit row`() throws {
        let fixture = try EngineFixture()
        try fixture.call(.provisionCustomer, ["id": "acme"])
        #expect(fixture.failure(.provisionCustomer, ["id": "acme"]).code == .duplicatedEntity)
        #expect(try outbox(fixture).count == 1)
        let rows = try fixture.store.read { try AuditLog.list(limit: 10, on: $0) }
        #expect(rows.map(\.action) == ["provisionCustomer"])
        #expect(rows.first?.actorKind == "person" && rows.first?.details == #"{"id":"acme"}"#)
    }
}
