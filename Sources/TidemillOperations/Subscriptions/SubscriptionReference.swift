/// The input of operations on one subscription that need nothing but its id.
public struct SubscriptionReference: Shaped {
    public var id: String

    public init(
        id: String
    ) {
        self.id = id
    }

    public static let shape = Shape(
        required("id", \.id, .text(1...255), "The subscription.", aliases: ["subscriptionId"]),
        make: Self.init)
}
