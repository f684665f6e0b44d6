public import TidemillCore

/// The input of operations on one customer that need nothing but its id.
public struct CustomerReference: Shaped {
    public var id: CustomerID

    public static let shape = Shape(
        required("id", \.id, .customerID, "The customer.", aliases: ["customerId"]),
        make: Self.init)

    /// What the examples on one customer begin with.
    static let example = OperationRow.Example(
        ["id": "customer-acme"], after: [(.provisionCustomer, ["id": "customer-acme", "name": "Acme"])])
}
