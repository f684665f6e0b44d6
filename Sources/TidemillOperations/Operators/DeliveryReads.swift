/// What arrived and what became of its records, the newest first.
public enum ListDeliveries: ClientOperation {
    public struct Input: ListInput {
        public var state: DeliveryState?
        public var limit: Int64
        public var after: Cursor?

        public static let shape = Shape(
            optional("state", \.state, .choice, "Only those in this state."),
            limitField(\.limit), afterField(\.after),
            make: Self.init)
    }

    public typealias Output = Listing<DeliveryEntry>

    public static let row = OperationRow(
        operator: .listDeliveries, of: Self.self,
        summary: "What arrived and what became of its records, the newest first.",
        effect: .read,
        example: OperationRow.Example(["state": "done", "limit": 10]))
}

/// One delivery: its counts, its answers, and each rejected record with its line and reason.
public enum GetDelivery: ClientOperation {
    public struct Input: Shaped {
        public var id: String

        public static let shape = Shape(
            required("id", \.id, .deliveryID, "Its id.", aliases: ["delivery"]),
            make: Self.init)
    }

    public typealias Output = DeliveryEntry

    public static let row = OperationRow(
        operator: .getDelivery, of: Self.self,
        summary: "One delivery: its counts, its answers, and each rejected record with its line and reason.",
        effect: .read, errors: [.notFound],
        example: OperationRow.Example(OperatorExample.delivery))
}

public enum DeliveryState: String, WireEnum {
    case claimed, held, done, failed
}
