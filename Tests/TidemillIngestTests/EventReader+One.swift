import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore

extension EventReader {
    /// All of a customer's events, on one page.
    func events(
        customer: CustomerID, key: String? = nil, on connection: any SQLConnection
    ) throws -> [StoredEvent] {
        var asked: TextMap<Payload> = ["customerId": .string(customer.text), "limit": 1000]
        asked["idempotencyKey"] = key.map { .string($0) }
        return try page(ListEvents.Input.shape.decode(.object(asked), as: "listEvents"), on: connection).data
    }
}
