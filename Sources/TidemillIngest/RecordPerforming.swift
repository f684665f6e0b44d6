public import TidemillCore

/// Why a record was not applied: a stable code and a message for a person.
public struct Rejection: Error, Sendable, Hashable {
    public var code: String
    public var message: String
    /// The customer that the record names, where it names one.
    public var customer: CustomerID?

    public init(code: String, message: String, customer: CustomerID? = nil) {
        self.code = code
        self.message = message
        self.customer = customer
    }
}

/// Where a record came from.
public struct RecordOrigin: Sendable, Hashable {
    public var delivery: DeliveryID
    /// Counts the delivery's records from 1.
    public var record: Int64
    public var receivedAt: Timestamp

    public init(delivery: DeliveryID, record: Int64, receivedAt: Timestamp) {
        self.delivery = delivery
        self.record = record
        self.receivedAt = receivedAt
    }
}
